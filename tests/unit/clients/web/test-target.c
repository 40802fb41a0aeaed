/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths and queries, and the tricks with them. */
#include "web/target.h"

static const struct {
    const char *name;
    const char *target;
    const char *path; /* NULL: refused */
} targets[] = {
    {"root", "/", "/"},
    {"root-query", "/?", "/"},
    {"plain", "/a/b", "/a/b"},
    {"slash-at-end", "/a/b/", "/a/b"},
    {"metadata", "/redfish/v1/$metadata", "/redfish/v1/$metadata"},
    {"decoded", "/a%20b", "/a b"},
    {"utf8", "/%c3%bc", "/ü"},
    {"dots-inside", "/a..b/.c", "/a..b/.c"},
    {"percent-once", "/%252e%252e", "/%2e%2e"},
    {"empty", "", NULL},
    {"relative", "a", NULL},
    {"double-slash", "//a", NULL},
    {"double-slash-inside", "/a//b", NULL},
    {"double-slash-at-end", "/a//", NULL},
    {"parent", "/a/../b", NULL},
    {"parent-encoded", "/a/%2e%2E/b", NULL},
    {"parent-half", "/a/.%2e", NULL},
    {"self", "/./a", NULL},
    {"slash-encoded", "/a%2fb", NULL},
    {"nul", "/a%00", NULL},
    {"control", "/a%0ab", NULL},
    {"delete", "/%7f", NULL},
    {"overlong", "/%c0%af", NULL},
    {"not-utf8", "/%ff", NULL},
    {"percent-short", "/a%2", NULL},
    {"percent-wrong", "/a%zz", NULL},
    {"fragment", "/a#b", NULL},
    {"raw-utf8", "/ü", NULL},
    {"backslash", "/a\\b", NULL},
    {"quote", "/a\"b", NULL},
    {"query-control", "/a?b=%0d%0ac", NULL},
    {"query-nul", "/a?b=%00", NULL},
    {"query-space", "/a?b=c d", NULL},
};

/* R66 */
static void test_target(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autofree char *path = NULL;
    g_autoptr(GHashTable) query = NULL;
    gboolean good = certd_target_parse(targets[i].target, &path, &query);
    g_assert_cmpint(good, ==, targets[i].path != NULL);
    g_assert_cmpstr(path, ==, targets[i].path);
}

static void test_query(void)
{
    g_autofree char *path = NULL;
    g_autoptr(GHashTable) query = NULL;
    g_assert_true(certd_target_parse("/a?%24top=5&only&b=1=2&b=3&&", &path, &query));
    g_assert_cmpuint(g_hash_table_size(query), ==, 3);
    g_assert_cmpstr(g_hash_table_lookup(query, "$top"), ==, "5");
    g_assert_cmpstr(g_hash_table_lookup(query, "only"), ==, "");
    g_assert_cmpstr(g_hash_table_lookup(query, "b"), ==, "1=2");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_autofree char *path = g_strdup_printf("/web/target/%s", targets[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_target);
    }
    g_test_add_func("/web/target/query", test_query);
    return g_test_run();
}
