/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choosing who gets the private key of a certificate. */
#pragma once

#include "service/service.h"

G_BEGIN_DECLS

/* Those of certificate @name, in their order: a list of CertdConsumer. */
GPtrArray *certd_consumers(CertdService *service, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* One more, behind the others; who is among them gets @action. INVALID_OPTION for a
 * user or group that does not exist, LIMIT_EXCEEDED beyond CERTD_LIMIT_CONSUMERS. */
gboolean certd_add_consumer(CertdService *service, const CertdCaller *caller, const char *name,
                            const CertdConsumer *consumer, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* One less. INVALID_OPTION where there is no such one. */
gboolean certd_remove_consumer(CertdService *service, const CertdCaller *caller, const char *name,
                               const char *kind, const char *consumer, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* All of the a(sss) @consumers in place of what is there; errors as above, and nothing changes then. A
 * user or group that has gone may stay where it was. */
gboolean certd_set_consumers(CertdService *service, const CertdCaller *caller, const char *name,
                             GVariant *consumers, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
