/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The actions of the OEM resource CertdCertificate but Import (import.h). */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* Their names: "Request" is the action CertdCertificate.Request. Ends with NULL. */
extern const char *const certd_place_actions[];

/* A request to the Issuer external, internal or self, with settings that are kept: the resource CertdRequest, or a task. */
void certd_place_request(const CertdRequest *request, CertdAnswer *answer);
/* Keeps what is on trial: over a connection that uses it, or where the user has Tested it (R38). */
void certd_place_confirm(const CertdRequest *request, CertdAnswer *answer);
void certd_place_roll_back(const CertdRequest *request, CertdAnswer *answer);
/* Back to the factory default (R50). */
void certd_place_reset(const CertdRequest *request, CertdAnswer *answer);
/* What is in use in a Format as base64; with its key as p12. */
void certd_place_export(const CertdRequest *request, CertdAnswer *answer);

/* The files Chain.pem, Certificate.der and Chain.p7b (R42). */
void certd_place_pem(const CertdRequest *request, CertdAnswer *answer);
void certd_place_der(const CertdRequest *request, CertdAnswer *answer);
void certd_place_p7b(const CertdRequest *request, CertdAnswer *answer);

G_END_DECLS
