/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who renews what is installed: certd what it has issued itself, whatever the setting of the issuer
 * says; what a user installed is the user's, and certd has the next request ready (R41).
 */
#pragma once

#include "certctl/verb.h"

G_BEGIN_DECLS

/* The verb that does by hand what certd does by itself for a certificate of @origin ("issue",
 * "self-sign"); NULL where certd does not renew it: a user installed it, or nothing is installed.
 * Static. */
const char *certctl_renewal_verb(const char *origin);
/* The origin of what is installed in the certificate with @properties, which is another than that
 * of what is in use where an emergency certificate is; empty where it can't be read. Caller
 * frees. */
char *certctl_renewal_origin(const CertctlCall *call, GVariant *properties);
/* The id of the newest request of @name that waits to be signed outside, escaped; NULL without one.
 * Caller frees. */
char *certctl_renewal_request(const CertctlCall *call, const char *name);

G_END_DECLS
