/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the user is told of an error, and with which exit status certctl ends. */
#include <gio/gio.h>

#include "common/bus.h"
#include "model/error.h"

static const struct {
    const char *name;
    const char *dbus_name;
    int status;
    const char *says;
} remotes[] = {
    {"ours", "org.certd1.Error.KeyMismatch", 18, "sentence"},
    {"denied", "org.freedesktop.DBus.Error.AccessDenied", 31, "sentence"},
    {"interactive", "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", 32, "sentence"},
    {"no-service", "org.freedesktop.DBus.Error.ServiceUnknown", 1, "Is certd running?"},
    {"no-owner", "org.freedesktop.DBus.Error.NameHasNoOwner", 1, "Is certd running?"},
    {"start-failed", "org.freedesktop.DBus.Error.Spawn.ExecFailed", 1, "Is certd running?"},
    {"crashed", "org.freedesktop.DBus.Error.NoReply", 1, "Is certd running?"},
    {"start-timed-out", "org.freedesktop.DBus.Error.TimedOut", 1, "systemctl status certd"},
    {"foreign", "org.example.Error.Other", 1, "sentence"},
};

static void test_remote(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = g_dbus_error_new_for_dbus_error(remotes[i].dbus_name, "A sentence");
    g_assert_cmpint(certd_bus_error_exit_status(error), ==, remotes[i].status);
    g_autofree char *message = certd_bus_error_message(error);
    g_assert_nonnull(strstr(message, remotes[i].says));
    g_assert_null(strstr(message, "GDBus"));
}

/* Every row of errors.def: the same status whether the error came over the bus or was made here. */
static void test_table(void)
{
    for (int code = 0; code < CERTD_ERROR_COUNT_; code++) {
        g_autoptr(GError) here = g_error_new_literal(CERTD_ERROR, code, "x");
        g_autoptr(GError) there =
            g_dbus_error_new_for_dbus_error(certd_error_dbus_name((CertdError)code), "x");
        g_assert_cmpint(certd_bus_error_exit_status(here), >=, 3);
        g_assert_cmpint(certd_bus_error_exit_status(here), ==, certd_bus_error_exit_status(there));
        g_assert_true(certd_bus_error_is(there, code));
        g_assert_false(certd_bus_error_is(there, code + 1));
    }
}

static void test_local(void)
{
    g_autoptr(GError) usage = g_error_new_literal(G_OPTION_ERROR, 0, "x");
    g_autoptr(GError) file = g_error_new_literal(G_FILE_ERROR, 0, "a\033b");
    g_assert_cmpint(certd_bus_error_exit_status(usage), ==, 2);
    g_assert_cmpint(certd_bus_error_exit_status(file), ==, 1);
    g_autofree char *message = certd_bus_error_message(file);
    g_assert_cmpstr(message, ==, "a\\u{001B}b");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(remotes); i++) {
        g_autofree char *path = g_strconcat("/clients/bus/remote/", remotes[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_remote);
    }
    g_test_add_func("/clients/bus/table", test_table);
    g_test_add_func("/clients/bus/local", test_local);
    return g_test_run();
}
