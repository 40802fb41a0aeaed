/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /redfish/v1/CertificateService: the service's actions, and in Oem.Certd what is to be said of certd (R43). */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

void certd_certificate_service_get(const CertdRequest *request, CertdAnswer *answer);
/* CertdCertificateService.FactoryReset (R54): {Lost}, the names of the certificates that had something in them. */
void certd_certificate_service_reset(const CertdRequest *request, CertdAnswer *answer);
/* All standard Certificate resources: CertificateLocations. */
void certd_certificate_locations_get(const CertdRequest *request, CertdAnswer *answer);

G_END_DECLS
