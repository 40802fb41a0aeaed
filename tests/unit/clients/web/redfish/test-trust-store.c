/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is taken for a certificate of a CertificateType, and for a member of the collection (R70). */
#include "web/redfish/trust-store.h"

#include <string.h>

#define CERTIFICATE "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
#define PKCS7 "-----BEGIN PKCS7-----\nAA==\n-----END PKCS7-----\n"
#define CMS "-----BEGIN CMS-----\nAA==\n-----END CMS-----\n"
#define KEY "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"

static const struct {
    const char *name;
    const char *text;
    const char *type;
    gboolean fits;
} TYPES[] = {
    {"one", CERTIFICATE, "PEM", TRUE},
    {"with a comment", "Subject: CN=x\n" CERTIFICATE, "PEM", TRUE},
    {"two as one", CERTIFICATE CERTIFICATE, "PEM", FALSE},
    {"two as a chain", CERTIFICATE CERTIFICATE, "PEMchain", TRUE},
    {"one as a chain", CERTIFICATE, "PEMchain", TRUE},
    {"PKCS#7", PKCS7, "PKCS7", TRUE},
    {"PKCS#7 as CMS", CMS, "PKCS7", TRUE},
    {"PKCS#7 as one", PKCS7, "PEM", FALSE},
    {"one as PKCS#7", CERTIFICATE, "PKCS7", FALSE},
    {"with a key", CERTIFICATE KEY, "PEMchain", FALSE},
    {"a key", KEY, "PEM", FALSE},
    {"nothing", "", "PEM", FALSE},
    {"no PEM", "AA==", "PEMchain", FALSE},
    {"cut off", "-----BEGIN CERTIFICATE", "PEM", FALSE},
    {"another type", CERTIFICATE, "PKCS12", FALSE},
    {"no type", CERTIFICATE, "", FALSE},
};

static void test_types(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(TYPES); i++) {
        g_test_message("%s", TYPES[i].name);
        g_assert_cmpint(certd_trust_is_type(TYPES[i].text, TYPES[i].type), ==, TYPES[i].fits);
    }
}

static void test_ids(void)
{
    char id[66] = "";
    memset(id, 'a', 64);
    g_assert_true(certd_trust_is_id(id));
    id[0] = 'A';
    g_assert_false(certd_trust_is_id(id));
    id[0] = ':';
    g_assert_false(certd_trust_is_id(id));
    id[0] = '0';
    id[63] = '\0';
    g_assert_false(certd_trust_is_id(id));
    memset(id, '9', 65);
    g_assert_false(certd_trust_is_id(id));
    g_assert_false(certd_trust_is_id(""));
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/trust-store/types", test_types);
    g_test_add_func("/web/trust-store/ids", test_ids);
    return g_test_run();
}
