/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A path by RFC 5280 6.1, whose signatures fit already: each certificate, and what each authority on it
 * may do. The anchor is held to it too, as OpenSSL and GnuTLS do, but for its own signature (6.1.1 d).
 */
#include "x509/certificate.h"
#include "x509/judge-private.h"
#include "x509/verify-private.h"
#include "x509/weak.h"

/* 9999-12-31T23:59:59Z, which GnuTLS says with a second in 2106. */
#define LAST_SECOND G_GINT64_CONSTANT(253402300799)

static char *show_time(gint64 seconds)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
    return time != NULL ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S UTC")
                        : g_strdup("an unreadable time");
}

static const char *find_renewal(const CertdPath *path, size_t index)
{
    if (index == 0)
        return "Have a new certificate issued";
    if (index == path->length - 1)
        return "Add the authority's current root to the trust store";
    return "Have the authority's current chain come with it";
}

static void judge_dates(const CertdPath *path, size_t index, gint64 now, GPtrArray *findings)
{
    gnutls_x509_crt_t certificate = path->links[index]->certificate;
    gint64 from = gnutls_x509_crt_get_activation_time(certificate);
    gint64 to = gnutls_x509_crt_get_expiration_time(certificate);
    if (to == GNUTLS_X509_NO_WELL_DEFINED_EXPIRATION)
        to = LAST_SECOND;
    /* For OpenSSL the last second is over already. */
    if (to <= now) {
        g_autofree char *shown = show_time(to);
        certd_verify_add(findings, CERTD_FINDING_EXPIRED, find_renewal(path, index),
                         "%s expired at %s", certd_verify_describe(path->links[index]), shown);
    }
    if (from > now) {
        g_autofree char *shown = show_time(from);
        certd_verify_add(findings, CERTD_FINDING_NOT_YET_VALID,
                         "Check the clock of the device and that of the authority, or wait",
                         "%s is valid only from %s on", certd_verify_describe(path->links[index]),
                         shown);
    }
}

static CertdSeverity find_severity(CertdPolicy policy, gboolean legacy)
{
    return legacy && policy == CERTD_POLICY_LEGACY ? CERTD_SEVERITY_WARNING : CERTD_SEVERITY_ERROR;
}

/* What does not depend on the path is found once. */
static void judge_once(CertdLink *link)
{
    if (link->judged)
        return;
    g_autofree char *subject = certd_judge_subject(link->certificate);
    link->weak_key = certd_weak_verifying_key(link->certificate, &link->key_legacy);
    if (!link->anchor)
        link->weak_digest = certd_weak_digest(link->certificate, subject, &link->digest_legacy);
    link->malformed = certd_certificate_malformed(link->certificate);
    link->unknown_extension = certd_certificate_unknown_extension(link->certificate);
    link->judged = TRUE;
}

static void judge_strength(CertdLink *link, CertdPolicy policy, GPtrArray *findings)
{
    if (link->weak_key != NULL)
        certd_verify_add_as(findings, CERTD_FINDING_WEAK_KEY,
                            find_severity(policy, link->key_legacy),
                            "Have it issued for a stronger key", "%s has a weak key. %s",
                            certd_verify_describe(link), link->weak_key);
    if (link->weak_digest != NULL)
        certd_verify_add_as(findings, CERTD_FINDING_WEAK_DIGEST,
                            find_severity(policy, link->digest_legacy), CERTD_WEAK_DIGEST_REMEDY,
                            "%s", link->weak_digest);
}

static void judge_extensions(CertdLink *link, GPtrArray *findings)
{
    if (link->malformed != NULL)
        certd_verify_add(findings, CERTD_FINDING_MALFORMED,
                         "Have it issued again, by software that follows RFC 5280",
                         "%s has %s that is not as RFC 5280 says", certd_verify_describe(link),
                         link->malformed);
    if (link->unknown_extension != NULL)
        certd_verify_add(findings, CERTD_FINDING_UNKNOWN_EXTENSION,
                         "Have it issued without that extension",
                         "%s has the extension %s, which has to be honoured but is not known here",
                         certd_verify_describe(link), link->unknown_extension);
}

/* Authorities below @index that count for its path length: the leaf doesn't, nor do those that issued
 * themselves (RFC 5280 4.2.1.9). */
static int count_below(const CertdPath *path, size_t index)
{
    int n = 0;

    for (size_t i = 1; i < index; i++)
        n += !certd_certificate_is_self_issued(path->links[i]->certificate);
    return n;
}

static void judge_authority(const CertdPath *path, size_t index, GPtrArray *findings)
{
    gnutls_x509_crt_t certificate = path->links[index]->certificate;
    unsigned int critical, ca = 0;
    int length = -1, below = count_below(path, index);

    if (!certd_certificate_may_issue(certificate)) {
        g_autofree char *issued = certd_judge_subject(path->links[index - 1]->certificate);
        certd_verify_add(findings, CERTD_FINDING_NOT_CA,
                         "Have the certificate issued by an authority",
                         "%s issued %s, but is no authority that may sign certificates",
                         certd_verify_describe(path->links[index]), issued);
    }
    if (gnutls_x509_crt_get_basic_constraints(certificate, &critical, &ca, &length) < 0)
        length = -1;
    if (length >= 0 && below > length)
        certd_verify_add(findings, CERTD_FINDING_PATH_LENGTH,
                         "Have the certificate issued by an authority further up",
                         "%s may have %d authorities below it, but there are %d",
                         certd_verify_describe(path->links[index]), length, below);
}

void certd_verify_judge(const CertdPath *path, const CertdVerifyJob *job, size_t *comparisons,
                        GPtrArray *findings)
{
    for (size_t i = 0; i < path->length; i++) {
        judge_once(path->links[i]);
        if (job->clock_trusted)
            judge_dates(path, i, job->now, findings);
        judge_strength(path->links[i], job->policy, findings);
        judge_extensions(path->links[i], findings);
        if (i > 0)
            judge_authority(path, i, findings);
    }
    certd_verify_judge_constraints(path, comparisons, findings);
    certd_verify_judge_purpose(path, job->purpose, findings);
}
