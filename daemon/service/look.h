/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking: what the front ends read. Nothing here changes anything. */
#pragma once

#include "service/service.h"
#include "store/chain.h"

G_BEGIN_DECLS

/* The certificate @name; NULL with NO_SUCH_CERTIFICATE. */
CertdCertificateRecord *certd_look_certificate(CertdService *service, const char *name,
                                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The chain of row @id, which a certificate names. */
CertdChainRecord *certd_look_chain(CertdService *service, gint64 id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Pages, as certd_store_certificate_page() and certd_store_request_page(). */
GPtrArray *certd_look_certificates(CertdService *service, const CertdCertificateFilter *filter,
                                   const char *cursor, guint limit, gboolean *more, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *certd_look_requests(CertdService *service, const CertdRequestFilter *filter,
                               gint64 after, guint limit, gboolean *more, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The ids of @name's requests, newest first, at most @limit: a GArray of gint64. */
GArray *certd_look_request_ids(CertdService *service, const char *name, guint limit,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* When the first active chain has a third of its lifetime left: seconds, 0 without any. */
gboolean certd_look_next_renewal(CertdService *service, gint64 *when, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
