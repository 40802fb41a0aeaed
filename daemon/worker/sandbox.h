/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a worker gives up before its first job: files, sockets, processes, and most of the kernel. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    CERTD_ROLE_KEYS,
    CERTD_ROLE_PARSE,
    CERTD_ROLE_COUNT_,
} CertdRole;

/* "keys" or "parse"; static. */
const char *certd_role_name(CertdRole role);
gboolean certd_role_parse(const char *name, CertdRole *role);

/* The descriptor of the socketpair; the highest that a worker keeps. */
#define CERTD_SANDBOX_SOCKET 3

/* Closes every descriptor but 0 to CERTD_SANDBOX_SOCKET, sets the limits of @role, and confines
 * the process to the system calls that computing and answering need: all others fail with EPERM.
 * There is no way back. CERTD_ERROR_WORKER_FAILED; the process must end then. */
gboolean certd_sandbox_enter(CertdRole role, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
