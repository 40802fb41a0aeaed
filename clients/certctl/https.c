/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl https [show|level|force|ports|confirm|rollback]`: how HTTPS is served (R61 to R63). */
#include "certctl/https.h"

#include <glib/gi18n-lib.h>

#include "certctl/action.h"
#include "model/names.h"

static const CertctlAction actions[] = {
    {"show", "", 0, 0, CERTCTL_BIT(JSON), certctl_https_show},
    {"level", " LEVEL", 1, 1, CERTCTL_BIT(TRIAL) | CERTCTL_BIT(JSON), certctl_https_level},
    {"force", " on|off", 1, 1, CERTCTL_BIT(TRIAL) | CERTCTL_BIT(JSON), certctl_https_force},
    {"ports", " HTTPS HTTP", 2, 2, CERTCTL_BIT(JSON), certctl_https_ports},
    {"confirm", "", 0, 0, CERTCTL_BIT(TESTED) | CERTCTL_BIT(JSON), certctl_https_confirm},
    {"rollback", "", 0, 0, CERTCTL_BIT(JSON), certctl_https_rollback},
};

GVariant *certctl_https_properties(const CertctlCall *call, GError **error)
{
    return certd_bus_get_all(call->connection, CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS, error);
}

/* Without an action it is shown. */
static gboolean run(const CertctlCall *call, GError **error)
{
    static char *show[] = {(char *)"show", NULL};
    CertctlCall shown = *call;
    shown.arguments = show;
    shown.n_arguments = 1;
    return certctl_action_run(call->n_arguments > 0 ? call : &shown, "https", actions,
                              G_N_ELEMENTS(actions), error);
}

const CertctlVerb certctl_verb_https = {
    .name = "https",
    .synopsis = "[show|level|force|ports|confirm|rollback] [LEVEL|on|off|HTTPS HTTP]",
    .n_min = 0,
    .n_max = 3,
    .summary =
        N_("Show or change how HTTPS is served: its level, its ports, whether HTTP is closed"),
    .example = "certctl https force on --trial 300",
    .options = CERTCTL_BIT(TRIAL) | CERTCTL_BIT(TESTED) | CERTCTL_BIT(JSON),
    .run = run,
};
