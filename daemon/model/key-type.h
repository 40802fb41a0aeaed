/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Key types and digests that certd offers, and what the administrator's policy allows (R9, R10). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    CERTD_KEY_RSA_1024,
    CERTD_KEY_RSA_2048,
    CERTD_KEY_RSA_3072,
    CERTD_KEY_RSA_4096,
    CERTD_KEY_RSA_8192,
    CERTD_KEY_EC_SECP256R1,
    CERTD_KEY_EC_SECP384R1,
    CERTD_KEY_EC_SECP521R1,
    CERTD_KEY_ED25519,
    CERTD_KEY_TYPE_COUNT_,
} CertdKeyType;

typedef enum {
    CERTD_DIGEST_SHA1,
    CERTD_DIGEST_SHA256,
    CERTD_DIGEST_SHA384,
    CERTD_DIGEST_SHA512,
    CERTD_DIGEST_COUNT_,
} CertdDigest;

typedef enum {
    CERTD_POLICY_DEFAULT,
    CERTD_POLICY_LEGACY, /* also RSA 1024 and SHA-1 */
} CertdPolicy;

/* "rsa:2048", "ec:secp256r1", "ed25519"; static. */
const char *certd_key_type_name(CertdKeyType type);
/* Parses a name of the table. CERTD_ERROR_INVALID_KEY_TYPE lists what there is;
 * CERTD_ERROR_POLICY_FORBIDS names the policy where only `legacy` would allow it (rsa:1024), or
 * none would (rsa:512, dsa). */
gboolean certd_key_type_parse(const char *name, CertdPolicy policy, CertdKeyType *type,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether a key of @type takes long to make (all RSA): the pool keeps one worker for the others. */
gboolean certd_key_type_is_slow(CertdKeyType type);

/* "sha1", "sha256", "sha384", "sha512"; static. */
const char *certd_digest_name(CertdDigest digest);
/* Parses "sha256", "SHA-256" and the like. CERTD_ERROR_INVALID_OPTION lists what there is;
 * CERTD_ERROR_POLICY_FORBIDS for SHA-1 under the default policy and MD4, MD5 under any. */
gboolean certd_digest_parse(const char *name, CertdPolicy policy, CertdDigest *digest,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "default" or "legacy"; static. */
const char *certd_policy_name(CertdPolicy policy);
gboolean certd_policy_parse(const char *name, CertdPolicy *policy);

G_END_DECLS
