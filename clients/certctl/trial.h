/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told of a trial: that something else comes back, when, and what keeps it from that. */
#pragma once

#include "certctl/verb.h"

G_BEGIN_DECLS

/* "until TIME (2 min 5 s left)" of the certificate with @properties, or with that row of the list; NULL
 * where it is not on trial. Caller frees. */
char *certctl_trial_describe(GVariant *properties);
/* To standard error: what happens where nobody confirms, and how to. FALSE where it is not on trial. */
gboolean certctl_trial_say(GVariant *properties);

G_END_DECLS
