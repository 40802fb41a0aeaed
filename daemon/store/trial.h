/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of trials: which certificates have an active chain that nobody has confirmed yet, and what
 * comes back where nobody does. */
#pragma once

#include "model/settings.h"
#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
    char *certificate;       /* name */
    gint64 chain;            /* what comes back: id of a chain row, 0 where nothing was installed */
    CertdSettings *settings; /* come back with it; NULL where they were not replaced */
    char *boot;              /* id of the boot in which it began */
    gint64 deadline;         /* CLOCK_BOOTTIME of that boot, microseconds */
    guint32 uid;             /* who began it */
    gint64 started;          /* seconds since the epoch */
} CertdTrialRecord;

void certd_trial_record_free(CertdTrialRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdTrialRecord, certd_trial_record_free)

/* CERTD_ERROR_EXISTS where the certificate has one already. */
gboolean certd_store_trial_insert(CertdStore *store, const CertdTrialRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* @record is set to the trial of the certificate @name, NULL where there is none. Settings that can't be
 * read are none: what is installed comes back without them. */
gboolean certd_store_trial_get(CertdStore *store, const char *name, CertdTrialRecord **record,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_store_trial_delete(CertdStore *store, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Somebody set others meanwhile: the settings of before don't come back any more. Harmless without a
 * trial. */
gboolean certd_store_trial_keep_settings(CertdStore *store, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The names of all certificates on trial, as a GPtrArray of char* that frees them. */
GPtrArray *certd_store_trial_names(CertdStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
