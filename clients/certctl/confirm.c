/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl confirm NAME`: what is on trial stays (R38). */
#include <glib/gi18n-lib.h>

#include "certctl/find.h"
#include "certctl/print.h"
#include "common/dict.h"
#include "model/error.h"
#include "model/text.h"

/* That it needs a test is said with how to say that there was one. */
static void hint(const char *name, GError *failed)
{
    if (!certd_bus_error_is(failed, CERTD_ERROR_NOT_PROVEN))
        return;
    g_autofree char *old = failed->message;
    g_autofree char *clean = certd_text_escape(name);
    failed->message =
        g_strdup_printf(_("%s\nWhere you have tested it: certctl confirm %s --tested"), old, clean);
}

static gboolean confirm(const CertctlCall *call, const char *name, GError **error)
{
    g_autoptr(CertdBusCertificate) certificate = certctl_find_certificate(call, name, error);
    g_autoptr(GError) failed = NULL;
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    if (call->options->tested)
        g_variant_builder_add(&options, "{sv}", "tested", g_variant_new_boolean(TRUE));
    if (!certificate)
        return FALSE;
    if (certd_bus_certificate_call_confirm_sync(certificate, g_variant_builder_end(&options),
                                                CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, NULL,
                                                &failed))
        return TRUE;
    hint(name, failed);
    g_propagate_error(error, g_steal_pointer(&failed));
    return FALSE;
}

static gboolean run(const CertctlCall *call, GError **error)
{
    const char *name = call->arguments[0];
    g_autoptr(GVariant) properties =
        confirm(call, name, error) ? certctl_find_properties(call, name, error) : NULL;
    if (!properties)
        return FALSE;
    fprintf(stderr, _("The trial is over: the new certificate stays\n"));
    certctl_print_active(properties);
    if (certd_dict_boolean(properties, "HasPrevious"))
        fprintf(stderr, _("What was active before is kept: certctl rollback %s\n"), name);
    if (call->options->json)
        certctl_print_json(call, properties);
    return TRUE;
}

const CertctlVerb certctl_verb_confirm = {
    .name = "confirm",
    .synopsis = "NAME",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Keep the certificate that is on trial"),
    .example = "certctl confirm https --tested",
    .options = CERTCTL_BIT(TESTED) | CERTCTL_BIT(JSON),
    .run = run,
};
