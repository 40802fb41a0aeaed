/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R28: the public keys that certificates are issued for. */
#include "x509/public-key.h"

#include <string.h>

#include "issue-job.h"
#include "model/error.h"
#include "model/limits.h"
#include "outside.h"

/* The DER SubjectPublicKeyInfo of a key that openssl makes as @words say. */
static GBytes *public_key(const char *words)
{
    char *directory = outside_directory();
    g_autofree char *path = g_build_filename(directory, "key.pem", NULL);
    g_autofree char *public_path = g_build_filename(directory, "public.der", NULL);

    outside_do("openssl genpkey -out %s %s", path, words);
    outside_do("openssl pkey -in %s -pubout -outform DER -out %s", path, public_path);
    GBytes *der = outside_read(public_path);
    outside_remove(directory);
    return der;
}

static void assert_refused(GBytes *der, CertdError code, const char *says)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(certd_public_key_read(der, &error));
    g_assert_error(error, CERTD_ERROR, (int)code);
    outside_assert_contains(error->message, says);
}

static void test_read(void)
{
    static const char *const rows[] = {
        "-algorithm RSA -pkeyopt rsa_keygen_bits:1024",
        "-algorithm RSA -pkeyopt rsa_keygen_bits:2500",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-521",
        "-algorithm ED25519",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) der = public_key(rows[i]);
        g_auto(gnutls_pubkey_t) key = certd_public_key_read(der, &error);
        g_assert_no_error(error);
        g_autoptr(GBytes) again = certd_public_key_encode(key, &error);
        g_assert_true(g_bytes_equal(again, der));
    }
}

static void test_kinds(void)
{
    static const struct {
        const char *words;
        const char *says;
    } rows[] = {
        {"-algorithm RSA -pkeyopt rsa_keygen_bits:1023", "\"rsa:1023\""},
        {"-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048", "\"rsa-pss:2048\""},
        {"-algorithm EC -pkeyopt ec_paramgen_curve:P-224", "\"ec:secp224r1\""},
        {"-algorithm ED448", "\"ed448\""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) der = public_key(rows[i].words);
        assert_refused(der, CERTD_ERROR_INVALID_KEY_TYPE, rows[i].says);
    }
}

/* One spelling alone, for the hash is the key's name; CERTD_LIMIT_KEY_BYTES, and one beyond. */
static void test_spelling(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    g_autoptr(GBytes) der = certd_key_public(key, &error);
    gsize size;
    const unsigned char *data = g_bytes_get_data(der, &size);
    g_autofree unsigned char *longer = g_malloc0(CERTD_LIMIT_KEY_BYTES + 1);
    memcpy(longer, data, size);
    g_autoptr(GBytes) cut = g_bytes_new(data, size - 1);
    g_autoptr(GBytes) followed = g_bytes_new(longer, size + 2);
    g_autoptr(GBytes) at_limit = g_bytes_new(longer, CERTD_LIMIT_KEY_BYTES);
    g_autoptr(GBytes) beyond = g_bytes_new(longer, CERTD_LIMIT_KEY_BYTES + 1);

    assert_refused(cut, CERTD_ERROR_MALFORMED, "The public key");
    assert_refused(followed, CERTD_ERROR_MALFORMED, "DER");
    /* No longer too large, but still not one key. */
    g_assert_null(certd_public_key_read(at_limit, &error));
    g_assert_false(g_error_matches(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE));
    assert_refused(beyond, CERTD_ERROR_TOO_LARGE, "at most 8192");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/public-key/read", test_read);
    g_test_add_func("/public-key/kinds", test_kinds);
    g_test_add_func("/public-key/spelling", test_spelling);
    return g_test_run();
}
