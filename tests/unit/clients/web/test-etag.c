/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entity tags: of the state, and of nothing else (R37). */
#include "web/etag.h"

#include <string.h>

static const struct {
    const char *name;
    const char *first;
    const char *second;
    gboolean same;
} rows[] = {
    {"same", "{\"a\":1,\"b\":[true,null]}", "{\"a\":1,\"b\":[true,null]}", TRUE},
    {"time", "{\"DateTime\":\"1\",\"a\":1}", "{\"DateTime\":\"2\",\"a\":1}", TRUE},
    {"connection", "{\"a\":{\"UsedByThisConnection\":true}}",
     "{\"a\":{\"UsedByThisConnection\":false}}", TRUE},
    {"who-asks", "{\"CsrfToken\":\"x\",\"Current\":true}", "{\"Current\":false}", TRUE},
    {"value", "{\"a\":1}", "{\"a\":2}", FALSE},
    {"type", "{\"a\":1}", "{\"a\":\"1\"}", FALSE},
    {"name", "{\"a\":1}", "{\"b\":1}", FALSE},
    {"name-or-value", "{\"a\":\"DateTime\"}", "{\"a\":\"Date\"}", FALSE},
    {"nested", "{\"a\":{\"b\":1}}", "{\"a\":{},\"b\":1}", FALSE},
    {"array", "{\"a\":[[1],2]}", "{\"a\":[[1,2]]}", FALSE},
    {"brackets", "{\"a\":[\"[\",\"]\"]}", "{\"a\":[[]]}", FALSE},
    {"joined", "{\"a\":[\"b\",\"c\"]}", "{\"a\":[\"bc\"]}", FALSE},
};

static char *etag_of(const char *text, guint status)
{
    g_autoptr(CertdAnswer) answer = certd_answer_new();
    g_autoptr(JsonNode) node = json_from_string(text, NULL);
    certd_answer_json(answer, status, json_node_dup_object(node));
    return certd_etag_new(answer);
}

static void test_row(const void *data)
{
    const gsize i = GPOINTER_TO_SIZE(data);
    g_autofree char *first = etag_of(rows[i].first, 200);
    g_autofree char *second = etag_of(rows[i].second, 200);
    g_assert_true(g_str_has_prefix(first, "\"") && g_str_has_suffix(first, "\""));
    g_assert_cmpuint(strlen(first), ==, 34);
    g_assert_cmpint(g_str_equal(first, second), ==, rows[i].same);
}

/* Files have them too; other answers than 200 have none. */
static void test_others(void)
{
    g_auto(GStrv) tags = g_new0(char *, 3);
    for (guint i = 0; i < 2; i++) {
        g_autoptr(CertdAnswer) answer = certd_answer_new();
        certd_answer_bytes(answer, 200, "text/plain", g_bytes_new_static(i ? "b" : "a", 1));
        tags[i] = certd_etag_new(answer);
    }
    g_assert_cmpstr(tags[0], !=, tags[1]);
    g_autofree char *created = etag_of("{\"a\":1}", 201);
    g_assert_null(created);
    g_autoptr(CertdAnswer) nothing = certd_answer_new();
    certd_answer_nothing(nothing);
    g_assert_null(certd_etag_new(nothing));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/web/etag/", rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
    }
    g_test_add_func("/web/etag/others", test_others);
    return g_test_run();
}
