/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contract: what the daemon says of itself over the bus is what the XML in data/ says, element by
 * element, both ways; and the gate has a row for each method. */

#include <gio/gio.h>
#include <string.h>

#include "bus/gate.h"
#include "fixture-bus.h"
#include "model/limits.h"
#include "model/names.h"

static const char *const interfaces[] = {CERTD_INTERFACE_MANAGER,     CERTD_INTERFACE_CERTIFICATE,
                                         CERTD_INTERFACE_REQUEST,     CERTD_INTERFACE_AUTHORITY,
                                         CERTD_INTERFACE_TRUST_STORE, CERTD_INTERFACE_HTTPS,
                                         CERTD_INTERFACE_LOG};

/* The interface as its file has it. */
static GDBusNodeInfo *read_contract(const char *interface)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *contents = NULL;
    g_autofree char *name = g_strconcat(interface, ".xml", NULL);
    g_autofree char *path = g_build_filename(g_getenv("CERTD_TEST_DATA"), name, NULL);
    g_file_get_contents(path, &contents, NULL, &error);
    g_assert_no_error(error);
    GDBusNodeInfo *node = g_dbus_node_info_new_for_xml(contents, &error);
    g_assert_no_error(error);
    return node;
}

static GDBusNodeInfo *introspect(BusFixture *fixture, const char *path)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *call = NULL;
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *reply = NULL;
    g_autoptr(GError) error = NULL;
    const char *xml;
    g_assert_cmpint(sd_bus_message_new_method_call(fixture->client, &call, NULL, path,
                                                   "org.freedesktop.DBus.Introspectable",
                                                   "Introspect"),
                    >=, 0);
    reply = bus_fixture_call(fixture, call);
    g_assert_cmpint(sd_bus_message_read(reply, "s", &xml), >=, 0);
    GDBusNodeInfo *node = g_dbus_node_info_new_for_xml(xml, &error);
    g_assert_no_error(error);
    return node;
}

static void compare_arguments(const char *where, GDBusArgInfo **said, GDBusArgInfo **written)
{
    for (size_t i = 0;; i++) {
        GDBusArgInfo *a = said != NULL ? said[i] : NULL;
        GDBusArgInfo *b = written != NULL ? written[i] : NULL;
        if (a == NULL && b == NULL)
            return;
        g_test_message("%s argument %zu", where, i);
        g_assert_nonnull(a);
        g_assert_nonnull(b);
        g_assert_cmpstr(a->name, ==, b->name);
        g_assert_cmpstr(a->signature, ==, b->signature);
    }
}

static void compare_methods(GDBusInterfaceInfo *said, GDBusInterfaceInfo *written)
{
    size_t n_said = 0, n_written = 0;
    for (; said->methods != NULL && said->methods[n_said] != NULL; n_said++) {
        GDBusMethodInfo *method = said->methods[n_said];
        GDBusMethodInfo *other = g_dbus_interface_info_lookup_method(written, method->name);
        g_test_message("method %s.%s", said->name, method->name);
        g_assert_nonnull(other);
        compare_arguments(method->name, method->in_args, other->in_args);
        compare_arguments(method->name, method->out_args, other->out_args);
    }
    while (written->methods != NULL && written->methods[n_written] != NULL)
        n_written++;
    g_assert_cmpuint(n_said, ==, n_written);
}

static void compare_signals(GDBusInterfaceInfo *said, GDBusInterfaceInfo *written)
{
    size_t n_said = 0, n_written = 0;
    for (; said->signals != NULL && said->signals[n_said] != NULL; n_said++) {
        GDBusSignalInfo *signal = said->signals[n_said];
        GDBusSignalInfo *other = g_dbus_interface_info_lookup_signal(written, signal->name);
        g_test_message("signal %s.%s", said->name, signal->name);
        g_assert_nonnull(other);
        compare_arguments(signal->name, signal->args, other->args);
    }
    while (written->signals != NULL && written->signals[n_written] != NULL)
        n_written++;
    g_assert_cmpuint(n_said, ==, n_written);
}

static const char *emits_changed(GDBusPropertyInfo *property)
{
    const char *value = g_dbus_annotation_info_lookup(
        property->annotations, "org.freedesktop.DBus.Property.EmitsChangedSignal");
    return value != NULL ? value : "true";
}

static void compare_properties(GDBusInterfaceInfo *said, GDBusInterfaceInfo *written)
{
    size_t n_said = 0, n_written = 0;
    for (; said->properties != NULL && said->properties[n_said] != NULL; n_said++) {
        GDBusPropertyInfo *property = said->properties[n_said];
        GDBusPropertyInfo *other = g_dbus_interface_info_lookup_property(written, property->name);
        g_test_message("property %s.%s", said->name, property->name);
        g_assert_nonnull(other);
        g_assert_cmpstr(property->signature, ==, other->signature);
        g_assert_cmpint((int)property->flags, ==, (int)other->flags);
        g_assert_cmpstr(emits_changed(property), ==, emits_changed(other));
    }
    while (written->properties != NULL && written->properties[n_written] != NULL)
        n_written++;
    g_assert_cmpuint(n_said, ==, n_written);
}

static void test_contract(BusFixture *fixture, const void *data)
{
    static const char *const paths[] = {"/org/certd1",           "/org/certd1/certificate/web",
                                        "/org/certd1/request/1", CERTD_PATH_AUTHORITY,
                                        CERTD_PATH_TRUST_STORE,  CERTD_PATH_HTTPS,
                                        CERTD_PATH_LOG};
    fake_create(&fixture->fake, "web");
    g_assert_cmpint(fake_request(&fixture->fake, "web", "external"), ==, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(interfaces); i++) {
        GDBusNodeInfo *written = read_contract(interfaces[i]);
        GDBusNodeInfo *said = introspect(fixture, paths[i]);
        GDBusInterfaceInfo *a = g_dbus_node_info_lookup_interface(said, interfaces[i]);
        GDBusInterfaceInfo *b = g_dbus_node_info_lookup_interface(written, interfaces[i]);
        g_assert_nonnull(a);
        g_assert_nonnull(b);
        compare_methods(a, b);
        compare_signals(a, b);
        compare_properties(a, b);
        g_dbus_node_info_unref(said);
        g_dbus_node_info_unref(written);
    }
}

/* Introspection lists no more children than a reader can use; ListCertificates has all. */
static void test_children(BusFixture *fixture, const void *data)
{
    for (guint more = 0; more < 2; more++) {
        for (guint i = 0; i < (more ? 1 : CERTD_LIMIT_INTROSPECTED_CHILDREN); i++) {
            g_autofree char *name = g_strdup_printf("c%u-%u", more, i);
            fake_create(&fixture->fake, name);
        }
        GDBusNodeInfo *node = introspect(fixture, CERTD_PATH_CERTIFICATE);
        guint count = 0;
        while (node->nodes[count] != NULL)
            count++;
        g_assert_cmpuint(count, ==, CERTD_LIMIT_INTROSPECTED_CHILDREN);
        g_dbus_node_info_unref(node);
    }
}

/* R60: a method without a row would be refused, one with a row too many guards nothing. */
static void test_gate(void)
{
    const char *interface, *member, *action;
    size_t rows = 0, methods = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(interfaces); i++) {
        GDBusNodeInfo *node = read_contract(interfaces[i]);
        GDBusInterfaceInfo *info = g_dbus_node_info_lookup_interface(node, interfaces[i]);
        for (size_t j = 0; info->methods[j] != NULL; j++, methods++) {
            gboolean found = FALSE;
            for (size_t k = 0; certd_gate_row(k, &interface, &member, &action); k++)
                found = found || (g_str_equal(interface, interfaces[i]) &&
                                  g_strcmp0(member, info->methods[j]->name) == 0);
            g_test_message("%s.%s", interfaces[i], info->methods[j]->name);
            g_assert_true(found);
        }
        g_dbus_node_info_unref(node);
    }
    for (; certd_gate_row(rows, &interface, &member, &action); rows++)
        g_assert_true(g_str_has_prefix(action, "org.certd1."));
    g_assert_cmpuint(rows, ==, methods + 1); /* and one for all properties */
}

/* A call that names no interface could be any: it is refused. */
static void test_no_interface(BusFixture *fixture, const void *data)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *call = NULL;
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *reply = NULL;
    g_assert_cmpint(sd_bus_message_new_method_call(fixture->client, &call, NULL, "/org/certd1",
                                                   NULL, "FactoryReset"),
                    >=, 0);
    reply = bus_fixture_call(fixture, call);
    g_assert_true(sd_bus_message_is_method_error(reply, SD_BUS_ERROR_UNKNOWN_INTERFACE));
}

/* Without a bus that says who asks, nobody may do anything. */
static void test_nobody(BusFixture *fixture, const void *data)
{
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *call = NULL;
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *reply = NULL;
    g_assert_cmpint(sd_bus_message_new_method_call(fixture->client, &call, NULL, "/org/certd1",
                                                   CERTD_INTERFACE_MANAGER, "GetCertificate"),
                    >=, 0);
    g_assert_cmpint(sd_bus_message_append(call, "s", "https"), >=, 0);
    reply = bus_fixture_call(fixture, call);
    g_assert_true(sd_bus_message_is_method_error(reply, SD_BUS_ERROR_ACCESS_DENIED));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    bus_fixture_add("/vtable/contract", test_contract);
    bus_fixture_add("/vtable/children", test_children);
    g_test_add_func("/vtable/gate", test_gate);
    bus_fixture_add("/vtable/no-interface", test_no_interface);
    bus_fixture_add("/vtable/nobody", test_nobody);
    return g_test_run();
}
