/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * AEAD with elliptic-curve Diffie-Hellman alone. The client's order of suites is followed: one without instructions
 * for AES puts ChaCha20 first. Groups are tried in ours: X25519 is what nearly all send a share of.
 */
#include "tls/priorities.h"

#define COMMON                                                                                     \
    ":+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:+AEAD:+ECDHE-ECDSA:+ECDHE-RSA"                  \
    ":+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1"                            \
    ":+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SECP384R1-SHA384:+SIGN-ECDSA-SECP521R1-SHA512"      \
    ":+SIGN-EDDSA-ED25519:+SIGN-EDDSA-ED448"                                                       \
    ":+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-PSS-RSAE-SHA384:+SIGN-RSA-PSS-RSAE-SHA512"               \
    ":+SIGN-RSA-PSS-SHA256:+SIGN-RSA-PSS-SHA384:+SIGN-RSA-PSS-SHA512"                              \
    ":+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA512"                                    \
    ":+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:+SIGN-RSA-SHA512"                                          \
    ":+COMP-NULL:+CTYPE-X509:%PROFILE_MEDIUM"

static const struct {
    const char *name;
    const char *priorities;
} levels[CERTD_LEVEL_COUNT_] = {
    [CERTD_LEVEL_STANDARD] = {"standard", "NONE:+VERS-TLS1.3:+VERS-TLS1.2" COMMON},
    [CERTD_LEVEL_HIGH] = {"high", "NONE:+VERS-TLS1.3" COMMON},
};

gboolean certd_level_from_name(const char *name, CertdLevel *level)
{
    for (CertdLevel each = 0; each < CERTD_LEVEL_COUNT_; each++) {
        if (g_str_equal(levels[each].name, name)) {
            *level = each;
            return TRUE;
        }
    }
    return FALSE;
}

const char *certd_level_name(CertdLevel level)
{
    return levels[level].name;
}

const char *certd_level_priorities(CertdLevel level)
{
    return levels[level].priorities;
}
