/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Weak digests of certificates, which an import and a verification judge alike. */
#include <string.h>

#include "x509/weak.h"

/* Digests that are broken: MD2, MD4 and MD5 for good, SHA-1 but for the legacy policy. */
static const struct {
    int digest;
    const char *name;
    gboolean legacy;
} BROKEN[] = {
    {GNUTLS_DIG_MD2, "MD2", FALSE},
    {GNUTLS_DIG_MD5, "MD5", FALSE},
    {GNUTLS_DIG_SHA1, "SHA-1", TRUE},
    {GNUTLS_DIG_RMD160, "RIPEMD-160", FALSE},
};

static char *describe_unknown(gnutls_x509_crt_t certificate, const char *subject)
{
    char oid[128] = "";
    size_t size = sizeof(oid);
    if (gnutls_x509_crt_get_signature_oid(certificate, oid, &size) < 0)
        g_strlcpy(oid, "an unreadable one", sizeof(oid));
    /* RFC 8017 A.2.4: GnuTLS doesn't know MD4. */
    const char *name = strcmp(oid, "1.2.840.113549.1.1.3") == 0 ? "MD4 with RSA" : oid;
    return g_strdup_printf("The signature algorithm of the certificate %s (%s) is not one that "
                           "clients accept",
                           subject, name);
}

char *certd_weak_digest(gnutls_x509_crt_t certificate, const char *subject, gboolean *legacy_only)
{
    int algorithm = gnutls_x509_crt_get_signature_algorithm(certificate);
    int digest = algorithm > 0
                     ? (int)gnutls_sign_get_hash_algorithm((gnutls_sign_algorithm_t)algorithm)
                     : GNUTLS_DIG_UNKNOWN;
    *legacy_only = FALSE;
    /* The digest of Ed25519 and Ed448 is part of them. */
    if (algorithm == GNUTLS_SIGN_EDDSA_ED25519 || algorithm == GNUTLS_SIGN_EDDSA_ED448)
        return NULL;
    if (digest == GNUTLS_DIG_UNKNOWN)
        return describe_unknown(certificate, subject);
    for (size_t i = 0; i < G_N_ELEMENTS(BROKEN); i++) {
        if (BROKEN[i].digest != digest)
            continue;
        *legacy_only = BROKEN[i].legacy;
        return g_strdup_printf("The certificate %s is signed with %s, which can be forged", subject,
                               BROKEN[i].name);
    }
    return NULL;
}
