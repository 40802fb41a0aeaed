/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log of the use cases: what is told, what is kept, and how the chain is checked. */

#include "service/log.h"

#include <string.h>

#include "fake.h"
#include "model/limits.h"
#include "service/configure.h"
#include "service/reset-private.h"
#include "service/review.h"
#include "service/service-private.h"

static void heard(void *userdata, const CertdAuditRecord *record)
{
    g_string_append_printf(userdata, "%d:%s:%s ", (int)record->id, record->action, record->object);
}

static void listen(Fake *fake, GString *events)
{
    const CertdListener listener = {.audit_added = heard, .userdata = events};
    certd_service_set_listener(fake->service, &listener);
}

/* What was not committed is told to nobody. */
static void test_told(Fake *fake, const void *data)
{
    g_autoptr(GString) events = g_string_new(NULL);
    g_autoptr(GVariant) none = g_variant_ref_sink(g_variant_new("a{sv}", NULL));
    listen(fake, events);
    g_assert_true(certd_create(fake->service, &fake_root, "web", none, NULL));
    g_assert_false(certd_create(fake->service, &fake_root, "web", none, NULL));
    g_assert_cmpstr(events->str, ==, "1:create:certificate/web ");
    certd_log_refuse(fake->service, &fake_user, CERTD_AUDIT_CREATE, "certificate/web",
                     "org.certd1.Error.Exists", "There is one");
    g_assert_cmpstr(events->str, ==, "1:create:certificate/web 2:create:certificate/web ");
}

/* A refusal that can't be kept is told all the same. */
static void test_refusal_without_room(Fake *fake, const void *data)
{
    g_autoptr(GString) events = g_string_new(NULL);
    listen(fake, events);
    g_assert_true(certd_store_begin(fake->fixture.store, NULL));
    certd_log_refuse(fake->service, &fake_user, CERTD_AUDIT_RESET, "certificate/https",
                     "org.freedesktop.DBus.Error.AccessDenied", "You may not");
    certd_store_rollback(fake->fixture.store);
    g_assert_cmpstr(events->str, ==, "0:reset:certificate/https ");
}

static void test_detail(void)
{
    g_autofree char *most = g_strnfill(CERTD_LIMIT_LOG_DETAIL_BYTES, 'x');
    g_autofree char *more = g_strnfill(CERTD_LIMIT_LOG_DETAIL_BYTES + 1, 'x');
    g_autofree char *kept = certd_log_detail(most);
    g_autofree char *cut = certd_log_detail(more);
    g_assert_cmpstr(kept, ==, most);
    g_assert_cmpuint(strlen(cut), <=, CERTD_LIMIT_LOG_DETAIL_BYTES);
    g_assert_true(g_str_has_suffix(cut, "x…"));
    g_autofree char *clean = certd_log_detail("a\nb");
    g_assert_null(strchr(clean, '\n'));
    /* Cut between characters, wherever these are. */
    for (guint shift = 0; shift < 3; shift++) {
        g_autoptr(GString) wide = g_string_new(NULL);
        for (guint i = 0; i < shift; i++)
            g_string_append_c(wide, 'x');
        while (wide->len <= CERTD_LIMIT_LOG_DETAIL_BYTES)
            g_string_append(wide, "€");
        g_autofree char *short_one = certd_log_detail(wide->str);
        g_assert_true(g_utf8_validate(short_one, -1, NULL));
        g_assert_cmpuint(strlen(short_one), <=, CERTD_LIMIT_LOG_DETAIL_BYTES);
    }
}

typedef struct {
    guint called;
    gint64 last;
    char *wrong;
} Verdict;

static void verified(gint64 first, gint64 last, const char *hash, const GError *error,
                     void *userdata)
{
    Verdict *verdict = userdata;
    verdict->called++;
    verdict->last = last;
    g_free(verdict->wrong);
    verdict->wrong = error != NULL ? g_strdup(error->message) : NULL;
    g_assert_cmpuint(strlen(hash), ==, 64);
}

/* In parts: after each the event loop is free for others. */
static void test_verify(Fake *fake, const void *data)
{
    Verdict one = {0}, other = {0};
    guint turns = 1;
    fake_start(fake);
    for (guint i = 0; i < 1500; i++)
        certd_log_refuse(fake->service, &fake_user, CERTD_AUDIT_RESET, "certificate/https",
                         "org.certd1.Error.Busy", "");
    certd_log_verify(fake->service, verified, &one);
    certd_log_verify(fake->service, verified, &other);
    g_assert_true(fake->woken);
    g_assert_true(certd_log_work(fake->service));
    g_assert_cmpuint(one.called, ==, 0);
    while (certd_log_work(fake->service))
        turns++;
    g_assert_cmpuint(turns, ==, 3);
    g_assert_cmpuint(one.called, ==, 1);
    g_assert_cmpuint(other.called, ==, 1);
    g_assert_null(one.wrong);
    g_assert_cmpint(one.last, >, 1500);
}

/* A keystore that begins anew has another log: its own is checked, however many rows it has by then. */
static void test_verify_anew(Fake *fake, const void *data)
{
    Verdict verdict = {0};
    g_autoptr(GError) error = NULL;
    fake_start(fake);
    for (guint i = 0; i < 1500; i++)
        certd_log_refuse(fake->service, &fake_user, CERTD_AUDIT_RESET, "certificate/https",
                         "org.certd1.Error.Busy", "");
    certd_log_verify(fake->service, verified, &verdict);
    g_assert_true(certd_log_work(fake->service));
    g_assert_true(certd_keystore_begin_anew(fake->service, CERTD_STORE_KEEP, &error));
    g_assert_no_error(error);
    for (guint i = 0; i < 1700; i++)
        certd_log_refuse(fake->service, &fake_user, CERTD_AUDIT_RESET, "certificate/https",
                         "org.certd1.Error.Busy", "");
    while (certd_log_work(fake->service))
        ;
    g_assert_cmpuint(verdict.called, ==, 1);
    g_assert_cmpstr(verdict.wrong, ==, NULL);
    g_assert_cmpint(verdict.last, ==, 1701);
}

/* All of them or none. */
static void test_refuse_all(Fake *fake, const void *data)
{
    g_autoptr(GString) events = g_string_new(NULL);
    const CertdLogRefusal refusals[] = {
        {&fake_user, CERTD_AUDIT_RESET, "certificate/https", "org.certd1.Error.Busy", "a"},
        {&fake_root, CERTD_AUDIT_CREATE, "certificate/web", "org.certd1.Error.Exists", "b"},
    };
    listen(fake, events);
    certd_log_refuse_all(fake->service, refusals, 0);
    g_assert_cmpstr(events->str, ==, "");
    certd_log_refuse_all(fake->service, refusals, 2);
    g_assert_cmpstr(events->str, ==, "1:reset:certificate/https 2:create:certificate/web ");
}

static gboolean is_degraded_by_log(Fake *fake)
{
    return certd_problem_stands(fake->service, CERTD_AUDIT_PROBLEM);
}

/* A head that is gone is no reason to stop; it is told until https is reset. */
static void test_damaged_head(Fake *fake, const void *data)
{
    Verdict verdict = {0};
    fake_start(fake);
    g_assert_false(is_degraded_by_log(fake));
    fake_restart_with_sql(fake, "DELETE FROM audit_head");
    fake_start(fake);
    g_assert_true(is_degraded_by_log(fake));
    fake_create(fake, "web");
    fake_restart(fake);
    fake_start(fake);
    g_assert_true(is_degraded_by_log(fake));
    certd_log_verify(fake->service, verified, &verdict);
    fake_settle(fake);
    g_assert_cmpuint(verdict.called, ==, 1);
    g_assert_nonnull(strstr(verdict.wrong, "rows 1 to "));
    g_free(verdict.wrong);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/log/detail", test_detail);
    fake_add("/log/told", test_told);
    fake_add("/log/refusal-without-room", test_refusal_without_room);
    fake_add("/log/verify", test_verify);
    fake_add("/log/verify-anew", test_verify_anew);
    fake_add("/log/refuse-all", test_refuse_all);
    fake_add("/log/damaged-head", test_damaged_head);
    return g_test_run();
}
