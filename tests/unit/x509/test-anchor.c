/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R70: what may be a trust anchor; whatever is taken, openssl verify and certtool take from the bundle
 * and from the directory too, and what is refused says why. */
#include "x509/anchor.h"

#include "model/error.h"
#include "model/limits.h"
#include "outside.h"
#include "pki.h"
#include "verify-pki.h"

#define MAKE                                                                                       \
    "issue root root - '/O=Example/CN=Root' 3650 $ids $ca $sign;"                                  \
    "issue mid mid root /O=Example/CN=Mid 1000 $ids $aki $ca $sign;"                               \
    "issue leaf leaf mid /O=Example/CN=a 300 $aki $ee $ku;"                                        \
    "issue expired root - /O=Example/CN=Expired 1 $ids $ca $sign;"                                 \
    "issue nousage root - /O=Example/CN=NoUsage 1 $ids $ca;"                                       \
    "issue nosign root - /O=Example/CN=NoSign 1 $ids $ca $ku;"                                     \
    "issue camera leaf - /CN=camera 1 $ids subjectAltName=DNS:cam.example.org;"                    \
    "issue camera-server leaf - /CN=camera 1 $server subjectAltName=DNS:cam.example.org;"          \
    "issue camera-ee leaf - /CN=camera 1 $ids $ee $ku subjectAltName=DNS:cam.example.org;"         \
    "issue camera-usage leaf - /CN=camera 1 $ids $ku subjectAltName=DNS:cam.example.org;"          \
    "issue critical root - /CN=Critical 1 $ids $ca $sign 1.2.3.4=critical,DER:0500;"               \
    "issue badusage root - /CN=BadUsage 1 $ids $ca 2.5.29.15=critical,DER:0102;"                   \
    "issue nopurposes root - /CN=NoPurposes 1 $ids $ca $sign 2.5.29.37=DER:3000;"                  \
    "issue policy root - /CN=Policy 1 $ids $ca $sign policyConstraints=requireExplicitPolicy:0;"   \
    "openssl genrsa -out r1024.key 1024; openssl genrsa -out r2048.key 2048;"                      \
    "openssl genrsa -3 -out e3.key 2048; issue e3 e3 - /CN=E3 1 $ids $ca $sign; issue rsa1024 "    \
    "r1024 - /CN=Small 1 $ids $ca $sign; issue rsa2048 r2048 - /CN=Big 1 $ids $ca "                \
    "$sign;"                                                                                       \
    "digest=sha1; issue sha1 r2048 - /CN=Sha1 1 $ids $ca $sign;"                                   \
    "digest=md5; issue md5 r2048 - /CN=Md5 1 $ids $ca $sign; digest=sha256;"                       \
    "openssl req -new -key root.key -subj '/CN=One' -out v1.csr;"                                  \
    "openssl x509 -req -in v1.csr -signkey root.key -days 9 -out v1.pem;"                          \
    "openssl x509 -in root.pem -outform DER -out d.der; size=$(wc -c <d.der);"                     \
    "printf '\\125' | dd of=d.der bs=1 seek=$((size-3)) conv=notrunc 2>/dev/null;"                 \
    "openssl x509 -inform DER -in d.der -out damaged.pem;"                                         \
    "cat root.pem rsa2048.pem camera.pem >several.pem; cat root.pem root.pem >twice.pem;"          \
    "cat root.pem mid.pem >withmid.pem; cat root.pem root.key >withkey.pem;"                       \
    "openssl crl2pkcs7 -nocrl -certfile several.pem -outform DER -out several.p7b;"                \
    "openssl x509 -in root.pem -outform DER -out root.der;"                                        \
    "openssl pkcs12 -export -nokeys -in several.pem -passout pass:geheim -out several.p12;"

static const struct {
    const char *name;
    const char *file;
    const char *passphrase;
    guint n; /* anchors; 0: refused */
    CertdError code;
    const char *says;
} ROWS[] = {
    {"root", "root.pem", NULL, 1, 0, NULL},
    {"several", "several.pem", NULL, 3, 0, NULL},
    {"twice", "twice.pem", NULL, 1, 0, NULL},
    {"pkcs7", "several.p7b", NULL, 3, 0, NULL},
    {"der", "root.der", NULL, 1, 0, NULL},
    {"pkcs12", "several.p12", "geheim", 3, 0, NULL},
    {"expired", "expired.pem", NULL, 1, 0, NULL},
    {"no-key-usage", "nousage.pem", NULL, 1, 0, NULL},
    {"end-entity", "camera.pem", NULL, 1, 0, NULL},
    {"end-entity-purpose", "camera-server.pem", NULL, 1, 0, NULL},
    {"rsa-2048", "rsa2048.pem", NULL, 1, 0, NULL},
    {"sha1", "sha1.pem", NULL, 1, 0, NULL},
    {"rsa-exponent-3", "e3.pem", NULL, 1, 0, NULL},
    {"md5", "md5.pem", NULL, 1, 0, NULL},
    {"end-entity-constraints", "camera-ee.pem", NULL, 0, CERTD_ERROR_REJECTED,
     "\"CN=camera\" is no authority, and GnuTLS doesn't trust such a certificate by itself"},
    {"end-entity-usage", "camera-usage.pem", NULL, 0, CERTD_ERROR_REJECTED, "\"CN=camera\" is no"},
    {"no-key-cert-sign", "nosign.pem", NULL, 0, CERTD_ERROR_REJECTED,
     "\"CN=NoSign,O=Example\" is an authority whose key usage lacks keyCertSign"},
    {"intermediate", "mid.pem", NULL, 0, CERTD_ERROR_REJECTED,
     "\"CN=Mid,O=Example\" is not self-signed: \"CN=Root,O=Example\" issued it"},
    {"leaf", "leaf.pem", NULL, 0, CERTD_ERROR_REJECTED, "Add the root"},
    {"one-of-two", "withmid.pem", NULL, 0, CERTD_ERROR_REJECTED, "Nothing was added"},
    {"key-along", "withkey.pem", NULL, 0, CERTD_ERROR_UNSUPPORTED_FORMAT,
     "a trust store takes certificates alone"},
    {"key-alone", "root.key", NULL, 0, CERTD_ERROR_UNSUPPORTED_FORMAT, "private key"},
    {"critical-extension", "critical.pem", NULL, 0, CERTD_ERROR_REJECTED,
     "has the extension 1.2.3.4, which has to be honoured"},
    {"key-usage-unreadable", "badusage.pem", NULL, 0, CERTD_ERROR_REJECTED,
     "\"CN=BadUsage\" has a key usage that is not as RFC 5280 says"},
    {"no-purposes", "nopurposes.pem", NULL, 0, CERTD_ERROR_REJECTED, "has an extended key usage"},
    {"policy-constraints", "policy.pem", NULL, 0, CERTD_ERROR_REJECTED, "the extension 2.5.29.36"},
    {"rsa-1024", "rsa1024.pem", NULL, 0, CERTD_ERROR_REJECTED, "1024 bits; at least 2048"},
    {"version-1", "v1.pem", NULL, 0, CERTD_ERROR_REJECTED, "is X.509 version 1"},
    {"damaged", "damaged.pem", NULL, 0, CERTD_ERROR_REJECTED, "a signature that isn't its own"},
    {"wrong-passphrase", "several.p12", "falsch", 0, CERTD_ERROR_PASSPHRASE_WRONG, ""},
    {"no-passphrase", "several.p12", NULL, 0, CERTD_ERROR_PASSPHRASE_NEEDED, ""},
};

static GPtrArray *read_anchors(const char *file, const char *passphrase, GError **error)
{
    g_autoptr(GBytes) data = pki_load(file);
    g_autoptr(CertdSecret) secret =
        passphrase != NULL ? certd_secret_new_copy(passphrase, strlen(passphrase)) : NULL;
    return certd_anchors_read(data, secret, error);
}

/* As it would be exported: the bundle, and a directory of the hashes. */
static void assert_accepted_outside(const CertdAnchor *anchor)
{
    g_autofree char *name = g_strconcat(anchor->subject_hash, ".0", NULL);
    g_autofree char *der = outside_write_bytes(pki_directory, "a.der", anchor->certificate);
    g_autofree char *script = g_strdup_printf(
        "rm -rf d; mkdir d; openssl x509 -inform DER -in a.der -out d/%s; cp d/%s a.pem;"
        "openssl verify -no_check_time -no-CApath -no-CAstore -CAfile a.pem a.pem;"
        "openssl verify -no_check_time -no-CAfile -no-CAstore -CApath d a.pem;"
        "certtool --verify --load-ca-certificate a.pem --infile a.pem; rm -r d",
        name, name);
    g_assert_cmpstr(der, !=, "");
    pki_run(script);
}

static void test_row(gconstpointer userdata) /* R70 */
{
    guint i = GPOINTER_TO_UINT(userdata);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) anchors = read_anchors(ROWS[i].file, ROWS[i].passphrase, &error);

    if (ROWS[i].n == 0) {
        g_assert_null(anchors);
        g_assert_error(error, CERTD_ERROR, (int)ROWS[i].code);
        outside_assert_contains(error->message, ROWS[i].says);
        return;
    }
    g_assert_no_error(error);
    g_assert_cmpuint(anchors->len, ==, ROWS[i].n);
    for (guint j = 0; j < anchors->len; j++)
        if (strcmp(ROWS[i].name, "md5") != 0)
            assert_accepted_outside(g_ptr_array_index(anchors, j));
    /* What crosses to the daemon is taken there. */
    g_autoptr(GVariant) sent = g_variant_ref_sink(certd_anchors_to_variant(anchors));
    g_autoptr(GPtrArray) taken = certd_anchors_from_variant(sent, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(taken->len, ==, anchors->len);
}

/* @n self-signed authorities on one key. */
static GBytes *make_many(unsigned int n)
{
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_privkey_t) key = certd_key_generate(CERTD_KEY_EC_SECP256R1, &error);
    GByteArray *all = g_byte_array_new();

    for (unsigned int i = 0; i < n; i++) {
        g_auto(gnutls_x509_crt_t) certificate = NULL;
        g_autofree char *name = g_strdup_printf("CN=Root %u", i);
        gnutls_datum_t pem = {NULL, 0};
        g_assert_cmpint(gnutls_x509_crt_init(&certificate), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_version(certificate, 3), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_serial(certificate, "\1", 1), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_dn(certificate, name, NULL), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_activation_time(certificate, 1700000000), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_expiration_time(certificate, 1900000000), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_key(certificate, key), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_basic_constraints(certificate, 1, -1), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0),
                        ==, 0);
        g_assert_cmpint(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem), ==, 0);
        g_byte_array_append(all, pem.data, pem.size);
        gnutls_free(pem.data);
    }
    return g_byte_array_free_to_bytes(all);
}

static void test_limit(void) /* R70 */
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) most = make_many(CERTD_LIMIT_ANCHORS_AT_ONCE);
    g_autoptr(GBytes) more = make_many(CERTD_LIMIT_ANCHORS_AT_ONCE + 1);
    g_autoptr(GPtrArray) anchors = certd_anchors_read(most, NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(anchors->len, ==, CERTD_LIMIT_ANCHORS_AT_ONCE);
    g_assert_null(certd_anchors_read(more, NULL, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
    outside_assert_contains(error->message, "add them in several parts");
}

static void test_size(void) /* R70 */
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strnfill(CERTD_LIMIT_INPUT_BYTES + 1, 'x');
    g_autoptr(GBytes) most = g_bytes_new(text, CERTD_LIMIT_INPUT_BYTES);
    g_autoptr(GBytes) more = g_bytes_new(text, CERTD_LIMIT_INPUT_BYTES + 1);

    g_assert_null(certd_anchors_read(most, NULL, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT);
    g_clear_error(&error);
    g_assert_null(certd_anchors_read(more, NULL, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    pki_begin();
    pki_run(VERIFY_TOOLS MAKE);
    for (guint i = 0; i < G_N_ELEMENTS(ROWS); i++) {
        g_autofree char *path = g_strdup_printf("/anchor/%s", ROWS[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_row);
    }
    g_test_add_func("/anchor/limit", test_limit);
    g_test_add_func("/anchor/size", test_size);
    int r = g_test_run();
    pki_end();
    return r;
}
