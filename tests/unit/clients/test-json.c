/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON output: its shape is part of certctl's interface. */
#include <glib.h>

#include "common/json.h"

static const struct {
    const char *name;
    const char *variant;
    const char *json;
} rows[] = {
    {"string", "'a'", "\"a\""},
    {"quote-and-backslash", "'a\"\\\\b'", "\"a\\\"\\\\b\""},
    {"newline", "'a\\nb'", "\"a\\nb\""},
    {"escape-character", "'\\u001b[2J'", "\"\\u001b[2J\""},
    {"right-to-left-override", "'a\\u202eb'", "\"a\\u202eb\""},
    {"c1-control", "'\\u009b'", "\"\\u009b\""},
    {"tag-beyond-the-bmp", "'\\U000e0041'", "\"\\udb40\\udc41\""},
    {"umlaut-stays", "'ü'", "\"ü\""},
    {"true", "true", "true"},
    {"uint64", "uint64 1795224056", "1795224056"},
    {"int32", "int32 -1", "-1"},
    {"empty-bytes", "@ay []", "\"\""},
    {"bytes", "[byte 0x00, 0xff, 0x10]", "\"AP8Q\""},
    {"empty-dictionary", "@a{sv} {}", "{}"},
    {"empty-array", "@as []", "[]"},
    {"dictionary", "{'Name': <'https'>, 'Days': <uint32 3>}", "{\"Name\":\"https\",\"Days\":3}"},
    {"pairs", "[('DNS', 'a.example')]", "[[\"DNS\",\"a.example\"]]"},
    {"nested", "{'chain': <[{'is-ca': <true>}]>}", "{\"chain\":[{\"is-ca\":true}]}"},
    {"variant-in-variant", "<<'x'>>", "\"x\""},
    {"object-path", "objectpath '/org/certd1'", "\"/org/certd1\""},
};

static void test_row(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) value = g_variant_parse(NULL, rows[i].variant, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autofree char *json = certd_json_print(value, FALSE);
    g_assert_cmpstr(json, ==, rows[i].json);
}

static void test_pretty(void)
{
    g_autoptr(GVariant) value = g_variant_ref_sink(g_variant_new_parsed("{'a': <'\u202e'>}"));
    g_autofree char *json = certd_json_print(value, TRUE);
    /* Several lines, and their line feeds are no text to escape. */
    g_assert_cmpstr(json, ==, "{\n  \"a\" : \"\\u202e\"\n}");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/clients/json/", rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
    }
    g_test_add_func("/clients/json/pretty", test_pretty);
    return g_test_run();
}
