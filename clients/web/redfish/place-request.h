/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The requests of a certificate: the OEM resource CertdRequest, with the request as text, PEM and DER (R14). */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* The resource of the request @id of the certificate @name. The caller unrefs. */
JsonObject *certd_place_request_resource(const char *name, const char *id, GVariant *properties);

/* GET of all, newest first; GET of one; its action Cancel; and it as a file. */
void certd_place_requests_get(const CertdRequest *request, CertdAnswer *answer);
void certd_place_request_get(const CertdRequest *request, CertdAnswer *answer);
void certd_place_request_cancel(const CertdRequest *request, CertdAnswer *answer);
void certd_place_request_pem(const CertdRequest *request, CertdAnswer *answer);
void certd_place_request_der(const CertdRequest *request, CertdAnswer *answer);

G_END_DECLS
