/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of consumers: in their order, told once, and gone with their certificate (issue 5). */
#include "fixture.h"

#include "model/error.h"
#include "model/limits.h"
#include "store/consumer.h"

/* A list made of "KIND NAME ACTION" lines; NULL ends it. */
static GPtrArray *list_of(const char *const *lines)
{
    g_autoptr(GPtrArray) list = certd_consumer_list_new();

    for (size_t i = 0; lines[i]; i++) {
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) words = g_strsplit(lines[i], " ", 3);
        CertdConsumer *consumer = certd_consumer_new(words[0], words[1], words[2], &error);
        g_assert_no_error(error);
        g_ptr_array_add(list, consumer);
    }
    return g_steal_pointer(&list);
}

/* The list as such lines with ", " between. */
static char *text_of(GPtrArray *list)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_assert_nonnull(list);
    for (guint i = 0; i < list->len; i++) {
        const CertdConsumer *consumer = g_ptr_array_index(list, i);
        g_string_append_printf(text, "%s%s %s %s", i > 0 ? ", " : "",
                               certd_consumer_kind_name(consumer->kind), consumer->name,
                               certd_consumer_action_name(consumer->action));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *joined(GPtrArray *names)
{
    g_assert_nonnull(names);
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

#define SET(certificate, generation, ...)                                                          \
    set(fixture, certificate, generation, (const char *const[]){__VA_ARGS__, NULL})

static void set(Fixture *fixture, const char *certificate, gint64 generation,
                const char *const *lines)
{
    g_autoptr(GPtrArray) list = list_of(lines);
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    g_assert_true(certd_store_consumers_set(fixture->store, certificate, list, generation, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
}

static void assert_consumers(Fixture *fixture, const char *certificate, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) list = certd_store_consumers(fixture->store, certificate, &error);
    g_autofree char *text = NULL;

    g_assert_no_error(error);
    text = text_of(list);
    g_assert_cmpstr(text, ==, expected);
}

static void assert_waiting(Fixture *fixture, const char *certificate, gint64 generation,
                           const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) list =
        certd_store_consumers_waiting(fixture->store, certificate, generation, &error);
    g_autofree char *text = NULL;

    g_assert_no_error(error);
    text = text_of(list);
    g_assert_cmpstr(text, ==, expected);
}

static void assert_consumed(Fixture *fixture, const char *name, guint limit, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names =
        certd_store_consumed(fixture->store, CERTD_CONSUMER_UNIT, name, limit, &error);
    g_autofree char *text = NULL;

    g_assert_no_error(error);
    text = joined(names);
    g_assert_cmpstr(text, ==, expected);
}

static void assert_all(Fixture *fixture, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = certd_store_all_consumed(fixture->store, &error);
    g_autofree char *text = NULL;

    g_assert_no_error(error);
    text = joined(names);
    g_assert_cmpstr(text, ==, expected);
}

/* What was set is there after another start, in the order in which it was set. */
static void test_order(Fixture *fixture, const void *data)
{
    fixture_add_committed(fixture, "web");
    assert_consumers(fixture, "web", "");
    SET("web", 0, "unit nginx.service reload", "user postfix none", "group ssl-cert none");
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    assert_consumers(fixture, "web",
                     "unit nginx.service reload, user postfix none, group ssl-cert none");
    SET("web", 0, "group ssl-cert none", "unit nginx.service restart");
    assert_consumers(fixture, "web", "group ssl-cert none, unit nginx.service restart");
    set(fixture, "web", 0, (const char *const[]){NULL});
    assert_consumers(fixture, "web", "");
}

/* Who is new was told of this generation, who was there of the one it was told of. */
static void test_waiting(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdConsumer) consumer = certd_consumer_new("unit", "a.service", "reload", &error);

    fixture_add_committed(fixture, "web");
    SET("web", 3, "unit a.service reload", "unit n.service none", "user postfix none");
    assert_waiting(fixture, "web", 3, "");
    assert_waiting(fixture, "web", 4, "unit a.service reload");
    SET("web", 4, "unit b.service restart", "unit a.service reload");
    assert_waiting(fixture, "web", 4, "unit a.service reload");
    assert_waiting(fixture, "web", 5, "unit b.service restart, unit a.service reload");
    fixture_begin(fixture);
    g_assert_true(certd_store_consumer_delivered(fixture->store, "web", consumer, 5, &error));
    fixture_commit(fixture);
    assert_waiting(fixture, "web", 5, "unit b.service restart");
    assert_waiting(fixture, "web", 6, "unit b.service restart, unit a.service reload");
    assert_waiting(fixture, "other", 6, "");
}

/* Who had nothing to do counts as told, where it has now; who had keeps what it was told of. */
static void test_action(Fixture *fixture, const void *data)
{
    fixture_add_committed(fixture, "web");
    SET("web", 3, "unit a.service none", "unit b.service reload");
    SET("web", 5, "unit a.service restart", "unit b.service restart");
    assert_waiting(fixture, "web", 5, "unit b.service restart");
    assert_waiting(fixture, "web", 6, "unit a.service restart, unit b.service restart");
}

static void test_consumed(Fixture *fixture, const void *data)
{
    const char *const names[] = {"a", "b", "c", "d"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        fixture_add_committed(fixture, names[i]);
    assert_all(fixture, "");
    SET("b", 0, "unit nginx.service none", "user postfix none");
    SET("a", 0, "unit nginx.service none");
    SET("d", 0, "user nginx none");
    assert_consumed(fixture, "nginx.service", 9, "a b");
    assert_consumed(fixture, "nginx.service", 1, "a");
    assert_consumed(fixture, "other.service", 9, "");
    assert_all(fixture, "a b d");
}

/* As many as there may be; the model refuses more. */
static void test_many(Fixture *fixture, const void *data)
{
    g_autoptr(GPtrArray) list = certd_consumer_list_new();
    g_autoptr(GError) error = NULL;

    fixture_add_committed(fixture, "web");
    for (guint i = 0; i < CERTD_LIMIT_CONSUMERS; i++) {
        g_autofree char *name = g_strdup_printf("u%u.service", i);
        g_ptr_array_add(list, certd_consumer_new("unit", name, "none", NULL));
    }
    fixture_begin(fixture);
    g_assert_true(certd_store_consumers_set(fixture->store, "web", list, 0, &error));
    fixture_commit(fixture);
    g_autoptr(GPtrArray) read = certd_store_consumers(fixture->store, "web", &error);
    g_assert_cmpuint(read->len, ==, CERTD_LIMIT_CONSUMERS);
    for (guint i = 0; i < read->len; i++)
        g_assert_true(certd_consumer_is_same(read->pdata[i], list->pdata[i]));
}

/* They belong to a certificate that is there, and go with it; a factory reset takes all (R54). */
static void test_gone(Fixture *fixture, const void *data)
{
    g_autoptr(GPtrArray) list = list_of((const char *const[]){"user postfix none", NULL});
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) lost = NULL;

    fixture_begin(fixture);
    g_assert_false(certd_store_consumers_set(fixture->store, "nowhere", list, 0, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_BUSY);
    g_clear_error(&error);
    certd_store_rollback(fixture->store);
    fixture_add_committed(fixture, "web");
    fixture_add_committed(fixture, "b");
    SET("web", 0, "user postfix none");
    SET("b", 0, "user postfix none");
    fixture_begin(fixture);
    g_assert_true(certd_store_certificate_delete(fixture->store, "web", &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
    assert_all(fixture, "b");
    fixture_begin(fixture);
    g_assert_true(certd_store_clear(fixture->store, &lost, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
    assert_all(fixture, "");
}

/* R51: a row that makes no sense gets nothing, hides no other, and goes when they are set again. */
static void test_damaged(Fixture *fixture, const void *data)
{
    fixture_add_committed(fixture, "web");
    SET("web", 0, "user a none", "user b none");
    fixture_close(fixture);
    fixture_sql(fixture, "UPDATE consumer SET name = 'x y', action = 'reload' WHERE name = 'a'");
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    assert_consumers(fixture, "web", "user b none");
    assert_all(fixture, "web");
    assert_waiting(fixture, "web", 9, "");
    SET("web", 0, "user a none");
    assert_consumers(fixture, "web", "user a none");
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    assert_consumers(fixture, "web", "user a none");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/consumer/order", test_order);
    fixture_add("/store/consumer/waiting", test_waiting);
    fixture_add("/store/consumer/action", test_action);
    fixture_add("/store/consumer/consumed", test_consumed);
    fixture_add("/store/consumer/many", test_many);
    fixture_add("/store/consumer/gone", test_gone);
    fixture_add("/store/consumer/damaged", test_damaged);
    return g_test_run();
}
