/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which names are public suffixes, below which no authority of a device may speak: R22. */
#include "watch/public-suffix.h"

static const struct {
    const char *name;
    gboolean is_public;
} rows[] = {
    {"com", TRUE},
    {"de", TRUE},
    {"co.uk", TRUE},
    {"github.io", TRUE}, /* of the list's private section */
    {"COM", TRUE},
    {"Co.Uk", TRUE},
    {"com.", TRUE},
    {"CO.UK.", TRUE},
    {"xn--p1ai", TRUE}, /* .рф */
    {"XN--P1AI.", TRUE},
    {"kawasaki.jp", TRUE},
    {"other.kawasaki.jp", TRUE}, /* by the rule *.kawasaki.jp */
    {"city.kawasaki.jp", FALSE}, /* its exception */
    {"example.com", FALSE},
    {"example.co.uk", FALSE},
    {"dev1.example.github.io", FALSE},
    {"example.com.", FALSE},
    /* What private networks use, none of which is on the list. */
    {"local", FALSE},
    {"local.", FALSE},
    {"dev1", FALSE},
    {"dev1.local", FALSE},
    {"localhost", FALSE},
    {"lan", FALSE},
    {"internal", FALSE},
    {"corp", FALSE},
    {"example.corp", FALSE},
    {"home.arpa", FALSE},
    {"", FALSE},
    {".", FALSE},
};

static void test_row(gconstpointer data)
{
    size_t i = GPOINTER_TO_SIZE(data);
    g_assert_cmpint(certd_is_public_suffix(rows[i].name), ==, rows[i].is_public);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/watch/public-suffix/%zu:%s", i, rows[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
    }
    return g_test_run();
}
