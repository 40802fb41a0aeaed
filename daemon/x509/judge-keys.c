/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Weak keys and digests, of the leaf and of every intermediate that is served. The root's signature
 * over itself protects nothing and isn't judged.
 */
#include <string.h>

#include "x509/judge-private.h"
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

static gnutls_x509_crt_t served(const CertdJudgement *judgement, guint index)
{
    return certd_bundle_get(judgement->bundle,
                            g_array_index(judgement->chain->served, size_t, index));
}

static CertdSeverity severity(const CertdJudgement *judgement, gboolean legacy)
{
    return legacy && judgement->job->policy == CERTD_POLICY_LEGACY ? CERTD_SEVERITY_WARNING
                                                                   : CERTD_SEVERITY_ERROR;
}

static char *describe_key(gnutls_x509_crt_t certificate, gboolean *legacy)
{
    g_auto(gnutls_pubkey_t) key = NULL;
    *legacy = FALSE;
    int r = gnutls_pubkey_init(&key);
    if (r >= 0)
        r = gnutls_pubkey_import_x509(key, certificate, 0);
    if (r < 0)
        return g_strdup_printf("The public key can't be read (%s)", gnutls_strerror(r));
    return certd_weak_key(key, legacy);
}

void certd_judge_keys(CertdJudgement *judgement)
{
    for (guint i = 0; i < judgement->chain->served->len; i++) {
        gboolean legacy;
        g_autofree char *why = describe_key(served(judgement, i), &legacy);
        if (why == NULL)
            continue;
        g_autofree char *subject = certd_judge_subject(served(judgement, i));
        certd_judgement_add_as(judgement, CERTD_FINDING_WEAK_KEY, severity(judgement, legacy),
                               i == 0 ? "Make a new key and request on this device"
                                      : "Ask the authority for a chain with a stronger key",
                               "%s, in the certificate %s", why, subject);
    }
}

static void judge_unknown(CertdJudgement *judgement, gnutls_x509_crt_t certificate)
{
    char oid[128] = "";
    size_t size = sizeof(oid);
    if (gnutls_x509_crt_get_signature_oid(certificate, oid, &size) < 0)
        g_strlcpy(oid, "an unreadable one", sizeof(oid));
    /* RFC 8017 A.2.4: GnuTLS doesn't know MD4. */
    const char *name = strcmp(oid, "1.2.840.113549.1.1.3") == 0 ? "MD4 with RSA" : oid;
    g_autofree char *subject = certd_judge_subject(certificate);
    certd_judgement_add(judgement, CERTD_FINDING_WEAK_DIGEST,
                        "Have it issued with SHA-256, SHA-384 or SHA-512",
                        "The signature algorithm of the certificate %s (%s) is not one that "
                        "clients accept",
                        subject, name);
}

static void judge_digest(CertdJudgement *judgement, gnutls_x509_crt_t certificate)
{
    int algorithm = gnutls_x509_crt_get_signature_algorithm(certificate);
    int digest = algorithm > 0
                     ? (int)gnutls_sign_get_hash_algorithm((gnutls_sign_algorithm_t)algorithm)
                     : GNUTLS_DIG_UNKNOWN;
    /* The digest of Ed25519 and Ed448 is part of them. */
    if (algorithm == GNUTLS_SIGN_EDDSA_ED25519 || algorithm == GNUTLS_SIGN_EDDSA_ED448)
        return;
    if (digest == GNUTLS_DIG_UNKNOWN) {
        judge_unknown(judgement, certificate);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(BROKEN); i++) {
        if (BROKEN[i].digest != digest)
            continue;
        g_autofree char *subject = certd_judge_subject(certificate);
        certd_judgement_add_as(
            judgement, CERTD_FINDING_WEAK_DIGEST, severity(judgement, BROKEN[i].legacy),
            "Have it issued with SHA-256, SHA-384 or SHA-512",
            "The certificate %s is signed with %s, which can be forged", subject, BROKEN[i].name);
    }
}

void certd_judge_digests(CertdJudgement *judgement)
{
    for (guint i = 0; i < judgement->chain->served->len; i++)
        judge_digest(judgement, served(judgement, i));
}
