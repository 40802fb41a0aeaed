/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R22, R26: the certificate of the device's own authority, as OpenSSL, certtool and GnuTLS read it. */
#include "issue-job.h"
#include "model/error.h"
#include "outside.h"

static char *text_of_authority(gnutls_x509_privkey_t key, const char *permitted)
{
    char *directory = outside_directory();
    g_autoptr(GBytes) der = issue_job_authority(key, permitted);
    g_autofree char *path = outside_write_bytes(directory, "ca.der", der);
    char *text = issue_certificate_text(path);

    outside_do("certtool --certificate-info --inder --infile %s", path);
    outside_remove(directory);
    return text;
}

static void test_extensions(void)
{
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    g_autofree char *text = text_of_authority(
        key, "DNS:example.org DNS:local IP:10.0.0.0/8 IP:192.0.2.7/32 IP:fe80::/10");

    outside_assert_contains(text, "Subject: O=UTF8STRING:Example,CN=UTF8STRING:Device authority\n");
    outside_assert_contains(text, "Issuer: O=UTF8STRING:Example,CN=UTF8STRING:Device authority\n");
    outside_assert_contains(text, "Signature Algorithm: ecdsa-with-SHA256\n");
    outside_assert_contains(text, "X509v3 Basic Constraints: critical\n"
                                  "                CA:TRUE, pathlen:0\n");
    outside_assert_contains(text, "X509v3 Key Usage: critical\n"
                                  "                Certificate Sign, CRL Sign\n");
    outside_assert_contains(text, "X509v3 Extended Key Usage: \n                "
                                  "TLS Web Server Authentication, TLS Web Client "
                                  "Authentication\n");
    outside_assert_contains(text, "X509v3 Name Constraints: critical\n"
                                  "                Permitted:\n"
                                  "                  DNS:example.org\n"
                                  "                  email:example.org\n"
                                  "                  email:.example.org\n"
                                  "                  URI:example.org\n"
                                  "                  URI:.example.org\n"
                                  "                  DNS:local\n"
                                  "                  email:local\n"
                                  "                  email:.local\n"
                                  "                  URI:local\n"
                                  "                  URI:.local\n"
                                  "                  IP:10.0.0.0/255.0.0.0\n"
                                  "                  IP:192.0.2.7/255.255.255.255\n"
                                  "                  IP:FE80:0:0:0:0:0:0:0/FFC0:0:0:0:0:0:0:0\n");
    outside_assert_lacks(text, "Excluded");
    outside_assert_lacks(text, "Subject Alternative Name");
    outside_assert_contains(text, "Not Before: Jun 15 14:06:40 2025 GMT");
    outside_assert_contains(text, "Not After : Jun 13 14:06:40 2035 GMT");
}

/* The scope "any" has none, and that is no empty list. */
static void test_unconstrained(void)
{
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    g_autofree char *text = text_of_authority(key, NULL);

    outside_assert_lacks(text, "Name Constraints");
    outside_assert_contains(text, "CA:TRUE, pathlen:0");
}

/* RFC 5280 4.2.1.1, 4.2.1.2: both identifiers are the same; the key's, so that a new certificate of
 * the same key vouches for what the old one issued. */
static void test_identifiers(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    g_autoptr(GBytes) hash = certd_key_public_hash(key, &error);

    for (int i = 0; i < 2; i++) {
        g_autoptr(GBytes) der = issue_job_authority(key, i == 0 ? "DNS:a" : "DNS:b");
        g_auto(gnutls_x509_crt_t) certificate = issue_load(der);
        unsigned char subject[64], authority[64];
        size_t subject_size = sizeof subject, authority_size = sizeof authority;
        unsigned int critical;
        g_assert_cmpint(
            gnutls_x509_crt_get_subject_key_id(certificate, subject, &subject_size, &critical), ==,
            0);
        g_assert_cmpint(gnutls_x509_crt_get_authority_key_id(certificate, authority,
                                                             &authority_size, &critical),
                        ==, 0);
        g_assert_cmpmem(subject, subject_size, g_bytes_get_data(hash, NULL), 32);
        g_assert_cmpmem(authority, authority_size, g_bytes_get_data(hash, NULL), 32);
    }
}

/* What is signed without a name couldn't say by whom. */
static void test_nameless(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_EC_SECP256R1, CERTD_DIGEST_SHA256);
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    g_auto(gnutls_pubkey_t) public = certd_key_to_public(key, &error);

    job->kind = CERTD_ISSUE_AUTHORITY;
    g_assert_null(certd_issue_certificate(job, public, key, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT);
}

/* Any key that certd makes can be an authority's; OpenSSL holds it to RFC 5280 to the letter. */
static void test_key_types(void)
{
    static const CertdKeyType types[] = {CERTD_KEY_RSA_2048, CERTD_KEY_EC_SECP256R1,
                                         CERTD_KEY_EC_SECP384R1, CERTD_KEY_EC_SECP521R1,
                                         CERTD_KEY_ED25519};

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(gnutls_x509_privkey_t) key = certd_key_generate(types[i], &error);
        g_assert_no_error(error);
        char *directory = outside_directory();
        g_autoptr(GBytes) der = issue_job_authority(key, "DNS:example.org IP:0.0.0.0/32");
        g_autofree char *path = outside_write_bytes(directory, "ca.der", der);
        g_autofree char *pem = g_build_filename(directory, "ca.pem", NULL);
        outside_do("openssl x509 -inform DER -in %s -out %s", path, pem);
        outside_do("openssl verify -x509_strict -check_ss_sig -attime 1750000000 -CAfile %s %s",
                   pem, pem);
        outside_remove(directory);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/issue-authority/extensions", test_extensions);
    g_test_add_func("/issue-authority/unconstrained", test_unconstrained);
    g_test_add_func("/issue-authority/identifiers", test_identifiers);
    g_test_add_func("/issue-authority/nameless", test_nameless);
    g_test_add_func("/issue-authority/key-types", test_key_types);
    return g_test_run();
}
