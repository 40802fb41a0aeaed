/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests that a client waits for: those that are made within a second are answered at once, the others become tasks.
 */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* What a request was begun by, and so how its result is told. */
typedef enum {
    CERTD_PENDING_GENERATE_CSR, /* CertificateService.GenerateCSR: CSRString, CertificateCollection */
    CERTD_PENDING_REKEY,        /* Certificate.Rekey and Renew: CSRString, Certificate */
    CERTD_PENDING_RENEW,
    CERTD_PENDING_REQUEST, /* CertdCertificate.Request: the resource CertdRequest */
    CERTD_PENDING_COUNT_,
} CertdPendingKind;

/* The action, for people: "CertificateService.GenerateCSR". Static. */
const char *certd_pending_name(CertdPendingKind kind);

/* Has certd make a request for the certificate @name with @options (a{sv}, floating), waits for it for up to
 * CERTD_WEB_WAIT_MSEC, and answers: with the result, with why there is none, or with 202 and a task. */
void certd_pending_begin(const CertdRequest *request, CertdAnswer *answer, CertdPendingKind kind,
                         const char *name, const char *issuer, GVariant *options);

/* Whether the request with these @properties goes on by itself no more. */
gboolean certd_pending_is_over(GVariant *properties);
/* Answers with the result of the request @id of the certificate @name, which is over. */
void certd_pending_result(const CertdRequest *request, CertdAnswer *answer, CertdPendingKind kind,
                          const char *name, const char *id, GVariant *properties);

G_END_DECLS
