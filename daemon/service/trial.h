/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Installing on trial (R38): what was confirmed is kept beside what is tried, and comes back by itself
 * at the deadline, and in another boot before anybody can ask, unless somebody confirms.
 */
#pragma once

#include "model/options.h"
#include "service/service.h"
#include "store/trial.h"

G_BEGIN_DECLS

/* Takes "trial": seconds within the limits, or true for the usual time; @seconds stays 0 without. */
gboolean certd_trial_take(CertdOptions *options, guint *seconds, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Ends the trial of @name: what was tried stays, and what it replaced is the previous chain. @options:
 * "tested", the user's word that it works; without it, and without proof (https alone: see service/https.h),
 * it is NOT_PROVEN. */
gboolean certd_confirm(CertdService *service, const CertdCaller *caller, const char *name,
                       GVariant *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends the trial of @name and goes back to what was confirmed; without a trial, makes the previous
 * chain the active one and the other way round (R39). */
gboolean certd_rollback(CertdService *service, const CertdCaller *caller, const char *name,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* When the trial of @name ends by the wall clock as it is now: seconds since the epoch, 0 without one. */
gint64 certd_trial_deadline(CertdService *service, const char *name);

/* Ends those whose time has come, and has itself called for the next. */
void certd_trials_look(CertdService *service);

G_END_DECLS
