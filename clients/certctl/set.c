/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl set NAME`: what the next request or certificate will look like. */
#include <glib/gi18n-lib.h>

#include "certctl/find.h"
#include "certctl/print.h"

static gboolean run(const CertctlCall *call, GError **error)
{
    const char *name = call->arguments[0];
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    certctl_options_add_settings(call->options, &builder);
    g_autoptr(GVariant) settings = g_variant_ref_sink(g_variant_builder_end(&builder));
    if (g_variant_n_children(settings) == 0) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                    _("There is nothing to set; give an option such as --subject or --days "
                      "(certctl set --help lists them)"));
        return FALSE;
    }
    g_autoptr(CertdBusCertificate) certificate = certctl_find_certificate(call, name, error);
    if (!certificate ||
        !certd_bus_certificate_call_configure_sync(certificate, settings, CERTD_BUS_CALL_FLAGS,
                                                   CERTD_BUS_TIMEOUT, NULL, error))
        return FALSE;
    if (!call->options->json) {
        fprintf(stderr, _("The settings of %s are changed, for the next request or certificate\n"),
                name);
        return TRUE;
    }
    g_autoptr(GVariant) properties = certctl_find_properties(call, name, error);
    if (!properties)
        return FALSE;
    certctl_print_json(call, properties);
    return TRUE;
}

const CertctlVerb certctl_verb_set = {
    .name = "set",
    .synopsis = "NAME",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Change the settings of a certificate"),
    .example = "certctl set https --key rsa:3072 --days 825",
    .options = CERTCTL_SETTINGS | CERTCTL_BIT(ISSUER) | CERTCTL_BIT(JSON),
    .run = run,
};
