/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The OEM resource CertdCertificate: a named place for a certificate, with its settings, its trial, its requests and what
 * is to be said of it.
 */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

/* Answers 200 with the resource @name as it is now. */
void certd_place_answer(const CertdRequest *request, CertdAnswer *answer, const char *name);
/* Whether the connection that @request came over uses what is in use in @name, with these @properties: https alone is
 * served. */
gboolean certd_place_is_used(const CertdRequest *request, const char *name, GVariant *properties);
/* Calls @method of the certificate that the path names with @arguments, and answers with the resource. */
void certd_place_call(const CertdRequest *request, CertdAnswer *answer, const char *method,
                      GVariant *arguments);

G_END_DECLS
