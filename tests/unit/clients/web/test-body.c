/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON that is taken, and JSON that is not. */
#include <string.h>

#include "model/web-limits.h"
#include "web/body.h"

static const struct {
    const char *name;
    const char *text;
    gboolean good;
} bodies[] = {
    {"empty-object", "{}", TRUE},
    {"spaces", " \t\r\n{ \"a\" : [ 1 , true , null ] } ", TRUE},
    {"escapes", "{\"a\": \"\\u00fc\\n\\\"\\/\\ud83d\\ude00\"}", TRUE},
    {"numbers", "{\"a\": [0, -1, 1.5, 1e2, 123456789012345678]}", TRUE},
    {"deep", "{\"a\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}", TRUE},
    {"too-deep", "{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}", FALSE},
    {"empty", "", FALSE},
    {"array", "[]", FALSE},
    {"string", "\"a\"", FALSE},
    {"behind", "{} {}", FALSE},
    {"behind-word", "{}x", FALSE},
    {"twice", "{\"a\": 1, \"a\": 2}", FALSE},
    {"twice-escaped", "{\"a\": 1, \"\\u0061\": 2}", FALSE},
    {"twice-inside", "{\"b\": {\"a\": 1, \"a\": 2}}", FALSE},
    {"comment", "{} // a", FALSE},
    {"comment-inside", "{/* a */}", FALSE},
    {"single-quotes", "{'a': 1}", FALSE},
    {"no-quotes", "{a: 1}", FALSE},
    {"comma", "{\"a\": 1,}", FALSE},
    {"comma-array", "{\"a\": [1,]}", FALSE},
    {"open", "{\"a\": 1", FALSE},
    {"open-string", "{\"a\": \"b", FALSE},
    {"nul", "{\"a\": \"\\u0000\"}", FALSE},
    {"half-pair", "{\"a\": \"\\ud83d\"}", FALSE},
    {"wrong-pair", "{\"a\": \"\\ud83d\\u0041\"}", FALSE},
    {"low-first", "{\"a\": \"\\ude00\"}", FALSE},
    {"line-in-string", "{\"a\": \"b\nc\"}", FALSE},
    {"escape-unknown", "{\"a\": \"\\x41\"}", FALSE},
    {"zeros", "{\"a\": 01}", FALSE},
    {"plus", "{\"a\": +1}", FALSE},
    {"hex", "{\"a\": 0x1}", FALSE},
    {"nan", "{\"a\": NaN}", FALSE},
    {"digits", "{\"a\": 1234567890123456789}", FALSE},
    {"exponent", "{\"a\": 1e100}", FALSE},
    {"not-utf8", "{\"a\": \"\xff\"}", FALSE},
};

/* R66 */
static void test_body(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autoptr(GBytes) bytes = g_bytes_new_static(bodies[i].text, strlen(bodies[i].text));
    g_autoptr(JsonObject) object = certd_body_parse(bytes);
    g_assert_cmpint(object != NULL, ==, bodies[i].good);
}

static void test_values(void)
{
    static const char text[] = "{\"a\": \"\\u00fc\", \"b\": 7}";
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
    g_autoptr(JsonObject) object = certd_body_parse(bytes);
    g_assert_nonnull(object);
    g_assert_cmpstr(json_object_get_string_member(object, "a"), ==, "ü");
    g_assert_cmpint(json_object_get_int_member(object, "b"), ==, 7);
}

static void test_nul_byte(void)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static("{}\0{}", 5);
    g_assert_null(certd_body_parse(bytes));
}

/* R66: CERTD_LIMIT_WEB_JSON_VALUES, and one more. */
static void test_many_values(void)
{
    for (guint more = 0; more < 2; more++) {
        /* The object and the array are two of them. */
        g_autoptr(GString) text = g_string_new("{\"a\": [0");
        for (guint i = 3; i < CERTD_LIMIT_WEB_JSON_VALUES + more; i++)
            g_string_append(text, ",0");
        g_string_append(text, "]}");
        g_autoptr(GBytes) bytes = g_bytes_new(text->str, text->len);
        g_autoptr(JsonObject) object = certd_body_parse(bytes);
        g_assert_cmpint(object != NULL, ==, more == 0);
    }
}

/* R61: no string of a body outlives it, at whatever depth. */
static void test_wiped(void)
{
    static const char text[] = "{\"a\": \"one\", \"b\": {\"c\": [1, {\"d\": \"two\"}, \"three\"]}}";
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
    JsonObject *object = certd_body_parse(bytes);
    g_assert_nonnull(object);
    /* The nodes are held on to, so that they can be looked at afterwards. */
    g_autoptr(JsonObject) held = json_object_ref(object);
    certd_body_free(object);
    JsonArray *array = json_object_get_array_member(json_object_get_object_member(held, "b"), "c");
    g_assert_cmpstr(json_object_get_string_member(held, "a"), ==, "");
    g_assert_cmpint(json_array_get_int_element(array, 0), ==, 1);
    g_assert_cmpstr(json_object_get_string_member(json_array_get_object_element(array, 1), "d"), ==,
                    "");
    g_assert_cmpstr(json_array_get_string_element(array, 2), ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        g_autofree char *path = g_strdup_printf("/web/body/%s", bodies[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_body);
    }
    g_test_add_func("/web/body/values", test_values);
    g_test_add_func("/web/body/nul-byte", test_nul_byte);
    g_test_add_func("/web/body/many-values", test_many_values);
    g_test_add_func("/web/body/wiped", test_wiped);
    return g_test_run();
}
