/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R22, R23, R28, R52: what the device's own authority signs, as those who trust it judge it. */
#include "issue-job.h"
#include "model/error.h"
#include "outside.h"

static const CertdKeyType key_types[] = {
    CERTD_KEY_RSA_1024,     CERTD_KEY_RSA_2048,     CERTD_KEY_RSA_4096, CERTD_KEY_EC_SECP256R1,
    CERTD_KEY_EC_SECP384R1, CERTD_KEY_EC_SECP521R1, CERTD_KEY_ED25519,
};

static gnutls_x509_privkey_t make_key(CertdKeyType type)
{
    g_autoptr(GError) error = NULL;
    gnutls_x509_privkey_t key = certd_key_generate(type, &error);

    g_assert_no_error(error);
    return key;
}

static CertdIssueJob *device_job(CertdDigest digest)
{
    CertdIssueJob *job = issue_job_new(CERTD_KEY_EC_SECP256R1, digest);

    issue_job_subject(job, "O", "Example");
    issue_job_subject(job, "CN", "dev1.example.org");
    issue_job_san(job, "DNS:dev1.example.org");
    return job;
}

/* What GnuTLS says of @leaf and @host to whom trusts @authority: 0 is good. */
static unsigned int verify(GBytes *leaf, GBytes *authority, const char *host)
{
    g_auto(gnutls_x509_crt_t) certificate = issue_load(leaf);
    gnutls_x509_crt_t trusted = issue_load(authority);
    gnutls_x509_trust_list_t list = NULL;
    unsigned int status = ~0u;
    gnutls_typed_vdata_st data[] = {
        {GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)host, 0},
        {GNUTLS_DT_KEY_PURPOSE_OID, (unsigned char *)GNUTLS_KP_TLS_WWW_SERVER, 0},
    };

    g_assert_cmpint(gnutls_x509_trust_list_init(&list, 0), ==, 0);
    g_assert_cmpint(gnutls_x509_trust_list_add_cas(list, &trusted, 1, 0), ==, 1);
    g_assert_cmpint(gnutls_x509_trust_list_verify_crt2(
                        list, &certificate, 1, data, G_N_ELEMENTS(data),
                        GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_ALLOW_BROKEN, &status,
                        NULL),
                    ==, 0);
    gnutls_x509_trust_list_deinit(list, 1);
    return status;
}

/* OpenSSL's verdict, held to RFC 5280 to the letter; TRUE for good. */
static gboolean openssl_verifies(GBytes *leaf, GBytes *authority)
{
    char *directory = outside_directory();
    g_autofree char *leaf_path = outside_write_bytes(directory, "leaf.der", leaf);
    g_autofree char *authority_path = outside_write_bytes(directory, "ca.der", authority);
    g_autofree char *leaf_pem = g_build_filename(directory, "leaf.pem", NULL);
    g_autofree char *authority_pem = g_build_filename(directory, "ca.pem", NULL);

    outside_do("openssl x509 -inform DER -in %s -out %s", leaf_path, leaf_pem);
    outside_do("openssl x509 -inform DER -in %s -out %s", authority_path, authority_pem);
    gboolean good = outside_try("openssl verify -x509_strict -auth_level 0 -purpose sslserver "
                                "-attime 1750000000 -CAfile %s %s",
                                authority_pem, leaf_pem);
    outside_remove(directory);
    return good;
}

/* Each type of key, signed for with each digest by the authority's P-256. R52: SHA-1 too. */
static void test_matrix(void)
{
    g_auto(gnutls_x509_privkey_t) signing_key = issue_quick_key();
    g_autoptr(GBytes) authority = issue_job_authority(signing_key, "DNS:example.org IP:0.0.0.0/32");
    static const int algorithms[CERTD_DIGEST_COUNT_] = {
        [CERTD_DIGEST_SHA1] = GNUTLS_SIGN_ECDSA_SHA1,
        [CERTD_DIGEST_SHA256] = GNUTLS_SIGN_ECDSA_SHA256,
        [CERTD_DIGEST_SHA384] = GNUTLS_SIGN_ECDSA_SHA384,
        [CERTD_DIGEST_SHA512] = GNUTLS_SIGN_ECDSA_SHA512,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(key_types); i++) {
        g_auto(gnutls_x509_privkey_t) key = make_key(key_types[i]);
        for (size_t digest = 0; digest < CERTD_DIGEST_COUNT_; digest++) {
            g_autoptr(GError) error = NULL;
            g_autoptr(CertdIssueJob) job = device_job((CertdDigest)digest);
            g_autoptr(GBytes) leaf = issue_job_sign(job, key, authority, signing_key, &error);
            g_assert_no_error(error);
            g_auto(gnutls_x509_crt_t) certificate = issue_load(leaf);
            g_assert_cmpint(gnutls_x509_crt_get_signature_algorithm(certificate), ==,
                            algorithms[digest]);
            g_assert_cmpuint(verify(leaf, authority, "dev1.example.org"), ==, 0);
            g_assert_true(openssl_verifies(leaf, authority));
        }
    }
}

/* Any type of key signs; Ed25519 has its own digest. */
static void test_signers(void)
{
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();

    for (size_t i = 1; i < G_N_ELEMENTS(key_types); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(gnutls_x509_privkey_t) signing_key = make_key(key_types[i]);
        g_autoptr(GBytes) authority = issue_job_authority(signing_key, NULL);
        g_autoptr(CertdIssueJob) job = device_job(CERTD_DIGEST_SHA384);
        g_autoptr(GBytes) leaf = issue_job_sign(job, key, authority, signing_key, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(verify(leaf, authority, "dev1.example.org"), ==, 0);
        g_assert_true(openssl_verifies(leaf, authority));
    }
}

/* RFC 5280 4.1.2.4, 4.2.1.1: the issuer is the authority's subject to the byte, also as another
 * encodes it, and its key identifier is the authority's, also one of 20 bytes. */
static void test_issuer(void)
{
    char *directory = outside_directory();
    g_autofree char *key_path = g_build_filename(directory, "key.der", NULL);
    g_autofree char *path = g_build_filename(directory, "ca.der", NULL);
    g_autoptr(GError) error = NULL;

    outside_do("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -outform DER -out "
               "%s",
               key_path);
    outside_do("openssl req -x509 -key %s -subj /C=DE/O=Example+OU=a/CN=*_@ -days 30 -outform DER "
               "-out %s -addext keyUsage=critical,keyCertSign",
               key_path, path);
    g_autoptr(GBytes) authority = outside_read(path);
    g_autoptr(GBytes) key_bytes = outside_read(key_path);
    g_auto(gnutls_x509_privkey_t) signing_key = NULL;
    gnutls_datum_t datum = {(void *)g_bytes_get_data(key_bytes, NULL),
                            (unsigned int)g_bytes_get_size(key_bytes)};
    g_assert_cmpint(gnutls_x509_privkey_init(&signing_key), ==, 0);
    g_assert_cmpint(gnutls_x509_privkey_import2(signing_key, &datum, GNUTLS_X509_FMT_DER, NULL, 0),
                    ==, 0);

    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    g_autoptr(CertdIssueJob) job = device_job(CERTD_DIGEST_SHA256);
    g_autoptr(GBytes) leaf = issue_job_sign(job, key, authority, signing_key, &error);
    g_assert_no_error(error);
    g_auto(gnutls_x509_crt_t) certificate = issue_load(leaf);
    g_auto(gnutls_x509_crt_t) signer = issue_load(authority);
    gnutls_datum_t issuer, subject;
    unsigned char of_issuer[64], of_signer[64];
    size_t issuer_size = sizeof of_issuer, signer_size = sizeof of_signer;
    g_assert_cmpint(gnutls_x509_crt_get_raw_issuer_dn(certificate, &issuer), ==, 0);
    g_assert_cmpint(gnutls_x509_crt_get_raw_dn(signer, &subject), ==, 0);
    g_assert_cmpmem(issuer.data, issuer.size, subject.data, subject.size);
    g_assert_cmpint(
        gnutls_x509_crt_get_authority_key_id(certificate, of_issuer, &issuer_size, NULL), ==, 0);
    g_assert_cmpint(gnutls_x509_crt_get_subject_key_id(signer, of_signer, &signer_size, NULL), ==,
                    0);
    g_assert_cmpuint(signer_size, ==, 20);
    g_assert_cmpmem(of_issuer, issuer_size, of_signer, signer_size);
    gnutls_free(issuer.data);
    gnutls_free(subject.data);
    outside_remove(directory);
}

/* R22: who trusts the authority lends it no other names. */
static void test_constraints(void)
{
    static const struct {
        const char *san;
        const char *host;
        gboolean within;
    } rows[] = {
        {"DNS:dev1.example.org", "dev1.example.org", TRUE},
        {"DNS:example.org", "example.org", TRUE},
        {"DNS:*.example.org", "x.example.org", TRUE},
        {"IP:10.1.2.3", "10.1.2.3", TRUE},
        {"IP:fe80::1", "fe80::1", TRUE},
        {"DNS:example.com", "example.com", FALSE},
        {"DNS:bank.example", "bank.example", FALSE},
        {"DNS:badexample.org", "badexample.org", FALSE},
        {"IP:11.0.0.1", "11.0.0.1", FALSE},
        {"IP:2001:db8::1", "2001:db8::1", FALSE},
    };
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    g_auto(gnutls_x509_privkey_t) signing_key = issue_quick_key();
    g_autoptr(GBytes) authority =
        issue_job_authority(signing_key, "DNS:example.org IP:10.0.0.0/8 IP:fe80::/10");

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_EC_SECP256R1, CERTD_DIGEST_SHA256);
        issue_job_san(job, rows[i].san);
        g_autoptr(GBytes) leaf = issue_job_sign(job, key, authority, signing_key, &error);
        g_assert_no_error(error);
        g_test_message("%s", rows[i].san);
        g_assert_cmpint(verify(leaf, authority, rows[i].host) == 0, ==, rows[i].within);
        g_assert_cmpint(openssl_verifies(leaf, authority), ==, rows[i].within);
    }
}

/* R28: for whom only the public key is known, and for what it is. */
static void test_extensions(void)
{
    static const struct {
        CertdPurposes purposes;
        CertdKeyType type;
        const char *purpose_line;
        const char *usage_line;
    } rows[] = {
        {CERTD_PURPOSE_SERVER, CERTD_KEY_EC_SECP256R1, "  TLS Web Server Authentication\n",
         "  Digital Signature\n"},
        {CERTD_PURPOSE_CLIENT, CERTD_KEY_ED25519, "  TLS Web Client Authentication\n",
         "  Digital Signature\n"},
        {CERTD_PURPOSE_SERVER | CERTD_PURPOSE_CLIENT, CERTD_KEY_RSA_2048,
         "  TLS Web Server Authentication, TLS Web Client Authentication\n",
         "  Digital Signature, Key Encipherment\n"},
    };
    g_auto(gnutls_x509_privkey_t) signing_key = issue_quick_key();
    g_autoptr(GBytes) authority = issue_job_authority(signing_key, NULL);
    char *directory = outside_directory();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(gnutls_x509_privkey_t) key = make_key(rows[i].type);
        g_autoptr(CertdIssueJob) job = device_job(CERTD_DIGEST_SHA256);
        job->purposes = rows[i].purposes;
        g_autoptr(GBytes) leaf = issue_job_sign(job, key, authority, signing_key, &error);
        g_assert_no_error(error);
        g_autofree char *path = outside_write_bytes(directory, "leaf.der", leaf);
        g_autofree char *text = issue_certificate_text(path);
        outside_assert_contains(text, "X509v3 Basic Constraints: critical\n"
                                      "                CA:FALSE\n");
        outside_assert_contains(text, rows[i].purpose_line);
        outside_assert_contains(text, rows[i].usage_line);
        outside_assert_contains(text, "X509v3 Subject Alternative Name: \n");
        outside_assert_contains(text, "Not After : Jun 15 14:06:40 2026 GMT");
        outside_assert_lacks(text, "Name Constraints");
    }
    outside_remove(directory);
}

static void assert_refused(CertdIssueJob *job, GBytes *certificate,
                           gnutls_x509_privkey_t signing_key, CertdError code)
{
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();

    g_assert_null(issue_job_sign(job, key, certificate, signing_key, &error));
    g_assert_error(error, CERTD_ERROR, (int)code);
}

/* Not with another's key, not in the name of who is no authority, not for nothing. */
static void test_refused(void)
{
    g_auto(gnutls_x509_privkey_t) signing_key = issue_quick_key();
    g_auto(gnutls_x509_privkey_t) other_key = issue_quick_key();
    g_autoptr(GBytes) authority = issue_job_authority(signing_key, NULL);
    g_autoptr(GBytes) garbage = g_bytes_new_static("0", 1);
    g_autoptr(CertdIssueJob) job = device_job(CERTD_DIGEST_SHA256);
    g_autoptr(CertdIssueJob) self_signed = device_job(CERTD_DIGEST_SHA256);
    g_autoptr(GBytes) leaf = issue_job_make(self_signed, CERTD_ISSUE_SELF_SIGNED, signing_key);

    assert_refused(job, authority, other_key, CERTD_ERROR_KEY_MISMATCH);
    assert_refused(job, leaf, signing_key, CERTD_ERROR_REJECTED);
    assert_refused(job, garbage, signing_key, CERTD_ERROR_MALFORMED);
    job->purposes = 0;
    assert_refused(job, authority, signing_key, CERTD_ERROR_INVALID_OPTION);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/issue-signed/matrix", test_matrix);
    g_test_add_func("/issue-signed/signers", test_signers);
    g_test_add_func("/issue-signed/issuer", test_issuer);
    g_test_add_func("/issue-signed/constraints", test_constraints);
    g_test_add_func("/issue-signed/extensions", test_extensions);
    g_test_add_func("/issue-signed/refused", test_refused);
    return g_test_run();
}
