/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The connection and the proxies, and one translation of errors: whether an error was made here
 * or came over the bus, the user sees the same message and the same exit status.
 */
#include "common/bus.h"

#include <glib/gi18n-lib.h>

#include "common/clean.h"
#include "model/error.h"
#include "model/names.h"

#define QUIET_PROXY                                                                                \
    (G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES | G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS |       \
     G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START_AT_CONSTRUCTION)

GDBusConnection *certd_bus_connect(GError **error)
{
    GDBusConnection *connection = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, error);
    if (!connection) {
        g_prefix_error(error, "%s", _("Cannot reach the system bus (is dbus running?): "));
        return NULL;
    }
    /* Otherwise GIO would end the process with SIGTERM, which reads like success to a script. */
    g_dbus_connection_set_exit_on_close(connection, FALSE);
    return connection;
}

CertdBusManager *certd_bus_open_manager(GDBusConnection *connection, GError **error)
{
    return certd_bus_manager_proxy_new_sync(connection, QUIET_PROXY, CERTD_BUS_NAME,
                                            CERTD_PATH_MANAGER, NULL, error);
}

CertdBusCertificate *certd_bus_open_certificate(GDBusConnection *connection, const char *path,
                                                GError **error)
{
    return certd_bus_certificate_proxy_new_sync(connection, QUIET_PROXY, CERTD_BUS_NAME, path, NULL,
                                                error);
}

CertdBusRequest *certd_bus_open_request(GDBusConnection *connection, const char *path,
                                        GError **error)
{
    return certd_bus_request_proxy_new_sync(connection, QUIET_PROXY, CERTD_BUS_NAME, path, NULL,
                                            error);
}

CertdBusAuthority *certd_bus_open_authority(GDBusConnection *connection, GError **error)
{
    return certd_bus_authority_proxy_new_sync(connection, QUIET_PROXY, CERTD_BUS_NAME,
                                              CERTD_PATH_AUTHORITY, NULL, error);
}

CertdBusTrustStore *certd_bus_open_trust_store(GDBusConnection *connection, GError **error)
{
    return certd_bus_trust_store_proxy_new_sync(connection, QUIET_PROXY, CERTD_BUS_NAME,
                                                CERTD_PATH_TRUST_STORE, NULL, error);
}

CertdBusHttps *certd_bus_open_https(GDBusConnection *connection, GError **error)
{
    return certd_bus_https_proxy_new_sync(connection, QUIET_PROXY, CERTD_BUS_NAME, CERTD_PATH_HTTPS,
                                          NULL, error);
}

CertdBusLog *certd_bus_open_log(GDBusConnection *connection, GError **error)
{
    return certd_bus_log_proxy_new_sync(connection, QUIET_PROXY, CERTD_BUS_NAME, CERTD_PATH_LOG,
                                        NULL, error);
}

CertdBusRequest *certd_bus_watch_request(GDBusConnection *connection, const char *path,
                                         GError **error)
{
    return certd_bus_request_proxy_new_sync(connection,
                                            G_DBUS_PROXY_FLAGS_GET_INVALIDATED_PROPERTIES,
                                            CERTD_BUS_NAME, path, NULL, error);
}

GVariant *certd_bus_get_all(GDBusConnection *connection, const char *path, const char *interface,
                            GError **error)
{
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
        connection, CERTD_BUS_NAME, path, "org.freedesktop.DBus.Properties", "GetAll",
        g_variant_new("(s)", interface), G_VARIANT_TYPE("(a{sv})"), CERTD_BUS_CALL_FLAGS,
        CERTD_BUS_TIMEOUT, NULL, error);
    return reply ? g_variant_get_child_value(reply, 0) : NULL;
}

/* Errors of the bus itself, which say that nobody is there to answer. */
static gboolean nobody_answers(const char *remote)
{
    static const char *const names[] = {
        "org.freedesktop.DBus.Error.ServiceUnknown",
        "org.freedesktop.DBus.Error.NameHasNoOwner",
        "org.freedesktop.DBus.Error.NoReply",
        "org.freedesktop.DBus.Error.Disconnected",
        "org.freedesktop.DBus.Error.Timeout",
        "org.freedesktop.DBus.Error.TimedOut",
        NULL,
    };
    return g_strv_contains(names, remote) ||
           g_str_has_prefix(remote, "org.freedesktop.DBus.Error.Spawn.");
}

char *certd_bus_error_message(const GError *error)
{
    g_autoptr(GError) stripped = g_error_copy(error);
    g_autofree char *remote = g_dbus_error_get_remote_error(stripped);
    (void)g_dbus_error_strip_remote_error(stripped);
    g_autofree char *message = certd_clean_lines(stripped->message);
    if (!remote || !nobody_answers(remote))
        return g_steal_pointer(&message);
    return g_strdup_printf(_("The certificate service does not answer: %s\n"
                             "Is certd running? See: systemctl status certd"),
                           message);
}

/* The code of errors.def that @error stands for. */
static gboolean find_code(const GError *error, CertdError *code)
{
    if (error->domain == CERTD_ERROR) {
        *code = (CertdError)error->code;
        return TRUE;
    }
    g_autofree char *remote = g_dbus_error_get_remote_error(error);
    return remote && certd_error_from_dbus_name(remote, code);
}

int certd_bus_error_exit_status(const GError *error)
{
    CertdError code;
    if (find_code(error, &code))
        return certd_error_exit_status(code);
    return error->domain == G_OPTION_ERROR ? 2 : 1;
}

gboolean certd_bus_error_is(const GError *error, int code)
{
    CertdError found;
    return find_code(error, &found) && (int)found == code;
}
