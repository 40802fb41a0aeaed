/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking: what the front ends read. Nothing here changes anything. */
#pragma once

#include "service/service.h"
#include "store/chain.h"

G_BEGIN_DECLS

/* The certificate @name; NULL with NO_SUCH_CERTIFICATE. */
CertdCertificateRecord *certd_look_certificate(CertdService *service, const char *name,
                                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether there is a certificate @name, readable or not; FALSE with NO_SUCH_CERTIFICATE. */
gboolean certd_look_certificate_exists(CertdService *service, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The chain that is in use in @record's certificate, which is what front ends show and hand out: the
 * emergency's where there is one, else the active one. NULL without an error where there is none. */
CertdChainRecord *certd_look_chain_in_use(CertdService *service,
                                          const CertdCertificateRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What a rollback of @record's certificate goes back to: what its trial replaced, else the previous chain.
 * NULL where there is none, or it can't be read. */
CertdChainRecord *certd_look_chain_previous(CertdService *service,
                                            const CertdCertificateRecord *record);
/* Whether the key @key_id may leave the device: it was imported as exportable. */
gboolean certd_look_key_is_exportable(CertdService *service, const char *key_id);
/* What is to be said now of the certificate @record, whose chain in use is @chain (nullable): what was
 * found when it was installed, the dates as they are now, whether its names are still the device's
 * (R25), and why an emergency certificate answers for it. A list of CertdFinding; caller unrefs. */
GPtrArray *certd_look_findings(CertdService *service, const CertdCertificateRecord *record,
                               const CertdChainRecord *chain);
/* The state of what is installed in @record's certificate, whatever is in use. */
CertdCertificateState certd_look_state(CertdService *service, const CertdCertificateRecord *record);
/* The same of a row that says as much; @not_before and @not_after 0 where nothing is installed. */
CertdCertificateState certd_look_state_at(CertdService *service, gint64 not_before,
                                          gint64 not_after, gboolean unusable);
/* Pages, as certd_store_certificate_page() and certd_store_request_page(). */
GPtrArray *certd_look_certificates(CertdService *service, const CertdCertificateFilter *filter,
                                   const char *cursor, guint limit, gboolean *more, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *certd_look_requests(CertdService *service, const CertdRequestFilter *filter,
                               gint64 after, guint limit, gboolean *more, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The ids of @name's requests, newest first, at most @limit: a GArray of gint64. */
GArray *certd_look_request_ids(CertdService *service, const char *name, guint limit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* When the first active chain has a third of its lifetime left: seconds, 0 without any. */
gboolean certd_look_next_renewal(CertdService *service, gint64 *when, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
