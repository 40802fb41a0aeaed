/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl ca regenerate`: the authority anew, with the organisation's values (R26). */
#include <glib/gi18n-lib.h>

#include "certctl/ask.h"
#include "certctl/ca.h"
#include "certctl/print.h"
#include "common/dict.h"
#include "common/when.h"

static gboolean confirm(const CertctlCall *call, GError **error)
{
    const char *question =
        call->options->reuse_key
            ? _("Make the authority's certificate again with the same key, and issue again what it "
                "has issued? Where the present one is trusted, its successor has to be imported "
                "for another subject or scope to hold.")
            : _("Make the authority anew, with a new key, and issue again what it has issued? "
                "Every browser, system and device that trusts the present one has to import its "
                "successor, and what it signed for others has to be signed again.");
    return certctl_ask_confirmation(call, question, error);
}

static GVariant *make_options(const CertctlOptions *options)
{
    g_auto(GVariantBuilder) dict = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    certctl_options_add_settings(options, &dict);
    if (options->scope)
        g_variant_builder_add(&dict, "{sv}", "authority-scope",
                              g_variant_new_string(options->scope));
    return g_variant_builder_end(&dict);
}

gboolean certctl_ca_regenerate(const CertctlCall *call, GError **error)
{
    if (!confirm(call, error))
        return FALSE;
    g_autoptr(CertdBusAuthority) authority = certd_bus_open_authority(call->connection, error);
    if (!authority || !certd_bus_authority_call_regenerate_sync(
                          authority, make_options(call->options), CERTD_BUS_CALL_FLAGS,
                          CERTD_BUS_TIMEOUT, NULL, error))
        return FALSE;
    g_autoptr(GVariant) properties = certctl_ca_properties(call, error);
    if (!properties)
        return FALSE;
    g_autofree char *until = certd_when_print(certd_dict_number(properties, "NotAfter"));
    g_autofree char *fingerprint =
        certctl_print_fingerprint(certd_dict_string(properties, "Fingerprint"));
    fprintf(stderr,
            _("The authority has a new certificate, valid until %s. Import it again where its "
              "predecessor was trusted: certctl ca export\n"),
            until);
    certctl_print_field(stderr, _("SHA-256 fingerprint"), fingerprint);
    if (call->options->json)
        certctl_print_json(call, properties);
    return TRUE;
}
