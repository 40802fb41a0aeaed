/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R61: the levels by their names. */
#include "model/https-level.h"

#include "model/error.h"

static void test_names(void)
{
    for (int i = 0; i < CERTD_HTTPS_LEVEL_COUNT_; i++) {
        CertdHttpsLevel level = CERTD_HTTPS_LEVEL_COUNT_;
        g_assert_true(
            certd_https_level_parse(certd_https_level_name((CertdHttpsLevel)i), &level, NULL));
        g_assert_cmpint(level, ==, i);
    }
}

static void test_none(void)
{
    static const char *const names[] = {"", "High", "standard ", "low", "\033[2J", "\xff"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        CertdHttpsLevel level = CERTD_HTTPS_HIGH;
        g_assert_false(certd_https_level_parse(names[i], &level, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
        g_assert_cmpint(level, ==, CERTD_HTTPS_HIGH);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/https-level/names", test_names);
    g_test_add_func("/model/https-level/none", test_none);
    return g_test_run();
}
