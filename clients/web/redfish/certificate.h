/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The standard resource Certificate of what is in use in a certificate of certd's, and the collections that these are
 * in. */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* Adds to the resource Certificate @object what the a{sv} @details of one say: names, usages, dates, numbers. */
void certd_certificate_describe(JsonObject *object, GVariant *details);

/* Of https, and of the certificate that the path names. */
void certd_certificate_get_https(const CertdRequest *request, CertdAnswer *answer);
void certd_certificate_get(const CertdRequest *request, CertdAnswer *answer);
void certd_certificate_rekey_https(const CertdRequest *request, CertdAnswer *answer);
void certd_certificate_rekey(const CertdRequest *request, CertdAnswer *answer);
void certd_certificate_renew_https(const CertdRequest *request, CertdAnswer *answer);
void certd_certificate_renew(const CertdRequest *request, CertdAnswer *answer);

/* The collection of one, or none where nothing is in use; a POST installs into it. */
void certd_certificates_get_https(const CertdRequest *request, CertdAnswer *answer);
void certd_certificates_get(const CertdRequest *request, CertdAnswer *answer);
void certd_certificates_post_https(const CertdRequest *request, CertdAnswer *answer);
void certd_certificates_post(const CertdRequest *request, CertdAnswer *answer);

G_END_DECLS
