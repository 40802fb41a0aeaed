/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The actions that end in a certification request: GenerateCSR of the CertificateService, Rekey and Renew of a
 * Certificate. */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

void certd_generate_csr(const CertdRequest *request, CertdAnswer *answer);
/* The ActionInfo of GenerateCSR. */
void certd_generate_csr_info(const CertdRequest *request, CertdAnswer *answer);

/* @name: the certificate's. */
void certd_rekey(const CertdRequest *request, CertdAnswer *answer, const char *name);
void certd_renew(const CertdRequest *request, CertdAnswer *answer, const char *name);

G_END_DECLS
