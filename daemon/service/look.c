/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking: the front ends' way to the store, so that they know no more than records. */

#include "service/look.h"

#include "service/service-private.h"

CertdCertificateRecord *certd_look_certificate(CertdService *service, const char *name,
                                               GError **error)
{
    return certd_store_certificate_get(service->store, name, error);
}

CertdChainRecord *certd_look_chain(CertdService *service, gint64 id, GError **error)
{
    return certd_store_chain_get(service->store, id, error);
}

GPtrArray *certd_look_certificates(CertdService *service, const CertdCertificateFilter *filter,
                                   const char *cursor, guint limit, gboolean *more, GError **error)
{
    return certd_store_certificate_page(service->store, filter, cursor, limit, more, error);
}

GPtrArray *certd_look_requests(CertdService *service, const CertdRequestFilter *filter,
                               gint64 after, guint limit, gboolean *more, GError **error)
{
    return certd_store_request_page(service->store, filter, after, limit, more, error);
}

GArray *certd_look_request_ids(CertdService *service, const char *name, guint limit, GError **error)
{
    return certd_store_request_ids(service->store, name, limit, error);
}

gboolean certd_look_next_renewal(CertdService *service, gint64 *when, GError **error)
{
    return certd_store_next_renewal(service->store, when, error);
}
