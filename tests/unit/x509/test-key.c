/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "x509/key.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "model/error.h"
#include "outside.h"

/* R9, R10: every key type, as OpenSSL sees it. */
static const struct {
    CertdKeyType type;
    const char *described;
    const char *openssl;
} key_rows[CERTD_KEY_TYPE_COUNT_] = {
    {CERTD_KEY_RSA_1024, "rsa:1024", "Private-Key: (1024 bit"},
    {CERTD_KEY_RSA_2048, "rsa:2048", "Private-Key: (2048 bit"},
    {CERTD_KEY_RSA_3072, "rsa:3072", "Private-Key: (3072 bit"},
    {CERTD_KEY_RSA_4096, "rsa:4096", "Private-Key: (4096 bit"},
    {CERTD_KEY_RSA_8192, "rsa:8192", "Private-Key: (8192 bit"},
    {CERTD_KEY_EC_SECP256R1, "ec:secp256r1", "ASN1 OID: prime256v1"},
    {CERTD_KEY_EC_SECP384R1, "ec:secp384r1", "ASN1 OID: secp384r1"},
    {CERTD_KEY_EC_SECP521R1, "ec:secp521r1", "ASN1 OID: secp521r1"},
    {CERTD_KEY_ED25519, "ed25519", "ED25519 Private-Key"},
};

/* The SHA-256 of the SubjectPublicKeyInfo that OpenSSL makes of the private key at @path. */
static GBytes *openssl_hash(const char *directory, const char *path)
{
    g_autofree char *public = g_build_filename(directory, "public.der", NULL);
    outside_do("openssl pkey -inform DER -in %s -pubout -outform DER -out %s", path, public);
    g_autoptr(GBytes) encoded = outside_read(public);
    unsigned char hash[32];

    g_assert_cmpint(gnutls_hash_fast(GNUTLS_DIG_SHA256, g_bytes_get_data(encoded, NULL),
                                     g_bytes_get_size(encoded), hash),
                    ==, 0);
    return g_bytes_new(hash, sizeof hash);
}

static void test_generate(gconstpointer data)
{
    size_t row = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_privkey_t) key = certd_key_generate(key_rows[row].type, &error);

    g_assert_no_error(error);
    g_autofree char *described = certd_private_key_type_describe(key);
    g_assert_cmpstr(described, ==, key_rows[row].described);
    g_assert_cmpstr(described, ==, certd_key_type_name(key_rows[row].type));

    g_autoptr(CertdSecret) der = certd_key_to_pkcs8(key, &error);
    g_assert_no_error(error);
    char *directory = outside_directory();
    g_autofree char *path =
        outside_write(directory, "key.der", certd_secret_data(der), certd_secret_size(der));
    g_autofree char *said = outside_run("openssl pkey -inform DER -in %s -noout -text", path);
    outside_assert_contains(said, key_rows[row].openssl);
    if (g_str_has_prefix(described, "rsa:"))
        outside_assert_contains(said, "publicExponent: 65537 ");

    /* What it is read back as has the same public key, which is the one OpenSSL finds. */
    g_auto(gnutls_x509_privkey_t) again = certd_key_from_pkcs8(der, &error);
    g_assert_no_error(error);
    g_autoptr(GBytes) hash = certd_key_public_hash(key, &error);
    g_autoptr(GBytes) hash_again = certd_key_public_hash(again, &error);
    g_autoptr(GBytes) hash_outside = openssl_hash(directory, path);
    g_assert_no_error(error);
    g_assert_cmpuint(g_bytes_get_size(hash), ==, 32);
    g_assert_true(g_bytes_equal(hash, hash_again));
    g_assert_true(g_bytes_equal(hash, hash_outside));
    outside_remove(directory);
}

static void test_distinct(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_privkey_t) a = certd_key_generate(CERTD_KEY_EC_SECP256R1, &error);
    g_auto(gnutls_x509_privkey_t) b = certd_key_generate(CERTD_KEY_EC_SECP256R1, &error);
    g_autoptr(GBytes) hash_a = certd_key_public_hash(a, &error);
    g_autoptr(GBytes) hash_b = certd_key_public_hash(b, &error);

    g_assert_no_error(error);
    g_assert_false(g_bytes_equal(hash_a, hash_b));
}

/* Keys and certificates that others made: what they are called, and that both have one hash. The
 * last one's curve is one that GnuTLS doesn't know. */
static const struct {
    const char *name;
    const char *algorithm;
    const char *described;
    gboolean private_too;
} foreign_rows[] = {
    {"rsa-1536", "rsa:1536", "rsa:1536", TRUE},
    {"rsa-2048", "rsa:2048", "rsa:2048", TRUE},
    {"ec-256", "ec -pkeyopt ec_paramgen_curve:P-256", "ec:secp256r1", TRUE},
    {"ec-224", "ec -pkeyopt ec_paramgen_curve:secp224r1", "ec:secp224r1", TRUE},
    {"ed25519", "ed25519", "ed25519", TRUE},
    {"ed448", "ed448", "ed448", TRUE},
    {"rsa-pss", "rsa-pss -pkeyopt rsa_keygen_bits:2048", "rsa-pss:2048", TRUE},
    {"brainpool", "ec -pkeyopt ec_paramgen_curve:brainpoolP256r1", "other", FALSE},
};

static void test_foreign(gconstpointer data)
{
    size_t row = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    char *directory = outside_directory();
    g_autofree char *pem = g_build_filename(directory, "key.pem", NULL);
    g_autofree char *crt = g_build_filename(directory, "crt.der", NULL);
    g_autofree char *der = g_build_filename(directory, "key.der", NULL);
    outside_do("openssl req -x509 -nodes -newkey %s -keyout %s -subj /CN=x -outform DER -out %s",
               foreign_rows[row].algorithm, pem, crt);
    outside_do("openssl pkcs8 -topk8 -nocrypt -in %s -outform DER -out %s", pem, der);

    g_autoptr(GBytes) bytes = outside_read(crt);
    gnutls_datum_t datum = {(void *)g_bytes_get_data(bytes, NULL),
                            (unsigned int)g_bytes_get_size(bytes)};
    g_auto(gnutls_x509_crt_t) certificate = NULL;
    g_assert_cmpint(gnutls_x509_crt_init(&certificate), ==, 0);
    g_assert_cmpint(gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_DER), ==, 0);
    g_autoptr(GBytes) hash = certd_certificate_public_hash(certificate, &error);
    g_assert_no_error(error);
    g_autoptr(GBytes) hash_outside = openssl_hash(directory, der);
    g_assert_true(g_bytes_equal(hash, hash_outside));

    g_autoptr(GBytes) key_bytes = outside_read(der);
    g_autoptr(CertdSecret) secret =
        certd_secret_new_copy(g_bytes_get_data(key_bytes, NULL), g_bytes_get_size(key_bytes));
    g_auto(gnutls_x509_privkey_t) key = certd_key_from_pkcs8(secret, &error);
    if (foreign_rows[row].private_too) {
        g_assert_no_error(error);
        g_autofree char *described = certd_private_key_type_describe(key);
        g_assert_cmpstr(described, ==, foreign_rows[row].described);
        g_autoptr(GBytes) key_hash = certd_key_public_hash(key, &error);
        g_assert_true(g_bytes_equal(hash, key_hash));
    } else {
        /* What GnuTLS calls this differs from version to version. */
        g_assert_null(key);
        g_assert_true(error != NULL && error->domain == CERTD_ERROR);
    }
    outside_remove(directory);
}

static void test_broken(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSecret) garbage = certd_secret_new_copy("garbage", 7);
    g_autoptr(CertdSecret) nothing = certd_secret_new(0);

    g_assert_null(certd_key_from_pkcs8(garbage, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    g_assert_nonnull(strstr(error->message, "PKCS#8"));
    g_clear_error(&error);
    g_assert_null(certd_key_from_pkcs8(nothing, &error));
    g_assert_nonnull(error);
}

static void test_error(void)
{
    static const struct {
        int code;
        CertdError error;
    } rows[] = {
        {GNUTLS_E_MEMORY_ERROR, CERTD_ERROR_WORKER_FAILED},
        {GNUTLS_E_ASN1_DER_ERROR, CERTD_ERROR_MALFORMED},
        {GNUTLS_E_BASE64_DECODING_ERROR, CERTD_ERROR_MALFORMED},
        {GNUTLS_E_DECRYPTION_FAILED, CERTD_ERROR_PASSPHRASE_WRONG},
        {GNUTLS_E_MAC_VERIFY_FAILED, CERTD_ERROR_PASSPHRASE_WRONG},
        {GNUTLS_E_UNKNOWN_CIPHER_TYPE, CERTD_ERROR_UNSUPPORTED_FORMAT},
        {GNUTLS_E_INTERNAL_ERROR, CERTD_ERROR_WORKER_FAILED},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        certd_gnutls_error(&error, rows[i].code, "Reading the thing");
        g_assert_error(error, CERTD_ERROR, (int)rows[i].error);
        g_assert_true(g_str_has_prefix(error->message, "Reading the thing failed: "));
        g_assert_nonnull(strstr(error->message, gnutls_strerror(rows[i].code)));
        g_assert_nonnull(strstr(error->message, "; "));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(key_rows); i++) {
        g_autofree char *path = g_strconcat("/key/generate/", key_rows[i].described, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_generate);
    }
    g_test_add_func("/key/distinct", test_distinct);
    for (size_t i = 0; i < G_N_ELEMENTS(foreign_rows); i++) {
        g_autofree char *path = g_strconcat("/key/foreign/", foreign_rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_foreign);
    }
    g_test_add_func("/key/broken", test_broken);
    g_test_add_func("/key/error", test_error);
    return g_test_run();
}
