/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl monitor`: every signal of certd as a line, until interrupted. */
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>

#include "certctl/print.h"
#include "common/when.h"
#include "model/names.h"
#include "model/text.h"

typedef struct {
    const CertctlCall *call;
    gboolean stopped;
    gboolean closed;
} Monitor;

static gboolean on_stop(void *data)
{
    Monitor *monitor = data;
    monitor->stopped = TRUE;
    return G_SOURCE_CONTINUE;
}

static void on_closed(GDBusConnection *connection, gboolean remote, GError *error, void *data)
{
    Monitor *monitor = data;
    monitor->closed = TRUE;
}

static void print_json(const CertctlCall *call, const char *path, const char *interface,
                       const char *signal, GVariant *arguments)
{
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "Time", "t", certctl_now());
    g_variant_dict_insert(&dict, "Object", "s", path);
    g_variant_dict_insert(&dict, "Interface", "s", interface);
    g_variant_dict_insert(&dict, "Signal", "s", signal);
    g_variant_dict_insert_value(&dict, "Arguments", arguments);
    certctl_print_json(call, g_variant_dict_end(&dict));
}

/* A number that stands for itself is a time; only the log's is a row's. */
static char *print_argument(const char *signal, GVariant *argument)
{
    if (g_variant_is_of_type(argument, G_VARIANT_TYPE_UINT64) && !g_str_equal(signal, "EntryAdded"))
        return certd_when_print(g_variant_get_uint64(argument));
    gboolean is_text = g_variant_is_of_type(argument, G_VARIANT_TYPE_STRING) ||
                       g_variant_is_of_type(argument, G_VARIANT_TYPE_OBJECT_PATH);
    g_autofree char *text =
        is_text ? g_variant_dup_string(argument, NULL) : g_variant_print(argument, FALSE);
    return certd_text_escape(text);
}

static void print_line(const char *path, const char *signal, GVariant *arguments)
{
    g_autofree char *time = certd_when_print(certctl_now());
    g_autofree char *clean_path = certd_text_escape(path);
    g_autofree char *clean_signal = certd_text_escape(signal);
    printf("%s %s %s", time, clean_path, clean_signal);
    for (size_t i = 0; i < g_variant_n_children(arguments); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(arguments, i);
        g_autofree char *clean = print_argument(signal, one);
        printf(" %s", clean);
    }
    putchar('\n');
}

static void on_signal(GDBusConnection *connection, const char *sender, const char *path,
                      const char *interface, const char *signal, GVariant *arguments, void *data)
{
    Monitor *monitor = data;
    if (monitor->call->options->json)
        print_json(monitor->call, path, interface, signal, arguments);
    else
        print_line(path, signal, arguments);
    /* A reader may wait for this line; one that has gone ends us. */
    if (fflush(stdout) != 0)
        monitor->stopped = TRUE;
}

static gboolean run(const CertctlCall *call, GError **error)
{
    Monitor monitor = {.call = call};
    unsigned int subscription =
        g_dbus_connection_signal_subscribe(call->connection, CERTD_BUS_NAME, NULL, NULL, NULL, NULL,
                                           G_DBUS_SIGNAL_FLAGS_NONE, on_signal, &monitor, NULL);
    gulong closed = g_signal_connect(call->connection, "closed", G_CALLBACK(on_closed), &monitor);
    unsigned int interrupt = g_unix_signal_add(SIGINT, on_stop, &monitor);
    unsigned int terminate = g_unix_signal_add(SIGTERM, on_stop, &monitor);

    /* Starts the service where it is not running, and fails at once where it cannot be. */
    g_autoptr(GVariant) manager =
        certd_bus_get_all(call->connection, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, error);
    if (manager)
        fprintf(stderr, _("Waiting for signals of certd; Ctrl-C ends it\n"));
    while (manager && !monitor.stopped && !monitor.closed)
        g_main_context_iteration(NULL, TRUE);

    g_source_remove(terminate);
    g_source_remove(interrupt);
    g_signal_handler_disconnect(call->connection, closed);
    g_dbus_connection_signal_unsubscribe(call->connection, subscription);
    if (manager && monitor.closed)
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CLOSED,
                            _("The system bus closed the connection; start the monitor again"));
    return manager && !monitor.closed;
}

const CertctlVerb certctl_verb_monitor = {
    .name = "monitor",
    .synopsis = "",
    .summary = N_("Print the service's signals as they come, until interrupted"),
    .example = "certctl monitor --json",
    .options = CERTCTL_BIT(JSON),
    .run = run,
};
