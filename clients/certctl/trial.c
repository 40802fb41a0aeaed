/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told of a trial, wherever one is met. */
#include "certctl/trial.h"

#include <glib/gi18n-lib.h>

#include "certctl/print.h"
#include "common/dict.h"
#include "common/when.h"
#include "model/text.h"

char *certctl_trial_describe(GVariant *properties)
{
    guint64 deadline = certd_dict_number(properties, "TrialDeadline");
    if (deadline == 0)
        return NULL;
    g_autofree char *time = certd_when_print(deadline);
    g_autofree char *left = certd_when_left(deadline, certctl_now());
    return g_strdup_printf(_("until %s (%s left)"), time, left);
}

gboolean certctl_trial_say(GVariant *properties)
{
    g_autofree char *trial = certctl_trial_describe(properties);
    if (!trial)
        return FALSE;
    g_autofree char *name = certd_text_escape(certd_dict_string(properties, "Name"));
    fprintf(stderr,
            _("%s is on trial %s; then what was there before comes back by itself.\n"
              "To keep it: certctl confirm %s --tested. To go back now: certctl rollback %s\n"),
            name, trial, name, name);
    return TRUE;
}
