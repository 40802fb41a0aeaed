/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names first, because they cost nothing, then the signature. The search goes up from the leaf and
 * takes each certificate once, so that authorities that signed each other end it too.
 */
#include "x509/chain.h"

#include <string.h>

#include "x509/der.h"

/* Signatures that may be checked: their keys' sizes were limited when they were read. */
static const int CHECKED[] = {
    GNUTLS_PK_RSA,           GNUTLS_PK_RSA_PSS,     GNUTLS_PK_ECDSA,
    GNUTLS_PK_EDDSA_ED25519, GNUTLS_PK_EDDSA_ED448,
};

static gboolean is_checked(gnutls_pubkey_t key)
{
    int algorithm = gnutls_pubkey_get_pk_algorithm(key, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(CHECKED); i++)
        if (CHECKED[i] == algorithm)
            return TRUE;
    return FALSE;
}

gboolean certd_chain_names_fit(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer)
{
    gnutls_datum_t wanted = {NULL, 0}, name = {NULL, 0};
    gboolean fit = gnutls_x509_crt_get_raw_issuer_dn(certificate, &wanted) >= 0 &&
                   gnutls_x509_crt_get_raw_dn(issuer, &name) >= 0 && wanted.size == name.size &&
                   memcmp(wanted.data, name.data, name.size) == 0;
    gnutls_free(wanted.data);
    gnutls_free(name.data);
    return fit;
}

/* @whole: the DER of @certificate, whose first element is what was signed. */
static gboolean verify(gnutls_x509_crt_t certificate, const gnutls_datum_t *whole,
                       gnutls_pubkey_t key)
{
    CertdDer reader = certd_der_reader(whole->data, whole->size);
    CertdDerItem tbs;
    size_t size = 0;
    if (!certd_der_enter(&reader, CERTD_DER_SEQUENCE, &reader) ||
        !certd_der_expect(&reader, CERTD_DER_SEQUENCE, &tbs))
        return FALSE;
    if (gnutls_x509_crt_get_signature(certificate, NULL, &size) != GNUTLS_E_SHORT_MEMORY_BUFFER)
        return FALSE;
    g_autofree char *bytes = g_malloc(size);
    if (gnutls_x509_crt_get_signature(certificate, bytes, &size) < 0)
        return FALSE;
    gnutls_datum_t data = {(unsigned char *)tbs.whole, (unsigned int)tbs.whole_size};
    gnutls_datum_t signature = {(unsigned char *)bytes, (unsigned int)size};
    int algorithm = gnutls_x509_crt_get_signature_algorithm(certificate);
    return algorithm > 0 &&
           gnutls_pubkey_verify_data2(key, (gnutls_sign_algorithm_t)algorithm,
                                      GNUTLS_VERIFY_ALLOW_BROKEN, &data, &signature) >= 0;
}

gboolean certd_chain_issued(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer)
{
    g_auto(gnutls_pubkey_t) key = NULL;
    gnutls_datum_t whole = {NULL, 0};
    if (!certd_chain_names_fit(certificate, issuer) || gnutls_pubkey_init(&key) < 0 ||
        gnutls_pubkey_import_x509(key, issuer, 0) < 0 || !is_checked(key) ||
        gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &whole) < 0)
        return FALSE;
    gboolean issued = verify(certificate, &whole, key);
    gnutls_free(whole.data);
    return issued;
}

static gboolean has_hash(gnutls_x509_crt_t certificate, GBytes *wanted)
{
    g_autoptr(GBytes) hash = certd_certificate_public_hash(certificate, NULL);
    return hash != NULL && g_bytes_equal(hash, wanted);
}

static gboolean is_authority(gnutls_x509_crt_t certificate)
{
    unsigned int critical;
    return gnutls_x509_crt_get_ca_status(certificate, &critical) > 0;
}

static gboolean issued_any(const CertdBundle *bundle, size_t index)
{
    for (size_t i = 0; i < certd_bundle_length(bundle); i++)
        if (i != index &&
            certd_chain_issued(certd_bundle_get(bundle, i), certd_bundle_get(bundle, index)))
            return TRUE;
    return FALSE;
}

static gboolean find_newest(const CertdBundle *bundle, GBytes *hash, size_t *leaf)
{
    gboolean found = FALSE;
    for (size_t i = 0; i < certd_bundle_length(bundle); i++) {
        gnutls_x509_crt_t certificate = certd_bundle_get(bundle, i);
        if (!has_hash(certificate, hash))
            continue;
        if (!found || gnutls_x509_crt_get_activation_time(certificate) >
                          gnutls_x509_crt_get_activation_time(certd_bundle_get(bundle, *leaf)))
            *leaf = i;
        found = TRUE;
    }
    return found;
}

static size_t guess_leaf(const CertdBundle *bundle)
{
    size_t guess = 0;
    gboolean found = FALSE;
    for (size_t i = 0; i < certd_bundle_length(bundle); i++) {
        if (issued_any(bundle, i))
            continue;
        if (!is_authority(certd_bundle_get(bundle, i)))
            return i;
        guess = found ? guess : i;
        found = TRUE;
    }
    return guess;
}

size_t certd_chain_find_leaf(const CertdBundle *bundle, GBytes *leaf_hash, gboolean *found)
{
    size_t leaf = 0;
    gboolean known = leaf_hash == NULL || find_newest(bundle, leaf_hash, &leaf);
    if (found != NULL)
        *found = known;
    return leaf_hash != NULL && known ? leaf : guess_leaf(bundle);
}

gboolean certd_chain_serves(const CertdChain *chain, size_t index)
{
    for (guint i = 0; i < chain->served->len; i++)
        if (g_array_index(chain->served, size_t, i) == index)
            return TRUE;
    return FALSE;
}

/* The issuer of @below that isn't taken yet; of several a self-signed one, because it ends the
 * chain. */
static gboolean find_issuer(const CertdBundle *bundle, const CertdChain *chain, size_t below,
                            size_t *issuer, gboolean *self_signed)
{
    gboolean found = FALSE;
    *self_signed = FALSE;
    for (size_t i = 0; i < certd_bundle_length(bundle) && !*self_signed; i++) {
        gnutls_x509_crt_t candidate = certd_bundle_get(bundle, i);
        if (certd_chain_serves(chain, i) ||
            !certd_chain_issued(certd_bundle_get(bundle, below), candidate))
            continue;
        *self_signed = certd_chain_issued(candidate, candidate);
        if (!found || *self_signed)
            *issuer = i;
        found = TRUE;
    }
    return found;
}

CertdChain *certd_chain_order(const CertdBundle *bundle, size_t leaf)
{
    CertdChain *chain = g_new0(CertdChain, 1);
    gnutls_x509_crt_t certificate = certd_bundle_get(bundle, leaf);
    size_t below = leaf, issuer = 0;
    gboolean root = FALSE;
    chain->served = g_array_new(FALSE, FALSE, sizeof(size_t));
    chain->self_signed = certd_chain_issued(certificate, certificate);
    g_array_append_val(chain->served, leaf);
    while (!chain->self_signed && !root && find_issuer(bundle, chain, below, &issuer, &root)) {
        if (root) {
            chain->root = issuer;
            chain->has_root = TRUE;
        } else {
            g_array_append_val(chain->served, issuer);
            below = issuer;
        }
    }
    return chain;
}

void certd_chain_free(CertdChain *chain)
{
    if (chain == NULL)
        return;
    g_array_unref(chain->served);
    g_free(chain);
}
