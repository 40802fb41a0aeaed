/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl log --follow`: rows as they come. A signal says no more than that there is one; where certd ends
 * and starts again, what was written meanwhile is read when it is back. A new log begins with row 1 and may
 * be longer than the old one was: that it is another is seen by the hash of one of its rows. */
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "certctl/log.h"
#include "certctl/print.h"
#include "model/limits.h"
#include "model/names.h"

/* Following is no reason to start certd. */
#define READ_FLAGS (CERTD_BUS_CALL_FLAGS | G_DBUS_CALL_FLAGS_NO_AUTO_START)

typedef struct {
    const CertctlCall *call;
    CertdBusLog *log;
    GVariant *filter;
    guint64 printed; /* the last row that was */
    guint64 last;    /* the row up to which all was read */
    guint64 told;    /* of a row up to this number */
    guint64 known;   /* a row of this log, 0 for none yet, */
    char *hash;      /* and its hash */
    gboolean news;
    gboolean doubt; /* whether it is still the same log */
    gboolean stopped;
    gboolean closed;
} Follow;

static gboolean on_stop(void *data)
{
    Follow *follow = data;
    follow->stopped = TRUE;
    return G_SOURCE_CONTINUE;
}

static void on_closed(GDBusConnection *connection, gboolean remote, GError *error, void *data)
{
    Follow *follow = data;
    follow->closed = TRUE;
}

static void on_entry(GDBusConnection *connection, const char *sender, const char *path,
                     const char *interface, const char *signal, GVariant *arguments, void *data)
{
    Follow *follow = data;
    if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(t)")))
        return;
    g_variant_get(arguments, "(t)", &follow->told);
    follow->news = TRUE;
    /* Read already, or the first rows of a log that a reset began while certd runs. */
    follow->doubt |= follow->told <= follow->last || follow->known == 0;
}

static void on_appeared(GDBusConnection *connection, const char *name, const char *owner,
                        void *data)
{
    Follow *follow = data;
    follow->news = follow->doubt = TRUE;
}

static void print_row(const Follow *follow, GVariant *row)
{
    if (follow->call->options->json) {
        certctl_print_json(follow->call, certctl_log_object(row));
        return;
    }
    g_auto(GStrv) cells = certctl_log_cells(row);
    g_autofree char *line = g_strjoinv(isatty(STDOUT_FILENO) ? "  " : "\t", cells);
    puts(line);
}

/* That certd has gone is no end: it is waited for. */
static gboolean is_absence(const GError *error)
{
    return g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_DISCONNECTED);
}

/* The row of that log that @follow knows, or the oldest one: its number, 0 without one, and its hash. */
static gboolean read_known(const Follow *follow, guint64 *number, char **hash, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    g_autoptr(GVariant) all = g_variant_ref_sink(g_variant_new("a{sv}", NULL));
    g_autofree char *next = NULL;
    g_autofree char *cursor =
        follow->known > 1 ? g_strdup_printf("%" G_GUINT64_FORMAT, follow->known - 1) : g_strdup("");
    if (!certctl_log_read(follow->log, all, cursor, 1, READ_FLAGS, rows, &next, error))
        return FALSE;
    *number = rows->len > 0 ? certctl_log_number(rows->pdata[0]) : 0;
    *hash = rows->len > 0 ? certctl_log_hash(rows->pdata[0]) : NULL;
    return TRUE;
}

/* A keystore that was set aside has taken its log with it: the new one is read from its beginning. */
static gboolean look_for_new_log(Follow *follow, GError **error)
{
    guint64 number;
    g_autofree char *hash = NULL;
    if (!read_known(follow, &number, &hash, error))
        return FALSE;
    gboolean unreadable = hash && *hash == '\0';
    gboolean same = number == follow->known && (unreadable || g_strcmp0(hash, follow->hash) == 0);
    /* Only where the oldest rows of a log have gone is a later one the first behind that number. */
    if (!same && number <= follow->known)
        follow->printed = 0;
    /* What was told may have been of the other log. */
    follow->last = follow->printed;
    follow->told = 0;
    follow->doubt = FALSE;
    if (!same) {
        follow->known = number;
        g_free(follow->hash);
        follow->hash = g_steal_pointer(&hash);
    }
    return TRUE;
}

/* Prints all that is there behind the last row. */
static gboolean catch_up(Follow *follow, GError **error)
{
    gboolean more = TRUE;
    follow->news = FALSE;
    if (follow->doubt && !look_for_new_log(follow, error))
        return FALSE;
    guint64 told = follow->told;
    while (more) {
        g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
        g_autofree char *next = NULL;
        g_autofree char *cursor =
            follow->last > 0 ? g_strdup_printf("%" G_GUINT64_FORMAT, follow->last) : g_strdup("");
        if (!certctl_log_read(follow->log, follow->filter, cursor, CERTD_LIMIT_PAGE, READ_FLAGS,
                              rows, &next, error))
            return FALSE;
        for (unsigned int i = 0; i < rows->len; i++) {
            print_row(follow, rows->pdata[i]);
            follow->last = follow->printed = certctl_log_number(rows->pdata[i]);
        }
        more = *next != '\0' && rows->len > 0;
    }
    follow->last = MAX(follow->last, told);
    /* A reader may wait for these lines; one that has gone ends us. */
    if (fflush(stdout) != 0)
        follow->stopped = TRUE;
    return TRUE;
}

static gboolean loop(Follow *follow, GError **error)
{
    while (!follow->stopped && !follow->closed) {
        g_autoptr(GError) failed = NULL;
        if (!follow->news) {
            g_main_context_iteration(NULL, TRUE);
            continue;
        }
        if (!catch_up(follow, &failed) && !is_absence(failed)) {
            g_propagate_error(error, g_steal_pointer(&failed));
            return FALSE;
        }
    }
    if (follow->closed)
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CLOSED,
                            _("The system bus closed the connection; start again"));
    return !follow->closed;
}

gboolean certctl_log_follow(const CertctlCall *call, CertdBusLog *log, GVariant *filter,
                            guint64 last, GError **error)
{
    Follow follow = {
        .call = call, .log = log, .filter = filter, .printed = last, .news = TRUE, .doubt = TRUE};
    GDBusConnection *connection = call->connection;
    unsigned int subscription = g_dbus_connection_signal_subscribe(
        connection, CERTD_BUS_NAME, CERTD_INTERFACE_LOG, "EntryAdded", CERTD_PATH_LOG, NULL,
        G_DBUS_SIGNAL_FLAGS_NONE, on_entry, &follow, NULL);
    unsigned int watch =
        g_bus_watch_name_on_connection(connection, CERTD_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                       on_appeared, NULL, &follow, NULL);
    gulong closed = g_signal_connect(connection, "closed", G_CALLBACK(on_closed), &follow);
    unsigned int interrupt = g_unix_signal_add(SIGINT, on_stop, &follow);
    unsigned int terminate = g_unix_signal_add(SIGTERM, on_stop, &follow);

    gboolean done = loop(&follow, error);

    g_free(follow.hash);
    g_source_remove(terminate);
    g_source_remove(interrupt);
    g_signal_handler_disconnect(connection, closed);
    g_bus_unwatch_name(watch);
    g_dbus_connection_signal_unsubscribe(connection, subscription);
    return done;
}
