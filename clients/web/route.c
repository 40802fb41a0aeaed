/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The routes of all tables, found by comparing a path with each pattern, segment by segment. A segment that is written
 * out goes before a {} in the same place, whatever the order of the tables.
 */
#include "web/route.h"

#include <string.h>

#include "web/tables.h"

#define PLACE "{}"

typedef struct {
    guint written; /* segments that are written out; 0: the path does not fit */
    gsize starts[CERTD_ROUTE_PARTS_MAX];
    gsize lengths[CERTD_ROUTE_PARTS_MAX];
    guint n_parts;
} Fit;

/* Compares one segment of each; FALSE: the path does not fit. */
static gboolean fit_segment(Fit *fit, const char *pattern, gsize wanted, const char *path,
                            gsize start, gsize length)
{
    gboolean place = wanted == strlen(PLACE) && memcmp(pattern, PLACE, wanted) == 0;
    if (!place) {
        fit->written++;
        return wanted == length && memcmp(pattern, path + start, length) == 0;
    }
    if (length == 0 || fit->n_parts == CERTD_ROUTE_PARTS_MAX)
        return FALSE;
    fit->starts[fit->n_parts] = start;
    fit->lengths[fit->n_parts++] = length;
    return TRUE;
}

/* How @path fits @pattern; both begin with a slash. */
static Fit fit(const char *pattern, const char *path)
{
    Fit result = {.written = 1};
    gsize at = 0;
    while (*pattern == '/' && path[at] == '/') {
        pattern++;
        at++;
        gsize wanted = strcspn(pattern, "/");
        gsize length = strcspn(path + at, "/");
        if (!fit_segment(&result, pattern, wanted, path, at, length))
            return (Fit){0};
        pattern += wanted;
        at += length;
    }
    return *pattern == '\0' && path[at] == '\0' ? result : (Fit){0};
}

const CertdRoute *certd_route_find(const char *path, const char *parts[CERTD_ROUTE_PARTS_MAX],
                                   char **storage)
{
    const CertdRoute *best = NULL;
    Fit best_fit = {0};
    for (guint table = 0; certd_route_tables[table]; table++) {
        for (const CertdRoute *route = certd_route_tables[table]; route->pattern; route++) {
            Fit found = fit(route->pattern, path);
            if (found.written > best_fit.written) {
                best = route;
                best_fit = found;
            }
        }
    }
    if (!best)
        return NULL;

    char *copy = g_strdup(path);
    for (guint i = 0; i < CERTD_ROUTE_PARTS_MAX; i++) {
        parts[i] = i < best_fit.n_parts ? copy + best_fit.starts[i] : NULL;
        if (parts[i])
            copy[best_fit.starts[i] + best_fit.lengths[i]] = '\0';
    }
    *storage = copy;
    return best;
}

gboolean certd_route_is_public(const CertdRoute *route, const char *method)
{
    if (!route)
        return FALSE;
    return (route->flags & CERTD_ROUTE_PUBLIC) ||
           ((route->flags & CERTD_ROUTE_PUBLIC_POST) && g_str_equal(method, "POST"));
}

char *certd_route_allow(const CertdRoute *route)
{
    const struct {
        CertdHandler handler;
        const char *names;
    } methods[] = {
        {route->get, "GET, HEAD"},
        {route->post, "POST"},
        {route->patch, "PATCH"},
        {route->remove, "DELETE"},
    };
    GString *allow = g_string_new(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (methods[i].handler)
            g_string_append_printf(allow, "%s%s", allow->len ? ", " : "", methods[i].names);
    }
    return g_string_free(allow, FALSE);
}
