/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bundles, as OpenSSL and certtool read them (R42, and R30 the other way round). */
#include "x509/export.h"

#include <string.h>

#include "issue-job.h"
#include "model/error.h"
#include "model/limits.h"
#include "outside.h"

typedef struct {
    gnutls_x509_privkey_t key;
    GPtrArray *chain;
    char *directory;
} Fixture;

/* One after the other says who stands above the first: a bundle doesn't mind who signed. */
static void add_certificate(Fixture *fixture, CertdKeyType type, const char *name, gboolean leaf)
{
    g_autoptr(CertdIssueJob) job = g_new0(CertdIssueJob, 1);
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_privkey_t) key = certd_key_generate(type, &error);

    g_assert_no_error(error);
    job->digest = CERTD_DIGEST_SHA256;
    job->subject = certd_subject_parse(name, &error);
    g_assert_no_error(error);
    job->purposes = CERTD_PURPOSE_SERVER;
    issue_job_validity(job, ISSUE_NOW, 10);
    GBytes *der = issue_job_make(job, CERTD_ISSUE_SELF_SIGNED, key);
    g_assert_no_error(error);
    g_ptr_array_add(fixture->chain, der);
    if (leaf)
        fixture->key = g_steal_pointer(&key);
}

static void set_up(Fixture *fixture, gconstpointer data)
{
    fixture->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    fixture->directory = outside_directory();
    add_certificate(fixture, (CertdKeyType)GPOINTER_TO_INT(data), "CN=leaf", TRUE);
    add_certificate(fixture, CERTD_KEY_EC_SECP256R1, "CN=middle", FALSE);
    add_certificate(fixture, CERTD_KEY_EC_SECP256R1, "CN=upper", FALSE);
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    g_ptr_array_unref(fixture->chain);
    gnutls_x509_privkey_deinit(fixture->key);
    outside_remove(fixture->directory);
}

static CertdSecret *secret_of(const char *text)
{
    return certd_secret_new_copy(text, strlen(text));
}

/* What certd exports, certd can import: the iterations in all are within the limit. */
static void check_iterations(const char *text)
{
    guint64 sum = 0;

    for (const char *at = strstr(text, "Iteration "); at != NULL; at = strstr(at + 1, "Iteration "))
        sum += g_ascii_strtoull(at + strlen("Iteration "), NULL, 10);
    g_assert_cmpuint(sum, >, 10000);
    g_assert_cmpuint(sum, <=, CERTD_LIMIT_KDF_ITERATIONS);
}

static void test_pkcs12(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSecret) passphrase = secret_of("pass4711");
    g_autoptr(CertdSecret) bundle =
        certd_export_pkcs12(fixture->key, fixture->chain, "https", passphrase, &error);
    g_assert_no_error(error);

    g_autofree char *path = outside_write(fixture->directory, "bundle.p12",
                                          certd_secret_data(bundle), certd_secret_size(bundle));
    g_autofree char *text =
        outside_run("openssl pkcs12 -in %s -passin pass:pass4711 -nodes -info", path);
    outside_assert_contains(text, "MAC: sha256, Iteration ");
    check_iterations(text);
    outside_assert_contains(text, "PKCS7 Encrypted data: PBES2, PBKDF2, AES-256-CBC, Iteration ");
    outside_assert_contains(text, "Shrouded Keybag: PBES2, PBKDF2, AES-256-CBC, Iteration ");
    outside_assert_contains(text, "friendlyName: https\n");
    outside_assert_contains(text, "-----BEGIN PRIVATE KEY-----");
    const char *leaf = strstr(text, "subject=CN = leaf\n");
    const char *middle = strstr(text, "subject=CN = middle\n");
    const char *upper = strstr(text, "subject=CN = upper\n");
    g_assert_true(leaf != NULL && middle != NULL && upper != NULL);
    g_assert_true(leaf < middle && middle < upper);

    g_autofree char *of_certtool =
        outside_run("certtool --p12-info --inder --infile %s --password pass4711", path);
    outside_assert_contains(of_certtool, "Key ID: ");

    /* OpenSSL pairs key and leaf, and the key is the right one. */
    g_autofree char *key_path = g_build_filename(fixture->directory, "key.pem", NULL);
    g_autofree char *leaf_path = g_build_filename(fixture->directory, "leaf.pem", NULL);
    outside_do("openssl pkcs12 -in %s -passin pass:pass4711 -nodes -nocerts -out %s", path,
               key_path);
    outside_do("openssl pkcs12 -in %s -passin pass:pass4711 -clcerts -nokeys -out %s", path,
               leaf_path);
    g_autofree char *of_key = outside_run("openssl pkey -in %s -pubout", key_path);
    g_autofree char *of_leaf = outside_run("openssl x509 -in %s -noout -pubkey", leaf_path);
    g_assert_cmpstr(of_key, ==, of_leaf);
}

/* No key in clear is in the bundle. */
static void test_pkcs12_sealed(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSecret) passphrase = secret_of("pass4711");
    g_autoptr(CertdSecret) bundle =
        certd_export_pkcs12(fixture->key, fixture->chain, NULL, passphrase, &error);
    g_autoptr(CertdSecret) key = certd_key_to_pkcs8(fixture->key, &error);

    g_assert_no_error(error);
    /* The private scalar of P-256 stands from byte 36 on in the PKCS#8 that GnuTLS writes. */
    g_assert_cmpuint(certd_secret_size(key), >, 68);
    g_assert_null(memmem(certd_secret_data(bundle), certd_secret_size(bundle),
                         certd_secret_data(key) + 36, 32));
    g_assert_null(memmem(certd_secret_data(bundle), certd_secret_size(bundle), "leaf", 4));
    g_autofree char *path = outside_write(fixture->directory, "bundle.p12",
                                          certd_secret_data(bundle), certd_secret_size(bundle));
    g_autofree char *text = outside_run("openssl pkcs12 -in %s -passin pass:pass4711 -nodes", path);
    outside_assert_lacks(text, "friendlyName");
}

static void test_pkcs12_utf8(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSecret) passphrase = secret_of("Schlüßel€");
    g_autoptr(CertdSecret) bundle =
        certd_export_pkcs12(fixture->key, fixture->chain, "Gerät", passphrase, &error);
    g_assert_no_error(error);

    g_autofree char *path = outside_write(fixture->directory, "bundle.p12",
                                          certd_secret_data(bundle), certd_secret_size(bundle));
    g_autofree char *text =
        outside_run("openssl pkcs12 -in %s -passin pass:Schlüßel€ -nodes", path);
    outside_assert_contains(text, "BEGIN PRIVATE KEY");
}

/* CERTD_LIMIT_PASSPHRASE_BYTES and one more; nothing; no text. */
static void test_passphrase(Fixture *fixture, gconstpointer data)
{
    static const struct {
        size_t size;
        char c;
        gboolean good;
    } rows[] = {
        {0, 'a', FALSE},
        {1, 'a', TRUE},
        {CERTD_LIMIT_PASSPHRASE_BYTES, 'a', TRUE},
        {CERTD_LIMIT_PASSPHRASE_BYTES + 1, 'a', FALSE},
        {5, '\0', FALSE},
        {5, '\xff', FALSE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdSecret) passphrase = certd_secret_new(rows[i].size);
        memset(certd_secret_data(passphrase), rows[i].c, rows[i].size);
        g_autoptr(CertdSecret) bundle =
            certd_export_pkcs12(fixture->key, fixture->chain, "https", passphrase, &error);
        if (rows[i].good) {
            g_assert_no_error(error);
            g_assert_nonnull(bundle);
        } else {
            g_assert_null(bundle);
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
        }
    }
}

static void test_pkcs7(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bundle = certd_export_pkcs7(fixture->chain, &error);
    g_assert_no_error(error);

    g_autofree char *path = outside_write_bytes(fixture->directory, "bundle.p7b", bundle);
    g_autofree char *text =
        outside_run("openssl pkcs7 -inform DER -in %s -print_certs -noout", path);
    outside_assert_contains(text, "subject=CN = leaf\n");
    outside_assert_contains(text, "subject=CN = middle\n");
    outside_assert_contains(text, "subject=CN = upper\n");
    g_autofree char *of_certtool = outside_run("certtool --p7-info --inder --infile %s", path);
    outside_assert_contains(of_certtool, "Number of certificates: 3");
}

static void test_empty(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GPtrArray) nothing = g_ptr_array_new();
    g_autoptr(CertdSecret) passphrase = secret_of("pass4711");
    g_autoptr(GError) error = NULL;

    g_assert_null(certd_export_pkcs7(nothing, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    g_clear_error(&error);
    g_assert_null(certd_export_pkcs12(fixture->key, nothing, "https", passphrase, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
}

/* R29: a key for its consumer, as OpenSSL and certtool read it, in lines as RFC 7468 has them. */
static void test_key(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSecret) pem = certd_export_key(fixture->key, &error);
    g_assert_no_error(error);
    g_autoptr(CertdSecret) der = certd_key_to_pkcs8(fixture->key, &error);
    g_assert_no_error(error);

    g_autofree char *path = outside_write(fixture->directory, "key.pem", certd_secret_data(pem),
                                          certd_secret_size(pem));
    g_autofree char *der_path = g_build_filename(fixture->directory, "key.der", NULL);
    outside_do("openssl pkey -in %s -noout", path);
    outside_do("openssl asn1parse -in %s -noout -out %s", path, der_path);
    g_autoptr(GBytes) read = outside_read(der_path);
    g_assert_cmpmem(g_bytes_get_data(read, NULL), g_bytes_get_size(read), certd_secret_data(der),
                    certd_secret_size(der));
    g_autofree char *by_certtool = outside_run("certtool --key-info --infile %s", path);
    outside_assert_contains(by_certtool, "Public Key Info:");

    g_autofree char *text = g_strndup((const char *)certd_secret_data(pem), certd_secret_size(pem));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint n = g_strv_length(lines);
    g_assert_cmpstr(lines[0], ==, "-----BEGIN PRIVATE KEY-----");
    for (guint i = 1; i + 3 < n; i++)
        g_assert_cmpuint(strlen(lines[i]), ==, 64);
    g_assert_cmpuint(strlen(lines[n - 3]), <=, 64);
    g_assert_cmpstr(lines[n - 2], ==, "-----END PRIVATE KEY-----");
    g_assert_cmpstr(lines[n - 1], ==, "");
}

static void add(const char *path, CertdKeyType type, void (*test)(Fixture *, gconstpointer))
{
    g_test_add(path, Fixture, GINT_TO_POINTER(type), set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/export/pkcs12/rsa:2048", CERTD_KEY_RSA_2048, test_pkcs12);
    add("/export/pkcs12/ec:secp256r1", CERTD_KEY_EC_SECP256R1, test_pkcs12);
    add("/export/pkcs12/ec:secp384r1", CERTD_KEY_EC_SECP384R1, test_pkcs12);
    add("/export/pkcs12/ec:secp521r1", CERTD_KEY_EC_SECP521R1, test_pkcs12);
    add("/export/pkcs12/ed25519", CERTD_KEY_ED25519, test_pkcs12);
    add("/export/pkcs12-sealed", CERTD_KEY_EC_SECP256R1, test_pkcs12_sealed);
    add("/export/pkcs12-utf8", CERTD_KEY_EC_SECP256R1, test_pkcs12_utf8);
    add("/export/passphrase", CERTD_KEY_EC_SECP256R1, test_passphrase);
    add("/export/pkcs7", CERTD_KEY_EC_SECP256R1, test_pkcs7);
    add("/export/key/rsa:2048", CERTD_KEY_RSA_2048, test_key);
    add("/export/key/ec:secp256r1", CERTD_KEY_EC_SECP256R1, test_key);
    add("/export/key/ec:secp384r1", CERTD_KEY_EC_SECP384R1, test_key);
    add("/export/key/ec:secp521r1", CERTD_KEY_EC_SECP521R1, test_key);
    add("/export/key/ed25519", CERTD_KEY_ED25519, test_key);
    add("/export/empty", CERTD_KEY_EC_SECP256R1, test_empty);
    return g_test_run();
}
