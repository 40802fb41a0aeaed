/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Weak keys and digests, of the leaf and of every intermediate that is served. The root's signature
 * over itself protects nothing and isn't judged.
 */
#include "x509/judge-private.h"
#include "x509/weak.h"

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

void certd_judge_keys(CertdJudgement *judgement)
{
    for (guint i = 0; i < judgement->chain->served->len; i++) {
        gboolean legacy;
        g_autofree char *why = certd_weak_certificate_key(served(judgement, i), &legacy);
        if (why == NULL)
            continue;
        g_autofree char *subject = certd_judge_subject(served(judgement, i));
        certd_judgement_add_as(judgement, CERTD_FINDING_WEAK_KEY, severity(judgement, legacy),
                               i == 0 ? "Make a new key and request on this device"
                                      : "Ask the authority for a chain with a stronger key",
                               "%s, in the certificate %s", why, subject);
    }
}

static void judge_digest(CertdJudgement *judgement, gnutls_x509_crt_t certificate)
{
    gboolean legacy;
    g_autofree char *subject = certd_judge_subject(certificate);
    g_autofree char *message = certd_weak_digest(certificate, subject, &legacy);
    if (message != NULL)
        certd_judgement_add_as(judgement, CERTD_FINDING_WEAK_DIGEST, severity(judgement, legacy),
                               CERTD_WEAK_DIGEST_REMEDY, "%s", message);
}

void certd_judge_digests(CertdJudgement *judgement)
{
    for (guint i = 0; i < judgement->chain->served->len; i++)
        judge_digest(judgement, served(judgement, i));
}
