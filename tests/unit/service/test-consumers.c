/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choosing who gets the key of a certificate (issue 5). */

#include "service/consumers.h"

#include <string.h>

#include "fake.h"
#include "model/limits.h"
#include "service/configure.h"
#include "service/log.h"
#include "service/reset.h"
#include "store/consumer.h"

static void assert_consumers(Fake *fake, const char *name, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) list = certd_consumers(fake->service, name, &error);
    g_assert_no_error(error);
    g_autoptr(GVariant) found = g_variant_ref_sink(certd_consumer_list_to_variant(list));
    g_autoptr(GVariant) wanted =
        g_variant_ref_sink(g_variant_new_parsed(*expected != '\0' ? expected : "@a(sss) []"));
    g_assert_cmpvariant(found, wanted);
}

static gboolean add(Fake *fake, const char *name, const char *kind, const char *consumer,
                    const char *action, GError **error)
{
    g_autoptr(CertdConsumer) made = certd_consumer_new(kind, consumer, action, NULL);
    return certd_add_consumer(fake->service, &fake_root, name, made, error);
}

static gboolean set(Fake *fake, const char *name, const char *list, GError **error)
{
    g_autoptr(GVariant) consumers =
        g_variant_ref_sink(g_variant_new_parsed(*list != '\0' ? list : "@a(sss) []"));
    return certd_set_consumers(fake->service, &fake_root, name, consumers, error);
}

/* The newest row of the log, "ACTION DETAIL". Caller frees. */
static char *logged(Fake *fake)
{
    const CertdAuditFilter all = {.newest_first = TRUE};
    g_autoptr(GError) error = NULL;
    gboolean more;
    g_autoptr(GPtrArray) rows = certd_log_page(fake->service, &all, 1, &more, &error);
    g_assert_no_error(error);
    const CertdAuditRecord *row = g_ptr_array_index(rows, 0);
    return g_strdup_printf("%s %s", row->action, row->detail);
}

static void test_changes(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    fake_create(fake, "web");
    assert_consumers(fake, "web", "");
    g_assert_true(add(fake, "web", "unit", "nginx.service", "reload", &error));
    g_autofree char *added = logged(fake);
    g_assert_cmpstr(added, ==, "add-consumer unit:nginx.service:reload");
    g_assert_true(add(fake, "web", "user", "postfix", "none", &error));
    g_assert_true(add(fake, "web", "unit", "nginx.service", "restart", &error));
    g_assert_cmpuint(fake_heard(fake, "web:consumers"), ==, 3);
    assert_consumers(fake, "web",
                     "[('unit', 'nginx.service', 'restart'), ('user', 'postfix', 'none')]");
    g_assert_true(
        certd_remove_consumer(fake->service, &fake_root, "web", "unit", "nginx.service", &error));
    g_autofree char *removed = logged(fake);
    g_assert_cmpstr(removed, ==, "remove-consumer unit:nginx.service");
    assert_consumers(fake, "web", "[('user', 'postfix', 'none')]");
    g_assert_true(set(fake, "web", "[('group', 'mail', 'none'), ('user', 'other', 'none')]", NULL));
    g_autofree char *replaced = logged(fake);
    g_assert_cmpstr(replaced, ==, "set-consumers group:mail user:other");
    assert_consumers(fake, "web", "[('group', 'mail', 'none'), ('user', 'other', 'none')]");
    g_assert_true(set(fake, "web", "", &error));
    assert_consumers(fake, "web", "");
    g_assert_cmpuint(fake_heard(fake, "web:consumers"), ==, 3);
}

static void test_refused(Fake *fake, const void *data)
{
    static const struct {
        const char *name, *kind, *consumer, *action;
        CertdError code;
        const char *word;
    } rows[] = {
        {"web", "user", "nobody-here", "none", CERTD_ERROR_INVALID_OPTION, "nobody-here"},
        {"web", "group", "postfix", "none", CERTD_ERROR_INVALID_OPTION, "group"},
        {"other", "user", "postfix", "none", CERTD_ERROR_NO_SUCH_CERTIFICATE, "other"},
    };
    fake_create(fake, "web");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(
            add(fake, rows[i].name, rows[i].kind, rows[i].consumer, rows[i].action, &error));
        g_assert_error(error, CERTD_ERROR, (int)rows[i].code);
        g_assert_nonnull(strstr(error->message, rows[i].word));
    }
    assert_consumers(fake, "web", "");
    g_assert_cmpuint(fake_heard(fake, "web:consumers"), ==, 0);
}

static void test_not_removed(Fake *fake, const void *data)
{
    static const struct {
        const char *kind, *consumer;
    } rows[] = {{"user", "other"}, {"group", "postfix"}, {"users", "postfix"}, {"user", "\033[2J"}};
    fake_create(fake, "web");
    g_assert_true(add(fake, "web", "user", "postfix", "none", NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(certd_remove_consumer(fake->service, &fake_root, "web", rows[i].kind,
                                             rows[i].consumer, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
        g_assert_null(strchr(error->message, '\033'));
    }
    assert_consumers(fake, "web", "[('user', 'postfix', 'none')]");
}

/* Nothing changes where one of them can't be. */
static void test_set_refused(Fake *fake, const void *data)
{
    static const char *const lists[] = {
        "[('user', 'other', 'none'), ('user', 'nobody-here', 'none')]",
        "[('user', 'other', 'none'), ('user', 'other', 'none')]",
        "[('user', 'other', 'reload')]",
        "[('unit', 'nginx', 'none')]",
    };
    fake_create(fake, "web");
    g_assert_true(add(fake, "web", "user", "postfix", "none", NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(set(fake, "web", lists[i], &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    }
    assert_consumers(fake, "web", "[('user', 'postfix', 'none')]");
}

/* A user who has gone does not keep the list from being set, and does not come back. */
static void test_gone_user(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    fake_create(fake, "web");
    g_assert_true(add(fake, "web", "user", "postfix", "none", NULL));
    fake_restart_with_sql(fake, "UPDATE consumer SET name = 'gone'");
    g_assert_true(set(fake, "web", "[('user', 'gone', 'none'), ('user', 'other', 'none')]", NULL));
    g_assert_true(set(fake, "web", "[('user', 'other', 'none')]", NULL));
    g_assert_false(set(fake, "web", "[('user', 'gone', 'none')]", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    assert_consumers(fake, "web", "[('user', 'other', 'none')]");
}

/* CERTD_LIMIT_CONSUMERS, and one more; one that is there may still get another action. */
static void test_limit(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    fake_create(fake, "web");
    for (guint i = 0; i < CERTD_LIMIT_CONSUMERS; i++) {
        g_autofree char *unit = g_strdup_printf("u%u.service", i);
        g_assert_true(add(fake, "web", "unit", unit, "none", NULL));
    }
    g_assert_false(add(fake, "web", "unit", "more.service", "none", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
    g_assert_true(add(fake, "web", "unit", "u0.service", "restart", NULL));
    g_assert_true(
        certd_remove_consumer(fake->service, &fake_root, "web", "unit", "u1.service", NULL));
    g_assert_true(add(fake, "web", "unit", "more.service", "none", NULL));
}

/* The log names everybody, in as many rows as that takes. */
static void test_long_log(Fake *fake, const void *data)
{
    const CertdAuditFilter all = {0};
    g_autoptr(GString) list = g_string_new("[");
    gboolean more;
    guint found = 0;
    for (guint i = 0; i < CERTD_LIMIT_CONSUMERS; i++) {
        g_autofree char *fill = g_strnfill(CERTD_LIMIT_CONSUMER_NAME_BYTES - 10, 'u');
        g_string_append_printf(list, "%s('unit', '%s%02u.service', 'reload')", i > 0 ? ", " : "",
                               fill, i);
    }
    g_string_append_c(list, ']');
    fake_create(fake, "web");
    g_assert_true(set(fake, "web", list->str, NULL));
    g_autoptr(GPtrArray) rows = certd_log_page(fake->service, &all, 100, &more, NULL);
    for (guint i = 0; i < rows->len; i++) {
        const CertdAuditRecord *row = g_ptr_array_index(rows, i);
        if (!g_str_equal(row->action, "set-consumers"))
            continue;
        g_auto(GStrv) words = g_strsplit(row->detail, " ", -1);
        for (size_t n = 0; words[n] != NULL; n++, found++) {
            g_assert_true(g_str_has_prefix(words[n], "unit:"));
            g_assert_true(g_str_has_suffix(words[n], ".service:reload"));
        }
    }
    g_assert_cmpuint(found, ==, CERTD_LIMIT_CONSUMERS);
}

static void on_reset(const GError *error, void *userdata)
{
    g_assert_no_error(error);
    *(gboolean *)userdata = TRUE;
}

static void on_factory_reset(char **lost, const GError *error, void *userdata)
{
    on_reset(error, userdata);
}

/* A reset of one certificate keeps its consumers, its removal and a factory reset don't (R54). */
static void test_resets(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    gboolean done = FALSE;
    fake_start(fake);
    fake_create(fake, "web");
    g_assert_true(add(fake, "web", "user", "postfix", "none", NULL));
    g_assert_true(add(fake, "https", "user", "postfix", "none", NULL));
    g_assert_true(certd_reset(fake->service, &fake_root, "https", none, on_reset, &done, &error));
    fake_settle(fake);
    g_assert_true(done);
    assert_consumers(fake, "https", "[('user', 'postfix', 'none')]");
    g_assert_true(certd_remove(fake->service, &fake_root, "web", none, &error));
    assert_consumers(fake, "web", "");
    done = FALSE;
    fake_heard(fake, "https:consumers");
    g_assert_true(
        certd_factory_reset(fake->service, &fake_root, none, on_factory_reset, &done, &error));
    fake_settle(fake);
    g_assert_true(done);
    assert_consumers(fake, "https", "");
    g_assert_cmpuint(fake_heard(fake, "https:consumers"), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/consumers/changes", test_changes);
    fake_add("/consumers/refused", test_refused);
    fake_add("/consumers/not-removed", test_not_removed);
    fake_add("/consumers/set-refused", test_set_refused);
    fake_add("/consumers/gone-user", test_gone_user);
    fake_add("/consumers/limit", test_limit);
    fake_add("/consumers/long-log", test_long_log);
    fake_add("/consumers/resets", test_resets);
    return g_test_run();
}
