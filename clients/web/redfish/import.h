/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificates in any format, as our own actions take them: to install, to try, and only to look at (R30 to R36). */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* CertdCertificate.Import: {Findings, Passes, Installed}. */
void certd_import(const CertdRequest *request, CertdAnswer *answer);
/* CertdCertificateService.Inspect: {Details, Findings}. */
void certd_import_inspect(const CertdRequest *request, CertdAnswer *answer);

G_END_DECLS
