/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What certd issues, as OpenSSL and certtool read it. */
#include "x509/issue.h"

#include "issue-job.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/san.h"
#include "outside.h"

static const struct {
    CertdKeyType type;
    const char *usage;
    const char *algorithms[CERTD_DIGEST_COUNT_]; /* as OpenSSL calls them */
} key_rows[] = {
#define RSA_ROW(type)                                                                              \
    {                                                                                              \
        type, "Digital Signature, Key Encipherment\n",                                             \
        {                                                                                          \
            "sha1WithRSAEncryption", "sha256WithRSAEncryption", "sha384WithRSAEncryption",         \
                "sha512WithRSAEncryption"                                                          \
        }                                                                                          \
    }
#define EC_ROW(type)                                                                               \
    {                                                                                              \
        type, "Digital Signature\n",                                                               \
        {                                                                                          \
            "ecdsa-with-SHA1", "ecdsa-with-SHA256", "ecdsa-with-SHA384", "ecdsa-with-SHA512"       \
        }                                                                                          \
    }
    RSA_ROW(CERTD_KEY_RSA_1024),
    RSA_ROW(CERTD_KEY_RSA_2048),
    RSA_ROW(CERTD_KEY_RSA_3072),
    RSA_ROW(CERTD_KEY_RSA_4096),
    EC_ROW(CERTD_KEY_EC_SECP256R1),
    EC_ROW(CERTD_KEY_EC_SECP384R1),
    EC_ROW(CERTD_KEY_EC_SECP521R1),
    {CERTD_KEY_ED25519, "Digital Signature\n", {"ED25519", "ED25519", "ED25519", "ED25519"}},
};

static void check_extensions(const char *text, const char *usage)
{
    outside_assert_contains(text, "X509v3 Basic Constraints: critical\n");
    outside_assert_contains(text, "CA:FALSE");
    outside_assert_contains(text, "X509v3 Key Usage: critical\n");
    outside_assert_contains(text, usage);
    outside_assert_contains(text, "X509v3 Extended Key Usage: \n");
    outside_assert_contains(text, "TLS Web Server Authentication\n");
}

static void check_request(size_t row, CertdIssueJob *job, gnutls_x509_privkey_t key)
{
    char *directory = outside_directory();
    g_autofree char *path = issue_job_run(job, key, directory, CERTD_ISSUE_REQUEST);
    g_autofree char *text = issue_request_text(path);
    g_autofree char *info = outside_run("certtool --crq-info --inder --infile %s", path);
    g_autofree char *algorithm =
        g_strdup_printf("Signature Algorithm: %s\n", key_rows[row].algorithms[job->digest]);

    outside_assert_contains(text, "self-signature verify OK");
    outside_assert_contains(text, "Version: 1 (0x0)");
    outside_assert_contains(text, algorithm);
    outside_assert_contains(text, "DNS:dev1.example.org");
    check_extensions(text, key_rows[row].usage);
    outside_assert_contains(info, "Self signature: verified");
    outside_remove(directory);
}

static void check_certificate(size_t row, CertdIssueJob *job, gnutls_x509_privkey_t key)
{
    char *directory = outside_directory();
    g_autofree char *path = issue_job_run(job, key, directory, CERTD_ISSUE_SELF_SIGNED);
    g_autofree char *pem = g_build_filename(directory, "crt.pem", NULL);
    g_autofree char *text = issue_certificate_text(path);
    g_autofree char *info = outside_run("certtool --certificate-info --inder --infile %s", path);
    outside_do("openssl x509 -inform DER -in %s -out %s", path, pem);
    g_autofree char *verified = outside_run("openssl verify -x509_strict -check_ss_sig "
                                            "-auth_level 0 -purpose sslserver -verify_hostname "
                                            "dev1.example.org -attime 1750000000 -CAfile %s %s",
                                            pem, pem);
    g_autofree char *algorithm =
        g_strdup_printf("Signature Algorithm: %s\n", key_rows[row].algorithms[job->digest]);

    outside_assert_contains(verified, ": OK\n");
    outside_assert_contains(text, "Version: 3 (0x2)");
    outside_assert_contains(text, algorithm);
    outside_assert_contains(text, "Not Before: Jun 15 14:06:40 2025 GMT");
    outside_assert_contains(text, "Not After : Jun 15 14:06:40 2026 GMT");
    outside_assert_contains(text, "DNS:dev1.example.org");
    outside_assert_contains(text, "X509v3 Subject Key Identifier: \n");
    outside_assert_contains(text, "X509v3 Authority Key Identifier: \n");
    check_extensions(text, key_rows[row].usage);
    outside_assert_contains(info, "Version: 3");
    outside_remove(directory);
}

/* R9, R10, R20, R52: each key type with each digest, as a request and self-signed. */
static void test_matrix(gconstpointer data)
{
    size_t row = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_privkey_t) key = certd_key_generate(key_rows[row].type, &error);

    g_assert_no_error(error);
    for (size_t digest = 0; digest < CERTD_DIGEST_COUNT_; digest++) {
        g_autoptr(CertdIssueJob) job = issue_job_new(key_rows[row].type, (CertdDigest)digest);
        issue_job_subject(job, "CN", "dev1.example.org");
        issue_job_san(job, "DNS:dev1.example.org");
        check_request(row, job, key);
        check_certificate(row, job, key);
    }
}

/* R20: from the shortest to the longest, over the change to GeneralizedTime (RFC 5280 4.1.2.5), and
 * where a clock is far off. */
static void test_validity(void)
{
    static const struct {
        gint64 now;
        guint32 days;
        const char *lines;
        const char *encoded;
    } rows[] = {
        {ISSUE_NOW, CERTD_LIMIT_DAYS_MIN, "Not After : Jun 16 14:06:40 2025 GMT", "UTCTIME"},
        {ISSUE_NOW, 3650, "Not After : Jun 13 14:06:40 2035 GMT",
         "UTCTIME           :350613140640Z"},
        {2524608000 + 3600 - 86400 - 1, 1, "Not After : Dec 31 23:59:59 2049 GMT",
         "UTCTIME           :491231235959Z"},
        {2524608000 + 3600 - 86400, 1, "Not After : Jan  1 00:00:00 2050 GMT",
         "GENERALIZEDTIME   :20500101000000Z"},
        {ISSUE_NOW, CERTD_LIMIT_DAYS_MAX, "Not After : May 22 14:06:40 2125 GMT",
         "GENERALIZEDTIME   :21250522140640Z"},
        {4294197631 + 3600 - 86400, 1, "Not After : Jan 29 08:40:30 2106 GMT",
         "GENERALIZEDTIME   :21060129084030Z"},
        {0, 1, "Not Before: Jan  1 00:00:00 1970 GMT", "UTCTIME           :700102000000Z"},
        {253370764799, CERTD_LIMIT_DAYS_MAX, "Not After : Dec 31 23:59:59 9999 GMT",
         "GENERALIZEDTIME   :99991231235959Z"},
    };
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    char *directory = outside_directory();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_EC_SECP256R1, CERTD_DIGEST_SHA256);
        issue_job_subject(job, "CN", "dev1");
        issue_job_validity(job, rows[i].now, rows[i].days);
        g_autofree char *path = issue_job_run(job, key, directory, CERTD_ISSUE_SELF_SIGNED);
        g_autofree char *text = issue_certificate_text(path);
        g_autofree char *asn1 = outside_run("openssl asn1parse -inform DER -in %s", path);
        outside_assert_contains(text, rows[i].lines);
        outside_assert_contains(asn1, rows[i].encoded);
    }
    outside_remove(directory);
}

/* 127 bits, and never the same one. */
static void test_serial(void)
{
    g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_EC_SECP256R1, CERTD_DIGEST_SHA256);
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();

    for (int i = 0; i < 100; i++) {
        g_autoptr(GBytes) der = issue_job_make(job, CERTD_ISSUE_SELF_SIGNED, key);
        g_auto(gnutls_x509_crt_t) certificate = issue_load(der);
        unsigned char serial[32];
        size_t size = sizeof serial;

        g_assert_cmpint(gnutls_x509_crt_get_serial(certificate, serial, &size), ==, 0);
        g_assert_cmpuint(size, ==, 16);
        g_assert_cmpuint(serial[0] & 0xc0, ==, 0x40);
        g_assert_true(g_hash_table_add(seen, g_bytes_new(serial, size)));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(key_rows); i++) {
        g_autofree char *path =
            g_strconcat("/issue/matrix/", certd_key_type_name(key_rows[i].type), NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_matrix);
    }
    g_test_add_func("/issue/validity", test_validity);
    g_test_add_func("/issue/serial", test_serial);
    return g_test_run();
}
