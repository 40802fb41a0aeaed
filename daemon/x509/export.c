/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The leaf and the key of a PKCS#12 carry the same localKeyId, by which readers pair them. */
#include "x509/export.h"

#include <gnutls/pkcs12.h>
#include <gnutls/pkcs7.h>
#include <string.h>

#include "model/error.h"
#include "model/limits.h"

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_pkcs12_t, gnutls_pkcs12_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_pkcs12_bag_t, gnutls_pkcs12_bag_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_pkcs7_t, gnutls_pkcs7_deinit, NULL)

#define PEM_BEGIN "-----BEGIN PRIVATE KEY-----\n"
#define PEM_END "-----END PRIVATE KEY-----\n"
/* Bytes in a line of PEM, and its characters with the end of the line. */
#define PEM_LINE_BYTES 48u
#define PEM_LINE_SIZE 65u

static gboolean check(int code, const char *what, GError **error)
{
    if (code < 0)
        certd_gnutls_error(error, code, what);
    return code >= 0;
}

static gnutls_datum_t datum_of(GBytes *bytes)
{
    gsize size;
    void *data = (void *)g_bytes_get_data(bytes, &size);

    return (gnutls_datum_t){data, (unsigned int)size};
}

/* Writes @size bytes (a line's at most) of @data to @out as base64, and gives the end of it. */
static char *write_line(char *out, const unsigned char *data, size_t size)
{
    int state = 0, save = 0;

    out += g_base64_encode_step(data, size, FALSE, out, &state, &save);
    out += g_base64_encode_close(FALSE, out, &state, &save);
    *out = '\n';
    return out + 1;
}

/* By hand, so that no copy stays in memory that nobody wipes. */
CertdSecret *certd_export_key(gnutls_x509_privkey_t key, GError **error)
{
    g_autoptr(CertdSecret) der = certd_key_to_pkcs8(key, error);

    if (der == NULL)
        return NULL;
    size_t size = certd_secret_size(der);
    size_t lines = (size + PEM_LINE_BYTES - 1) / PEM_LINE_BYTES;
    size_t last = size - (lines - 1) * PEM_LINE_BYTES;
    CertdSecret *pem = certd_secret_new(strlen(PEM_BEGIN) + (lines - 1) * PEM_LINE_SIZE +
                                        (last + 2) / 3 * 4 + strlen("\n") + strlen(PEM_END));
    char *out = (char *)certd_secret_data(pem);
    memcpy(out, PEM_BEGIN, strlen(PEM_BEGIN));
    out += strlen(PEM_BEGIN);
    for (size_t at = 0; at < size; at += PEM_LINE_BYTES)
        out = write_line(out, certd_secret_data(der) + at, MIN(PEM_LINE_BYTES, size - at));
    memcpy(out, PEM_END, strlen(PEM_END));
    return pem;
}

/* A copy with the terminator that GnuTLS wants. */
static CertdSecret *terminated(const CertdSecret *passphrase, GError **error)
{
    const char *text = (const char *)certd_secret_data(passphrase);
    size_t size = certd_secret_size(passphrase);
    CertdSecret *copy;

    if (size == 0 || size > CERTD_LIMIT_PASSPHRASE_BYTES) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "The pass phrase has %zu bytes; give one of 1 to %u", size,
                    CERTD_LIMIT_PASSPHRASE_BYTES);
        return NULL;
    }
    /* It finds zero bytes too. */
    if (!g_utf8_validate(text, (gssize)size, NULL)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "The pass phrase is not UTF-8 text; give it in UTF-8");
        return NULL;
    }
    copy = certd_secret_new(size + 1);
    memcpy(certd_secret_data(copy), text, size);
    return copy;
}

static gboolean chain_given(const GPtrArray *chain, GError **error)
{
    if (chain->len > 0)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                "There is no certificate to export; import or issue one first");
    return FALSE;
}

/* The key encrypted (RFC 7292 4.2.2), with the names by which readers pair it with the leaf. */
static gboolean add_key(gnutls_pkcs12_t bundle, gnutls_x509_privkey_t key,
                        const char *friendly_name, const gnutls_datum_t *id, const char *password,
                        GError **error)
{
    g_auto(gnutls_pkcs12_bag_t) bag = NULL;
    gnutls_datum_t encrypted = {NULL, 0};

    if (!check(gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_DER, password,
                                                 GNUTLS_PKCS_PBES2_AES_256, &encrypted),
               "Encrypting the key", error))
        return FALSE;
    int code = gnutls_pkcs12_bag_init(&bag);
    if (code >= 0)
        code = gnutls_pkcs12_bag_set_data(bag, GNUTLS_BAG_PKCS8_ENCRYPTED_KEY, &encrypted);
    gnutls_free(encrypted.data);
    int index = code;
    if (code >= 0 && friendly_name != NULL)
        code = gnutls_pkcs12_bag_set_friendly_name(bag, index, friendly_name);
    if (code >= 0)
        code = gnutls_pkcs12_bag_set_key_id(bag, index, id);
    if (code >= 0)
        code = gnutls_pkcs12_set_bag(bundle, bag);
    return check(code, "Writing the key into the PKCS#12 bundle", error);
}

static gboolean add_chain(gnutls_pkcs12_t bundle, const GPtrArray *chain, const char *friendly_name,
                          const gnutls_datum_t *id, const char *password, GError **error)
{
    g_auto(gnutls_pkcs12_bag_t) bag = NULL;

    int code = gnutls_pkcs12_bag_init(&bag);
    for (size_t i = 0; code >= 0 && i < chain->len; i++) {
        gnutls_datum_t der = datum_of(g_ptr_array_index(chain, i));
        code = gnutls_pkcs12_bag_set_data(bag, GNUTLS_BAG_CERTIFICATE, &der);
        int index = code;
        /* Only the leaf belongs to the key. */
        if (code >= 0 && i == 0 && friendly_name != NULL)
            code = gnutls_pkcs12_bag_set_friendly_name(bag, index, friendly_name);
        if (code >= 0 && i == 0)
            code = gnutls_pkcs12_bag_set_key_id(bag, index, id);
    }
    if (code >= 0)
        code = gnutls_pkcs12_bag_encrypt(bag, password, GNUTLS_PKCS_PBES2_AES_256);
    if (code >= 0)
        code = gnutls_pkcs12_set_bag(bundle, bag);
    return check(code, "Writing the chain into the PKCS#12 bundle", error);
}

CertdSecret *certd_export_pkcs12(gnutls_x509_privkey_t key, const GPtrArray *chain,
                                 const char *friendly_name, const CertdSecret *passphrase,
                                 GError **error)
{
    g_auto(gnutls_pkcs12_t) bundle = NULL;
    gnutls_datum_t der = {NULL, 0};

    if (!chain_given(chain, error))
        return NULL;
    g_autoptr(CertdSecret) secret = terminated(passphrase, error);
    g_autoptr(GBytes) hash = secret != NULL ? certd_key_public_hash(key, error) : NULL;
    if (hash == NULL)
        return NULL;

    const char *password = (const char *)certd_secret_data(secret);
    gnutls_datum_t id = datum_of(hash);
    if (!check(gnutls_pkcs12_init(&bundle), "Making the PKCS#12 bundle", error) ||
        !add_chain(bundle, chain, friendly_name, &id, password, error) ||
        !add_key(bundle, key, friendly_name, &id, password, error) ||
        !check(gnutls_pkcs12_generate_mac2(bundle, GNUTLS_MAC_SHA256, password),
               "Authenticating the PKCS#12 bundle", error) ||
        !check(gnutls_pkcs12_export2(bundle, GNUTLS_X509_FMT_DER, &der),
               "Encoding the PKCS#12 bundle", error))
        return NULL;
    CertdSecret *exported = certd_secret_new_copy(der.data, der.size);
    gnutls_memset(der.data, 0, der.size);
    gnutls_free(der.data);
    return exported;
}

GBytes *certd_export_pkcs7(const GPtrArray *chain, GError **error)
{
    g_auto(gnutls_pkcs7_t) bundle = NULL;
    gnutls_datum_t der = {NULL, 0};

    if (!chain_given(chain, error))
        return NULL;
    int code = gnutls_pkcs7_init(&bundle);
    for (size_t i = 0; code >= 0 && i < chain->len; i++) {
        gnutls_datum_t certificate = datum_of(g_ptr_array_index(chain, i));
        code = gnutls_pkcs7_set_crt_raw(bundle, &certificate);
    }
    if (code >= 0)
        code = gnutls_pkcs7_export2(bundle, GNUTLS_X509_FMT_DER, &der);
    if (!check(code, "Making the PKCS#7 bundle", error))
        return NULL;
    GBytes *exported = g_bytes_new(der.data, der.size);
    gnutls_free(der.data);
    return exported;
}
