/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a certificate shall look like: the settings an administrator gave, kept for the next
 * request too. An a{sv} dictionary on the wire; a key that is not known is an error that names it.
 */
#pragma once

#include "model/key-type.h"
#include "model/subject.h"

G_BEGIN_DECLS

typedef enum {
    CERTD_ISSUER_EXTERNAL,
    CERTD_ISSUER_SELF,
    CERTD_ISSUER_INTERNAL, /* the device's own authority */
    CERTD_ISSUER_COUNT_,
} CertdIssuer;

typedef struct {
    CertdSubject *subject; /* may be empty: CN is the host name then */
    GPtrArray *sans;       /* of CertdSan; empty without a CN too: the device's names */
    CertdKeyType key_type;
    CertdDigest digest;
    guint32 days; /* validity of what we issue ourselves */
    CertdIssuer issuer;
    gboolean copy_common_name; /* into the SANs (R7) */
    gboolean reuse_key;        /* a renewal keeps the key; a new one otherwise (R15) */
} CertdSettings;

/* "external", "self", "internal"; static. */
const char *certd_issuer_name(CertdIssuer issuer);
gboolean certd_issuer_parse(const char *name, CertdIssuer *issuer, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Empty names, EC P-256, SHA-256, CERTD_DEFAULT_DAYS, external, copying the common name. */
CertdSettings *certd_settings_new(void);
CertdSettings *certd_settings_copy(const CertdSettings *settings);
void certd_settings_free(CertdSettings *settings);
gboolean certd_settings_equal(const CertdSettings *a, const CertdSettings *b);

/* @settings with the keys of the a{sv} @options applied: "subject" a(ss) or s (RFC 4514),
 * "subject-alt-names" a(ss) or as ("TYPE:VALUE"), "key-type" s, "digest" s, "days" u (1 to 36500;
 * any integer type is taken), "issuer" s, "copy-common-name" b, "reuse-key" b. A wrong type or an
 * unknown key is CERTD_ERROR_INVALID_OPTION and names it, and what there is. The new settings, or
 * NULL. */
CertdSettings *certd_settings_apply(const CertdSettings *settings, GVariant *options,
                                    CertdPolicy policy, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All of @settings as a{sv} with the keys above (floating). certd_settings_apply() to
 * certd_settings_new() under CERTD_POLICY_LEGACY gives them back. */
GVariant *certd_settings_to_variant(const CertdSettings *settings);

/* FALSE with CERTD_ERROR_INVALID_OPTION where @settings->days is more than @issuer gives
 * (CERTD_LIMIT_INTERNAL_DAYS). */
gboolean certd_settings_check_days(const CertdSettings *settings, CertdIssuer issuer,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether neither a common name nor SANs are set, so that what certd issues by @settings has the
 * device's names (R24), beside an organisation's values where there are any (R26). */
gboolean certd_settings_follow_device(const CertdSettings *settings);

/* The names a request made now would carry. @subject: as set, and CN=@host_name too where the
 * device's names are followed. @sans: as set, plus the common name where wanted, plus all of
 * @device_names (up to the limit) where they are followed. They are where neither subject nor SANs
 * are set, and with another @settings->issuer than CERTD_ISSUER_EXTERNAL wherever
 * certd_settings_follow_device() says so. CERTD_ERROR_LIMIT_EXCEEDED beyond the limits of either.
 * @device_names is an array of CertdSan. Both out parameters are the caller's. */
gboolean certd_settings_effective_names(const CertdSettings *settings, const char *host_name,
                                        const GPtrArray *device_names, CertdSubject **subject,
                                        GPtrArray **sans, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdSettings, certd_settings_free)

G_END_DECLS
