/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests: made at once, finished in the background by the maker. A request is a row from the
 * start, so that an answer once given is still true after a crash, and the making goes on.
 */
#pragma once

#include "service/service.h"

G_BEGIN_DECLS

/* Makes a request for certificate @name. @issuer: "external", "self", or "" for the setting.
 * @options: settings (kept) and reuse-key, challenge-password, unstructured-name. @id is set to the
 * request's. It is committed when this returns. */
gboolean certd_request_create(CertdService *service, const CertdCaller *caller, const char *name,
                              const char *issuer, GVariant *options, gint64 *id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Ends it: CANCELLED where it was at rest already. */
gboolean certd_request_cancel(CertdService *service, const CertdCaller *caller, gint64 id,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The record as it is now: `generating` while a worker has it. */
CertdRequestRecord *certd_request_get(CertdService *service, gint64 id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The state of @record, `generating` while a worker has it. */
CertdRequestState certd_request_state(CertdService *service, const CertdRequestRecord *record);
/* Whether @settings, the certificate's now, differ from what @record was made of. */
gboolean certd_request_out_of_date(const CertdRequestRecord *record, const CertdSettings *settings);
/* The request in @format, "pem" or "der". */
GBytes *certd_request_export(CertdService *service, gint64 id, const char *format, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Goes on with what was under way when the daemon ended. */
gboolean certd_request_resume(CertdService *service, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
