/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's side of the D-Bus API: the connection, the generated proxies of Manager,
 * Certificate, Request, Authority, TrustStore, Https and Log, and what an error that came over the bus means. The
 * proxies carry calls and signals; properties are asked for with certd_bus_get_all(), which fails where a
 * proxy's cache would only be empty.
 */
#pragma once

#include <gio/gio.h>

#include "certd-proxies.h"

G_BEGIN_DECLS

/* Every call may ask a polkit agent for a password, and may take as long as that takes. */
#define CERTD_BUS_CALL_FLAGS G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION
#define CERTD_BUS_TIMEOUT G_MAXINT

/* The system bus (DBUS_SYSTEM_BUS_ADDRESS is honoured). A connection that ends does not end the
 * process. */
GDBusConnection *certd_bus_connect(GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Proxies for calls: they load no properties and listen to no signals. */
CertdBusManager *certd_bus_open_manager(GDBusConnection *connection, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
CertdBusCertificate *certd_bus_open_certificate(GDBusConnection *connection, const char *path,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
CertdBusRequest *certd_bus_open_request(GDBusConnection *connection, const char *path,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
CertdBusAuthority *certd_bus_open_authority(GDBusConnection *connection, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
CertdBusTrustStore *certd_bus_open_trust_store(GDBusConnection *connection, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
CertdBusHttps *certd_bus_open_https(GDBusConnection *connection, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
CertdBusLog *certd_bus_open_log(GDBusConnection *connection, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* A proxy that has the properties and follows them. */
CertdBusRequest *certd_bus_watch_request(GDBusConnection *connection, const char *path,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All properties of @interface at @path, a{sv}. */
GVariant *certd_bus_get_all(GDBusConnection *connection, const char *path, const char *interface,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What to tell the user of @error: the service's own message without the bus's prefix, and the
 * remedy where the bus itself failed. Clean text; caller frees. */
char *certd_bus_error_message(const GError *error);
/* The exit status for @error: from errors.def where it is one of certd's, 2 for wrong usage
 * (G_OPTION_ERROR), else 1. */
int certd_bus_error_exit_status(const GError *error);
/* Whether @error, local or from the bus, is certd's @code. */
gboolean certd_bus_error_is(const GError *error, int code);

G_END_DECLS
