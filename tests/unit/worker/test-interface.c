/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker's table of methods is what org.certd1.Worker.xml says, and its roles keep apart. */
#include <gio/gio.h>

#include "model/error.h"
#include "model/names.h"
#include "pair.h"

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
    reply =
        pair_exchange(&pair, pair_call(&pair, "org.freedesktop.DBus.Introspectable", "Introspect"));
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
        sd_bus_message_unref(
            pair_exchange(&pair, pair_call(&pair, "org.freedesktop.DBus.Peer", "Ping")));
        message = pair_call(&pair, CERTD_INTERFACE_WORKER, "ExportPkcs12");
        g_assert_cmpint(sd_bus_message_append(message, "sayaaysh", "k1", 1, 0, 0, "n", 0), >=, 0);
        reply = pair_exchange(&pair, message);
        error = sd_bus_message_get_error(reply);
        g_assert_nonnull(error);
        g_assert_cmpstr(error->name, ==, certd_error_dbus_name(rows[i].code));
        sd_bus_message_unref(g_steal_pointer(&reply));
        message = pair_call(&pair, CERTD_INTERFACE_WORKER, "OpenKey");
        g_assert_cmpint(sd_bus_message_append(message, "say", "k1", 1, 0), >=, 0);
        reply = pair_exchange(&pair, message);
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
