/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tokens: what they are made of, and that nothing but the same is the same. */
#include <string.h>

#include "web/token.h"

#define VALID "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123-_x"

static const struct {
    const char *name;
    const char *text;
    gboolean valid;
} tokens[] = {
    {"right", VALID, TRUE},
    {"shorter", "bcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123-_x", FALSE},
    {"longer", VALID "y", FALSE},
    {"padded", "bcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123-_x=", FALSE},
    {"base64", "+bcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123-_x", FALSE},
    {"blank", " bcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123-_x", FALSE},
    {"empty", "", FALSE},
    {"none", NULL, FALSE},
};

static void test_valid(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_assert_cmpint(certd_token_is_valid(tokens[i].text), ==, tokens[i].valid);
}

static void test_new(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint set[CERTD_TOKEN_LENGTH] = {0};
    for (guint i = 0; i < 256; i++) {
        char *token = certd_token_new();
        g_assert_true(certd_token_is_valid(token));
        for (guint at = 0; at < CERTD_TOKEN_LENGTH; at++)
            set[at] |= 1u << (token[at] % 8);
        g_assert_true(g_hash_table_add(seen, token));
    }
    /* Each place varies. */
    for (guint at = 0; at < CERTD_TOKEN_LENGTH; at++)
        g_assert_cmpint(__builtin_popcount(set[at]), >, 2);
}

static void test_equal(void)
{
    g_assert_true(certd_token_equal(VALID, VALID));
    g_assert_true(certd_token_equal("", ""));
    g_assert_false(certd_token_equal(VALID, "bbcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123-_x"));
    g_assert_false(certd_token_equal(VALID, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123-_y"));
    g_assert_false(certd_token_equal(VALID, VALID "y"));
    g_assert_false(certd_token_equal(NULL, VALID));
    g_assert_false(certd_token_equal(VALID, NULL));
    g_assert_false(certd_token_equal(NULL, NULL));
}

static void test_digest(void)
{
    CertdTokenKey key, other;
    certd_token_key_init(&key);
    certd_token_key_init(&other);
    const char *const parts[][2] = {{"ab", "c"}, {"a", "bc"}, {"abc", ""}, {"ab", "C"}};
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
        g_assert_true(g_hash_table_add(seen, certd_token_digest(&key, "one", parts[i], 2)));
    g_assert_true(g_hash_table_add(seen, certd_token_digest(&key, "two", parts[0], 2)));
    g_assert_true(g_hash_table_add(seen, certd_token_digest(&other, "one", parts[0], 2)));
    g_autofree char *again = certd_token_digest(&key, "one", parts[0], 2);
    g_assert_true(g_hash_table_contains(seen, again));
}

static void test_wipe(void)
{
    char text[] = "password";
    certd_token_wipe(text);
    for (guint i = 0; i < sizeof text; i++)
        g_assert_cmpint(text[i], ==, 0);
    certd_token_wipe(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tokens); i++) {
        g_autofree char *path = g_strconcat("/web/token/valid/", tokens[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_valid);
    }
    g_test_add_func("/web/token/new", test_new);
    g_test_add_func("/web/token/equal", test_equal);
    g_test_add_func("/web/token/digest", test_digest);
    g_test_add_func("/web/token/wipe", test_wipe);
    return g_test_run();
}
