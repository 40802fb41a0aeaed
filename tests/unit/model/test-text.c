/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clean text, its escapes and its quotes: the character rules of all that certd issues or shows. */
#include "model/text.h"

typedef struct {
    const char *name;
    const char *text;
    gboolean clean;
    const char *escaped;
} Row;

static const Row rows[] = {
    {"empty", "", TRUE, ""},
    {"ascii", "dev1.example.org", TRUE, "dev1.example.org"},
    {"umlauts", "Zürich", TRUE, "Zürich"},
    {"astral", "\xF0\x9F\x94\x92", TRUE, "\xF0\x9F\x94\x92"},
    {"combining", "e\u0301", TRUE, "e\u0301"},
    {"backslash", "a\\b", TRUE, "a\\\\b"},
    {"quotation-mark", "a\"b", TRUE, "a\"b"},
    {"space", "a b", TRUE, "a b"},
    {"line-feed", "a\nb", FALSE, "a\\u{000A}b"},
    {"escape", "\x1B[31m", FALSE, "\\u{001B}[31m"},
    {"last-c0", "\x1F", FALSE, "\\u{001F}"},
    {"delete", "\x7F", FALSE, "\\u{007F}"},
    {"first-c1", "\xC2\x80", FALSE, "\\u{0080}"},
    {"last-c1", "\xC2\x9F", FALSE, "\\u{009F}"},
    {"no-break-space-after-c1", "\u00A0", TRUE, "\u00A0"},
    {"soft-hyphen", "\u00AD", FALSE, "\\u{00AD}"},
    {"arabic-letter-mark", "\u061C", FALSE, "\\u{061C}"},
    {"zero-width-space", "\u200B", FALSE, "\\u{200B}"},
    {"zero-width-joiner", "\u200D", FALSE, "\\u{200D}"},
    {"left-to-right-mark", "\u200E", FALSE, "\\u{200E}"},
    {"right-to-left-mark", "\u200F", FALSE, "\\u{200F}"},
    {"hyphen-after-marks", "\u2010", TRUE, "\u2010"},
    {"line-separator", "\u2028", FALSE, "\\u{2028}"},
    {"paragraph-separator", "\u2029", FALSE, "\\u{2029}"},
    {"first-embedding", "\u202A", FALSE, "\\u{202A}"},
    {"right-to-left-override", "a\u202Eb", FALSE, "a\\u{202E}b"},
    {"narrow-space-after-override", "\u202F", TRUE, "\u202F"},
    {"word-joiner", "\u2060", FALSE, "\\u{2060}"},
    {"first-isolate", "\u2066", FALSE, "\\u{2066}"},
    {"last-isolate", "\u2069", FALSE, "\\u{2069}"},
    {"byte-order-mark", "\uFEFF", FALSE, "\\u{FEFF}"},
    {"tag", "\U000E0041", FALSE, "\\u{E0041}"},
    {"before-non-characters", "\uFDCF", TRUE, "\uFDCF"},
    {"first-non-character", "\uFDD0", FALSE, "\\u{FDD0}"},
    {"last-non-character", "\uFDEF", FALSE, "\\u{FDEF}"},
    {"after-non-characters", "\uFDF0", TRUE, "\uFDF0"},
    {"plane-end", "\uFFFE", FALSE, "\\u{FFFE}"},
    {"plane-16-end", "\U0010FFFF", FALSE, "\\u{10FFFF}"},
    {"stray-byte", "a\xFFz", FALSE, "a\\xFFz"},
    {"stray-continuation", "\x80", FALSE, "\\x80"},
    {"cut-short", "a\xE2\x82", FALSE, "a\\xE2\\x82"},
    {"overlong", "\xC0\xAF", FALSE, "\\xC0\\xAF"},
    {"surrogate", "\xED\xA0\x80", FALSE, "\\xED\\xA0\\x80"},
    {"beyond-unicode", "\xF4\x90\x80\x80", FALSE, "\\xF4\\x90\\x80\\x80"},
};

static void test_row(gconstpointer data)
{
    const Row *row = data;
    g_assert_cmpint(certd_text_is_clean(row->text), ==, row->clean);
    g_autofree char *escaped = certd_text_escape(row->text);
    g_assert_cmpstr(escaped, ==, row->escaped);
    /* Whatever went in, what comes out can be shown. */
    g_assert_true(certd_text_is_clean(escaped));

    g_autofree char *quoted = certd_text_quote(row->text);
    g_assert_true(certd_text_is_clean(quoted));
}

static void test_quote(void)
{
    g_autofree char *nothing = certd_text_quote(NULL);
    g_assert_cmpstr(nothing, ==, "(nothing)");
    g_autofree char *empty = certd_text_quote("");
    g_assert_cmpstr(empty, ==, "\"\"");
    g_autofree char *marks = certd_text_quote("a\"; use \"b\\");
    g_assert_cmpstr(marks, ==, "\"a\\\"; use \\\"b\\\\\"");
    g_autofree char *control = certd_text_quote("\x07");
    g_assert_cmpstr(control, ==, "\"\\u{0007}\"");
}

static void test_quote_length(void)
{
    /* Characters of two bytes, to tell them from bytes. */
    GString *text = g_string_new(NULL);
    for (int i = 0; i < 64; i++)
        g_string_append(text, "ü");
    g_autofree char *at_limit = certd_text_quote(text->str);
    g_autofree char *expected = g_strdup_printf("\"%s\"", text->str);
    g_assert_cmpstr(at_limit, ==, expected);

    g_autofree char *cut = g_strdup_printf("\"%s…\"", text->str);
    g_string_append(text, "ü");
    g_autofree char *beyond = certd_text_quote(text->str);
    g_assert_cmpstr(beyond, ==, cut);
    g_string_free(text, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/model/text/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/model/text/quote", test_quote);
    g_test_add_func("/model/text/quote-length", test_quote_length);
    return g_test_run();
}
