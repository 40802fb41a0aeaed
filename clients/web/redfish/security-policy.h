/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /redfish/v1/Managers/device/SecurityPolicy: the two levels of security (R61) as the standard's TLS policy. */
#pragma once

#include "web/redfish/resource.h"

G_BEGIN_DECLS

#define CERTD_REDFISH_SECURITY_POLICY CERTD_REDFISH_MANAGER "/SecurityPolicy"
/* Each way of saying which level is wanted, NULL and -1 where it is not said. */
typedef struct {
    const char *level;           /* Oem.Certd.Level */
    const char *const *versions; /* TLS.Server.Allowed.Versions */
    int verify;                  /* TLS.Server.VerifyCertificate: 0, 1 */
} CertdLevelWanted;

void certd_security_policy_get(const CertdRequest *request, CertdAnswer *answer);
void certd_security_policy_patch(const CertdRequest *request, CertdAnswer *answer);
/* The level that all of @wanted fit, what is not said being as at the level @now; NULL where none does. Static. */
const char *certd_security_policy_level(const CertdLevelWanted *wanted, const char *now);
/* Whether there is a level of that name. */
gboolean certd_security_policy_is_level(const char *name);
/* Whether @versions are the TLS versions of some level, in any order. */
gboolean certd_security_policy_has_versions(const char *const *versions);

G_END_DECLS
