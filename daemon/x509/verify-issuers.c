/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who issued whom among the certificates of one verification. Names cost nothing, the identifiers of
 * keys little, and signatures much: each pair is asked once, and no more of them than a limit.
 */
#include <string.h>

#include "x509/chain.h"
#include "x509/verify-private.h"

/* Whether what @certificate says of its issuer's key and serial number is so (RFC 5280 4.2.1.1). The
 * RFC doesn't demand it, but OpenSSL does. */
static gboolean identifiers_fit(gnutls_x509_crt_t certificate, gnutls_x509_crt_t issuer)
{
    unsigned char wanted[256], found[256];
    size_t wanted_size = sizeof wanted, found_size = sizeof found;
    gboolean fit = TRUE;

    if (gnutls_x509_crt_get_authority_key_id(certificate, wanted, &wanted_size, NULL) >= 0 &&
        gnutls_x509_crt_get_subject_key_id(issuer, found, &found_size, NULL) >= 0)
        fit = wanted_size == found_size && memcmp(wanted, found, found_size) == 0;
    wanted_size = sizeof wanted;
    found_size = sizeof found;
    if (fit &&
        gnutls_x509_crt_get_authority_key_gn_serial(certificate, 0, NULL, NULL, NULL, wanted,
                                                    &wanted_size, NULL) >= 0 &&
        wanted_size > 0 && gnutls_x509_crt_get_serial(issuer, found, &found_size) >= 0)
        fit = wanted_size == found_size && memcmp(wanted, found, found_size) == 0;
    return fit;
}

void certd_issuers_init(CertdIssuers *issuers)
{
    issuers->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    issuers->n_signatures = 0;
    issuers->exceeded = FALSE;
}

void certd_issuers_clear(CertdIssuers *issuers)
{
    g_clear_pointer(&issuers->known, g_hash_table_unref);
}

static gboolean check(CertdIssuers *issuers, const CertdLink *link, const CertdLink *issuer)
{
    if (!identifiers_fit(link->certificate, issuer->certificate))
        return FALSE;
    if (issuers->n_signatures == CERTD_LIMIT_VERIFIED_SIGNATURES) {
        issuers->exceeded = TRUE;
        return FALSE;
    }
    issuers->n_signatures++;
    return certd_chain_issued(link->certificate, issuer->certificate);
}

gboolean certd_issuers_ask(CertdIssuers *issuers, const CertdLink *link, const CertdLink *issuer)
{
    if (!g_bytes_equal(link->issuer, issuer->subject))
        return FALSE;
    g_autofree char *pair = g_strdup_printf("%p %p", (const void *)link, (const void *)issuer);
    guint known = GPOINTER_TO_UINT(g_hash_table_lookup(issuers->known, pair));
    if (known == 0) {
        known = check(issuers, link, issuer) ? 2 : 1;
        g_hash_table_insert(issuers->known, g_steal_pointer(&pair), GUINT_TO_POINTER(known));
    }
    return known == 2;
}

static gboolean issued_any(CertdIssuers *issuers, const GPtrArray *links, const CertdLink *issuer)
{
    for (guint i = 0; i < links->len; i++) {
        const CertdLink *link = g_ptr_array_index(links, i);
        if (link != issuer && certd_issuers_ask(issuers, link, issuer))
            return TRUE;
    }
    return FALSE;
}

CertdLink *certd_issuers_find_leaf(CertdIssuers *issuers, const GPtrArray *links)
{
    CertdLink *guess = NULL;

    for (guint i = 0; i < links->len && !issuers->exceeded; i++) {
        CertdLink *link = g_ptr_array_index(links, i);
        unsigned int critical;
        if (issued_any(issuers, links, link))
            continue;
        if (gnutls_x509_crt_get_ca_status(link->certificate, &critical) <= 0)
            return link;
        guess = guess != NULL ? guess : link;
    }
    return guess != NULL ? guess : g_ptr_array_index(links, 0);
}
