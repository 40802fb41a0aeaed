/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl reset NAME`: the factory default for one certificate, and says so (R50, R53). */
#include <glib/gi18n-lib.h>

#include "certctl/ask.h"
#include "certctl/find.h"
#include "certctl/print.h"
#include "certctl/trial.h"
#include "common/dict.h"

static gboolean run(const CertctlCall *call, GError **error)
{
    const char *name = call->arguments[0];
    g_autoptr(CertdBusCertificate) certificate = certctl_find_certificate(call, name, error);
    if (!certificate)
        return FALSE;
    g_autofree char *question = g_strdup_printf(
        _("Put %s back to the factory default, a new certificate of the device's own authority?"),
        name);
    if (!certctl_ask_confirmation(call, question, error))
        return FALSE;
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    if (call->options->digest)
        g_variant_builder_add(&options, "{sv}", "digest",
                              g_variant_new_string(call->options->digest));
    certctl_options_add_trial(call->options, &options);
    if (!certd_bus_certificate_call_reset_sync(certificate, g_variant_builder_end(&options),
                                               CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, NULL,
                                               error))
        return FALSE;
    g_autoptr(GVariant) properties = certctl_find_properties(call, name, error);
    if (!properties)
        return FALSE;
    fprintf(stderr,
            _("%s has the factory default again, with a new key; its settings are the "
              "defaults\n"),
            name);
    certctl_print_active(properties);
    if (!certctl_trial_say(properties) && certd_dict_boolean(properties, "HasPrevious"))
        fprintf(stderr, _("What was active before is kept: certctl rollback %s\n"), name);
    if (call->options->json)
        certctl_print_json(call, properties);
    return TRUE;
}

const CertctlVerb certctl_verb_reset = {
    .name = "reset",
    .synopsis = "NAME",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Put one certificate back to the factory default"),
    .example = "certctl reset https --yes",
    .options = CERTCTL_BIT(DIGEST) | CERTCTL_BIT(TRIAL) | CERTCTL_BIT(YES) | CERTCTL_BIT(JSON),
    .run = run,
};
