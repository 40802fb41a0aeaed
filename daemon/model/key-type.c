/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Key types, digests and the policy over them, each one table. What no policy allows is listed too:
 * somebody who asks for MD5 should read that it is forbidden, not that it is unknown.
 */
#include "model/key-type.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/text.h"

typedef struct {
    const char *name;
    gboolean slow;
    gboolean legacy;
} KeyTypeRow;

static const KeyTypeRow key_types[CERTD_KEY_TYPE_COUNT_] = {
    [CERTD_KEY_RSA_1024] = {"rsa:1024", TRUE, TRUE},
    [CERTD_KEY_RSA_2048] = {"rsa:2048", TRUE, FALSE},
    [CERTD_KEY_RSA_3072] = {"rsa:3072", TRUE, FALSE},
    [CERTD_KEY_RSA_4096] = {"rsa:4096", TRUE, FALSE},
    [CERTD_KEY_RSA_8192] = {"rsa:8192", TRUE, FALSE},
    [CERTD_KEY_EC_SECP256R1] = {"ec:secp256r1", FALSE, FALSE},
    [CERTD_KEY_EC_SECP384R1] = {"ec:secp384r1", FALSE, FALSE},
    [CERTD_KEY_EC_SECP521R1] = {"ec:secp521r1", FALSE, FALSE},
    [CERTD_KEY_ED25519] = {"ed25519", FALSE, FALSE},
};

typedef struct {
    const char *name;
    const char *long_name; /* as RFCs and people write it */
    gboolean legacy;
} DigestRow;

static const DigestRow digests[CERTD_DIGEST_COUNT_] = {
    [CERTD_DIGEST_SHA1] = {"sha1", "sha-1", TRUE},
    [CERTD_DIGEST_SHA256] = {"sha256", "sha-256", FALSE},
    [CERTD_DIGEST_SHA384] = {"sha384", "sha-384", FALSE},
    [CERTD_DIGEST_SHA512] = {"sha512", "sha-512", FALSE},
};

static const char *const policies[] = {
    [CERTD_POLICY_DEFAULT] = "default",
    [CERTD_POLICY_LEGACY] = "legacy",
};

static const char *const never_digests[] = {"md2", "md4", "md5", "md-2", "md-4", "md-5"};

/* Appends @name to a list that reads "a, b, c". */
static void append_choice(GString *list, const char *name)
{
    if (list->len > 0)
        g_string_append(list, ", ");
    g_string_append(list, name);
}

static char *key_type_choices(CertdPolicy policy)
{
    GString *list = g_string_new(NULL);

    for (size_t i = 0; i < CERTD_KEY_TYPE_COUNT_; i++) {
        if (policy == CERTD_POLICY_LEGACY || !key_types[i].legacy)
            append_choice(list, key_types[i].name);
    }
    return g_string_free(list, FALSE);
}

static char *digest_choices(CertdPolicy policy)
{
    GString *list = g_string_new(NULL);

    for (size_t i = 0; i < CERTD_DIGEST_COUNT_; i++) {
        if (policy == CERTD_POLICY_LEGACY || !digests[i].legacy)
            append_choice(list, digests[i].name);
    }
    return g_string_free(list, FALSE);
}

/* DSA of any size, and RSA with a size below what `legacy` allows. */
static gboolean key_type_is_never(const char *name)
{
    const char *rsa = "rsa:";

    if (g_ascii_strcasecmp(name, "dsa") == 0 || g_ascii_strncasecmp(name, "dsa:", 4) == 0)
        return TRUE;
    if (g_ascii_strncasecmp(name, rsa, strlen(rsa)) != 0)
        return FALSE;

    guint64 bits;
    return g_ascii_string_to_unsigned(name + strlen(rsa), 10, 0,
                                      CERTD_LIMIT_RSA_BITS_LEGACY_MIN - 1, &bits, NULL);
}

const char *certd_key_type_name(CertdKeyType type)
{
    g_return_val_if_fail((unsigned int)type < CERTD_KEY_TYPE_COUNT_, NULL);

    return key_types[type].name;
}

static gboolean key_type_find(const char *name, CertdKeyType *type)
{
    for (size_t i = 0; i < CERTD_KEY_TYPE_COUNT_; i++) {
        if (g_ascii_strcasecmp(name, key_types[i].name) == 0) {
            *type = (CertdKeyType)i;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean certd_key_type_parse(const char *name, CertdPolicy policy, CertdKeyType *type,
                              GError **error)
{
    g_autofree char *quoted = certd_text_quote(name);
    g_autofree char *choices = key_type_choices(policy);
    CertdKeyType found;

    if (name && key_type_is_never(name)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS,
                    "Key type %s is forbidden by every policy; choose one of %s", quoted, choices);
        return FALSE;
    }
    if (!name || !key_type_find(name, &found)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_KEY_TYPE,
                    "Key type %s is not known; choose one of %s", quoted, choices);
        return FALSE;
    }
    if (key_types[found].legacy && policy != CERTD_POLICY_LEGACY) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS,
                    "Key type %s is forbidden by the policy \"%s\" and allowed by \"legacy\" only; "
                    "choose one of %s",
                    quoted, certd_policy_name(policy), choices);
        return FALSE;
    }
    *type = found;
    return TRUE;
}

gboolean certd_key_type_is_slow(CertdKeyType type)
{
    g_return_val_if_fail((unsigned int)type < CERTD_KEY_TYPE_COUNT_, TRUE);

    return key_types[type].slow;
}

const char *certd_digest_name(CertdDigest digest)
{
    g_return_val_if_fail((unsigned int)digest < CERTD_DIGEST_COUNT_, NULL);

    return digests[digest].name;
}

static gboolean digest_find(const char *name, CertdDigest *digest)
{
    for (size_t i = 0; i < CERTD_DIGEST_COUNT_; i++) {
        if (g_ascii_strcasecmp(name, digests[i].name) == 0 ||
            g_ascii_strcasecmp(name, digests[i].long_name) == 0) {
            *digest = (CertdDigest)i;
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean digest_is_never(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(never_digests); i++) {
        if (g_ascii_strcasecmp(name, never_digests[i]) == 0)
            return TRUE;
    }
    return FALSE;
}

gboolean certd_digest_parse(const char *name, CertdPolicy policy, CertdDigest *digest,
                            GError **error)
{
    g_autofree char *quoted = certd_text_quote(name);
    g_autofree char *choices = digest_choices(policy);
    CertdDigest found;

    if (name && digest_is_never(name)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS,
                    "Digest %s is forbidden by every policy; choose one of %s", quoted, choices);
        return FALSE;
    }
    if (!name || !digest_find(name, &found)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "Digest %s is not known; choose one of %s", quoted, choices);
        return FALSE;
    }
    if (digests[found].legacy && policy != CERTD_POLICY_LEGACY) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS,
                    "Digest %s is forbidden by the policy \"%s\" and allowed by \"legacy\" only; "
                    "choose one of %s",
                    quoted, certd_policy_name(policy), choices);
        return FALSE;
    }
    *digest = found;
    return TRUE;
}

const char *certd_policy_name(CertdPolicy policy)
{
    g_return_val_if_fail((unsigned int)policy < G_N_ELEMENTS(policies), NULL);

    return policies[policy];
}

gboolean certd_policy_parse(const char *name, CertdPolicy *policy)
{
    if (!name)
        return FALSE;

    for (size_t i = 0; i < G_N_ELEMENTS(policies); i++) {
        if (g_str_equal(name, policies[i])) {
            *policy = (CertdPolicy)i;
            return TRUE;
        }
    }
    return FALSE;
}
