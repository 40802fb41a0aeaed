/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The DER is walked before GnuTLS sees it, as for an import; a key that isn't spelled as we spell it
 * would have another hash than the one it is known by, and is refused. */
#include "x509/public-key.h"

#include "model/error.h"
#include "model/limits.h"
#include "model/text.h"
#include "x509/bundle-private.h"

#define WHERE "The public key"

static gboolean is_supported(gnutls_pubkey_t key)
{
    unsigned int bits = 0;
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;

    switch (gnutls_pubkey_get_pk_algorithm(key, &bits)) {
    case GNUTLS_PK_RSA:
        return bits >= CERTD_LIMIT_RSA_BITS_LEGACY_MIN && bits <= CERTD_LIMIT_RSA_BITS_MAX;
    case GNUTLS_PK_ECDSA:
        return gnutls_pubkey_export_ecc_raw2(key, &curve, NULL, NULL, 0) >= 0 &&
               (curve == GNUTLS_ECC_CURVE_SECP256R1 || curve == GNUTLS_ECC_CURVE_SECP384R1 ||
                curve == GNUTLS_ECC_CURVE_SECP521R1);
    case GNUTLS_PK_EDDSA_ED25519:
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean certd_public_key_check(gnutls_pubkey_t key, GError **error)
{
    if (is_supported(key))
        return TRUE;
    g_autofree char *type = certd_key_type_describe(key);
    g_autofree char *quoted = certd_text_quote(type);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_KEY_TYPE,
                "No certificate is issued for a key of the type %s; make one of RSA with %u to %u "
                "bits, EC on secp256r1, secp384r1 or secp521r1, or Ed25519",
                quoted, CERTD_LIMIT_RSA_BITS_MIN, CERTD_LIMIT_RSA_BITS_MAX);
    return FALSE;
}

static gnutls_pubkey_t import(GBytes *der, GError **error)
{
    g_auto(gnutls_pubkey_t) key = NULL;
    gsize size;
    const void *data = g_bytes_get_data(der, &size);
    gnutls_datum_t datum = {(unsigned char *)data, (unsigned int)size};

    int code = gnutls_pubkey_init(&key);
    if (code >= 0)
        code = gnutls_pubkey_import(key, &datum, GNUTLS_X509_FMT_DER);
    if (code < 0) {
        certd_gnutls_error(error, code, "Reading the public key");
        return NULL;
    }
    return g_steal_pointer(&key);
}

gnutls_pubkey_t certd_public_key_read(GBytes *der, GError **error)
{
    gsize size;
    const void *data = g_bytes_get_data(der, &size);
    CertdDer reader = certd_der_reader(data, size);
    guint64 iterations = 0;

    if (size > CERTD_LIMIT_KEY_BYTES) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                    WHERE " has %" G_GSIZE_FORMAT " bytes; at most %u are read", size,
                    CERTD_LIMIT_KEY_BYTES);
        return NULL;
    }
    if (!certd_limits_check(WHERE, reader, &iterations, error) ||
        !certd_limits_check_public_key(WHERE, &reader, error))
        return NULL;
    g_auto(gnutls_pubkey_t) key = import(der, error);
    if (key == NULL || !certd_public_key_check(key, error))
        return NULL;
    g_autoptr(GBytes) encoded = certd_public_key_encode(key, error);
    if (encoded == NULL)
        return NULL;
    if (!g_bytes_equal(encoded, der)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    WHERE " is not in the DER that certd writes; encode it anew");
        return NULL;
    }
    return g_steal_pointer(&key);
}
