/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl remove NAME`: the place, and all that is in it. */
#include <glib/gi18n-lib.h>

#include "certctl/ask.h"
#include "certctl/find.h"
#include "certctl/print.h"

static gboolean run(const CertctlCall *call, GError **error)
{
    const char *name = call->arguments[0];
    g_autoptr(CertdBusCertificate) certificate = certctl_find_certificate(call, name, error);
    if (!certificate)
        return FALSE;
    g_autofree char *question =
        g_strdup_printf(_("Remove %s with its certificates, keys and requests?"), name);
    if (!certctl_ask_confirmation(call, question, error) ||
        !certd_bus_certificate_call_remove_sync(certificate, g_variant_new("a{sv}", NULL),
                                                CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, NULL,
                                                error))
        return FALSE;
    fprintf(stderr, _("%s is removed, with its certificates, keys and requests\n"), name);
    if (!call->options->json)
        return TRUE;
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "Removed", "s", name);
    certctl_print_json(call, g_variant_dict_end(&dict));
    return TRUE;
}

const CertctlVerb certctl_verb_remove = {
    .name = "remove",
    .synopsis = "NAME",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Remove a certificate with its keys and requests"),
    .example = "certctl remove mqtt --yes",
    .options = CERTCTL_BIT(YES) | CERTCTL_BIT(JSON),
    .run = run,
};
