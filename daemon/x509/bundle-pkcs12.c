/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PKCS#12 (RFC 7292), step by step instead of with gnutls_pkcs12_simple_parse(): each layer that is
 * decrypted is held to the limits before the next one is.
 */
#include <gnutls/pkcs12.h>

#include "model/error.h"
#include "model/limits.h"
#include "x509/bundle-private.h"

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_pkcs12_t, gnutls_pkcs12_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_pkcs12_bag_t, gnutls_pkcs12_bag_deinit, NULL)

/* A MAC that is tried twice, without a pass phrase and with an empty one, has to be cheap. */
#define ITERATIONS_TO_TRY 100000

typedef struct {
    CertdBundle *bundle;
    gnutls_pkcs12_t pkcs12;
    const char *phrase; /* or NULL */
    gboolean has_mac;
    guint64 mac_iterations;
} Pkcs12;

static gboolean failed(const CertdBundle *bundle, int r, GError **error)
{
    g_autofree char *what = g_strconcat(bundle->where, " as PKCS#12", NULL);
    if (r == GNUTLS_E_DECRYPTION_FAILED || r == GNUTLS_E_MAC_VERIFY_FAILED ||
        r == GNUTLS_E_INVALID_PASSWORD)
        certd_bundle_passphrase_wrong(bundle, error);
    else if (r == GNUTLS_E_UNKNOWN_CIPHER_TYPE || r == GNUTLS_E_UNKNOWN_HASH_ALGORITHM ||
             r == GNUTLS_E_UNKNOWN_ALGORITHM || r == GNUTLS_E_UNIMPLEMENTED_FEATURE)
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                    "%s is protected in a way that is not supported (%s); export it again with AES "
                    "and SHA-256",
                    bundle->where, gnutls_strerror(r));
    else
        certd_gnutls_error(error, r, what);
    return FALSE;
}

/* MacData (RFC 7292 4), which is optional: adds its iterations, 1 where they are left out. */
static gboolean read_mac(Pkcs12 *p, const CertdDerItem *der, GError **error)
{
    CertdDer reader = certd_der_inside(der), mac;
    CertdDerItem integer;
    guint64 before = p->bundle->iterations;
    if (!certd_der_skip(&reader) || !certd_der_skip(&reader) || certd_der_at_end(&reader))
        return TRUE;
    p->has_mac = TRUE;
    if (!certd_der_enter(&reader, CERTD_DER_SEQUENCE, &mac) || !certd_der_skip(&mac) ||
        !certd_der_skip(&mac) || !certd_der_expect(&mac, CERTD_DER_INTEGER, &integer))
        return TRUE;
    if (!certd_limits_add_iterations(p->bundle->where, &integer, &p->bundle->iterations, error))
        return FALSE;
    p->mac_iterations = p->bundle->iterations - before;
    return TRUE;
}

/* Without a pass phrase: many programs write "no password" as an empty one. */
static gboolean verify_mac_without(Pkcs12 *p, GError **error)
{
    if (p->mac_iterations <= ITERATIONS_TO_TRY) {
        if (gnutls_pkcs12_verify_mac(p->pkcs12, NULL) >= 0)
            return TRUE;
        if (gnutls_pkcs12_verify_mac(p->pkcs12, "") >= 0) {
            p->phrase = "";
            p->bundle->empty_passphrase = TRUE;
            return TRUE;
        }
    }
    certd_bundle_passphrase_needed(p->bundle, error);
    return FALSE;
}

static gboolean verify_mac(Pkcs12 *p, GError **error)
{
    if (!p->has_mac)
        return TRUE; /* its encryption alone tells whether the pass phrase is right */
    if (p->phrase == NULL)
        return verify_mac_without(p, error);
    int r = gnutls_pkcs12_verify_mac(p->pkcs12, p->phrase);
    return r >= 0 || failed(p->bundle, r, error);
}

static gboolean read_element(Pkcs12 *p, gnutls_pkcs12_bag_t bag, unsigned int index,
                             gboolean counted, GError **error)
{
    CertdDerItem item;
    gnutls_datum_t datum = {NULL, 0}; /* borrowed from the bag */
    int type = gnutls_pkcs12_bag_get_type(bag, index);
    if (type != GNUTLS_BAG_CERTIFICATE && type != GNUTLS_BAG_PKCS8_KEY &&
        type != GNUTLS_BAG_PKCS8_ENCRYPTED_KEY)
        return TRUE; /* revocation lists, secrets: not ours */
    int r = gnutls_pkcs12_bag_get_data(bag, index, &datum);
    if (r < 0)
        return failed(p->bundle, r, error);
    CertdDer reader = certd_der_reader(datum.data, datum.size);
    if (!certd_der_next(&reader, &item)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "%s is PKCS#12 with something unreadable in it; export it again",
                    p->bundle->where);
        return FALSE;
    }
    return certd_bundle_add_part(p->bundle, &item, counted, error);
}

static gboolean read_bag(Pkcs12 *p, int index, gboolean *end, GError **error)
{
    g_auto(gnutls_pkcs12_bag_t) bag = NULL;
    gboolean counted = TRUE;
    int r = gnutls_pkcs12_bag_init(&bag);
    if (r >= 0)
        r = gnutls_pkcs12_get_bag(p->pkcs12, index, bag);
    *end = r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
    if (*end)
        return TRUE;
    if (r >= 0 && gnutls_pkcs12_bag_get_type(bag, 0) == GNUTLS_BAG_ENCRYPTED) {
        counted = FALSE; /* nobody could look into it so far */
        if (p->phrase == NULL && !p->has_mac) {
            certd_bundle_passphrase_needed(p->bundle, error);
            return FALSE;
        }
        r = gnutls_pkcs12_bag_decrypt(bag, p->phrase);
    }
    if (r < 0)
        return failed(p->bundle, r, error);
    int count = gnutls_pkcs12_bag_get_count(bag);
    for (int i = 0; i < count; i++)
        if (!read_element(p, bag, (unsigned int)i, counted, error))
            return FALSE;
    return TRUE;
}

static gboolean read_bags(Pkcs12 *p, GError **error)
{
    gboolean end = FALSE;
    for (int i = 0; !end; i++)
        if (!read_bag(p, i, &end, error))
            return FALSE;
    return TRUE;
}

gboolean certd_bundle_add_pkcs12(CertdBundle *bundle, const CertdDerItem *der, GError **error)
{
    g_auto(gnutls_pkcs12_t) pkcs12 = NULL;
    g_autoptr(CertdSecret) text = NULL;
    gnutls_datum_t datum = {(unsigned char *)der->whole, (unsigned int)der->whole_size};
    if (!certd_bundle_passphrase(bundle, &text, error))
        return FALSE;
    int r = gnutls_pkcs12_init(&pkcs12);
    if (r >= 0)
        r = gnutls_pkcs12_import(pkcs12, &datum, GNUTLS_X509_FMT_DER, 0);
    if (r < 0)
        return failed(bundle, r, error);
    Pkcs12 p = {bundle, pkcs12, text != NULL ? (const char *)certd_secret_data(text) : NULL, FALSE,
                0};
    bundle->format = "pkcs12";
    return read_mac(&p, der, error) && verify_mac(&p, error) && read_bags(&p, error);
}
