/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which certificates need somebody, as far as the rows of the list say so. */
#include "certctl/attention.h"

#include <gio/gio.h>
#include <sys/socket.h>

#define DEADLINE 4000000000u

static void on_made(GObject *source, GAsyncResult *result, void *data)
{
    GDBusConnection **connection = data;
    g_autoptr(GError) error = NULL;
    *connection = g_dbus_connection_new_finish(result, &error);
    g_assert_no_error(error);
}

static GIOStream *stream(int fd)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocket) end = g_socket_new_from_fd(fd, &error);
    g_assert_no_error(error);
    return G_IO_STREAM(g_socket_connection_factory_create_connection(end));
}

/* A connection that is closed, so that no property can be read. */
static GDBusConnection *connect_to_nobody(void)
{
    int fds[2];
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) server = NULL;
    GDBusConnection *client = NULL;
    g_autofree char *guid = g_dbus_generate_guid();
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    g_autoptr(GIOStream) there = stream(fds[0]);
    g_autoptr(GIOStream) here = stream(fds[1]);
    g_dbus_connection_new(there, guid, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER, NULL, NULL,
                          on_made, &server);
    g_dbus_connection_new(here, NULL, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL,
                          on_made, &client);
    while (!server || !client)
        g_main_context_iteration(NULL, TRUE);
    g_assert_true(g_dbus_connection_close_sync(client, NULL, &error));
    g_assert_no_error(error);
    return client;
}

static GVariant *make_row(const char *name, gboolean on_trial)
{
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);
    g_variant_dict_insert(&dict, "State", "s", "active");
    if (on_trial)
        g_variant_dict_insert(&dict, "TrialDeadline", "t", (guint64)DEADLINE);
    return g_variant_ref_sink(
        g_variant_new("(so@a{sv})", name, "/org/certd1/certificate/x", g_variant_dict_end(&dict)));
}

/* R38: a trial is told of from the list, also of the last of more certificates than are read in full. */
static void test_trial(void)
{
    g_autoptr(GDBusConnection) connection = connect_to_nobody();
    const CertctlCall call = {.connection = connection};
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    for (unsigned int i = 0; i < CERTCTL_ATTENTION_READ_MAX; i++)
        g_ptr_array_add(rows, make_row(i == 3 ? "early" : "plain", i == 3));
    g_ptr_array_add(rows, make_row("late", TRUE));

    g_autoptr(GPtrArray) picked = certctl_attention_pick(&call, rows, TRUE);
    g_autoptr(GVariant) shown = g_variant_ref_sink(certctl_attention_to_json(picked));
    static const char *const names[] = {"early", "late"};
    g_assert_cmpuint(g_variant_n_children(shown), ==, G_N_ELEMENTS(names));
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(shown, i);
        const char *name = NULL;
        guint64 deadline = 0;
        g_assert_true(g_variant_lookup(one, "Name", "&s", &name));
        g_assert_cmpstr(name, ==, names[i]);
        g_assert_true(g_variant_lookup(one, "TrialDeadline", "t", &deadline));
        g_assert_cmpuint(deadline, ==, DEADLINE);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clients/attention/trial", test_trial);
    return g_test_run();
}
