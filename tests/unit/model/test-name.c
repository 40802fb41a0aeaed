/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of certificates: they become object paths and file names unescaped. */
#include "model/name.h"

#include "model/error.h"

#define SIXTY "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwx"

typedef struct {
    const char *row;
    const char *name;
    const char *shown; /* in the error message; NULL where the name is valid */
} Row;

static const Row rows[] = {
    {"https", "https", NULL},
    {"one-letter", "a", NULL},
    {"one-digit", "0", NULL},
    {"all-marks", "a._-", NULL},
    {"at-limit", SIXTY "wxyz", NULL},
    {"beyond-limit", SIXTY "wxyz0", "wxyz…\""},
    {"none", NULL, "(nothing)"},
    {"empty", "", "\"\""},
    {"capital", "Https", "\"Https\""},
    {"capital-inside", "hTTPS", "\"hTTPS\""},
    {"dot-first", ".hidden", "\".hidden\""},
    {"parent", "..", "\"..\""},
    {"hyphen-first", "-rf", "\"-rf\""},
    {"underscore-first", "_a", "\"_a\""},
    {"slash", "a/b", "\"a/b\""},
    {"space", "a b", "\"a b\""},
    {"line-feed-at-end", "a\n", "\"a\\u{000A}\""},
    {"quote", "a'b", "\"a'b\""},
    {"umlaut", "über", "\"über\""},
    {"no-utf8", "a\xFF", "\"a\\xFF\""},
};

static void test_row(gconstpointer data)
{
    const Row *row = data;
    g_autoptr(GError) error = NULL;
    gboolean valid = certd_name_validate(row->name, &error);
    if (row->shown == NULL) {
        g_assert_no_error(error);
        g_assert_true(valid);
        return;
    }
    g_assert_false(valid);
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_NAME);
    g_assert_nonnull(g_strstr_len(error->message, -1, row->shown));
    g_assert_nonnull(g_strstr_len(error->message, -1, "use 1 to 64"));
}

/* Every byte, as the first and as a later one. */
static void test_alphabet(void)
{
    for (int byte = 1; byte < 256; byte++) {
        char first[] = {(char)byte, '\0'};
        char later[] = {'a', (char)byte, '\0'};
        gboolean alnum = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        gboolean mark = byte == '.' || byte == '_' || byte == '-';
        g_assert_cmpint(certd_name_validate(first, NULL), ==, alnum);
        g_assert_cmpint(certd_name_validate(later, NULL), ==, alnum || mark);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/model/name/", rows[i].row, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/model/name/alphabet", test_alphabet);
    return g_test_run();
}
