/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl self-sign NAME`: a certificate at once, which no authority vouches for (R20). */
#include <glib/gi18n-lib.h>

#include "certctl/start.h"

static gboolean run(const CertctlCall *call, GError **error)
{
    return certctl_start_own(call, CERTCTL_ISSUER_SELF, error);
}

const CertctlVerb certctl_verb_self_sign = {
    .name = "self-sign",
    .synopsis = "NAME",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Make a self-signed certificate, use it and print it"),
    .example = "certctl self-sign https --days 3650",
    .options = CERTCTL_SETTINGS | CERTCTL_BIT(TRIAL) | CERTCTL_BIT(NO_WAIT) | CERTCTL_BIT(OUT) |
               CERTCTL_BIT(JSON),
    .run = run,
};
