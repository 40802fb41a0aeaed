/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trials, for the use cases that install. */
#pragma once

#include "service/service-private.h"
#include "service/trial.h"

G_BEGIN_DECLS

/* Who begins a trial of how long. */
typedef struct {
    guint seconds; /* 0: no trial */
    const CertdCaller *caller;
    const CertdSettings *settings; /* that come back; NULL: they are not replaced */
} CertdTrialWish;

/* FALSE with ON_TRIAL where @name is on trial: one at a time. */
gboolean certd_trial_refuse(CertdService *service, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* FALSE with ACCESS_DENIED where @name is on trial, and @caller neither began it nor is an
 * administrator. */
gboolean certd_trial_may_end(CertdService *service, const CertdCaller *caller, const char *name,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes @chain the active one of @record as certd_install() does, as @mode says or on trial where @wish
 * says so. ON_TRIAL where one is under way. Within the transaction. */
gboolean certd_trial_install(CertdService *service, CertdCertificateRecord *record,
                             const CertdChainRecord *chain, CertdInstallMode mode,
                             const CertdTrialWish *wish, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* After the commit: has the deadline watched. */
void certd_trial_arm(CertdService *service);
/* The listener hears that @name's trial changed. */
void certd_trial_tell(CertdService *service, const char *name);

/* trial-end.c: puts what was confirmed back into @record, and takes the trial away; within the
 * transaction. Nothing happens without a trial. */
gboolean certd_trial_undo(CertdService *service, CertdCertificateRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Ends the trial of @name as its deadline would, because of @why ("what was tried can't be used"). FALSE
 * where it could not be written: it is tried again. */
gboolean certd_trial_give_up(CertdService *service, const char *name, const char *why);
/* Whether @record's certificate is on trial; @over (nullable): and its time is up. */
gboolean certd_trial_stands(CertdService *service, const char *name, gboolean *over);
/* Where @record is on trial and the time is up, it becomes what it will be once that is written: nobody
 * is shown or handed anything else, whatever the disk says. TRUE then: it is not to be written. */
gboolean certd_trial_settle(CertdService *service, CertdCertificateRecord *record);
/* Whether a trial that began in @boot until @deadline (CLOCK_BOOTTIME, microseconds) is over; and that
 * deadline by the wall clock as it is now, in seconds since the epoch. */
gboolean certd_trial_is_over(const CertdService *service, const char *boot, gint64 deadline);
gint64 certd_trial_wall_time(const CertdService *service, gint64 deadline);
/* Makes @error, for which the end of @object's trial could not be written, a problem; TRUE where it is none
 * yet. And when to try again. */
gboolean certd_trial_note_unfinished(CertdService *service, const char *object,
                                     const GError *error);
gint64 certd_trial_retry_usec(const GError *error);
/* Has the trials looked at by @when (CLOCK_BOOTTIME, microseconds), or earlier. */
void certd_trial_watch(CertdService *service, gint64 when);
/* Takes away the problem that the end of @name's trial could not be written: it was ended otherwise. */
void certd_trial_is_ended(CertdService *service, const char *name);
/* Whether the trial of @name ended by itself a moment ago: who rolls back now means that, and not what was
 * before. @error is set then. */
gboolean certd_trial_has_just_ended(CertdService *service, const char *name, GError **error);
/* The fingerprint of what is active in @record, for the log; NULL where nothing is. Caller frees. */
char *certd_trial_fingerprint(CertdService *service, const CertdCertificateRecord *record);
/* The wall clock was set: every deadline reads otherwise. */
void certd_trials_clock_changed(CertdService *service);

G_END_DECLS
