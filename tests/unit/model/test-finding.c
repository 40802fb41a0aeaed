/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R35: stable codes, severities, and what stops an import. */
#include "model/finding.h"

#include <string.h>

#include "model/error.h"

/* The codes are an interface: one that changes breaks scripts. */
static const struct {
    const char *name;
    const char *severity;
} codes[CERTD_FINDING_CODE_COUNT_] = {
    {"key-mismatch", "error"},
    {"expired", "error"},
    {"not-yet-valid", "error"},
    {"no-san", "warning"},
    {"san-mismatch", "warning"},
    {"weak-key", "error"},
    {"weak-digest", "error"},
    {"no-server-auth", "warning"},
    {"key-usage", "warning"},
    {"is-ca", "warning"},
    {"chain-incomplete", "warning"},
    {"chain-order", "note"},
    {"root-included", "note"},
    {"certificate-ignored", "note"},
    {"self-signed", "note"},
    {"lifetime-long", "note"},
    {"wildcard", "note"},
    {"clock-untrusted", "note"},
    {"damaged", "error"},
    {"key-unreadable", "error"},
    {"emergency", "warning"},
    {"untrusted", "error"},
    {"bad-signature", "error"},
    {"not-ca", "error"},
    {"path-length", "error"},
    {"name-constraints", "error"},
    {"wrong-purpose", "error"},
    {"unknown-extension", "error"},
    {"malformed", "error"},
    {"disputed", "error"},
    {"trusted", "note"},
};

static void test_codes(void)
{
    CertdFindingCode code = CERTD_FINDING_EXPIRED;

    for (unsigned int i = 0; i < CERTD_FINDING_CODE_COUNT_; i++) {
        CertdFindingCode parsed = CERTD_FINDING_CODE_COUNT_;

        g_assert_cmpstr(certd_finding_code_name((CertdFindingCode)i), ==, codes[i].name);
        g_assert_cmpstr(certd_severity_name(certd_finding_default_severity((CertdFindingCode)i)),
                        ==, codes[i].severity);
        g_assert_true(certd_finding_code_parse(codes[i].name, &parsed));
        g_assert_cmpuint(parsed, ==, i);
    }
    g_assert_false(certd_finding_code_parse("Expired", &code));
    g_assert_false(certd_finding_code_parse(NULL, &code));
    g_assert_cmpint(code, ==, CERTD_FINDING_EXPIRED);
}

static void add_default(GPtrArray *list, CertdFindingCode code)
{
    certd_finding_list_add(list, code, certd_finding_default_severity(code), "What is wrong",
                           "What to do.");
}

static void test_variant(void)
{
    g_autoptr(GPtrArray) list = certd_finding_list_new();

    for (unsigned int i = 0; i < CERTD_FINDING_CODE_COUNT_; i++)
        add_default(list, (CertdFindingCode)i);
    certd_finding_list_add(list, CERTD_FINDING_WEAK_KEY, CERTD_SEVERITY_WARNING, "RSA 1024", "");

    g_autoptr(GVariant) variant = g_variant_ref_sink(certd_finding_list_to_variant(list));
    g_autoptr(GPtrArray) back = certd_finding_list_from_variant(variant);

    g_assert_nonnull(back);
    g_assert_cmpuint(back->len, ==, list->len);
    for (guint i = 0; i < list->len; i++) {
        const CertdFinding *a = g_ptr_array_index(list, i);
        const CertdFinding *b = g_ptr_array_index(back, i);

        g_assert_cmpint(a->code, ==, b->code);
        g_assert_cmpint(a->severity, ==, b->severity);
        g_assert_cmpstr(a->message, ==, b->message);
        g_assert_cmpstr(a->remedy, ==, b->remedy);
    }
}

static void test_bad_variants(void)
{
    static const char *const bad[] = {
        "[('no-such-code', 'error', 'm', 'r')]", "[('expired', 'fatal', 'm', 'r')]",
        "[('expired', 'error', 'a\\nb', 'r')]",  "[('expired', 'error', 'm', '\\u001b[2J')]",
        "[('expired', 'error', 'm')]",           "'expired'",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GVariant) variant = g_variant_parse(NULL, bad[i], NULL, NULL, NULL);

        g_test_message("%s", bad[i]);
        g_assert_null(certd_finding_list_from_variant(variant));
    }
}

static const struct {
    const char *name;
    int codes[3]; /* ends with -1 */
    const char *accepted[3];
    int error; /* -1: passes */
} rows[] = {
    {"nothing", {-1}, {NULL}, -1},
    {"notes only", {CERTD_FINDING_WILDCARD, CERTD_FINDING_SELF_SIGNED, -1}, {NULL}, -1},
    {"an error", {CERTD_FINDING_EXPIRED, -1}, {NULL}, CERTD_ERROR_REJECTED},
    {"an error cannot be accepted",
     {CERTD_FINDING_EXPIRED, -1},
     {"expired", NULL},
     CERTD_ERROR_REJECTED},
    {"a warning", {CERTD_FINDING_NO_SAN, -1}, {NULL}, CERTD_ERROR_REJECTED},
    {"a warning accepted", {CERTD_FINDING_NO_SAN, -1}, {"no-san", NULL}, -1},
    {"another accepted", {CERTD_FINDING_NO_SAN, -1}, {"is-ca", NULL}, CERTD_ERROR_REJECTED},
    {"one of two accepted",
     {CERTD_FINDING_NO_SAN, CERTD_FINDING_IS_CA, -1},
     {"no-san", NULL},
     CERTD_ERROR_REJECTED},
    {"both accepted",
     {CERTD_FINDING_NO_SAN, CERTD_FINDING_IS_CA, -1},
     {"is-ca", "no-san", NULL},
     -1},
    {"key mismatch alone",
     {CERTD_FINDING_KEY_MISMATCH, CERTD_FINDING_WILDCARD, -1},
     {NULL},
     CERTD_ERROR_KEY_MISMATCH},
    {"key mismatch and more",
     {CERTD_FINDING_KEY_MISMATCH, CERTD_FINDING_EXPIRED, -1},
     {NULL},
     CERTD_ERROR_REJECTED},
    {"more and key mismatch",
     {CERTD_FINDING_EXPIRED, CERTD_FINDING_KEY_MISMATCH, -1},
     {NULL},
     CERTD_ERROR_REJECTED},
    {"chain alone", {CERTD_FINDING_CHAIN_INCOMPLETE, -1}, {NULL}, CERTD_ERROR_CHAIN_INCOMPLETE},
    {"chain beside what is accepted",
     {CERTD_FINDING_NO_SAN, CERTD_FINDING_CHAIN_INCOMPLETE, -1},
     {"no-san", NULL},
     CERTD_ERROR_CHAIN_INCOMPLETE},
    {"chain and key",
     {CERTD_FINDING_CHAIN_INCOMPLETE, CERTD_FINDING_KEY_MISMATCH, -1},
     {NULL},
     CERTD_ERROR_REJECTED},
};

static void test_passes(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) list = certd_finding_list_new();
        g_autoptr(GError) error = NULL;

        g_test_message("%s", rows[i].name);
        for (size_t j = 0; j < 3 && rows[i].codes[j] >= 0; j++)
            add_default(list, (CertdFindingCode)rows[i].codes[j]);
        gboolean passes = certd_finding_list_passes(list, rows[i].accepted, &error);
        g_assert_cmpint(passes, ==, rows[i].error < 0);
        if (rows[i].error < 0)
            g_assert_no_error(error);
        else
            g_assert_error(error, CERTD_ERROR, rows[i].error);
    }
}

static void test_message(void)
{
    g_autoptr(GPtrArray) list = certd_finding_list_new();
    g_autoptr(GError) error = NULL;

    add_default(list, CERTD_FINDING_EXPIRED);
    add_default(list, CERTD_FINDING_WILDCARD);
    certd_finding_list_add(list, CERTD_FINDING_NO_SAN, CERTD_SEVERITY_WARNING, "No names", "Ask");
    g_assert_false(certd_finding_list_passes(list, NULL, &error));
    g_assert_cmpstr(error->message, ==,
                    "What is wrong. What to do. (expired) No names. Ask. Accept \"no-san\" to go "
                    "on as it is.");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/finding/codes", test_codes);
    g_test_add_func("/model/finding/variant", test_variant);
    g_test_add_func("/model/finding/bad-variants", test_bad_variants);
    g_test_add_func("/model/finding/passes", test_passes);
    g_test_add_func("/model/finding/message", test_message);
    return g_test_run();
}
