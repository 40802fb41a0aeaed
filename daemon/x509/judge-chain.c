/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What there is to say of the chain (R33): order, the root that was left out, what didn't belong,
 * and which link is missing. A chain that ends below its root is whole: clients have the root.
 */
#include "x509/certificate.h"
#include "x509/judge-private.h"

static void judge_order(CertdJudgement *judgement)
{
    const GArray *served = judgement->chain->served;
    gboolean mended = FALSE;
    for (guint i = 1; i < served->len; i++)
        mended = mended || g_array_index(served, size_t, i) < g_array_index(served, size_t, i - 1);
    if (mended)
        certd_judgement_add(judgement, CERTD_FINDING_CHAIN_ORDER,
                            "Nothing has to be done: the order was mended",
                            "The certificates were not in the order of the chain");
}

static void judge_left_out(CertdJudgement *judgement, size_t index)
{
    const CertdChain *chain = judgement->chain;
    gnutls_x509_crt_t certificate = certd_bundle_get(judgement->bundle, index);
    g_autofree char *subject = certd_judge_subject(certificate);
    g_autofree char *hash = certd_certificate_fingerprint(certificate);
    if (chain->has_root && chain->root == index)
        certd_judgement_add(judgement, CERTD_FINDING_ROOT_INCLUDED,
                            "Nothing has to be done: clients have the root or don't trust it",
                            "The root certificate %s (SHA-256 %s) was left out of the chain",
                            subject, hash);
    else
        certd_judgement_add(judgement, CERTD_FINDING_CERTIFICATE_IGNORED,
                            "Nothing has to be done, unless it should belong to the chain",
                            "The certificate %s (SHA-256 %s) doesn't belong to the chain and was "
                            "left out",
                            subject, hash);
}

/* A self-signed authority among those left out: it was meant to end the chain. */
static gboolean has_loose_root(const CertdJudgement *judgement)
{
    for (size_t i = 0; i < certd_bundle_length(judgement->bundle); i++) {
        gnutls_x509_crt_t certificate = certd_bundle_get(judgement->bundle, i);
        /* Without basic constraints it may be a root of old. */
        if (!certd_chain_serves(judgement->chain, i) &&
            gnutls_x509_crt_get_ca_status(certificate, NULL) != 0 &&
            certd_chain_issued(certificate, certificate))
            return TRUE;
    }
    return FALSE;
}

static void judge_missing_link(CertdJudgement *judgement)
{
    const CertdChain *chain = judgement->chain;
    if (chain->has_root || chain->self_signed)
        return;
    guint last = chain->served->len - 1;
    gnutls_x509_crt_t end =
        certd_bundle_get(judgement->bundle, g_array_index(chain->served, size_t, last));
    g_autofree char *issuer = certd_judge_issuer(end);
    g_autofree char *subject = certd_judge_subject(end);
    if (certd_bundle_length(judgement->bundle) == 1)
        certd_judgement_add_as(judgement, CERTD_FINDING_CHAIN_INCOMPLETE, CERTD_SEVERITY_NOTE,
                               "Add the authority's certificate, unless it is a root that clients "
                               "have",
                               "The certificate came without that of its issuer, %s", issuer);
    else if (last == 0 || has_loose_root(judgement))
        certd_judgement_add_as(judgement, CERTD_FINDING_CHAIN_INCOMPLETE, CERTD_SEVERITY_WARNING,
                               "Add the missing certificate; the authority offers it as its chain "
                               "or CA bundle",
                               "The chain is incomplete: the issuer of %s, which is %s, is missing",
                               subject, issuer);
}

void certd_judge_chain(CertdJudgement *judgement, gboolean leaf_found)
{
    if (!leaf_found)
        certd_judgement_add(judgement, CERTD_FINDING_KEY_MISMATCH,
                            "Import the certificate that was issued for this key",
                            "No certificate in it has the public key that was asked for");
    if (judgement->chain->self_signed) {
        g_autofree char *subject = certd_judge_subject(judgement->leaf);
        certd_judgement_add(judgement, CERTD_FINDING_SELF_SIGNED,
                            "Have clients trust it by its fingerprint, or use a certificate of an "
                            "authority",
                            "The certificate %s is self-signed, so that no client trusts it by "
                            "itself",
                            subject);
    }
    judge_missing_link(judgement);
    judge_order(judgement);
    for (size_t i = 0; i < certd_bundle_length(judgement->bundle); i++)
        if (!certd_chain_serves(judgement->chain, i))
            judge_left_out(judgement, i);
}
