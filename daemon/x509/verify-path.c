/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A search in depth: names cost nothing, then the signature, which is asked once for each pair. Each
 * certificate is on a path once, so that authorities that signed each other end it too.
 */
#include "x509/chain.h"
#include "x509/verify-private.h"

/* Steps and paths that end at an anchor, of one search: real chains have a handful, and cross-signed
 * ones a handful more. 16 certificates of one name could have 16! */
#define STEPS_MAX 2000u
#define PATHS_MAX 32u

typedef struct {
    const GPtrArray *links;
    const CertdPathListener *listener;
    GHashTable *issued; /* of (certificate, issuer), 1 + whether */
    CertdPath path;
    unsigned int steps, paths;
    gboolean stop;
} Search;

static gboolean is_on_path(const CertdPath *path, const CertdLink *link)
{
    for (size_t i = 0; i < path->length; i++)
        if (path->links[i] == link)
            return TRUE;
    return FALSE;
}

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

/* Whether @issuer signed @link; names fit already. */
static gboolean has_issued(Search *search, const CertdLink *link, const CertdLink *issuer)
{
    g_autofree char *pair = g_strdup_printf("%p %p", (const void *)link, (const void *)issuer);
    guint known = GPOINTER_TO_UINT(g_hash_table_lookup(search->issued, pair));

    if (known == 0) {
        gboolean issued = identifiers_fit(link->certificate, issuer->certificate) &&
                          certd_chain_issued(link->certificate, issuer->certificate);
        known = issued ? 2 : 1;
        g_hash_table_insert(search->issued, g_steal_pointer(&pair), GUINT_TO_POINTER(known));
    }
    return known == 2;
}

/* The recursion is as deep as a path is long. */
static void extend(Search *search)
{
    CertdPath *path = &search->path;
    CertdLink *last = path->links[path->length - 1];
    gboolean by_name = FALSE, found = FALSE;

    if (last->anchor) {
        search->stop = search->listener->ended(path, search->listener->userdata) ||
                       ++search->paths == PATHS_MAX;
        return;
    }
    for (guint i = 0; i < search->links->len && !search->stop; i++) {
        CertdLink *issuer = g_ptr_array_index(search->links, i);
        if (path->length == G_N_ELEMENTS(path->links) || is_on_path(path, issuer) ||
            !g_bytes_equal(last->issuer, issuer->subject))
            continue;
        by_name = TRUE;
        if (!has_issued(search, last, issuer))
            continue;
        found = TRUE;
        search->stop = ++search->steps == STEPS_MAX;
        path->links[path->length++] = issuer;
        extend(search);
        path->length--;
    }
    if (!found)
        search->listener->stuck(path, by_name, search->listener->userdata);
}

void certd_verify_search(const GPtrArray *links, CertdLink *leaf, const CertdPathListener *listener)
{
    g_autoptr(GHashTable) issued = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Search search = {.links = links, .listener = listener, .issued = issued};

    search.path.links[search.path.length++] = leaf;
    extend(&search);
}
