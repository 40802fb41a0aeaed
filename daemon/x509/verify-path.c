/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A search in depth. Each certificate is on a path once, so that authorities that signed each other end
 * it too.
 */
#include "x509/verify-private.h"

typedef struct {
    const GPtrArray *links;
    const CertdPathListener *listener;
    CertdIssuers *issuers;
    CertdPath path;
    unsigned int steps, paths;
    gboolean stop, exceeded;
} Search;

static gboolean is_on_path(const CertdPath *path, const CertdLink *link)
{
    for (size_t i = 0; i < path->length; i++)
        if (path->links[i] == link)
            return TRUE;
    return FALSE;
}

static void end(Search *search)
{
    if (search->paths++ == CERTD_LIMIT_VERIFIED_PATHS)
        search->stop = search->exceeded = TRUE;
    else
        search->stop = search->listener->ended(&search->path, search->listener->userdata);
}

/* The recursion is as deep as a path is long. */
static void extend(Search *search)
{
    CertdPath *path = &search->path;
    CertdLink *last = path->links[path->length - 1];
    gboolean by_name = FALSE, found = FALSE;

    if (last->anchor) {
        end(search);
        return;
    }
    for (guint i = 0; i < search->links->len && !search->stop; i++) {
        CertdLink *issuer = g_ptr_array_index(search->links, i);
        if (path->length == G_N_ELEMENTS(path->links) || is_on_path(path, issuer) ||
            !g_bytes_equal(last->issuer, issuer->subject))
            continue;
        by_name = TRUE;
        if (!certd_issuers_ask(search->issuers, last, issuer)) {
            search->stop = search->issuers->exceeded;
            continue;
        }
        found = TRUE;
        if (search->steps++ == CERTD_LIMIT_VERIFIED_STEPS) {
            search->stop = search->exceeded = TRUE;
            break;
        }
        path->links[path->length++] = issuer;
        extend(search);
        path->length--;
    }
    if (!found && !search->stop)
        search->listener->stuck(path, by_name, search->listener->userdata);
}

gboolean certd_verify_search(const GPtrArray *links, CertdLink *leaf, CertdIssuers *issuers,
                             const CertdPathListener *listener)
{
    Search search = {.links = links, .listener = listener, .issuers = issuers};

    search.path.links[search.path.length++] = leaf;
    extend(&search);
    return !search.exceeded && !issuers->exceeded;
}
