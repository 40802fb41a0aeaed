/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Redfish's words for what certd makes: each key type has one, and what has none is named. */
#include <glib.h>
#include <string.h>

#include "model/key-type.h"
#include "web/redfish/terms.h"

static const struct {
    const char *name;
    const char *algorithm;
    gint64 bits;
    const char *curve;
    const char *key_type; /* NULL: refused, or none */
    const char *wrong;    /* the parameter */
} keys[] = {
    {"nothing", NULL, 0, NULL, NULL, NULL},
    {"rsa", "TPM_ALG_RSA", 0, NULL, "rsa:3072", NULL},
    {"rsa-2048", "TPM_ALG_RSA", 2048, NULL, "rsa:2048", NULL},
    {"rsa-4096", "TPM_ALG_RSA", 4096, NULL, "rsa:4096", NULL},
    {"rsa-8192", "TPM_ALG_RSA", 8192, NULL, "rsa:8192", NULL},
    {"rsa-1024", "TPM_ALG_RSA", 1024, NULL, "rsa:1024", NULL},
    {"new-prefix", "TCG_ALG_RSA", 2048, NULL, "rsa:2048", NULL},
    {"ecdsa", "TPM_ALG_ECDSA", 0, NULL, "ec:secp256r1", NULL},
    {"ecdsa-p384", "TPM_ALG_ECDSA", 0, "TPM_ECC_NIST_P384", "ec:secp384r1", NULL},
    {"ecdsa-p521", "TPM_ALG_ECDSA", 521, "TPM_ECC_NIST_P521", "ec:secp521r1", NULL},
    {"ecdsa-by-bits", "TPM_ALG_ECDSA", 384, NULL, "ec:secp384r1", NULL},
    {"ecdh", "TPM_ALG_ECDH", 0, "TPM_ECC_NIST_P256", "ec:secp256r1", NULL},
    {"ecc", "TPM_ALG_ECC", 0, "TPM_ECC_NIST_P384", "ec:secp384r1", NULL},
    {"eddsa", "TPM_ALG_EDDSA", 0, NULL, "ed25519", NULL},
    {"eddsa-curve", "TPM_ALG_EDDSA", 0, "TPM_ECC_CURVE_25519", "ed25519", NULL},
    {"unknown", "TPM_ALG_SM2", 0, NULL, NULL, "KeyPairAlgorithm"},
    {"lower-case", "tpm_alg_rsa", 0, NULL, NULL, "KeyPairAlgorithm"},
    {"prefix-alone", "TCG_ALG_", 0, NULL, NULL, "KeyPairAlgorithm"},
    {"bits-alone", NULL, 2048, NULL, NULL, "KeyPairAlgorithm"},
    {"curve-alone", NULL, 0, "TPM_ECC_NIST_P256", NULL, "KeyPairAlgorithm"},
    {"rsa-1536", "TPM_ALG_RSA", 1536, NULL, NULL, "KeyBitLength"},
    {"rsa-negative", "TPM_ALG_RSA", -1, NULL, NULL, "KeyBitLength"},
    {"rsa-curve", "TPM_ALG_RSA", 0, "TPM_ECC_NIST_P256", NULL, "KeyCurveId"},
    {"p192", "TPM_ALG_ECDSA", 0, "TPM_ECC_NIST_P192", NULL, "KeyCurveId"},
    {"curve-of-another", "TPM_ALG_EDDSA", 0, "TPM_ECC_NIST_P256", NULL, "KeyCurveId"},
    {"bits-of-another-curve", "TPM_ALG_ECDSA", 256, "TPM_ECC_NIST_P384", NULL, "KeyBitLength"},
};

static void test_key(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    const char *key_type = NULL, *wrong = NULL;
    gboolean found =
        certd_term_key_type(keys[i].algorithm, keys[i].bits, keys[i].curve, &key_type, &wrong);
    g_assert_cmpint(found, ==, keys[i].wrong == NULL);
    g_assert_cmpstr(key_type, ==, keys[i].key_type);
    g_assert_cmpstr(wrong, ==, keys[i].wrong);
}

/* R9: each key type that certd makes can be asked for. */
static void test_all_key_types(void)
{
    for (int type = 0; type < CERTD_KEY_TYPE_COUNT_; type++) {
        gboolean there = FALSE;
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
            there =
                there || g_strcmp0(keys[i].key_type, certd_key_type_name((CertdKeyType)type)) == 0;
        g_assert_true(there);
    }
}

static void test_lists(void)
{
    g_autofree const char **algorithms = certd_term_algorithms();
    g_autofree const char **curves = certd_term_curves();
    g_autofree const char **bits = certd_term_bits();
    g_assert_cmpuint(g_strv_length((char **)algorithms), ==, 5);
    g_assert_cmpuint(g_strv_length((char **)curves), ==, 4);
    g_assert_cmpuint(g_strv_length((char **)bits), ==, 5);
    for (guint i = 0; algorithms[i]; i++) {
        const char *key_type = NULL, *wrong = NULL;
        g_assert_true(certd_term_key_type(algorithms[i], 0, NULL, &key_type, &wrong));
        g_assert_nonnull(key_type);
    }
    for (guint i = 0; bits[i]; i++) {
        const char *key_type = NULL, *wrong = NULL;
        gint64 number = g_ascii_strtoll(bits[i], NULL, 10);
        g_assert_true(certd_term_key_type("TPM_ALG_RSA", number, NULL, &key_type, &wrong));
    }
}

static void test_usages(void)
{
    static const struct {
        const char *usage;
        const char *term;
        gboolean with_ec;
        gboolean with_rsa;
    } rows[] = {
        {"digitalSignature", "DigitalSignature", TRUE, TRUE},
        {"nonRepudiation", "NonRepudiation", FALSE, FALSE},
        {"keyEncipherment", "KeyEncipherment", FALSE, TRUE},
        {"keyCertSign", "KeyCertSign", FALSE, FALSE},
        {"cRLSign", "CRLSigning", FALSE, FALSE},
        {"serverAuth", "ServerAuthentication", TRUE, TRUE},
        {"clientAuth", "ClientAuthentication", TRUE, TRUE},
        {"timeStamping", "Timestamping", FALSE, FALSE},
        {"OCSPSigning", "OCSPSigning", FALSE, FALSE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_assert_cmpstr(certd_term_usage(rows[i].usage), ==, rows[i].term);
        g_assert_cmpint(certd_term_usage_is_requested(rows[i].term, "ec:secp256r1"), ==,
                        rows[i].with_ec);
        g_assert_cmpint(certd_term_usage_is_requested(rows[i].term, "rsa:2048"), ==,
                        rows[i].with_rsa);
    }
    g_assert_null(certd_term_usage("anyExtendedKeyUsage"));
    g_assert_null(certd_term_usage("1.3.6.1.5.5.7.3.17"));
    g_assert_false(certd_term_usage_is_requested("digitalSignature", "rsa:2048"));
    g_assert_false(certd_term_usage_is_requested("", "rsa:2048"));
}

static void test_signatures(void)
{
    g_assert_cmpstr(certd_term_signature("ECDSA-SHA256"), ==, "1.2.840.10045.4.3.2");
    g_assert_cmpstr(certd_term_signature("RSA-SHA256"), ==, "1.2.840.113549.1.1.11");
    g_assert_cmpstr(certd_term_signature("EdDSA-Ed25519"), ==, "1.3.101.112");
    g_assert_cmpstr(certd_term_signature("1.2.3.4"), ==, "1.2.3.4");
    g_assert_null(certd_term_signature("GOST"));
    g_assert_null(certd_term_signature(""));
}

static void test_octets(void)
{
    static const struct {
        const char *hex;
        const char *octets;
    } rows[] = {
        {"ab", "AB"}, {"00ffA1", "00:FF:A1"}, {"", NULL},   {"abc", NULL},
        {"zz", NULL}, {"a ", NULL},           {"0g", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *octets = certd_term_octets(rows[i].hex);
        g_assert_cmpstr(octets, ==, rows[i].octets);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *path = g_strconcat("/web/redfish/terms/key/", keys[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_key);
    }
    g_test_add_func("/web/redfish/terms/all-key-types", test_all_key_types);
    g_test_add_func("/web/redfish/terms/lists", test_lists);
    g_test_add_func("/web/redfish/terms/usages", test_usages);
    g_test_add_func("/web/redfish/terms/signatures", test_signatures);
    g_test_add_func("/web/redfish/terms/octets", test_octets);
    return g_test_run();
}
