/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables and colours: what a terminal and what a program gets. */
#include <glib.h>

#include "common/style.h"
#include "common/table.h"

static CertdTable *make(void)
{
    const char *const headers[] = {"NAME", "STATE", NULL};
    CertdTable *table = certd_table_new(headers);
    certd_table_add(table, CERTD_STYLE_PLAIN, "https");
    certd_table_add(table, certd_style_of("active"), "active");
    certd_table_add(table, CERTD_STYLE_PLAIN, "m");
    certd_table_add(table, certd_style_of("expired"), "expired");
    return table;
}

static void test_aligned(void)
{
    g_autoptr(CertdTable) table = make();
    g_autofree char *text = certd_table_print(table, TRUE, FALSE);
    g_assert_cmpstr(text, ==, "NAME   STATE\nhttps  active\nm      expired\n");
}

static void test_plain(void)
{
    g_autoptr(CertdTable) table = make();
    g_autofree char *text = certd_table_print(table, FALSE, FALSE);
    g_assert_cmpstr(text, ==, "https\tactive\nm\texpired\n");
}

/* Colours take no room and are for states only. */
static void test_colour(void)
{
    g_autoptr(CertdTable) table = make();
    g_autofree char *text = certd_table_print(table, TRUE, TRUE);
    g_assert_cmpstr(text, ==,
                    "NAME   STATE\nhttps  \033[32mactive\033[0m\nm      \033[31mexpired\033[0m\n");
}

static void test_empty(void)
{
    const char *const headers[] = {"NAME", NULL};
    g_autoptr(CertdTable) table = certd_table_new(headers);
    g_autofree char *text = certd_table_print(table, TRUE, FALSE);
    g_assert_cmpstr(text, ==, "");
}

static const struct {
    const char *name;
    const char *text;
    size_t width;
} widths[] = {
    {"empty", "", 0},    {"ascii", "abc", 3}, {"umlaut", "ü", 1}, {"combining", "u\u0308", 1},
    {"wide", "日本", 4},
};

static void test_width(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_assert_cmpuint(certd_table_text_width(widths[i].text), ==, widths[i].width);
}

static const struct {
    const char *word;
    CertdStyle style;
} words[] = {
    {"degraded", CERTD_STYLE_BAD},    {"error", CERTD_STYLE_BAD},      {"failed", CERTD_STYLE_BAD},
    {"warning", CERTD_STYLE_CAUTION}, {"queued", CERTD_STYLE_CAUTION}, {"issued", CERTD_STYLE_GOOD},
    {"note", CERTD_STYLE_PLAIN},      {"empty", CERTD_STYLE_PLAIN},    {"", CERTD_STYLE_PLAIN},
};

static void test_words(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        g_assert_cmpint(certd_style_of(words[i].word), ==, words[i].style);
    g_autofree char *coloured = certd_style_word("error", TRUE);
    g_autofree char *plain = certd_style_word("error", FALSE);
    g_assert_cmpstr(coloured, ==, "\033[31merror\033[0m");
    g_assert_cmpstr(plain, ==, "error");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clients/table/aligned", test_aligned);
    g_test_add_func("/clients/table/plain", test_plain);
    g_test_add_func("/clients/table/colour", test_colour);
    g_test_add_func("/clients/table/empty", test_empty);
    for (size_t i = 0; i < G_N_ELEMENTS(widths); i++) {
        g_autofree char *path = g_strconcat("/clients/table/width/", widths[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_width);
    }
    g_test_add_func("/clients/style/words", test_words);
    return g_test_run();
}
