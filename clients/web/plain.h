/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is public without encryption: the device's authority, a proof for an ACME server, and the way to HTTPS. */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* Where the files are: @runtime has authority/ca.crt and ca.cer; @acme is what an ACME client is told as the web root, or
 * has the tokens itself. Both have to stay. Once, before anything is answered. */
void certd_plain_use(const char *runtime, const char *acme);
/* Answers on the plain port: nothing but that, and never anybody's data. @target is path and query as they came. */
void certd_plain_answer(const CertdRequest *request, const char *target, CertdAnswer *answer);
/* The authority's certificate, over HTTPS, too: a handler for "/ca.crt" and "/ca.cer". */
void certd_plain_authority(const CertdRequest *request, CertdAnswer *answer);

G_END_DECLS
