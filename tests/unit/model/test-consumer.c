/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who may be a consumer of a certificate (issue 5). */
#include "model/consumer.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"

#define OK (-1)
#define INVALID CERTD_ERROR_INVALID_OPTION

static const struct {
    const char *kind, *name, *action;
    int expected;
    const char *word; /* of the message */
} rows[] = {
    {"unit", "nginx.service", "reload", OK, NULL},
    {"unit", "nginx.service", "restart", OK, NULL},
    {"unit", "nginx.service", "none", OK, NULL},
    {"unit", "postgresql@15-main.service", "none", OK, NULL},
    {"unit", "a\\x2db:c_d.e@f@g.service", "none", OK, NULL},
    {"user", "postfix", "none", OK, NULL},
    {"user", "_apt", "none", OK, NULL},
    {"user", "jane.doe", "none", OK, NULL},
    {"user", "a2345678901234567890123456789012", "none", OK, NULL},
    {"group", "ssl-cert", "none", OK, NULL},
    {"unit", "nginx", "none", INVALID, "nginx.service"},
    {"unit", "nginx.socket", "none", INVALID, "nginx.socket"},
    {"unit", ".service", "none", INVALID, ".service"},
    {"unit", "a@.service", "none", INVALID, "a@.service"},
    {"unit", "@a.service", "none", INVALID, "@a.service"},
    {"unit", "a/b.service", "none", INVALID, "a/b.service"},
    {"unit", "../nginx.service", "none", INVALID, "../nginx.service"},
    {"unit", "a b.service", "none", INVALID, "a b.service"},
    {"unit", "a\nb.service", "none", INVALID, "\\u{000A}"},
    {"unit", "b\303\244r.service", "none", INVALID, "service"},
    {"unit", "nginx.service\n", "none", INVALID, "nginx.service"},
    {"unit", "*.service", "none", INVALID, "*.service"},
    {"unit", "%i.service", "none", INVALID, "%i.service"},
    {"unit", "", "none", INVALID, "\"\""},
    {"user", "", "none", INVALID, "postfix"},
    {"user", "0", "none", INVALID, "\"0\""},
    {"user", "-a", "none", INVALID, "\"-a\""},
    {"user", ".", "none", INVALID, "\".\""},
    {"user", "a b", "none", INVALID, "a b"},
    {"user", "a:b", "none", INVALID, "a:b"},
    {"user", "a23456789012345678901234567890123", "none", INVALID, "user"},
    {"group", "", "none", INVALID, "ssl-cert"},
    {"group", "a,b", "none", INVALID, "group"},
    {"user", "postfix", "reload", INVALID, "none"},
    {"group", "ssl-cert", "restart", INVALID, "none"},
    {"unit", "nginx.service", "", INVALID, "restart"},
    {"unit", "nginx.service", "stop", INVALID, "stop"},
    {"unit", "nginx.service", "Reload", INVALID, "Reload"},
    {"", "nginx.service", "none", INVALID, "group"},
    {"Unit", "nginx.service", "none", INVALID, "Unit"},
    {"x\033[2J", "nginx.service", "none", INVALID, "unit"},
};

static void test_rows(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s:%s:%s", rows[i].kind, rows[i].name, rows[i].action);
        g_autoptr(CertdConsumer) consumer =
            certd_consumer_new(rows[i].kind, rows[i].name, rows[i].action, &error);
        if (rows[i].expected == OK) {
            g_assert_no_error(error);
            g_assert_cmpstr(certd_consumer_kind_name(consumer->kind), ==, rows[i].kind);
            g_assert_cmpstr(consumer->name, ==, rows[i].name);
            g_assert_cmpstr(certd_consumer_action_name(consumer->action), ==, rows[i].action);
            continue;
        }
        g_assert_null(consumer);
        g_assert_error(error, CERTD_ERROR, rows[i].expected);
        g_assert_nonnull(strstr(error->message, rows[i].word));
        g_assert_null(strpbrk(error->message, "\n\033"));
    }
}

/* CERTD_LIMIT_CONSUMER_NAME_BYTES, and one more. */
static void test_long_unit(void)
{
    g_autofree char *stem = g_strnfill(CERTD_LIMIT_CONSUMER_NAME_BYTES - strlen(".service"), 'u');
    g_autofree char *longest = g_strconcat(stem, ".service", NULL);
    g_autofree char *longer = g_strconcat("u", longest, NULL);

    g_assert_cmpuint(strlen(longest), ==, CERTD_LIMIT_CONSUMER_NAME_BYTES);
    g_assert_true(certd_consumer_is_unit(longest));
    g_assert_false(certd_consumer_is_unit(longer));
}

/* Every word of both tables reads back as itself. */
static void test_words(void)
{
    CertdConsumerKind kind = CERTD_CONSUMER_KIND_COUNT_;
    CertdConsumerAction action = CERTD_CONSUMER_ACTION_COUNT_;

    g_assert_false(certd_consumer_kind_parse("units", &kind));
    g_assert_cmpint(kind, ==, CERTD_CONSUMER_KIND_COUNT_);
    g_assert_false(certd_consumer_action_parse("", &action));
    g_assert_cmpint(action, ==, CERTD_CONSUMER_ACTION_COUNT_);
    for (int i = 0; i < CERTD_CONSUMER_KIND_COUNT_; i++) {
        g_assert_true(
            certd_consumer_kind_parse(certd_consumer_kind_name((CertdConsumerKind)i), &kind));
        g_assert_cmpint(kind, ==, i);
    }
    for (int i = 0; i < CERTD_CONSUMER_ACTION_COUNT_; i++) {
        g_assert_true(certd_consumer_action_parse(
            certd_consumer_action_name((CertdConsumerAction)i), &action));
        g_assert_cmpint(action, ==, i);
    }
}

/* The action makes nobody somebody else; the kind does. */
static void test_same(void)
{
    g_autoptr(CertdConsumer) reloaded = certd_consumer_new("unit", "a.service", "reload", NULL);
    g_autoptr(CertdConsumer) alone = certd_consumer_new("unit", "a.service", "none", NULL);
    g_autoptr(CertdConsumer) user = certd_consumer_new("user", "a", "none", NULL);
    g_autoptr(CertdConsumer) group = certd_consumer_new("group", "a", "none", NULL);

    g_assert_true(certd_consumer_is_same(reloaded, alone));
    g_assert_false(certd_consumer_is_same(user, group));
    g_assert_false(certd_consumer_is_same(alone, user));
}

/* @count users u0, u1 …, as an a(sss). */
static GVariant *users(guint count)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(sss)"));
    for (guint i = 0; i < count; i++) {
        g_autofree char *name = g_strdup_printf("u%u", i);
        g_variant_builder_add(&builder, "(sss)", "user", name, "none");
    }
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

/* There and back; at the limit, and beyond it. */
static void test_lists(void)
{
    const guint counts[] = {0, 1, CERTD_LIMIT_CONSUMERS};
    g_autoptr(GError) error = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_autoptr(GVariant) variant = users(counts[i]);
        g_autoptr(GPtrArray) list = certd_consumer_list_from_variant(variant, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(list->len, ==, counts[i]);
        g_autoptr(GVariant) back = g_variant_ref_sink(certd_consumer_list_to_variant(list));
        g_assert_cmpvariant(back, variant);
    }
    g_autoptr(GVariant) many = users(CERTD_LIMIT_CONSUMERS + 1);
    g_assert_null(certd_consumer_list_from_variant(many, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
}

static const char *const bad_lists[] = {
    "[('unit', 'a.service', 'none'), ('unit', 'a.service', 'reload')]",
    "[('user', 'a', 'none'), ('user', 'a b', 'none')]",
    "[('user', 'a', 'reload')]",
};

static void test_bad_lists(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bad_lists); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) variant = g_variant_ref_sink(g_variant_new_parsed(bad_lists[i]));
        g_assert_null(certd_consumer_list_from_variant(variant, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/consumer/rows", test_rows);
    g_test_add_func("/model/consumer/long-unit", test_long_unit);
    g_test_add_func("/model/consumer/words", test_words);
    g_test_add_func("/model/consumer/same", test_same);
    g_test_add_func("/model/consumer/lists", test_lists);
    g_test_add_func("/model/consumer/bad-lists", test_bad_lists);
    return g_test_run();
}
