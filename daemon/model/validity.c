/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The arithmetic of validity.h. Everything stays within the years that X.509 can write, and nothing
 * is read from a clock, so that a device at the wrong time still gets a certificate that holds
 * together.
 */
#include "model/validity.h"

#include "model/error.h"

#define SECONDS_PER_DAY 86400
/* Clocks of those who look may be a little behind ours. */
#define BACKDATE_SECONDS 3600
/* 9999-12-31 23:59:59, the last that GeneralizedTime can say (RFC 5280 4.1.2.5). */
#define LAST_SECOND G_GINT64_CONSTANT(253402300799)
/* 9998-12-31 23:59:59: GnuTLS takes all of the last year for "never". */
#define LAST_NOW G_GINT64_CONSTANT(253370764799)
/* GNUTLS_X509_NO_WELL_DEFINED_EXPIRATION: GnuTLS takes this one second in 2106 for "never", and
 * writes the end of the year 9999 in its place. */
#define GNUTLS_NEVER G_GINT64_CONSTANT(4294197631)

/* The jitter of a renewal: this part of the lifetime. */
#define RENEWAL_JITTER_PART 30
#define BACKOFF_FIRST_SECONDS 60
#define BACKOFF_LAST_SECONDS SECONDS_PER_DAY

/* The warnings after that at a third of the lifetime left. */
static const guint warning_days[] = {30, 14, 7, 3, 1};

gboolean certd_validity_from(gint64 now, guint32 days, gint64 latest, CertdValidity *validity,
                             GError **error)
{
    if (now < 0 || now > LAST_NOW) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_CLOCK_UNTRUSTED,
                    "The time %" G_GINT64_FORMAT " is outside the years 1970 to 9998; "
                    "set the clock",
                    now);
        return FALSE;
    }
    if (latest != 0 && latest <= now) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_CLOCK_UNTRUSTED,
                    "At the time %" G_GINT64_FORMAT
                    " nothing can be issued that ends by %" G_GINT64_FORMAT
                    "; set the clock, or make the authority again with "
                    "\"certctl ca regenerate\"",
                    now, latest);
        return FALSE;
    }

    gint64 not_before = MAX(now - BACKDATE_SECONDS, 0);
    gint64 not_after = MIN(not_before + (gint64)days * SECONDS_PER_DAY, LAST_SECOND);
    if (latest != 0)
        not_after = MIN(not_after, latest);
    if (not_after == GNUTLS_NEVER)
        not_after--;
    *validity = (CertdValidity){.not_before = not_before, .not_after = not_after};
    return TRUE;
}

static gint64 lifetime(const CertdValidity *validity)
{
    return MAX(validity->not_after - validity->not_before, 0);
}

gint64 certd_validity_third(const CertdValidity *validity)
{
    return validity->not_after - lifetime(validity) / 3;
}

gint64 certd_validity_renewal(const CertdValidity *validity, guint32 random)
{
    gint64 jitter = lifetime(validity) / RENEWAL_JITTER_PART;

    return certd_validity_third(validity) - (gint64)random % (jitter + 1);
}

/* The time of the warning @step; FALSE after the last. */
static gboolean warning_time(const CertdValidity *validity, guint step, gint64 *seconds)
{
    gint64 third = certd_validity_third(validity);
    guint found = 0;

    if (step == 0) {
        *seconds = third;
        return TRUE;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(warning_days); i++) {
        gint64 at = validity->not_after - (gint64)warning_days[i] * SECONDS_PER_DAY;

        if (at > third && ++found == step) {
            *seconds = at;
            return TRUE;
        }
    }
    return FALSE;
}

gint64 certd_validity_warning(const CertdValidity *validity, guint step)
{
    gint64 seconds = 0;

    return warning_time(validity, step, &seconds) ? seconds : 0;
}

guint certd_validity_warnings_due(const CertdValidity *validity, gint64 now)
{
    guint due = 0;
    gint64 seconds;

    while (warning_time(validity, due, &seconds) && seconds <= now)
        due++;
    return due;
}

gint64 certd_backoff(guint failures, guint32 random)
{
    gint64 wait = BACKOFF_FIRST_SECONDS;

    for (guint i = 1; i < failures && wait < BACKOFF_LAST_SECONDS; i++)
        wait = MIN(wait * 2, BACKOFF_LAST_SECONDS);
    return wait - wait / 4 + (gint64)random % (wait / 2 + 1);
}
