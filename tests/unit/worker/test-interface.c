/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker's table of methods is what org.certd1.Worker.xml says, and its roles keep apart. */
#include "worker/interface.h"

#include <gio/gio.h>
#include <sys/socket.h>

#include "model/error.h"
#include "model/names.h"

/* Two ends of one connection, and the worker behind the one. */
typedef struct {
    CertdWorker worker;
    sd_bus *server, *client;
} Pair;

static void pair_start(Pair *pair, CertdRole role)
{
    sd_id128_t id;
    int fds[2];

    pair->worker.role = role;
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    g_assert_cmpint(sd_id128_randomize(&id), >=, 0);
    g_assert_cmpint(sd_bus_new(&pair->server), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(pair->server, fds[0], fds[0]), >=, 0);
    g_assert_cmpint(sd_bus_set_server(pair->server, 1, id), >=, 0);
    g_assert_cmpint(sd_bus_set_anonymous(pair->server, 1), >=, 0);
    g_assert_cmpint(sd_bus_negotiate_fds(pair->server, 1), >=, 0);
    g_assert_cmpint(certd_worker_export(pair->server, &pair->worker), >=, 0);
    g_assert_cmpint(sd_bus_start(pair->server), >=, 0);
    g_assert_cmpint(sd_bus_new(&pair->client), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(pair->client, fds[1], fds[1]), >=, 0);
    g_assert_cmpint(sd_bus_set_anonymous(pair->client, 1), >=, 0);
    g_assert_cmpint(sd_bus_negotiate_fds(pair->client, 1), >=, 0);
    g_assert_cmpint(sd_bus_start(pair->client), >=, 0);
}

static void pair_stop(Pair *pair)
{
    sd_bus_close_unref(pair->client);
    sd_bus_close_unref(pair->server);
}

static int keep_reply(sd_bus_message *reply, void *userdata, sd_bus_error *ret)
{
    sd_bus_message **kept = userdata;

    *kept = sd_bus_message_ref(reply);
    return 0;
}

/* Sends @message (taken) and turns both ends until the answer is there. */
static sd_bus_message *exchange(Pair *pair, sd_bus_message *message)
{
    sd_bus_message *reply = NULL;

    g_assert_cmpint(sd_bus_call_async(pair->client, NULL, message, keep_reply, &reply, 0), >=, 0);
    sd_bus_message_unref(message);
    while (!reply) {
        g_assert_cmpint(sd_bus_process(pair->client, NULL), >=, 0);
        g_assert_cmpint(sd_bus_process(pair->server, NULL), >=, 0);
    }
    return reply;
}

static sd_bus_message *call_new(Pair *pair, const char *interface, const char *method)
{
    sd_bus_message *message = NULL;

    g_assert_cmpint(sd_bus_message_new_method_call(pair->client, &message, NULL, CERTD_PATH_WORKER,
                                                   interface, method),
                    >=, 0);
    return message;
}

static char *print_arguments(GDBusArgInfo *const *arguments)
{
    GString *text = g_string_new(NULL);

    for (size_t i = 0; arguments && arguments[i]; i++)
        g_string_append_printf(text, "%s %s, ", arguments[i]->signature, arguments[i]->name);
    return g_string_free(text, FALSE);
}

static void assert_same_arguments(GDBusArgInfo *const *a, GDBusArgInfo *const *b)
{
    g_autofree char *text_a = print_arguments(a);
    g_autofree char *text_b = print_arguments(b);

    g_assert_cmpstr(text_a, ==, text_b);
}

static unsigned int count_methods(const GDBusInterfaceInfo *interface)
{
    unsigned int n = 0;

    while (interface->methods && interface->methods[n])
        n++;
    return n;
}

static void test_xml(void)
{
    Pair pair = {0};
    g_autoptr(sd_bus_message) reply = NULL;
    g_autoptr(GDBusNodeInfo) is = NULL;
    g_autoptr(GDBusNodeInfo) should = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *content = NULL;
    const char *xml = NULL;
    GDBusInterfaceInfo *interface, *contract;

    g_assert_true(g_file_get_contents(g_getenv("CERTD_TEST_WORKER_XML"), &content, NULL, &error));
    should = g_dbus_node_info_new_for_xml(content, &error);
    g_assert_no_error(error);
    pair_start(&pair, CERTD_ROLE_PARSE);
    reply = exchange(&pair, call_new(&pair, "org.freedesktop.DBus.Introspectable", "Introspect"));
    g_assert_cmpint(sd_bus_message_read(reply, "s", &xml), >=, 0);
    is = g_dbus_node_info_new_for_xml(xml, &error);
    g_assert_no_error(error);
    interface = g_dbus_node_info_lookup_interface(is, CERTD_INTERFACE_WORKER);
    contract = g_dbus_node_info_lookup_interface(should, CERTD_INTERFACE_WORKER);
    g_assert_nonnull(interface);
    g_assert_cmpuint(count_methods(interface), ==, count_methods(contract));
    for (unsigned int i = 0; i < count_methods(contract); i++) {
        const GDBusMethodInfo *method = contract->methods[i];
        const GDBusMethodInfo *found = g_dbus_interface_info_lookup_method(interface, method->name);

        g_assert_nonnull(found);
        assert_same_arguments(found->in_args, method->in_args);
        assert_same_arguments(found->out_args, method->out_args);
    }
    pair_stop(&pair);
}

/* A worker of the wrong role, or without the sealing key, refuses. */
static void test_refused(void)
{
    static const struct {
        CertdRole role;
        CertdError code;
    } rows[] = {
        {CERTD_ROLE_PARSE, CERTD_ERROR_WORKER_FAILED},
        {CERTD_ROLE_KEYS, CERTD_ERROR_KEY_UNAVAILABLE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Pair pair = {0};
        g_autoptr(sd_bus_message) reply = NULL;
        sd_bus_message *message;
        const sd_bus_error *error;

        pair_start(&pair, rows[i].role);
        /* Descriptors can be sent once the two have agreed on them. */
        sd_bus_message_unref(exchange(&pair, call_new(&pair, "org.freedesktop.DBus.Peer", "Ping")));
        message = call_new(&pair, CERTD_INTERFACE_WORKER, "ExportPkcs12");
        g_assert_cmpint(sd_bus_message_append(message, "sayaaysh", "k1", 1, 0, 0, "n", 0), >=, 0);
        reply = exchange(&pair, message);
        error = sd_bus_message_get_error(reply);
        g_assert_nonnull(error);
        g_assert_cmpstr(error->name, ==, certd_error_dbus_name(rows[i].code));
        pair_stop(&pair);
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/worker/interface/xml", test_xml);
    g_test_add_func("/worker/interface/refused", test_refused);
    return g_test_run();
}
