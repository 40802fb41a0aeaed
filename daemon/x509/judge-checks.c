/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Validity, and what the certificates may be used for (RFC 5280 4.1.2.5, 4.2.1.3, .9, .12). */
#include <string.h>

#include "x509/certificate.h"
#include "x509/judge-private.h"

#define SECONDS_PER_DAY 86400
/* What browsers accept of public authorities (CA/Browser Forum BR 6.3.2). */
#define LIFETIME_DAYS 398

static char *show_time(gint64 seconds)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
    return time != NULL ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S UTC")
                        : g_strdup("an unreadable time");
}

static void judge_validity(CertdJudgement *judgement, gnutls_x509_crt_t certificate)
{
    gint64 from = gnutls_x509_crt_get_activation_time(certificate);
    gint64 to = gnutls_x509_crt_get_expiration_time(certificate);
    gint64 now = judgement->job->now;
    g_autofree char *subject = certd_judge_subject(certificate);
    if (to < now) {
        g_autofree char *shown = show_time(to);
        certd_judgement_add(judgement, CERTD_FINDING_EXPIRED,
                            certificate == judgement->leaf
                                ? "Renew it: make a request and have that signed"
                                : "Get the authority's current chain",
                            "The certificate %s expired at %s", subject, shown);
    }
    if (from > now) {
        g_autofree char *shown = show_time(from);
        certd_judgement_add(judgement, CERTD_FINDING_NOT_YET_VALID,
                            "Check the clock of the device and that of the authority, or wait",
                            "The certificate %s is valid only from %s on", subject, shown);
    }
}

static void judge_lifetime(CertdJudgement *judgement)
{
    gint64 seconds = (gint64)gnutls_x509_crt_get_expiration_time(judgement->leaf) -
                     gnutls_x509_crt_get_activation_time(judgement->leaf);
    if (seconds > (gint64)LIFETIME_DAYS * SECONDS_PER_DAY)
        certd_judgement_add(judgement, CERTD_FINDING_LIFETIME_LONG,
                            "Have it issued for at most 398 days if browsers refuse it",
                            "The certificate is valid for %lld days; some browsers refuse more "
                            "than %d",
                            (long long)(seconds / SECONDS_PER_DAY), LIFETIME_DAYS);
}

void certd_judge_dates(CertdJudgement *judgement)
{
    const GArray *served = judgement->chain->served;
    judge_lifetime(judgement);
    if (!judgement->job->clock_trusted) {
        certd_judgement_add(judgement, CERTD_FINDING_CLOCK_UNTRUSTED,
                            "Set the clock, then have a look at the dates",
                            "The device's clock is not to be trusted, so the dates were not "
                            "checked");
        return;
    }
    for (guint i = 0; i < served->len; i++)
        judge_validity(judgement,
                       certd_bundle_get(judgement->bundle, g_array_index(served, size_t, i)));
}

static void judge_authority(CertdJudgement *judgement, gnutls_x509_crt_t certificate)
{
    if (certd_certificate_may_issue(certificate))
        return;
    g_autofree char *subject = certd_judge_subject(certificate);
    certd_judgement_add(judgement, CERTD_FINDING_KEY_USAGE,
                        "Have the certificate issued by an authority",
                        "The certificate %s issued another one, but is not an authority, so that "
                        "clients refuse the chain",
                        subject);
}

static void judge_key_usage(CertdJudgement *judgement)
{
    unsigned int critical, usage = 0;
    int r = gnutls_x509_crt_get_key_usage(judgement->leaf, &usage, &critical);
    if (r < 0 || (usage & GNUTLS_KEY_DIGITAL_SIGNATURE) != 0)
        return;
    certd_judgement_add(judgement, CERTD_FINDING_KEY_USAGE,
                        "Have it issued with the key usage digitalSignature",
                        "The certificate's key usage lacks digitalSignature, which TLS 1.3 needs");
}

/* id-kp-serverAuth or anyExtendedKeyUsage among the purposes; no extension allows everything. */
static gboolean may_serve(gnutls_x509_crt_t certificate)
{
    for (unsigned int i = 0;; i++) {
        char oid[128];
        size_t size = sizeof(oid);
        unsigned int critical;
        int r = gnutls_x509_crt_get_key_purpose_oid(certificate, i, oid, &size, &critical);
        if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
            return i == 0;
        if (r < 0 && r != GNUTLS_E_SHORT_MEMORY_BUFFER)
            return FALSE;
        if (r >= 0 &&
            (strcmp(oid, GNUTLS_KP_TLS_WWW_SERVER) == 0 || strcmp(oid, GNUTLS_KP_ANY) == 0))
            return TRUE;
    }
}

void certd_judge_usage(CertdJudgement *judgement)
{
    const GArray *served = judgement->chain->served;
    unsigned int critical;
    judge_key_usage(judgement);
    if (!may_serve(judgement->leaf))
        certd_judgement_add(judgement, CERTD_FINDING_NO_SERVER_AUTH,
                            "Have it issued with the extended key usage serverAuth",
                            "The certificate's extended key usage lacks serverAuth, so that "
                            "browsers refuse it");
    if (gnutls_x509_crt_get_ca_status(judgement->leaf, &critical) > 0)
        certd_judgement_add(judgement, CERTD_FINDING_IS_CA,
                            "Have a certificate issued that is no authority (CA:FALSE)",
                            "The certificate is one of an authority; whoever has its key can "
                            "issue others");
    for (guint i = 1; i < served->len; i++)
        judge_authority(judgement,
                        certd_bundle_get(judgement->bundle, g_array_index(served, size_t, i)));
}
