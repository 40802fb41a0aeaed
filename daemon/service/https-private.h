/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How HTTPS is served, for the use cases alone. */
#pragma once

#include "service/https.h"
#include "service/service-private.h"

G_BEGIN_DECLS

/* What there is: the settings as everybody sees them, and the trial where one goes on. */
typedef struct {
    CertdHttpsRecord record;
    CertdHttpsTrialRecord *trial; /* or NULL */
} CertdHttpsLook;

/* Frees what @look holds. */
void certd_https_look_clear(CertdHttpsLook *look);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CertdHttpsLook, certd_https_look_clear)

/* What becomes of it, and what the log says. */
typedef struct {
    const CertdHttpsRecord *record;
    const CertdHttpsTrialRecord *trial; /* NULL: none, from now on */
    CertdAuditAction action;
    const char *detail;
    gboolean is_way_back; /* and works on a full disk */
} CertdHttpsChange;

/* https-trial.c: what there is now; a trial whose time is up is over, whatever the disk says. */
gboolean certd_https_look(CertdService *service, CertdHttpsLook *look, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* @high: the level high is served, or comes back where its trial is not confirmed. */
gboolean certd_https_may_be_high(CertdService *service, gboolean *high, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Writes @change, in a transaction of its own; the deadline of its trial is watched, and the listener is
 * told. */
gboolean certd_https_write(CertdService *service, const CertdCaller *caller,
                           const CertdHttpsChange *change, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* FALSE with ACCESS_DENIED where @caller neither began @trial (nullable) nor is an administrator. */
gboolean certd_https_may_end(const CertdCaller *caller, const CertdHttpsTrialRecord *trial,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends the trial where its time is up; when to look again: CLOCK_BOOTTIME in microseconds, 0 for never. */
gint64 certd_https_trials_look(CertdService *service);
/* "standard, HTTP open" …, for the log. Caller frees. */
char *certd_https_describe(const CertdHttpsRecord *record);
/* The wall clock was set: the deadline reads otherwise. */
void certd_https_clock_changed(CertdService *service);
/* All was put back to what a device begins with: nothing is proven. */
void certd_https_forget(CertdService *service);
/* Has the listener hear that something of it is another. */
void certd_https_tell(CertdService *service);

/* https-proof.c: whether a client has been through HTTPS with what is in use; @since_trial: since the trial
 * began; @client_certificate: with a certificate of its own. */
gboolean certd_https_is_proven(CertdService *service, gboolean since_trial,
                               gboolean client_certificate);
/* The same of @generation, whatever is in use. */
gboolean certd_https_is_proven_with(const CertdService *service, guint64 generation);
/* A trial begins, for which what was proven before is none. */
void certd_https_proof_begin(CertdService *service);
/* Another certificate is in use; and the device trusts others. */
void certd_https_certificate_changed(CertdService *service);
void certd_https_trust_changed(CertdService *service);

G_END_DECLS
