/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R5, R6: lists of subject alternative names, without duplicates and up to the limit. */
#include "model/san.h"

#include "model/error.h"
#include "model/limits.h"

static void add(GPtrArray *list, const char *text, gboolean expect_new)
{
    g_autoptr(GError) error = NULL;
    gboolean added = !expect_new;
    g_assert_true(certd_san_list_add(list, certd_san_parse(text, &error), &added, &error));
    g_assert_no_error(error);
    g_assert_cmpint(added, ==, expect_new);
}

/* R6 */
static void test_list(void)
{
    g_autoptr(GPtrArray) list = certd_san_list_new();
    add(list, "DNS:a.example.org", TRUE);
    add(list, "DNS:A.example.org.", FALSE);
    add(list, "DNS:b.example.org", TRUE);
    add(list, "IP:192.0.2.1", TRUE);
    g_assert_cmpuint(list->len, ==, 3);

    g_autoptr(GPtrArray) copy = certd_san_list_copy(list);
    g_assert_true(certd_san_list_equal(list, copy));
    g_autoptr(CertdSan) a = certd_san_parse("DNS:a.example.org", NULL);
    g_assert_true(certd_san_list_contains(copy, a));
    g_assert_true(certd_san_list_remove(copy, a));
    g_assert_false(certd_san_list_remove(copy, a));
    g_assert_false(certd_san_list_contains(copy, a));
    g_assert_false(certd_san_list_equal(list, copy));
    g_assert_true(certd_san_list_contains(list, a));
    /* Same length, and still another list. */
    add(copy, "DNS:a.example.org", TRUE);
    g_assert_false(certd_san_list_equal(list, copy));
    certd_san_free(NULL);
}

/* R5: up to the limit; one that is there already doesn't count. */
static void test_list_limit(void)
{
    g_autoptr(GPtrArray) list = certd_san_list_new();
    for (unsigned int i = 0; i < CERTD_LIMIT_SANS_OWN; i++) {
        g_autofree char *text = g_strdup_printf("DNS:a%u.example.org", i);
        add(list, text, TRUE);
    }
    add(list, "DNS:a0.example.org", FALSE);
    g_autoptr(GVariant) full = g_variant_ref_sink(certd_san_list_to_variant(list));
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) decoded = certd_san_list_from_variant(full, &error);
    g_assert_no_error(error);
    g_assert_true(certd_san_list_equal(list, decoded));

    gboolean added = TRUE;
    CertdSan *beyond = certd_san_parse("DNS:beyond.example.org", NULL);
    g_assert_false(certd_san_list_add(list, beyond, &added, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
    g_assert_true(added);
    g_assert_cmpuint(list->len, ==, CERTD_LIMIT_SANS_OWN);
    g_clear_error(&error);

    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ss)"));
    for (unsigned int i = 0; i <= CERTD_LIMIT_SANS_OWN; i++) {
        g_autofree char *address = g_strdup_printf("192.0.2.%u", i);
        g_variant_builder_add(&builder, "(ss)", "IP", address);
    }
    g_autoptr(GVariant) too_many = g_variant_ref_sink(g_variant_builder_end(&builder));
    g_assert_null(certd_san_list_from_variant(too_many, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
}

static void test_variant(void)
{
    static const char *const refused[] = {
        "['DNS:a.example.org']",
        "[('X', 'a')]",
        "[('DNS', 'a'), ('IP', 'a')]",
        "'DNS:a'",
    };
    g_autoptr(GError) error = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GVariant) variant = g_variant_parse(NULL, refused[i], NULL, NULL, &error);
        g_assert_no_error(error);
        g_assert_null(certd_san_list_from_variant(variant, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME);
        g_clear_error(&error);
    }
    g_autoptr(GVariant) pairs = g_variant_parse(
        NULL, "[('dns', 'B'), ('IP', '192.0.2.1'), ('DNS', 'b')]", NULL, NULL, &error);
    g_autoptr(GPtrArray) list = certd_san_list_from_variant(pairs, &error);
    g_assert_no_error(error);
    g_autoptr(GVariant) out = g_variant_ref_sink(certd_san_list_to_variant(list));
    g_autofree char *text = g_variant_print(out, FALSE);
    g_assert_cmpstr(text, ==, "[('DNS', 'b'), ('IP', '192.0.2.1')]");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/san-list/list", test_list);
    g_test_add_func("/model/san-list/limit", test_list_limit);
    g_test_add_func("/model/san-list/variant", test_variant);
    return g_test_run();
}
