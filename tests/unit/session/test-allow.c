/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a session carries: the table against all that certd offers, and what makes one call differ from another. */
#include "session/allow.h"

#include <gio/gio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model/names.h"
#include "model/web-limits.h"

#define CERTIFICATE_PATH CERTD_PATH_CERTIFICATE "/https"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define AUTO_MESSAGE __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message

typedef struct {
    const char *name;
    const char *path;
    const char *interface;
    const char *member;
    CertdAllow allow;
} Row;

static const Row rows[] = {
    {"list", CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, "ListRequests", CERTD_ALLOW_ALWAYS},
    {"properties", CERTIFICATE_PATH, PROPERTIES, "GetAll", CERTD_ALLOW_ALWAYS},
    {"ping", CERTD_PATH_MANAGER, "org.freedesktop.DBus.Peer", "Ping", CERTD_ALLOW_ALWAYS},
    {"confirm", CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Confirm", CERTD_ALLOW_ALWAYS},
    {"rollback", CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS, "Rollback", CERTD_ALLOW_ALWAYS},
    {"factory-reset", CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, "FactoryReset",
     CERTD_ALLOW_FRESH},
    {"reset", CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Reset", CERTD_ALLOW_FRESH},
    {"remove", CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Remove", CERTD_ALLOW_FRESH},
    {"add-consumer", CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "AddConsumer",
     CERTD_ALLOW_FRESH},
    {"set-consumers", CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "SetConsumers",
     CERTD_ALLOW_FRESH},
    {"remove-consumer", CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "RemoveConsumer",
     CERTD_ALLOW_ALWAYS},
    {"trust-remove", CERTD_PATH_TRUST_STORE, CERTD_INTERFACE_TRUST_STORE, "Remove",
     CERTD_ALLOW_FRESH},
    {"regenerate", CERTD_PATH_AUTHORITY, CERTD_INTERFACE_AUTHORITY, "Regenerate",
     CERTD_ALLOW_FRESH},
    {"level", CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS, "SetLevel", CERTD_ALLOW_FRESH},
    {"force", CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS, "SetForce", CERTD_ALLOW_FRESH},
    {"credential", CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "OpenCredential",
     CERTD_ALLOW_NEVER},
    {"exchange", CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS, "ReportExchange", CERTD_ALLOW_NEVER},
    {"ports", CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS, "SetPorts", CERTD_ALLOW_FRESH},
    {"proof", CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS, "ReportProof", CERTD_ALLOW_NEVER},
    {"problem", CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS, "ReportProblem", CERTD_ALLOW_NEVER},
    {"set", CERTIFICATE_PATH, PROPERTIES, "Set", CERTD_ALLOW_NEVER},
    {"introspect", CERTIFICATE_PATH, "org.freedesktop.DBus.Introspectable", "Introspect",
     CERTD_ALLOW_NEVER},
    {"machine-id", CERTD_PATH_MANAGER, "org.freedesktop.DBus.Peer", "GetMachineId",
     CERTD_ALLOW_NEVER},
    {"no-interface", CERTD_PATH_MANAGER, NULL, "ListRequests", CERTD_ALLOW_NEVER},
    {"other-interface", CERTD_PATH_MANAGER, "org.freedesktop.DBus", "ListNames", CERTD_ALLOW_NEVER},
    {"crossed", CERTD_PATH_MANAGER, CERTD_INTERFACE_REQUEST, "FactoryReset", CERTD_ALLOW_NEVER},
    {"root-path", "/", PROPERTIES, "GetAll", CERTD_ALLOW_NEVER},
    {"path-beside", "/org/certd10", PROPERTIES, "GetAll", CERTD_ALLOW_NEVER},
    {"path-above", "/org", PROPERTIES, "GetAll", CERTD_ALLOW_NEVER},
    {"other-path", "/org/freedesktop/DBus", PROPERTIES, "GetAll", CERTD_ALLOW_NEVER},
};

static sd_bus *bus;

static sd_bus_message *new_call(const char *destination, const char *path, const char *interface,
                                const char *member)
{
    sd_bus_message *call = NULL;
    g_assert_cmpint(
        sd_bus_message_new_method_call(bus, &call, destination, path, interface, member), >=, 0);
    return call;
}

static CertdAllow judge(sd_bus_message *call)
{
    g_assert_cmpint(sd_bus_message_seal(call, 1, 0), >=, 0);
    return certd_allow_call(call);
}

static void test_row(const void *data)
{
    const Row *row = data;
    AUTO_MESSAGE *call = new_call(CERTD_BUS_NAME, row->path, row->interface, row->member);
    g_assert_cmpint(judge(call), ==, row->allow);
}

static void test_destination(void)
{
    static const char *const others[] = {NULL, "org.freedesktop.DBus", ":1.1", "org.certd10"};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        AUTO_MESSAGE *call = new_call(others[i], CERTD_PATH_MANAGER, PROPERTIES, "GetAll");
        g_assert_cmpint(judge(call), ==, CERTD_ALLOW_NEVER);
    }
}

/* Whatever certd offers has been decided on, and the table has nothing that certd does not offer. */
static void test_all_methods(void)
{
    g_autoptr(GError) error = NULL;
    const char *folder = g_getenv("CERTD_TEST_DATA"), *file;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
    unsigned int n_methods = 0;
    g_assert_no_error(error);
    while ((file = g_dir_read_name(dir)) != NULL) {
        if (!g_str_has_prefix(file, "org.certd1.") || !g_str_has_suffix(file, ".xml"))
            continue;
        g_autofree char *path = g_build_filename(folder, file, NULL), *xml = NULL;
        g_assert_true(g_file_get_contents(path, &xml, NULL, NULL));
        g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(xml, &error);
        g_assert_no_error(error);
        const GDBusInterfaceInfo *interface = node->interfaces[0];
        for (size_t i = 0; interface->methods != NULL && interface->methods[i] != NULL; i++) {
            g_test_message("%s.%s", interface->name, interface->methods[i]->name);
            g_assert_true(certd_allow_knows(interface->name, interface->methods[i]->name));
            n_methods++;
        }
    }
    g_assert_cmpuint(n_methods, ==, certd_allow_count(CERTD_BUS_NAME "."));
}

typedef struct {
    const char *name;
    const char *options; /* GVariant text of an a{sv} */
    CertdAllow allow;
} Import;

static const Import imports[] = {
    {"none", "@a{sv} {}", CERTD_ALLOW_FRESH},
    {"only", "{'certificates-only': <true>}", CERTD_ALLOW_ALWAYS},
    {"among", "{'a': <{'b': <1>}>, 'certificates-only': <true>, 'trial': <uint32 60>}",
     CERTD_ALLOW_ALWAYS},
    {"false", "{'certificates-only': <false>}", CERTD_ALLOW_FRESH},
    {"type", "{'certificates-only': <uint32 1>}", CERTD_ALLOW_FRESH},
    {"nested", "{'certificates-only': <<true>>}", CERTD_ALLOW_FRESH},
    {"twice", "{'certificates-only': <true>, 'certificates-only': <true>}", CERTD_ALLOW_FRESH},
    {"true-false", "{'certificates-only': <true>, 'certificates-only': <false>}",
     CERTD_ALLOW_FRESH},
    {"false-true", "{'certificates-only': <false>, 'certificates-only': <true>}",
     CERTD_ALLOW_FRESH},
    {"other-case", "{'Certificates-Only': <true>}", CERTD_ALLOW_FRESH},
    {"elsewhere", "{'a': <{'certificates-only': <true>}>}", CERTD_ALLOW_FRESH},
};

/* One entry of options; values are those of the table above. */
static void append_entry(sd_bus_message *call, const char *key, GVariant *value)
{
    int r = sd_bus_message_open_container(call, 'e', "sv");
    g_assert_cmpint(r, >=, 0);
    g_assert_cmpint(sd_bus_message_append(call, "s", key), >=, 0);
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN))
        r = sd_bus_message_append(call, "v", "b", g_variant_get_boolean(value));
    else if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32))
        r = sd_bus_message_append(call, "v", "u", g_variant_get_uint32(value));
    else if (g_variant_is_of_type(value, G_VARIANT_TYPE_VARIANT))
        r = sd_bus_message_append(call, "v", "v", "b", 1);
    else
        r = sd_bus_message_append(call, "v", "a{sv}", 1, "certificates-only", "b", 1);
    g_assert_cmpint(r, >=, 0);
    g_assert_cmpint(sd_bus_message_close_container(call), >=, 0);
}

static void append_options(sd_bus_message *call, const char *text)
{
    g_autoptr(GVariant) options = g_variant_parse(NULL, text, NULL, NULL, NULL);
    GVariantIter iter;
    const char *key;
    GVariant *value;
    g_assert_nonnull(options);
    g_assert_cmpint(sd_bus_message_open_container(call, 'a', "{sv}"), >=, 0);
    g_variant_iter_init(&iter, options);
    while (g_variant_iter_loop(&iter, "{&sv}", &key, &value))
        append_entry(call, key, value);
    g_assert_cmpint(sd_bus_message_close_container(call), >=, 0);
}

static void test_import(const void *data)
{
    const Import *row = data;
    static const char content[] = "certificates-only";
    for (int fd = 0; fd <= 1; fd++) {
        AUTO_MESSAGE *call = new_call(CERTD_BUS_NAME, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE,
                                      fd ? "ImportFd" : "Import");
        int r = fd ? sd_bus_message_append(call, "h", 0)
                   : sd_bus_message_append_array(call, 'y', content, sizeof content);
        g_assert_cmpint(r, >=, 0);
        append_options(call, row->options);
        g_assert_cmpint(judge(call), ==, row->allow);
        /* It is as it was. */
        g_assert_cmpint(sd_bus_message_skip(call, fd ? "ha{sv}" : "aya{sv}"), >=, 0);
    }
}

/* What certd would refuse anyway does not get around the question. */
static void test_import_signature(void)
{
    AUTO_MESSAGE *empty =
        new_call(CERTD_BUS_NAME, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Import");
    g_assert_cmpint(judge(empty), ==, CERTD_ALLOW_FRESH);
    AUTO_MESSAGE *only =
        new_call(CERTD_BUS_NAME, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Import");
    append_options(only, imports[1].options);
    g_assert_cmpint(judge(only), ==, CERTD_ALLOW_FRESH);
    AUTO_MESSAGE *more =
        new_call(CERTD_BUS_NAME, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Import");
    g_assert_cmpint(sd_bus_message_append_array(more, 'y', "x", 1), >=, 0);
    append_options(more, imports[1].options);
    append_options(more, imports[3].options);
    g_assert_cmpint(judge(more), ==, CERTD_ALLOW_FRESH);
}

static void test_export(void)
{
    static const struct {
        const char *format;
        CertdAllow allow;
    } formats[] = {
        {"pem", CERTD_ALLOW_ALWAYS}, {"der", CERTD_ALLOW_ALWAYS}, {"p7b", CERTD_ALLOW_ALWAYS},
        {"p12", CERTD_ALLOW_FRESH},  {"P12", CERTD_ALLOW_FRESH},  {"", CERTD_ALLOW_FRESH},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        AUTO_MESSAGE *call =
            new_call(CERTD_BUS_NAME, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Export");
        g_assert_cmpint(sd_bus_message_append(call, "sa{sv}", formats[i].format, 0), >=, 0);
        g_assert_cmpint(judge(call), ==, formats[i].allow);
    }
    AUTO_MESSAGE *call =
        new_call(CERTD_BUS_NAME, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Export");
    g_assert_cmpint(judge(call), ==, CERTD_ALLOW_FRESH);
}

static void test_fresh(void)
{
    const guint64 signed_in = 7 * G_USEC_PER_SEC;
    const guint64 last = signed_in + CERTD_FRESH_SECONDS * G_USEC_PER_SEC;
    g_assert_true(certd_allow_is_fresh(signed_in, signed_in));
    g_assert_true(certd_allow_is_fresh(signed_in, last));
    g_assert_false(certd_allow_is_fresh(signed_in, last + 1));
    g_assert_false(certd_allow_is_fresh(signed_in, signed_in - 1));
}

static void test_signals(void)
{
    static const struct {
        const char *path;
        const char *interface;
        gboolean allow;
    } signals[] = {
        {CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, TRUE},
        {CERTD_PATH_LOG, CERTD_INTERFACE_LOG, TRUE},
        {CERTIFICATE_PATH, PROPERTIES, TRUE},
        {CERTIFICATE_PATH, "org.freedesktop.DBus.ObjectManager", FALSE},
        {"/org/freedesktop/DBus", "org.freedesktop.DBus", FALSE},
        {"/org/certd10", PROPERTIES, FALSE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
        AUTO_MESSAGE *signal = NULL;
        g_assert_cmpint(sd_bus_message_new_signal(bus, &signal, signals[i].path,
                                                  signals[i].interface, "Changed"),
                        >=, 0);
        g_assert_cmpint(certd_allow_signal(signal), ==, signals[i].allow);
    }
}

int main(int argc, char **argv)
{
    int pair[2];
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==,
                    0);
    g_assert_cmpint(sd_bus_new(&bus), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(bus, pair[0], pair[0]), >=, 0);
    g_assert_cmpint(sd_bus_negotiate_fds(bus, 1), >=, 0);
    g_assert_cmpint(sd_bus_start(bus), >=, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/allow/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(imports); i++) {
        g_autofree char *path = g_strconcat("/allow/import/", imports[i].name, NULL);
        g_test_add_data_func(path, &imports[i], test_import);
    }
    g_test_add_func("/allow/destination", test_destination);
    g_test_add_func("/allow/all-methods", test_all_methods);
    g_test_add_func("/allow/import-signature", test_import_signature);
    g_test_add_func("/allow/export", test_export);
    g_test_add_func("/allow/fresh", test_fresh);
    g_test_add_func("/allow/signals", test_signals);
    int status = g_test_run();
    sd_bus_close_unref(bus);
    (void)close(pair[1]);
    return status;
}
