/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl factory-reset`: destroys every key and names the certificates that died (R54). */
#include <glib/gi18n-lib.h>

#include "certctl/ask.h"
#include "certctl/find.h"
#include "certctl/print.h"
#include "model/names.h"
#include "model/text.h"

static void say(char *const *lost)
{
    fprintf(stderr,
            _("Every private key is destroyed, the authority's too. Clients that trusted it have "
              "to import the new one: certctl ca export\n"));
    fprintf(stderr, _("Certificates that were lost: %u\n"), g_strv_length((char **)lost));
    for (; *lost; lost++) {
        g_autofree char *name = certd_text_escape(*lost);
        fprintf(stderr, "  %s\n", name);
    }
}

static gboolean run(const CertctlCall *call, GError **error)
{
    if (!certctl_ask_confirmation(
            call,
            _("Destroy every private key and certificate on this device, those of its own "
              "authority "
              "too? Clients that trust the authority have to import the new one."),
            error))
        return FALSE;
    g_auto(GStrv) lost = NULL;
    if (!certd_bus_manager_call_factory_reset_sync(call->manager, g_variant_new("a{sv}", NULL),
                                                   CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, &lost,
                                                   NULL, error))
        return FALSE;
    say(lost);
    g_autoptr(GVariant) properties = certctl_find_properties(call, CERTD_CERTIFICATE_HTTPS, error);
    if (!properties)
        return FALSE;
    certctl_print_active(properties);
    if (!call->options->json)
        return TRUE;
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert_value(&dict, "Lost", g_variant_new_strv((const char *const *)lost, -1));
    g_variant_dict_insert_value(&dict, "Certificate", properties);
    certctl_print_json(call, g_variant_dict_end(&dict));
    return TRUE;
}

const CertctlVerb certctl_verb_factory_reset = {
    .name = "factory-reset",
    .synopsis = "",
    .summary = N_("Destroy every key and certificate and start anew"),
    .example = "certctl factory-reset --yes",
    .options = CERTCTL_BIT(YES) | CERTCTL_BIT(JSON),
    .run = run,
};
