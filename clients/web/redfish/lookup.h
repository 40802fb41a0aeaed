/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificates and requests of certd as the user who asks may see them. */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* All properties of the certificate @name, a{sv}; NULL with the answer filled, 404 where there is none. */
GVariant *certd_lookup_certificate(const CertdRequest *request, CertdAnswer *answer,
                                   const char *name) G_GNUC_WARN_UNUSED_RESULT;
/* All properties of the request @id of the certificate @name, likewise, and its D-Bus object in @object (nullable). */
GVariant *certd_lookup_request(const CertdRequest *request, CertdAnswer *answer, const char *name,
                               const char *id, char **object) G_GNUC_WARN_UNUSED_RESULT;
/* The rows of all certificates, or of all requests of the certificate @name where @name is not NULL: (soa{sv}) each. NULL
 * with the answer filled. */
GPtrArray *certd_lookup_all(const CertdRequest *request, CertdAnswer *answer, gboolean requests,
                            const char *name) G_GNUC_WARN_UNUSED_RESULT;

/* The extended rows of up to @count certificates behind the name @after, "" for the first: likewise. */
GPtrArray *certd_lookup_extended(const CertdRequest *request, CertdAnswer *answer,
                                 const char *after, guint count) G_GNUC_WARN_UNUSED_RESULT;

/* Whether @error says that there is no such object. */
gboolean certd_lookup_is_missing(const GError *error);

G_END_DECLS
