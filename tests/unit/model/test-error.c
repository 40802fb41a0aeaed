/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R53: every error has a name, an HTTP status and an exit status of its own. */
#include "model/error.h"

#include <string.h>

static void test_table_is_complete(void)
{
    g_autoptr(GHashTable) exits = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned int i = 0; i < CERTD_ERROR_COUNT_; i++) {
        const char *name = certd_error_dbus_name((CertdError)i);
        CertdError back = CERTD_ERROR_COUNT_;

        g_test_message("%s", name);
        g_assert_true(g_str_has_prefix(name, "org.certd1.Error.") ||
                      g_str_has_prefix(name, "org.freedesktop.DBus.Error."));
        g_assert_true(g_hash_table_add(names, (char *)name));
        g_assert_cmpint(certd_error_http_status((CertdError)i), >=, 400);
        g_assert_cmpint(certd_error_http_status((CertdError)i), <, 600);
        /* 0 to 2 are success, any other failure, and wrong usage. */
        g_assert_cmpint(certd_error_exit_status((CertdError)i), >=, 3);
        g_assert_cmpint(certd_error_exit_status((CertdError)i), <, 126);
        g_assert_true(
            g_hash_table_add(exits, GINT_TO_POINTER(certd_error_exit_status((CertdError)i))));
        g_assert_true(certd_error_from_dbus_name(name, &back));
        g_assert_cmpint(back, ==, i);
    }
}

static void test_names(void)
{
    g_assert_cmpstr(certd_error_dbus_name(CERTD_ERROR_KEY_MISMATCH), ==,
                    "org.certd1.Error.KeyMismatch");
    g_assert_cmpstr(certd_error_dbus_name(CERTD_ERROR_ACCESS_DENIED), ==,
                    "org.freedesktop.DBus.Error.AccessDenied");
    g_assert_cmpstr(certd_error_dbus_name(CERTD_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED), ==,
                    "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired");
    g_assert_cmpint(certd_error_http_status(CERTD_ERROR_TOO_LARGE), ==, 413);
    g_assert_cmpint(certd_error_exit_status(CERTD_ERROR_NO_SUCH_CERTIFICATE), ==, 3);
}

static void test_foreign_names(void)
{
    static const char *const foreign[] = {
        "",
        "KeyMismatch",
        "org.certd1.Error.",
        "org.certd1.Error.keymismatch",
        "org.certd1.Error.KeyMismatch.More",
        "org.certd1.Error.AccessDenied",
        "org.freedesktop.DBus.Error.NoReply",
    };
    CertdError code = CERTD_ERROR_BUSY;

    for (size_t i = 0; i < G_N_ELEMENTS(foreign); i++) {
        g_test_message("\"%s\"", foreign[i]);
        g_assert_false(certd_error_from_dbus_name(foreign[i], &code));
    }
    g_assert_false(certd_error_from_dbus_name(NULL, &code));
    g_assert_cmpint(code, ==, CERTD_ERROR_BUSY);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/error/table", test_table_is_complete);
    g_test_add_func("/model/error/names", test_names);
    g_test_add_func("/model/error/foreign", test_foreign_names);
    return g_test_run();
}
