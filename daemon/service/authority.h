/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The device's own authority (R22 to R28): made at first start with a key that no other device has,
 * made again with the same key when the device's names leave what its name constraints permit, and
 * issuing whatever has the issuer `internal`.
 */
#pragma once

#include "service/service.h"
#include "store/authority.h"

G_BEGIN_DECLS

/* The authority; NULL with CERTD_ERROR_KEY_UNAVAILABLE where there is none yet, or with
 * CERTD_ERROR_STORAGE_DAMAGED. */
CertdAuthorityRecord *certd_authority_get(CertdService *service, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Makes it again, and issues what it had issued again. @options: "subject" a(ss) or s (the
 * organisation's values; a CN of ours is added where it has none; kept as they were where it is not
 * there), "days" u (365 to CERTD_LIMIT_DAYS_MAX), "authority-scope" s, "reuse-key" b (keeps the key,
 * so that who trusts it already goes on to). @done once the new one is committed. */
gboolean certd_authority_regenerate(CertdService *service, const CertdCaller *caller,
                                    GVariant *options, CertdDone done, void *userdata,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @chain: PEM, the certificate and after it the authority's; borrowed, NULL on failure. */
typedef void (*CertdSignDone)(const char *chain, const GError *error, void *userdata);
/* Signs the certification request in @data_fd (PEM or DER, duplicated), somebody else's. @options:
 * "days" u (1 to CERTD_LIMIT_INTERNAL_DAYS, the default), "subject-alt-names" a(ss) or as (in place of the
 * request's), "copy-common-name" b (into the names, TRUE). Names beyond what the authority may speak
 * for are CERTD_ERROR_POLICY_FORBIDS, no names at all CERTD_ERROR_INVALID_SUBJECT_ALT_NAME. */
gboolean certd_authority_sign(CertdService *service, const CertdCaller *caller, int data_fd,
                              GVariant *options, CertdSignDone done, void *userdata, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Its certificate as "pem", "der" or "mobileconfig" (a profile for Apple's devices). NULL with
 * CERTD_ERROR_UNSUPPORTED_FORMAT for others. */
GBytes *certd_authority_export(CertdService *service, const char *format, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
