/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes as CertificateString: of its type or not, and whether a key may be in it. */
#include <glib.h>
#include <string.h>

#include "web/redfish/bundle-text.h"

#define CERT "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
#define KEY "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"
#define ENCRYPTED                                                                                  \
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"
#define P7 "-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n"
#define ANY CERTD_BUNDLE_TYPE_COUNT_

static const struct {
    const char *name;
    CertdBundleType type;
    const char *text;
    gssize size; /* of the bytes; -1: not of the type */
    gboolean with_key;
} rows[] = {
    {"pem", CERTD_BUNDLE_PEM, CERT, sizeof CERT - 1, FALSE},
    {"pem-with-key", CERTD_BUNDLE_PEM, CERT KEY, sizeof CERT KEY - 1, TRUE},
    {"pem-with-encrypted-key", CERTD_BUNDLE_PEM, ENCRYPTED CERT, sizeof ENCRYPTED CERT - 1, TRUE},
    {"pem-of-two", CERTD_BUNDLE_PEM, CERT CERT, -1, FALSE},
    {"pem-of-none", CERTD_BUNDLE_PEM, "hello", -1, FALSE},
    {"pem-of-key-alone", CERTD_BUNDLE_PEM, KEY, -1, FALSE},
    {"pem-empty", CERTD_BUNDLE_PEM, "", -1, FALSE},
    {"chain", CERTD_BUNDLE_CHAIN, CERT CERT, sizeof CERT CERT - 1, FALSE},
    {"chain-of-one", CERTD_BUNDLE_CHAIN, CERT, sizeof CERT - 1, FALSE},
    {"chain-of-pkcs7", CERTD_BUNDLE_CHAIN, P7, -1, FALSE},
    {"pkcs7", CERTD_BUNDLE_PKCS7, P7, sizeof P7 - 1, FALSE},
    {"pkcs7-of-pem", CERTD_BUNDLE_PKCS7, CERT, -1, FALSE},
    {"pkcs12", CERTD_BUNDLE_PKCS12, "MIIB\r\nAA==\n", 4, TRUE},
    {"pkcs12-of-pem", CERTD_BUNDLE_PKCS12, CERT, -1, FALSE},
    {"pkcs12-empty", CERTD_BUNDLE_PKCS12, "", -1, FALSE},
    {"pkcs12-cut", CERTD_BUNDLE_PKCS12, "MIIBA", -1, FALSE},
    {"pkcs12-after-padding", CERTD_BUNDLE_PKCS12, "AA==AAAA", -1, FALSE},
    {"pkcs12-three-paddings", CERTD_BUNDLE_PKCS12, "A===", -1, FALSE},
    {"pkcs12-other-characters", CERTD_BUNDLE_PKCS12, "MII_", -1, FALSE},
    {"any-pem", ANY, CERT, sizeof CERT - 1, FALSE},
    {"any-pem-with-key", ANY, KEY CERT, sizeof KEY CERT - 1, TRUE},
    {"any-base64", ANY, "AAAA", 3, FALSE},
    /* SEQUENCE { INTEGER 3, SEQUENCE {} }: the shape of a PKCS#12 */
    {"any-pkcs12", ANY, "MAUCAQMwAA==", 7, TRUE},
    {"any-text", ANY, "hello, world", -1, FALSE},
};

static void test_row(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    gboolean with_key = FALSE;
    g_autoptr(GBytes) bytes = rows[i].type == ANY
                                  ? certd_bundle_text_decode_any(rows[i].text, &with_key)
                                  : certd_bundle_text_decode(rows[i].type, rows[i].text, &with_key);
    g_assert_cmpint(bytes ? (gssize)g_bytes_get_size(bytes) : -1, ==, rows[i].size);
    g_assert_cmpint(with_key, ==, rows[i].with_key);
}

static void test_types(void)
{
    static const char *const names[] = {"PEM", "PEMchain", "PKCS7", "PKCS12"};
    CertdBundleType type;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_assert_true(certd_bundle_type_parse(names[i], &type));
        g_assert_cmpint(type, ==, i);
    }
    g_assert_cmpint(G_N_ELEMENTS(names), ==, CERTD_BUNDLE_TYPE_COUNT_);
    g_assert_false(certd_bundle_type_parse("pem", &type));
    g_assert_false(certd_bundle_type_parse("", &type));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/web/redfish/bundle-text/", rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
    }
    g_test_add_func("/web/redfish/bundle-text/types", test_types);
    return g_test_run();
}
