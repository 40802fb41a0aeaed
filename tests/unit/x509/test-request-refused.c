/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R28: what the authority doesn't sign, each by its name, with what to do. */
#include <gmp.h>
#include <string.h>

#include "issue-job.h"
#include "requests.h"

#define DEFAULT CERTD_POLICY_DEFAULT
#define LEGACY CERTD_POLICY_LEGACY

static const struct {
    const char *name;
    const char *words;
    CertdPolicy policy;
    CertdError code;
    const char *says;
} foreign_rows[] = {
    {"sha1", "-newkey rsa:2048 -sha1 -subj /CN=a", DEFAULT, CERTD_ERROR_POLICY_FORBIDS,
     "signed with SHA-1, which the policy \"default\" forbids"},
    {"md5", "-newkey rsa:2048 -md5 -subj /CN=a", DEFAULT, CERTD_ERROR_POLICY_FORBIDS,
     "signed with MD5, which every policy forbids; make it again with SHA-256"},
    {"md5-legacy", "-newkey rsa:2048 -md5 -subj /CN=a", LEGACY, CERTD_ERROR_POLICY_FORBIDS,
     "MD5, which every policy forbids"},
    {"md4-legacy", "-newkey rsa:2048 -md4 -provider legacy -provider default -subj /CN=a", LEGACY,
     CERTD_ERROR_POLICY_FORBIDS, "(1.2.840.113549.1.1.3)"},
    {"rsa-1024", "-newkey rsa:1024 -subj /CN=a", DEFAULT, CERTD_ERROR_POLICY_FORBIDS,
     "has 1024 bits; the policy \"default\" needs 2048, \"legacy\" allows 1024"},
    {"rsa-512", "-newkey rsa:512 -subj /CN=a", LEGACY, CERTD_ERROR_INVALID_KEY_TYPE, "\"rsa:512\""},
    {"rsa-exponent", "-newkey rsa:2048 -pkeyopt rsa_keygen_pubexp:3 -subj /CN=a", LEGACY,
     CERTD_ERROR_REJECTED, "public exponent is 3"},
    {"rsa-pss-key", "-newkey rsa-pss -pkeyopt rsa_keygen_bits:2048 -subj /CN=a", DEFAULT,
     CERTD_ERROR_INVALID_KEY_TYPE, "\"rsa-pss:2048\""},
    {"ec-curve", "-newkey ec -pkeyopt ec_paramgen_curve:P-224 -subj /CN=a", DEFAULT,
     CERTD_ERROR_INVALID_KEY_TYPE, "\"ec:secp224r1\""},
    {"ed448", "-newkey ed448 -subj /CN=a", DEFAULT, CERTD_ERROR_INVALID_KEY_TYPE, "\"ed448\""},
    /* GnuTLS takes no other salt. */
    {"rsa-pss-salt",
     "-newkey rsa:2048 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:9 -subj /CN=a", DEFAULT,
     CERTD_ERROR_REJECTED, "a salt not as long as its digest"},
    {"attribute", REQUEST_EC " -subj /CN=a/street=b", DEFAULT, CERTD_ERROR_INVALID_SUBJECT,
     "2.5.4.9; leave it out"},
    {"country", REQUEST_EC " -subj /C=UK", DEFAULT, CERTD_ERROR_INVALID_SUBJECT, "\"GB\""},
    {"several-attributes", REQUEST_EC " -multivalue-rdn -subj /CN=a+O=b", DEFAULT,
     CERTD_ERROR_INVALID_SUBJECT, "several attributes"},
    {"other-name", REQUEST_EC " -subj /CN=a -addext subjectAltName=otherName:1.2.3;UTF8:x", DEFAULT,
     CERTD_ERROR_INVALID_SUBJECT_ALT_NAME, "\"#a0"},
    {"wildcard", REQUEST_EC " -subj /CN=a -addext subjectAltName=DNS:a.*.org", DEFAULT,
     CERTD_ERROR_INVALID_SUBJECT_ALT_NAME, "\"a.*.org\""},
    {"uri", REQUEST_EC " -subj /CN=a -addext subjectAltName=URI:relative", DEFAULT,
     CERTD_ERROR_INVALID_SUBJECT_ALT_NAME, "\"relative\""},
    {"authority", REQUEST_EC " -subj /CN=a -addext basicConstraints=CA:TRUE", LEGACY,
     CERTD_ERROR_REJECTED, "asks to be an authority (basicConstraints with CA TRUE)"},
    {"cert-sign", REQUEST_EC " -subj /CN=a -addext keyUsage=digitalSignature,keyCertSign", DEFAULT,
     CERTD_ERROR_REJECTED, "asks to be an authority (keyUsage"},
    {"crl-sign", REQUEST_EC " -subj /CN=a -addext keyUsage=cRLSign", DEFAULT, CERTD_ERROR_REJECTED,
     "asks to be an authority (keyUsage"},
    {"code-signing", REQUEST_EC " -subj /CN=a -addext extendedKeyUsage=serverAuth,codeSigning",
     DEFAULT, CERTD_ERROR_REJECTED, "extended key usage codeSigning"},
    {"any-purpose", REQUEST_EC " -subj /CN=a -addext extendedKeyUsage=anyExtendedKeyUsage", DEFAULT,
     CERTD_ERROR_REJECTED, "anyExtendedKeyUsage"},
    {"own-purpose", REQUEST_EC " -subj /CN=a -addext extendedKeyUsage=1.2.3.4", DEFAULT,
     CERTD_ERROR_REJECTED, "extended key usage 1.2.3.4"},
    {"critical", REQUEST_EC " -subj /CN=a -addext 1.2.3.4=critical,DER:0500", DEFAULT,
     CERTD_ERROR_REJECTED, "critical extension 1.2.3.4"},
};

static void test_foreign(gconstpointer data)
{
    size_t row = GPOINTER_TO_SIZE(data);
    g_autoptr(GBytes) request = request_make(foreign_rows[row].words);

    request_assert_refused(request, foreign_rows[row].policy, foreign_rows[row].code,
                           foreign_rows[row].says);
}

/* Extensions that no program writes, signed all the same. GnuTLS aborts on the second. */
static void test_extensions(void)
{
    static const struct {
        const char *oid;
        const char *value;
        size_t size;
        CertdError code;
        const char *says;
    } rows[] = {
        {"2.5.29.17", "\x30\x02\x82\x00", 4, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME, "type DNS"},
        {"2.5.29.17", "\x30\x04\x88\x02\xff\xff", 6, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME,
         "\"#8802ffff\""},
        {"2.5.29.17", "\x30\x07\x87\x05\x0a\x00\x00\x01\x00", 9,
         CERTD_ERROR_INVALID_SUBJECT_ALT_NAME, "\"#87050a"},
        {"2.5.29.17", "\x30\x05\x82\x03\x61\x00\x62", 7, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME,
         "type DNS"},
        {"2.5.29.17", "\x30\x09\x82\x03\x61", 5, CERTD_ERROR_MALFORMED, "alternative names"},
        {"2.5.29.17", "\x04\x00", 2, CERTD_ERROR_MALFORMED, "alternative names"},
        {"2.5.29.19", "\x30\x03\x01\x01\x01", 5, CERTD_ERROR_REJECTED, "asks to be an authority"},
        {"2.5.29.19", "\x04\x00", 2, CERTD_ERROR_MALFORMED, "basicConstraints"},
        {"2.5.29.19", "\x30\x02\x01\x00", 4, CERTD_ERROR_MALFORMED, "basicConstraints"},
        {"2.5.29.15", "\x05\x00", 2, CERTD_ERROR_MALFORMED, "keyUsage"},
        {"2.5.29.37", "\x30\x02\x05\x00", 4, CERTD_ERROR_MALFORMED, "extendedKeyUsage"},
        {"2.5.29.37", "\x30\x02\x06\x00", 4, CERTD_ERROR_REJECTED, "an unreadable one"},
    };
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) request = request_make_raw(key, rows[i].oid, rows[i].value, rows[i].size);
        request_assert_refused(request, DEFAULT, rows[i].code, rows[i].says);
    }
}

static void number_to_datum(const mpz_t number, gnutls_datum_t *datum)
{
    size_t size = 0;

    datum->data = g_malloc((mpz_sizeinbase(number, 2) + 7) / 8);
    mpz_export(datum->data, &size, 1, 1, 1, 0, number);
    datum->size = (unsigned int)size;
}

/* The RSA key of the primes @p and @q. */
static gnutls_x509_privkey_t key_of_primes(const mpz_t p, const mpz_t q)
{
    gnutls_datum_t parts[6];
    gnutls_x509_privkey_t key = NULL;
    mpz_t n, e, d, u, p1, q1;

    mpz_inits(n, e, d, u, p1, q1, NULL);
    mpz_mul(n, p, q);
    mpz_set_ui(e, 65537);
    mpz_sub_ui(p1, p, 1);
    mpz_sub_ui(q1, q, 1);
    mpz_lcm(p1, p1, q1);
    g_assert_cmpint(mpz_invert(d, e, p1), !=, 0);
    g_assert_cmpint(mpz_invert(u, p, q), !=, 0);
    const mpz_t *numbers[] = {&n, &e, &d, (const mpz_t *)p, (const mpz_t *)q, &u};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        number_to_datum(*numbers[i], &parts[i]);
    g_assert_cmpint(gnutls_x509_privkey_init(&key), ==, 0);
    g_assert_cmpint(gnutls_x509_privkey_import_rsa_raw(key, &parts[0], &parts[1], &parts[2],
                                                       &parts[3], &parts[4], &parts[5]),
                    ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        g_free(parts[i].data);
    mpz_clears(n, e, d, u, p1, q1, NULL);
    return key;
}

static void assert_key_refused(const mpz_t p, const mpz_t q, const char *says)
{
    g_auto(gnutls_x509_privkey_t) key = key_of_primes(p, q);
    g_autoptr(GBytes) request = request_make_raw(key, NULL, NULL, 0);

    request_assert_refused(request, LEGACY, CERTD_ERROR_REJECTED, says);
}

/* A prime of 1024 bits as Infineon's library chose them; @leading: its first four bits. */
static void infineon_prime(mpz_t prime, unsigned int leading)
{
    mpz_t product, power, factor;

    mpz_inits(product, power, factor, NULL);
    mpz_primorial_ui(product, 167);
    mpz_set_ui(factor, 65537);
    mpz_powm_ui(power, factor, 1000 + leading, product);
    mpz_set_ui(prime, leading);
    mpz_mul_2exp(prime, prime, 1020);
    mpz_tdiv_q(prime, prime, product);
    mpz_mul(prime, prime, product);
    mpz_add(prime, prime, power);
    while (mpz_probab_prime_p(prime, 25) == 0)
        mpz_add(prime, prime, product);
    mpz_clears(product, power, factor, NULL);
}

/* Keys whose private half anyone can find. */
static void test_weak(void)
{
    mpz_t p, q;

    mpz_inits(p, q, NULL);
    mpz_set_ui(p, 3);
    mpz_mul_2exp(p, p, 1022);
    mpz_nextprime(p, p);
    mpz_nextprime(q, p);
    assert_key_refused(p, q, "Fermat");
    infineon_prime(p, 12);
    infineon_prime(q, 14);
    assert_key_refused(p, q, "ROCA");
    mpz_clears(p, q, NULL);
}

/* RFC 9500 2.3, testECCP256. */
static void test_published(void)
{
    static const char pem[] = "-----BEGIN EC PRIVATE KEY-----\n"
                              "MHcCAQEEIObLW92AqkWunJXowVR2Z5/+yVPBaFHnEedDk5WJxk/BoAoGCCqGSM49\n"
                              "AwEHoUQDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71vc75eSOkyMsxFxbFsTNEMTLjV\n"
                              "uKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==\n"
                              "-----END EC PRIVATE KEY-----\n";
    g_auto(gnutls_x509_privkey_t) key = NULL;
    gnutls_datum_t datum = {(unsigned char *)pem, sizeof pem - 1};

    g_assert_cmpint(gnutls_x509_privkey_init(&key), ==, 0);
    g_assert_cmpint(gnutls_x509_privkey_import(key, &datum, GNUTLS_X509_FMT_PEM), ==, 0);
    g_autoptr(GBytes) request = request_make_raw(key, NULL, NULL, 0);
    request_assert_refused(request, DEFAULT, CERTD_ERROR_REJECTED, "RFC 9500, testECCP256");
}

/* Proof of possession: a request that was changed, and one with somebody else's signature. */
static void test_signature(void)
{
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    g_autoptr(GBytes) request = request_make_raw(key, NULL, NULL, 0);
    gsize size;
    const unsigned char *data = g_bytes_get_data(request, &size);
    g_autofree unsigned char *changed = g_memdup2(data, size);
    unsigned char *name = memmem(changed, size, "a.example.org", 13);

    g_assert_nonnull(name);
    name[0] = 'b';
    g_autoptr(GBytes) other_name = g_bytes_new(changed, size);
    request_assert_refused(other_name, DEFAULT, CERTD_ERROR_REJECTED,
                           "signature is not by its own key");
    name[0] = 'a';
    changed[size - 1] ^= 1;
    g_autoptr(GBytes) other_signature = g_bytes_new(changed, size);
    request_assert_refused(other_signature, DEFAULT, CERTD_ERROR_REJECTED,
                           "signature is not by its own key");
}

/* What is no request at all, or more than one. */
static void test_strange(void)
{
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    g_autoptr(GBytes) request = request_make_raw(key, NULL, NULL, 0);
    g_autoptr(GBytes) certificate = issue_job_authority(key, NULL);
    gsize size;
    const unsigned char *data = g_bytes_get_data(request, &size);
    g_autoptr(GByteArray) twice = g_byte_array_new();
    g_autofree unsigned char *deep = g_malloc(1024);
    g_byte_array_append(twice, data, (guint)size);
    g_byte_array_append(twice, data, (guint)size);
    for (size_t i = 0; i < 1024; i++)
        deep[i] = i % 2 == 0 ? 0x30 : 0x80;
    const struct {
        const void *data;
        size_t size;
        CertdError code;
        const char *says;
    } rows[] = {
        {"", 0, CERTD_ERROR_MALFORMED, "There is nothing in it"},
        {"hello", 5, CERTD_ERROR_UNSUPPORTED_FORMAT, "BEGIN CERTIFICATE REQUEST"},
        {g_bytes_get_data(certificate, NULL), g_bytes_get_size(certificate),
         CERTD_ERROR_UNSUPPORTED_FORMAT, "but a certificate; give the PKCS#10 file"},
        {twice->data, twice->len, CERTD_ERROR_UNSUPPORTED_FORMAT, "one at a time"},
        {data, size - 1, CERTD_ERROR_MALFORMED, "The input"},
        {deep, 1024, CERTD_ERROR_LIMIT_EXCEEDED, "32 levels deep"},
        {"-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n", 64,
         CERTD_ERROR_UNSUPPORTED_FORMAT, "but Diffie-Hellman parameters; give"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) input = g_bytes_new(rows[i].data, rows[i].size);
        request_assert_refused(input, DEFAULT, rows[i].code, rows[i].says);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(foreign_rows); i++) {
        g_autofree char *path =
            g_strconcat("/request-refused/foreign/", foreign_rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_foreign);
    }
    g_test_add_func("/request-refused/extensions", test_extensions);
    g_test_add_func("/request-refused/weak", test_weak);
    g_test_add_func("/request-refused/published", test_published);
    g_test_add_func("/request-refused/signature", test_signature);
    g_test_add_func("/request-refused/strange", test_strange);
    return g_test_run();
}
