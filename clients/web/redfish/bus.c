/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls over the session's private connection. No flag for interactive authorization: there is nobody at a terminal
 * whom polkit could ask, and certd-session would not carry it.
 */
#include "web/redfish/bus.h"

#include <gio/gunixfdlist.h>
#include <systemd/sd-bus.h>

#include "common/clean.h"
#include "common/fd.h"
#include "common/file.h"
#include "model/names.h"
#include "model/web-limits.h"

#define CALL_MSEC ((int)CERTD_LIMIT_WEB_CALL_SECONDS * 1000)
/* A log or an authority's export is far below this. */
#define FD_MAX_BYTES (4u * 1024u * 1024u)

static GVariant *call(const CertdRequest *request, const char *path, const char *interface,
                      const char *method, GVariant *arguments, const char *reply_type,
                      GUnixFDList *fds, GUnixFDList **out_fds, GError **error)
{
    g_autoptr(GVariant) taken = arguments ? g_variant_ref_sink(arguments) : NULL;
    g_autoptr(GDBusConnection) bus = request->session ? certd_session_bus(request->session) : NULL;
    GVariant *reply = NULL;
    if (bus)
        reply = g_dbus_connection_call_with_unix_fd_list_sync(
            bus, CERTD_BUS_NAME, path, interface, method, taken, G_VARIANT_TYPE(reply_type),
            G_DBUS_CALL_FLAGS_NONE, CALL_MSEC, fds, out_fds, NULL, error);
    /* A change that was under way may have been made: whoever is told to sign in sends it again. */
    gboolean repeatable = !bus || g_str_equal(request->method, "GET");
    if (!reply && repeatable && (!bus || certd_session_is_closed(request->session))) {
        g_clear_error(error);
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "The session is over");
    }
    return reply;
}

GVariant *certd_redfish_call(const CertdRequest *request, CertdAnswer *answer, const char *path,
                             const char *interface, const char *method, GVariant *arguments,
                             const char *reply_type, GUnixFDList *fds, GUnixFDList **out_fds)
{
    g_autoptr(GError) error = NULL;
    GVariant *reply =
        call(request, path, interface, method, arguments, reply_type, fds, out_fds, &error);
    if (!reply)
        certd_answer_error(answer, error);
    return reply;
}

GVariant *certd_redfish_try(const CertdRequest *request, const char *path, const char *interface,
                            const char *method, GVariant *arguments, const char *reply_type,
                            GUnixFDList *fds, GError **error)
{
    return call(request, path, interface, method, arguments, reply_type, fds, NULL, error);
}

GVariant *certd_redfish_get_all(const CertdRequest *request, CertdAnswer *answer, const char *path,
                                const char *interface)
{
    g_autoptr(GVariant) reply =
        certd_redfish_call(request, answer, path, "org.freedesktop.DBus.Properties", "GetAll",
                           g_variant_new("(s)", interface), "(a{sv})", NULL, NULL);
    return reply ? g_variant_get_child_value(reply, 0) : NULL;
}

char *certd_redfish_certificate_path(const char *name)
{
    char *path = NULL;
    if (sd_bus_path_encode(CERTD_PATH_CERTIFICATE, name, &path) < 0)
        g_error("No memory for the path of a certificate");
    return path;
}

GBytes *certd_redfish_read_fd(GUnixFDList *fds, gint32 index, CertdAnswer *answer)
{
    CERTD_AUTO_FD int fd = -1;
    if (fds && index >= 0 && index < g_unix_fd_list_get_length(fds))
        fd = g_unix_fd_list_get(fds, index, NULL);
    g_autoptr(GError) error = NULL;
    GBytes *bytes = fd >= 0 ? certd_file_read_fd(fd, "answer", FD_MAX_BYTES, &error) : NULL;
    if (!bytes)
        certd_answer_message(answer, CERTD_MESSAGE_OWN_ANSWER_UNUSABLE);
    return bytes;
}
