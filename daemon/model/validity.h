/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Times in the life of a certificate: from when to when it is valid, when it is renewed, when
 * somebody is warned, and when what failed is tried again. Plain arithmetic in seconds since the
 * epoch; chance comes in as an argument, so that every result can be tested.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    gint64 not_before;
    gint64 not_after;
} CertdValidity;

/* Valid for @days days from an hour before @now, but not before 1970, not beyond the year 9999, and
 * not beyond @latest (0: no matter). CERTD_ERROR_CLOCK_UNTRUSTED where @now is outside the years 1970
 * to 9998, or not before @latest. */
gboolean certd_validity_from(gint64 now, guint32 days, gint64 latest, CertdValidity *validity,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* When a third of the lifetime is left. */
gint64 certd_validity_third(const CertdValidity *validity);
/* When to renew: up to a thirtieth of the lifetime before the third is left, as @random (any
 * number) says, so that what was issued together is not renewed together. */
gint64 certd_validity_renewal(const CertdValidity *validity, guint32 random);

/* The warnings (R41): at a third of the lifetime left, and 30, 14, 7, 3 and 1 days before the end as
 * far as that is later. Step 0 is the first. The time of @step, or 0 after the last. */
gint64 certd_validity_warning(const CertdValidity *validity, guint step);
/* How many of them are due at @now. */
guint certd_validity_warnings_due(const CertdValidity *validity, gint64 now);

/* How long to wait, in seconds, after @failures (from 1) failures in a row: from a minute, doubled
 * each time, to a day; a quarter less or more as @random says. */
gint64 certd_backoff(guint failures, guint32 random);

G_END_DECLS
