/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A public key is always spelled as GnuTLS encodes it, whatever it was read from: so a request's
 * key and the one in the certificate that answers it have the same hash. */
#include "x509/key.h"

#include <gnutls/crypto.h>
#include <string.h>

#include "model/error.h"
#include "x509/der.h"

typedef struct {
    int code;
    CertdError error;
    const char *remedy;
} GnutlsRow;

#define REMEDY_MALFORMED "check that the file is whole and was not changed on its way"
#define REMEDY_FORMAT "convert it with OpenSSL or GnuTLS to a common format"
#define REMEDY_PASSPHRASE "check the pass phrase"

/* What isn't here is our own failure, not the caller's. */
static const GnutlsRow gnutls_rows[] = {
    {GNUTLS_E_MEMORY_ERROR, CERTD_ERROR_WORKER_FAILED, "free memory and try again"},
    {GNUTLS_E_ASN1_ELEMENT_NOT_FOUND, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_ASN1_IDENTIFIER_NOT_FOUND, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_ASN1_DER_ERROR, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_ASN1_VALUE_NOT_FOUND, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_ASN1_GENERIC_ERROR, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_ASN1_VALUE_NOT_VALID, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_ASN1_TAG_ERROR, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_ASN1_TAG_IMPLICIT, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_ASN1_TYPE_ANY_ERROR, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_ASN1_SYNTAX_ERROR, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_ASN1_DER_OVERFLOW, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_ASN1_EMBEDDED_NULL_IN_STRING, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_ASN1_TIME_ERROR, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_BASE64_DECODING_ERROR, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_BASE64_UNEXPECTED_HEADER_ERROR, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_PARSING_ERROR, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_MPI_SCAN_FAILED, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_ILLEGAL_PARAMETER, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_CERTIFICATE_ERROR, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_CERTIFICATE_TIME_ERROR, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_X509_DUPLICATE_EXTENSION, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_PK_INVALID_PUBKEY, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_PK_INVALID_PUBKEY_PARAMS, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_PK_INVALID_PRIVKEY, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_PRIVKEY_VERIFICATION_ERROR, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_INVALID_UTF8_STRING, CERTD_ERROR_MALFORMED, REMEDY_MALFORMED},
    {GNUTLS_E_DECRYPTION_FAILED, CERTD_ERROR_PASSPHRASE_WRONG, REMEDY_PASSPHRASE},
    {GNUTLS_E_MAC_VERIFY_FAILED, CERTD_ERROR_PASSPHRASE_WRONG, REMEDY_PASSPHRASE},
    {GNUTLS_E_INVALID_PASSWORD, CERTD_ERROR_PASSPHRASE_WRONG, REMEDY_PASSPHRASE},
    {GNUTLS_E_INVALID_PASSWORD_STRING, CERTD_ERROR_PASSPHRASE_WRONG, REMEDY_PASSPHRASE},
    {GNUTLS_E_UNKNOWN_PK_ALGORITHM, CERTD_ERROR_UNSUPPORTED_FORMAT, REMEDY_FORMAT},
    {GNUTLS_E_UNKNOWN_HASH_ALGORITHM, CERTD_ERROR_UNSUPPORTED_FORMAT, REMEDY_FORMAT},
    {GNUTLS_E_UNKNOWN_CIPHER_TYPE, CERTD_ERROR_UNSUPPORTED_FORMAT, REMEDY_FORMAT},
    {GNUTLS_E_UNKNOWN_ALGORITHM, CERTD_ERROR_UNSUPPORTED_FORMAT, REMEDY_FORMAT},
    {GNUTLS_E_UNKNOWN_PKCS_CONTENT_TYPE, CERTD_ERROR_UNSUPPORTED_FORMAT, REMEDY_FORMAT},
    {GNUTLS_E_UNKNOWN_PKCS_BAG_TYPE, CERTD_ERROR_UNSUPPORTED_FORMAT, REMEDY_FORMAT},
    {GNUTLS_E_UNSUPPORTED_CERTIFICATE_TYPE, CERTD_ERROR_UNSUPPORTED_FORMAT, REMEDY_FORMAT},
    {GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM, CERTD_ERROR_UNSUPPORTED_FORMAT, REMEDY_FORMAT},
    {GNUTLS_E_ECC_UNSUPPORTED_CURVE, CERTD_ERROR_UNSUPPORTED_FORMAT, REMEDY_FORMAT},
    {GNUTLS_E_ECC_NO_SUPPORTED_CURVES, CERTD_ERROR_UNSUPPORTED_FORMAT, REMEDY_FORMAT},
    {GNUTLS_E_UNIMPLEMENTED_FEATURE, CERTD_ERROR_UNSUPPORTED_FORMAT, REMEDY_FORMAT},
};

void certd_gnutls_error(GError **error, int code, const char *what)
{
    static const GnutlsRow otherwise = {0, CERTD_ERROR_WORKER_FAILED,
                                        "try again, and report it if it happens again"};
    const GnutlsRow *row = &otherwise;

    for (size_t i = 0; i < G_N_ELEMENTS(gnutls_rows); i++) {
        if (gnutls_rows[i].code == code)
            row = &gnutls_rows[i];
    }
    g_set_error(error, CERTD_ERROR, row->error, "%s failed: %s (GnuTLS %d); %s", what,
                gnutls_strerror(code), code, row->remedy);
}

/* What gnutls_x509_privkey_generate() takes for each key type. */
static const struct {
    gnutls_pk_algorithm_t algorithm;
    unsigned int bits;
} generate_rows[CERTD_KEY_TYPE_COUNT_] = {
    [CERTD_KEY_RSA_1024] = {GNUTLS_PK_RSA, 1024},
    [CERTD_KEY_RSA_2048] = {GNUTLS_PK_RSA, 2048},
    [CERTD_KEY_RSA_3072] = {GNUTLS_PK_RSA, 3072},
    [CERTD_KEY_RSA_4096] = {GNUTLS_PK_RSA, 4096},
    [CERTD_KEY_RSA_8192] = {GNUTLS_PK_RSA, 8192},
    [CERTD_KEY_EC_SECP256R1] = {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)},
    [CERTD_KEY_EC_SECP384R1] = {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1)},
    [CERTD_KEY_EC_SECP521R1] = {GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP521R1)},
    [CERTD_KEY_ED25519] = {GNUTLS_PK_EDDSA_ED25519, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519)},
};

gnutls_x509_privkey_t certd_key_generate(CertdKeyType type, GError **error)
{
    g_auto(gnutls_x509_privkey_t) key = NULL;

    g_return_val_if_fail((unsigned int)type < CERTD_KEY_TYPE_COUNT_, NULL);
    int code = gnutls_x509_privkey_init(&key);
    if (code >= 0)
        code = gnutls_x509_privkey_generate(key, generate_rows[type].algorithm,
                                            generate_rows[type].bits, 0);
    if (code < 0) {
        g_autofree char *what =
            g_strdup_printf("Making a key of type %s", certd_key_type_name(type));
        certd_gnutls_error(error, code, what);
        return NULL;
    }
    return g_steal_pointer(&key);
}

gnutls_x509_privkey_t certd_key_from_pkcs8(const CertdSecret *der, GError **error)
{
    g_auto(gnutls_x509_privkey_t) key = NULL;
    gnutls_datum_t datum = {certd_secret_data(der), (unsigned int)certd_secret_size(der)};

    int code = gnutls_x509_privkey_init(&key);
    if (code >= 0)
        code = gnutls_x509_privkey_import_pkcs8(key, &datum, GNUTLS_X509_FMT_DER, NULL,
                                                GNUTLS_PKCS_PLAIN);
    if (code < 0) {
        certd_gnutls_error(error, code, "Reading the PKCS#8 key");
        return NULL;
    }
    return g_steal_pointer(&key);
}

CertdSecret *certd_key_to_pkcs8(gnutls_x509_privkey_t key, GError **error)
{
    gnutls_datum_t datum = {NULL, 0};

    int code = gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN,
                                                 &datum);
    if (code < 0) {
        certd_gnutls_error(error, code, "Encoding the key as PKCS#8");
        return NULL;
    }
    CertdSecret *secret = certd_secret_new_copy(datum.data, datum.size);
    gnutls_memset(datum.data, 0, datum.size);
    gnutls_free(datum.data);
    return secret;
}

/* @key of a private key. */
static int key_public(gnutls_x509_privkey_t key, gnutls_pubkey_t *public)
{
    g_auto(gnutls_privkey_t) abstract = NULL;
    g_auto(gnutls_pubkey_t) made = NULL;

    int code = gnutls_privkey_init(&abstract);
    if (code >= 0)
        code = gnutls_privkey_import_x509(abstract, key, 0);
    if (code >= 0)
        code = gnutls_pubkey_init(&made);
    if (code >= 0)
        code = gnutls_pubkey_import_privkey(made, abstract, 0, 0);
    if (code >= 0)
        *public = g_steal_pointer(&made);
    return code;
}

static int key_encode(gnutls_pubkey_t key, GBytes **encoded)
{
    gnutls_datum_t datum = {NULL, 0};

    int code = gnutls_pubkey_export2(key, GNUTLS_X509_FMT_DER, &datum);
    if (code < 0)
        return code;
    *encoded = g_bytes_new(datum.data, datum.size);
    gnutls_free(datum.data);
    return code;
}

/* SubjectPublicKeyInfo as it stands in @certificate, of an algorithm that GnuTLS doesn't know. */
static GBytes *certificate_raw_public_key(gnutls_x509_crt_t certificate)
{
    gnutls_datum_t datum = {NULL, 0};
    GBytes *encoded = NULL;
    CertdDerItem item;

    if (gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &datum) < 0)
        return NULL;
    CertdDer der = certd_der_reader(datum.data, datum.size);
    /* version, serialNumber, signature, issuer, validity and subject come first (RFC 5280 4.1). */
    gboolean found = certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) &&
                     certd_der_enter(&der, CERTD_DER_SEQUENCE, &der) &&
                     certd_der_skip_optional(&der, CERTD_DER_CONTEXT_CONSTRUCTED(0));
    for (int i = 0; found && i < 5; i++)
        found = certd_der_skip(&der);
    if (found && certd_der_expect(&der, CERTD_DER_SEQUENCE, &item))
        encoded = g_bytes_new(item.whole, item.whole_size);
    gnutls_free(datum.data);
    return encoded;
}

gnutls_pubkey_t certd_key_to_public(gnutls_x509_privkey_t key, GError **error)
{
    gnutls_pubkey_t public = NULL;
    int code = key_public(key, &public);

    if (code < 0)
        certd_gnutls_error(error, code, "Finding the public key of the private key");
    return public;
}

GBytes *certd_public_key_encode(gnutls_pubkey_t key, GError **error)
{
    GBytes *encoded = NULL;
    int code = key_encode(key, &encoded);

    if (code < 0)
        certd_gnutls_error(error, code, "Encoding the public key");
    return encoded;
}

GBytes *certd_key_public(gnutls_x509_privkey_t key, GError **error)
{
    g_auto(gnutls_pubkey_t) public = certd_key_to_public(key, error);

    return public != NULL ? certd_public_key_encode(public, error) : NULL;
}

GBytes *certd_certificate_public(gnutls_x509_crt_t certificate, GError **error)
{
    g_auto(gnutls_pubkey_t) public = NULL;
    GBytes *encoded = NULL;

    int code = gnutls_pubkey_init(&public);
    if (code >= 0)
        code = gnutls_pubkey_import_x509(public, certificate, 0);
    if (code >= 0)
        code = key_encode(public, &encoded);
    if (encoded == NULL)
        encoded = certificate_raw_public_key(certificate);
    if (encoded == NULL)
        certd_gnutls_error(error, code, "Finding the public key of the certificate");
    return encoded;
}

static GBytes *hash_of(GBytes *encoded)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    unsigned char digest[32];
    gsize size = sizeof digest;

    g_checksum_update(checksum, g_bytes_get_data(encoded, NULL), (gssize)g_bytes_get_size(encoded));
    g_checksum_get_digest(checksum, digest, &size);
    return g_bytes_new(digest, size);
}

GBytes *certd_public_key_hash(gnutls_pubkey_t key, GError **error)
{
    g_autoptr(GBytes) encoded = certd_public_key_encode(key, error);

    return encoded != NULL ? hash_of(encoded) : NULL;
}

GBytes *certd_key_public_hash(gnutls_x509_privkey_t key, GError **error)
{
    g_autoptr(GBytes) encoded = certd_key_public(key, error);

    return encoded != NULL ? hash_of(encoded) : NULL;
}

GBytes *certd_certificate_public_hash(gnutls_x509_crt_t certificate, GError **error)
{
    g_autoptr(GBytes) encoded = certd_certificate_public(certificate, error);

    return encoded != NULL ? hash_of(encoded) : NULL;
}

/* How the name of a key type begins, and what follows. */
static const struct {
    gnutls_pk_algorithm_t algorithm;
    const char *name;
    gboolean with_bits;
    gboolean with_curve;
} describe_rows[] = {
    {GNUTLS_PK_RSA, "rsa", TRUE, FALSE},
    {GNUTLS_PK_RSA_PSS, "rsa-pss", TRUE, FALSE},
    {GNUTLS_PK_DSA, "dsa", TRUE, FALSE},
    {GNUTLS_PK_ECDSA, "ec", FALSE, TRUE},
    {GNUTLS_PK_EDDSA_ED25519, "ed25519", FALSE, FALSE},
    {GNUTLS_PK_EDDSA_ED448, "ed448", FALSE, FALSE},
};

char *certd_key_type_describe(gnutls_pubkey_t key)
{
    unsigned int bits = 0;
    int algorithm = gnutls_pubkey_get_pk_algorithm(key, &bits);

    for (size_t i = 0; i < G_N_ELEMENTS(describe_rows); i++) {
        if ((int)describe_rows[i].algorithm != algorithm)
            continue;
        if (describe_rows[i].with_bits)
            return g_strdup_printf("%s:%u", describe_rows[i].name, bits);
        if (!describe_rows[i].with_curve)
            return g_strdup(describe_rows[i].name);
        gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
        if (gnutls_pubkey_export_ecc_raw2(key, &curve, NULL, NULL, 0) < 0)
            break;
        const char *curve_name = gnutls_ecc_curve_get_name(curve);
        g_autofree char *lower = g_ascii_strdown(curve_name != NULL ? curve_name : "other", -1);
        return g_strdup_printf("%s:%s", describe_rows[i].name, lower);
    }
    return g_strdup("other");
}

char *certd_private_key_type_describe(gnutls_x509_privkey_t key)
{
    g_auto(gnutls_pubkey_t) public = NULL;

    if (key_public(key, &public) < 0)
        return g_strdup("other");
    return certd_key_type_describe(public);
}
