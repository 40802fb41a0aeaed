/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl issue NAME`: a certificate at once, from the device's own authority (R23). */
#include <glib/gi18n-lib.h>

#include "certctl/start.h"

static gboolean run(const CertctlCall *call, GError **error)
{
    return certctl_start_own(call, CERTCTL_ISSUER_INTERNAL, error);
}

const CertctlVerb certctl_verb_issue = {
    .name = "issue",
    .synopsis = "NAME",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Have the device's own authority issue a certificate, use it and print it"),
    .example = "certctl issue mqtt --san DNS:mqtt.local",
    .options = CERTCTL_SETTINGS | CERTCTL_BIT(TRIAL) | CERTCTL_BIT(NO_WAIT) | CERTCTL_BIT(OUT) |
               CERTCTL_BIT(JSON),
    .run = run,
};
