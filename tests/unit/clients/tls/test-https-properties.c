/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What certd says of HTTPS, and what is no answer that could be used. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/https-properties.h"

static const struct {
    const char *name;
    const char *level; /* NULL: left out */
    guint16 port;
    const char *more; /* another property with a text; NULL: none */
    gboolean usable;
} rows[] = {
    {"standard", "standard", 443, NULL, TRUE}, {"high", "high", 1, NULL, TRUE},
    {"newer-certd", "high", 443, "New", TRUE}, {"unknown-level", "medium", 443, NULL, FALSE},
    {"empty-level", "", 443, NULL, FALSE},     {"port-0", "standard", 0, NULL, FALSE},
    {"incomplete", NULL, 443, NULL, FALSE},    {"wrong-type", "standard", 443, "Force", FALSE},
};

static void append(sd_bus_message *message, const char *name, const char *type, ...)
{
    va_list values;
    g_assert_cmpint(sd_bus_message_open_container(message, 'e', "sv"), >=, 0);
    g_assert_cmpint(sd_bus_message_append(message, "s", name), >=, 0);
    g_assert_cmpint(sd_bus_message_open_container(message, 'v', type), >=, 0);
    va_start(values, type);
    g_assert_cmpint(sd_bus_message_appendv(message, type, values), >=, 0);
    va_end(values);
    g_assert_cmpint(sd_bus_message_close_container(message), >=, 0);
    g_assert_cmpint(sd_bus_message_close_container(message), >=, 0);
}

static void compose(sd_bus_message *message, gsize row)
{
    g_assert_cmpint(sd_bus_message_open_container(message, 'a', "{sv}"), >=, 0);
    if (rows[row].level != NULL)
        append(message, "Level", "s", rows[row].level);
    append(message, "Port", "q", (int)rows[row].port);
    append(message, "PlainPort", "q", 8080);
    append(message, "Proven", "b", 1);
    append(message, "ProvenClientCertificate", "b", 0);
    append(message, "Force", "b", 1);
    if (rows[row].more != NULL)
        append(message, rows[row].more, "s", "text");
    g_assert_cmpint(sd_bus_message_close_container(message), >=, 0);
    g_assert_cmpint(sd_bus_message_seal(message, 1, 0), >=, 0);
}

static void test_row(gconstpointer data) /* R61, R62 */
{
    const gsize row = GPOINTER_TO_SIZE(data);
    int pair[2];
    sd_bus *bus = NULL;
    sd_bus_message *message = NULL;
    CertdHttps https = {.ports = {7, 8}};
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    g_assert_cmpint(sd_bus_new(&bus), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(bus, pair[0], pair[0]), >=, 0);
    g_assert_cmpint(sd_bus_start(bus), >=, 0);
    g_assert_cmpint(sd_bus_message_new_signal(bus, &message, "/t", "t.t", "T"), >=, 0);
    compose(message, row);
    g_assert_cmpint(certd_https_properties_read(message, &https), ==, rows[row].usable);
    g_assert_cmpuint(https.ports[CERTD_PORT_HTTPS], ==, rows[row].usable ? rows[row].port : 7);
    g_assert_cmpuint(https.ports[CERTD_PORT_HTTP], ==, rows[row].usable ? 8080 : 8);
    g_assert_cmpint(https.force, ==, rows[row].usable);
    g_assert_cmpint(https.proven, ==, rows[row].usable);
    g_assert_false(https.proven_client);
    sd_bus_message_unref(message);
    sd_bus_close_unref(bus);
    close(pair[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/tls/https-properties/%s", rows[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
    }
    return g_test_run();
}
