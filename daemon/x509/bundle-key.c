/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one private key of a bundle: PKCS#8 plain and encrypted, PKCS#1, SEC1, and OpenSSL's old PEM
 * encryption. It has to be whole (its parts fit each other), or it isn't taken.
 */
#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "x509/bundle-private.h"

#define OID_RSA "1.2.840.113549.1.1.1"
#define OID_RSA_PSS "1.2.840.113549.1.1.10"

void certd_bundle_passphrase_needed(const CertdBundle *bundle, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_PASSPHRASE_NEEDED,
                "%s is encrypted; give its pass phrase too", bundle->where);
}

void certd_bundle_passphrase_wrong(const CertdBundle *bundle, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_PASSPHRASE_WRONG,
                "%s doesn't open with this pass phrase; check capitals, spaces and the end of line",
                bundle->where);
}

gboolean certd_bundle_passphrase(const CertdBundle *bundle, CertdSecret **text, GError **error)
{
    *text = NULL;
    if (bundle->passphrase == NULL) {
        if (bundle->empty_passphrase)
            *text = certd_secret_new(1);
        return TRUE;
    }
    size_t size = certd_secret_size(bundle->passphrase);
    if (size > CERTD_LIMIT_PASSPHRASE_BYTES) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                    "The pass phrase has %zu bytes; at most %u are taken", size,
                    CERTD_LIMIT_PASSPHRASE_BYTES);
        return FALSE;
    }
    const unsigned char *data = certd_secret_data(bundle->passphrase);
    if (size > 0 && memchr(data, '\0', size) != NULL) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_PASSPHRASE_WRONG,
                            "A pass phrase can't contain a NUL byte; give it as UTF-8 text");
        return FALSE;
    }
    *text = certd_secret_new(size + 1);
    if (size > 0)
        memcpy(certd_secret_data(*text), data, size);
    return TRUE;
}

/* The pass phrase of something that is encrypted for certain. */
static CertdSecret *need_passphrase(const CertdBundle *bundle, GError **error)
{
    CertdSecret *text = NULL;
    if (!certd_bundle_passphrase(bundle, &text, error))
        return NULL;
    if (text == NULL)
        certd_bundle_passphrase_needed(bundle, error);
    return text;
}

/* The size of an RSA key, before GnuTLS computes with it. @pkcs1: an RSAPrivateKey. */
static gboolean check_pkcs1(const CertdBundle *bundle, CertdDer pkcs1, GError **error)
{
    if (!certd_der_enter(&pkcs1, CERTD_DER_SEQUENCE, &pkcs1) || !certd_der_skip(&pkcs1)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "%s is a damaged RSA key; export or copy it again", bundle->where);
        return FALSE;
    }
    return certd_limits_check_rsa(bundle->where, pkcs1, error);
}

static gboolean check_pkcs8(const CertdBundle *bundle, const CertdDerItem *der, GError **error)
{
    CertdDer reader = certd_der_inside(der), algorithm;
    CertdDerItem oid, key;
    if (!certd_der_skip(&reader) || !certd_der_enter(&reader, CERTD_DER_SEQUENCE, &algorithm) ||
        !certd_der_expect(&algorithm, CERTD_DER_OID, &oid) ||
        !certd_der_expect(&reader, CERTD_DER_OCTET_STRING, &key)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "%s is a damaged PKCS#8 key; export or copy it again", bundle->where);
        return FALSE;
    }
    if (!certd_der_item_is_oid(&oid, OID_RSA) && !certd_der_item_is_oid(&oid, OID_RSA_PSS))
        return TRUE;
    return check_pkcs1(bundle, certd_der_inside(&key), error);
}

/* Takes what GnuTLS says of an encrypted key: a wrong pass phrase shows as bad padding, or as
 * anything at all that the padding let through. */
static gboolean decrypted(const CertdBundle *bundle, int r, GError **error)
{
    if (r >= 0)
        return TRUE;
    if (r == GNUTLS_E_UNKNOWN_CIPHER_TYPE || r == GNUTLS_E_UNKNOWN_HASH_ALGORITHM ||
        r == GNUTLS_E_UNKNOWN_ALGORITHM || r == GNUTLS_E_UNIMPLEMENTED_FEATURE)
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                    "%s is encrypted in a way that is not supported (%s); write it with AES and "
                    "PBKDF2 (openssl pkcs8 -topk8 -v2 aes-256-cbc)",
                    bundle->where, gnutls_strerror(r));
    else if (r == GNUTLS_E_MEMORY_ERROR)
        certd_gnutls_error(error, r, bundle->where);
    else
        certd_bundle_passphrase_wrong(bundle, error);
    return FALSE;
}

static gboolean import_encrypted(const CertdBundle *bundle, gnutls_x509_privkey_t key,
                                 const gnutls_datum_t *datum, GError **error)
{
    g_autoptr(CertdSecret) text = need_passphrase(bundle, error);
    if (text == NULL)
        return FALSE;
    const char *phrase = (const char *)certd_secret_data(text);
    return decrypted(bundle,
                     gnutls_x509_privkey_import_pkcs8(key, datum, GNUTLS_X509_FMT_DER, phrase, 0),
                     error);
}

static gboolean import_plain(const CertdBundle *bundle, CertdPart part, gnutls_x509_privkey_t key,
                             const gnutls_datum_t *datum, GError **error)
{
    int r = part == CERTD_PART_PKCS8 ? gnutls_x509_privkey_import_pkcs8(
                                           key, datum, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN)
                                     : gnutls_x509_privkey_import(key, datum, GNUTLS_X509_FMT_DER);
    if (r >= 0)
        return TRUE;
    g_set_error(error, CERTD_ERROR,
                r == GNUTLS_E_UNKNOWN_PK_ALGORITHM || r == GNUTLS_E_ECC_UNSUPPORTED_CURVE
                    ? CERTD_ERROR_UNSUPPORTED_FORMAT
                    : CERTD_ERROR_MALFORMED,
                "%s is a private key that can't be used (%s); give an RSA, EC (P-256, P-384, "
                "P-521) or Ed25519 key as PKCS#8",
                bundle->where, gnutls_strerror(r));
    return FALSE;
}

/* Whether @key is of a size and type that may be computed with, and whole. */
static gboolean check_key(const CertdBundle *bundle, gnutls_x509_privkey_t key, GError **error)
{
    unsigned int bits = 0;
    int algorithm = gnutls_x509_privkey_get_pk_algorithm2(key, &bits);
    gboolean rsa = algorithm == GNUTLS_PK_RSA || algorithm == GNUTLS_PK_RSA_PSS;
    if (!rsa && algorithm != GNUTLS_PK_ECDSA && algorithm != GNUTLS_PK_EDDSA_ED25519 &&
        algorithm != GNUTLS_PK_EDDSA_ED448) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                    "%s is a %s key, which is not supported; use RSA, EC or Ed25519", bundle->where,
                    algorithm < 0 ? "strange" : gnutls_pk_get_name(algorithm));
        return FALSE;
    }
    if (rsa && bits > CERTD_LIMIT_RSA_BITS_MAX) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "%s is an RSA key of %u bits; at most %u are read", bundle->where, bits,
                    CERTD_LIMIT_RSA_BITS_MAX);
        return FALSE;
    }
    if (gnutls_x509_privkey_verify_params(key) < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "%s is a private key whose parts don't fit each other; export it again",
                    bundle->where);
        return FALSE;
    }
    return TRUE;
}

static gboolean take_key(CertdBundle *bundle, gnutls_x509_privkey_t key, GError **error)
{
    if (!check_key(bundle, key, error))
        return FALSE;
    g_autoptr(GBytes) hash = certd_key_public_hash(key, error);
    if (hash == NULL)
        return FALSE;
    if (bundle->key == NULL) {
        bundle->key_hash = g_steal_pointer(&hash);
        bundle->key = key;
        return TRUE;
    }
    if (!g_bytes_equal(bundle->key_hash, hash)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                    "%s is a second private key; import one key with its certificate at a time",
                    bundle->where);
        return FALSE;
    }
    /* The same key once more: easy to do with cat, and harmless. */
    gnutls_x509_privkey_deinit(key);
    return TRUE;
}

static gboolean check_size(const CertdBundle *bundle, size_t size, GError **error)
{
    if (size <= CERTD_LIMIT_KEY_BYTES)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                "%s is a private key of %zu bytes; at most %u are read", bundle->where, size,
                CERTD_LIMIT_KEY_BYTES);
    return FALSE;
}

gboolean certd_bundle_add_key(CertdBundle *bundle, CertdPart part, const CertdDerItem *der,
                              GError **error)
{
    g_auto(gnutls_x509_privkey_t) key = NULL;
    gnutls_datum_t datum = {(unsigned char *)der->whole, (unsigned int)der->whole_size};
    if (!check_size(bundle, der->whole_size, error))
        return FALSE;
    if (part == CERTD_PART_PKCS1 &&
        !check_pkcs1(bundle, certd_der_reader(der->whole, der->whole_size), error))
        return FALSE;
    if (part == CERTD_PART_PKCS8 && !check_pkcs8(bundle, der, error))
        return FALSE;
    int r = gnutls_x509_privkey_init(&key);
    if (r < 0) {
        certd_gnutls_error(error, r, bundle->where);
        return FALSE;
    }
    gboolean ok = part == CERTD_PART_PKCS8_ENCRYPTED
                      ? import_encrypted(bundle, key, &datum, error)
                      : import_plain(bundle, part, key, &datum, error);
    if (!ok || !take_key(bundle, key, error))
        return FALSE;
    key = NULL; /* taken */
    return TRUE;
}

gboolean certd_bundle_add_openssl_key(CertdBundle *bundle, const char *pem, size_t size,
                                      GError **error)
{
    g_auto(gnutls_x509_privkey_t) key = NULL;
    gnutls_datum_t datum = {(unsigned char *)pem, (unsigned int)size};
    /* Base64 makes four of three, and the lines around it are short. */
    if (!check_size(bundle, size / 4 * 3, error))
        return FALSE;
    g_autoptr(CertdSecret) text = need_passphrase(bundle, error);
    if (text == NULL)
        return FALSE;
    int r = gnutls_x509_privkey_init(&key);
    if (r >= 0)
        r = gnutls_x509_privkey_import_openssl(key, &datum, (const char *)certd_secret_data(text));
    if (!decrypted(bundle, r, error) || !take_key(bundle, key, error))
        return FALSE;
    key = NULL; /* taken */
    return TRUE;
}
