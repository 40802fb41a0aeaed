/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one error domain. Everything that can fail for a reason a caller should know fails with a
 * GError of CERTD_ERROR, so that one table (errors.def) gives the D-Bus name, the HTTP status and
 * the exit status of each.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CERTD_ERROR (certd_error_quark())

typedef enum {
#define CERTD_ERROR_ROW(code, name, http, exit) CERTD_ERROR_##code,
#include "model/errors.def"
#undef CERTD_ERROR_ROW
    CERTD_ERROR_COUNT_,
} CertdError;

GQuark certd_error_quark(void);

/* The full D-Bus error name of @code, e.g. "org.certd1.Error.KeyMismatch"; static. The two
 * standard errors are "org.freedesktop.DBus.Error.AccessDenied" and
 * "…InteractiveAuthorizationRequired". */
const char *certd_error_dbus_name(CertdError code);

/* The HTTP status of @code. */
int certd_error_http_status(CertdError code);

/* certctl's exit status for @code: 3 or more. */
int certd_error_exit_status(CertdError code);

/* The code for the D-Bus error name @dbus_name, into @code; FALSE where it is none of ours. */
gboolean certd_error_from_dbus_name(const char *dbus_name, CertdError *code);

G_END_DECLS
