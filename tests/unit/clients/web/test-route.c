/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A walk over the tables of routes, and how one is found. */
#include <string.h>

#include "web/tables.h"

/* @pattern with a word in each place; caller frees. */
static char *path_of(const char *pattern)
{
    g_auto(GStrv) pieces = g_strsplit(pattern, "{}", -1);
    return g_strjoinv("word", pieces);
}

static guint places_of(const char *pattern)
{
    g_auto(GStrv) pieces = g_strsplit(pattern, "{}", -1);
    return g_strv_length(pieces) - 1;
}

static void check_row(const CertdRoute *route, GHashTable *seen)
{
    g_test_message("%s", route->pattern);
    g_assert_true(*route->pattern == '/');
    g_assert_true(g_hash_table_add(seen, (char *)route->pattern));
    g_assert_true(route->get || route->post || route->patch || route->remove);
    g_assert_cmpuint(places_of(route->pattern), <=, CERTD_ROUTE_PARTS_MAX);
    g_autofree char *path = path_of(route->pattern);
    g_autofree char *storage = NULL;
    const char *parts[CERTD_ROUTE_PARTS_MAX];
    g_assert_true(certd_route_find(path, parts, &storage) == route);
    for (guint i = 0; i < CERTD_ROUTE_PARTS_MAX; i++)
        g_assert_cmpstr(parts[i], ==, i < places_of(route->pattern) ? "word" : NULL);
    /* What destroys is nobody's without signing in. */
    g_assert_false((route->flags & CERTD_ROUTE_FRESH) &&
                   (route->flags & (CERTD_ROUTE_PUBLIC | CERTD_ROUTE_PUBLIC_POST)));
}

/* R37: each route is one row, and leads to a handler. */
static void test_walk(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint table = 0; certd_route_tables[table]; table++) {
        for (const CertdRoute *route = certd_route_tables[table]; route->pattern; route++)
            check_row(route, seen);
    }
    g_assert_cmpuint(g_hash_table_size(seen), >, 50);
}

/* R37: what nobody has to have signed in for is this, and nothing else. */
static void test_public(void)
{
    static const char *const public[] = {
        "/",        "/{}",         "/ca.crt",           "/ca.cer",
        "/redfish", "/redfish/v1", "/redfish/v1/odata", "/redfish/v1/$metadata",
        NULL,
    };
    static const char *const public_post[] = {
        "/redfish/v1/SessionService/Sessions",
        "/redfish/v1/SessionService/Sessions/Members",
        NULL,
    };
    static const char *const methods[] = {"GET", "HEAD", "PATCH", "PUT", "DELETE", "OPTIONS"};
    for (guint table = 0; certd_route_tables[table]; table++) {
        for (const CertdRoute *route = certd_route_tables[table]; route->pattern; route++) {
            g_test_message("%s", route->pattern);
            gboolean listed = g_strv_contains(public, route->pattern);
            for (guint i = 0; i < G_N_ELEMENTS(methods); i++)
                g_assert_cmpint(listed, ==, certd_route_is_public(route, methods[i]));
            g_assert_cmpint(listed || g_strv_contains(public_post, route->pattern), ==,
                            certd_route_is_public(route, "POST"));
            /* Nothing but signing in is changed by who has not signed in. */
            g_assert_false(listed && (route->post || route->patch || route->remove));
        }
    }
}

static void test_nowhere(void)
{
    static const char *const paths[] = {
        "",     "redfish", "/redfish/v2",  "/redfish/v1/Managers/device/x", "/redfish/v1/",
        "/a/b", "//",      "/redfish//v1",
    };
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        char *storage = NULL;
        const char *parts[CERTD_ROUTE_PARTS_MAX];
        g_test_message("%s", paths[i]);
        g_assert_null(certd_route_find(paths[i], parts, &storage));
        g_assert_null(storage);
    }
}

/* What is written out goes before a place, in whatever order the tables are. */
static void test_written_first(void)
{
    g_autofree char *storage = NULL;
    const char *parts[CERTD_ROUTE_PARTS_MAX];
    const CertdRoute *route = certd_route_find("/ca.crt", parts, &storage);
    g_assert_cmpstr(route->pattern, ==, "/ca.crt");
    g_assert_null(parts[0]);
}

static void test_allow(void)
{
    g_autofree char *storage = NULL;
    const char *parts[CERTD_ROUTE_PARTS_MAX];
    const CertdRoute *route =
        certd_route_find("/redfish/v1/SessionService/Sessions", parts, &storage);
    g_autofree char *allow = certd_route_allow(route);
    g_assert_cmpstr(allow, ==, "GET, HEAD, POST");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/route/walk", test_walk);
    g_test_add_func("/web/route/public", test_public);
    g_test_add_func("/web/route/nowhere", test_nowhere);
    g_test_add_func("/web/route/written-first", test_written_first);
    g_test_add_func("/web/route/allow", test_allow);
    return g_test_run();
}
