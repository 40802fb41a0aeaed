/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Calls to certd as the user whose request it is, for handlers, which may wait. What fails has been put into the
 * answer when these return NULL or FALSE, so that a handler just returns.
 */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* Calls @method with @arguments (floating, nullable). The reply, a tuple of @reply_type; the caller unrefs. @fds
 * (nullable) goes along, and @out_fds (nullable) is what came back, a new reference. */
GVariant *certd_redfish_call(const CertdRequest *request, CertdAnswer *answer, const char *path,
                             const char *interface, const char *method, GVariant *arguments,
                             const char *reply_type, GUnixFDList *fds, GUnixFDList **out_fds)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same, without descriptors that come back, and the failure is the handler's to put: its error. */
GVariant *certd_redfish_try(const CertdRequest *request, const char *path, const char *interface,
                            const char *method, GVariant *arguments, const char *reply_type,
                            GUnixFDList *fds, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All properties, a{sv}. */
GVariant *certd_redfish_get_all(const CertdRequest *request, CertdAnswer *answer, const char *path,
                                const char *interface) G_GNUC_WARN_UNUSED_RESULT;
/* The object of certificate @name; caller frees. Not asked of anybody. */
char *certd_redfish_certificate_path(const char *name);
/* What is in the descriptor @index of @fds, at most 4 MiB. */
GBytes *certd_redfish_read_fd(GUnixFDList *fds, gint32 index, CertdAnswer *answer)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
