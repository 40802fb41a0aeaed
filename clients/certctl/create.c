/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `certctl create NAME`: a place for a certificate. It is empty until one is made or imported,
 * unless certd is the issuer: then it issues one at once.
 */
#include <glib/gi18n-lib.h>

#include "certctl/find.h"
#include "certctl/print.h"
#include "certctl/start.h"
#include "model/name.h"

static void say(const char *name, const char *issuer)
{
    if (issuer && !g_str_equal(issuer, CERTCTL_ISSUER_EXTERNAL))
        fprintf(stderr,
                _("%s is there; certd issues its certificate now, and renews it by itself. To see "
                  "it: certctl show %s\n"),
                name, name);
    else
        fprintf(stderr,
                _("%s is there, and empty. Next: certctl request %s, certctl issue %s, certctl "
                  "self-sign %s or certctl import %s FILE\n"),
                name, name, name, name, name);
}

static gboolean run(const CertctlCall *call, GError **error)
{
    const char *name = call->arguments[0];
    if (!certd_name_validate(name, error))
        return FALSE;
    g_auto(GVariantBuilder) settings = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    certctl_options_add_settings(call->options, &settings);
    g_autofree char *path = NULL;
    if (!certd_bus_manager_call_create_certificate_sync(
            call->manager, name, g_variant_builder_end(&settings), CERTD_BUS_CALL_FLAGS,
            CERTD_BUS_TIMEOUT, &path, NULL, error))
        return FALSE;
    if (!call->options->json) {
        say(name, call->options->issuer);
        return TRUE;
    }
    g_autoptr(GVariant) properties = certctl_find_properties(call, name, error);
    if (!properties)
        return FALSE;
    certctl_print_json(call, properties);
    return TRUE;
}

const CertctlVerb certctl_verb_create = {
    .name = "create",
    .synopsis = "NAME",
    .n_min = 1,
    .n_max = 1,
    .summary = N_("Make a new place for a certificate"),
    .example = "certctl create mqtt --subject CN=mqtt.example.org,O=Example,C=DE",
    .options = CERTCTL_SETTINGS | CERTCTL_BIT(ISSUER) | CERTCTL_BIT(JSON),
    .run = run,
};
