/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Asks every question there is about a public key, the cheap ones first. The arithmetic is in
 * weak-rsa.c, the published keys in weak-known.c.
 */
#include "x509/weak.h"

#include "model/limits.h"
#include "x509/key.h"
#include "x509/weak-private.h"

#define EC_BITS_MIN 224u

static char *describe_strange(gnutls_pubkey_t key, gboolean verifies, gboolean *legacy_only)
{
    int algorithm = gnutls_pubkey_get_pk_algorithm(key, NULL);
    const char *name = algorithm >= 0 ? gnutls_pk_get_name(algorithm) : NULL;
    return g_strdup_printf("The key's algorithm (%s) is not one that TLS servers use",
                           name != NULL ? name : "unknown");
}

static char *check_curve(gnutls_pubkey_t key, gboolean verifies, gboolean *legacy_only)
{
    unsigned int bits = 0;
    gnutls_pubkey_get_pk_algorithm(key, &bits);
    if (bits >= EC_BITS_MIN)
        return NULL;
    return g_strdup_printf("The EC key has %u bits; at least %u are needed", bits, EC_BITS_MIN);
}

static char *accept(gnutls_pubkey_t key, gboolean verifies, gboolean *legacy_only)
{
    return NULL;
}

static const struct {
    int algorithm;
    char *(*check)(gnutls_pubkey_t key, gboolean verifies, gboolean *legacy_only);
} CHECKS[] = {
    {GNUTLS_PK_RSA, certd_weak_rsa}, {GNUTLS_PK_RSA_PSS, certd_weak_rsa},
    {GNUTLS_PK_ECDSA, check_curve},  {GNUTLS_PK_EDDSA_ED25519, accept},
    {GNUTLS_PK_EDDSA_ED448, accept},
};

static char *find_weakness(gnutls_pubkey_t key, gboolean verifies, gboolean *legacy_only)
{
    *legacy_only = FALSE;
    char *known = certd_weak_known(key);
    if (known != NULL)
        return known;
    int algorithm = gnutls_pubkey_get_pk_algorithm(key, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(CHECKS); i++)
        if (CHECKS[i].algorithm == algorithm)
            return CHECKS[i].check(key, verifies, legacy_only);
    return describe_strange(key, verifies, legacy_only);
}

char *certd_weak_key(gnutls_pubkey_t key, gboolean *legacy_only)
{
    return find_weakness(key, FALSE, legacy_only);
}

static char *find_weakness_of(gnutls_x509_crt_t certificate, gboolean verifies,
                              gboolean *legacy_only)
{
    g_auto(gnutls_pubkey_t) key = NULL;
    *legacy_only = FALSE;
    int r = gnutls_pubkey_init(&key);
    if (r >= 0)
        r = gnutls_pubkey_import_x509(key, certificate, 0);
    if (r < 0)
        return g_strdup_printf("The public key can't be read (%s)", gnutls_strerror(r));
    return find_weakness(key, verifies, legacy_only);
}

char *certd_weak_certificate_key(gnutls_x509_crt_t certificate, gboolean *legacy_only)
{
    return find_weakness_of(certificate, FALSE, legacy_only);
}

char *certd_weak_verifying_key(gnutls_x509_crt_t certificate, gboolean *legacy_only)
{
    return find_weakness_of(certificate, TRUE, legacy_only);
}
