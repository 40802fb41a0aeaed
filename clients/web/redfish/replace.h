/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificates as the standard has them come: ReplaceCertificate of the CertificateService, and a POST to a collection. */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* The action: 204 with the Location of the certificate. */
void certd_replace(const CertdRequest *request, CertdAnswer *answer);
/* The POST to the collection of certificate @name: TRUE where it is installed; else the answer is filled. */
gboolean certd_replace_post(const CertdRequest *request, CertdAnswer *answer, const char *name)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
