/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requesters: who may ask for certificates of their own, without an administrator. The gate asks which
 * of them a caller is; certd_create_own() then makes the requester the certificate's consumer.
 */
#pragma once

#include "model/requester.h"
#include "service/service.h"

G_BEGIN_DECLS

/* The problem that the list has errors: of a file, so that it stands until that is read again. */
#define CERTD_REQUESTERS_PROBLEM "requesters-invalid"

/* Replaces all requesters with @list (of CertdRequester, taken). Certificates that they have stay. */
void certd_requesters_set(CertdService *service, GPtrArray *list);
/* The requester that @caller is and that permits the new certificate @name with the a{sv} @settings; NULL
 * where there is none. Borrowed until certd_requesters_set(). Cheap for whoever is in no list: the service
 * manager is only asked where all else fits, of callers whom it said to be of that unit before. */
const CertdRequester *certd_requester_find(CertdService *service, const CertdCaller *caller,
                                           const char *name, GVariant *settings);

G_END_DECLS
