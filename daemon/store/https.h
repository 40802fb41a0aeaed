/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How HTTPS is served, one row; and what comes back of it where nobody confirms what is tried. */
#pragma once

#include "model/https-level.h"
#include "store/store.h"

G_BEGIN_DECLS

#define CERTD_HTTPS_PORT 443u
#define CERTD_HTTPS_PLAIN_PORT 80u

typedef struct {
    CertdHttpsLevel level;
    gboolean force; /* the plain port is closed */
    guint16 port;
    guint16 plain_port; /* another one */
} CertdHttpsRecord;

typedef struct {
    CertdHttpsLevel level; /* that comes back */
    gboolean force;        /* likewise */
    char *boot;            /* id of the boot in which it began */
    gint64 deadline;       /* CLOCK_BOOTTIME of that boot, microseconds */
    guint32 uid;           /* who began it */
    gint64 started;        /* seconds since the epoch */
} CertdHttpsTrialRecord;

void certd_https_trial_record_free(CertdHttpsTrialRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdHttpsTrialRecord, certd_https_trial_record_free)

/* What a device begins with: standard, nothing forced, the ports 443 and 80. */
extern const CertdHttpsRecord certd_https_defaults;

/* A row that is gone or makes no sense is the defaults, by which the device can be reached. */
gboolean certd_store_https_get(CertdStore *store, CertdHttpsRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_store_https_set(CertdStore *store, const CertdHttpsRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* @record is set to the trial, NULL where there is none. One that makes no sense is of no boot, and what
 * comes back is the defaults. */
gboolean certd_store_https_trial_get(CertdStore *store, CertdHttpsTrialRecord **record,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* In the place of another, where there is one. */
gboolean certd_store_https_trial_set(CertdStore *store, const CertdHttpsTrialRecord *record,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_store_https_trial_delete(CertdStore *store, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
