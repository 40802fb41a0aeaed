/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What keeps certd-tls from serving is one text, and empty where nothing does. */
#include "tls/troubles.h"

static void check(const CertdTroubles *troubles, const char *expected)
{
    g_autofree char *text = certd_troubles_text(troubles);
    g_assert_cmpstr(text, ==, expected);
}

static void test_text(void) /* R62 */
{
    CertdTroubles troubles = {0};
    check(&troubles, "");
    g_assert_false(certd_troubles_set(&troubles, CERTD_TROUBLE_WEB, NULL));
    g_assert_true(certd_troubles_set(&troubles, CERTD_TROUBLE_WEB, "No web."));
    g_assert_false(certd_troubles_set(&troubles, CERTD_TROUBLE_WEB, "No web."));
    g_assert_true(certd_troubles_set(&troubles, CERTD_TROUBLE_HTTPS_PORT, "No port."));
    check(&troubles, "No port. No web.");
    g_assert_true(certd_troubles_set(&troubles, CERTD_TROUBLE_WEB, NULL));
    check(&troubles, "No port.");
    certd_troubles_clear(&troubles);
    check(&troubles, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tls/troubles/text", test_text);
    return g_test_run();
}
