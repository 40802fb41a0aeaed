/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl ca sign FILE|-`: a certificate for somebody else's request (R28). */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "certctl/ca.h"
#include "certctl/output.h"
#include "certctl/print.h"
#include "common/file.h"
#include "model/error.h"
#include "model/limits.h"

static const CertctlFormat pem = {"pem", ".pem", FALSE, 0644};

/* Sign's reply: the chain as PEM. */
static char *sign(const CertctlCall *call, GBytes *request, GError **error)
{
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    certctl_options_add_settings(call->options, &options);
    g_autoptr(CertdBusAuthority) authority = certd_bus_open_authority(call->connection, error);
    if (!authority)
        return NULL;
    /* Called as a variant: the generated method would stop at the first zero byte of DER. */
    g_autoptr(GVariant) reply = g_dbus_proxy_call_sync(
        G_DBUS_PROXY(authority), "Sign",
        g_variant_new("(@aya{sv})",
                      g_variant_new_from_bytes(G_VARIANT_TYPE_BYTESTRING, request, TRUE), &options),
        CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, NULL, error);
    char *chain = NULL;
    if (!reply)
        return NULL;
    if (g_variant_is_of_type(reply, G_VARIANT_TYPE("(s)")))
        g_variant_get(reply, "(s)", &chain);
    else
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                            _("certd answered with something else than a certificate"));
    return chain;
}

static void print_json(const CertctlCall *call, const char *chain)
{
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "Chain", "s", chain);
    certctl_print_json(call, g_variant_dict_end(&dict));
}

gboolean certctl_ca_sign(const CertctlCall *call, GError **error)
{
    g_autoptr(GBytes) request =
        certd_file_read(call->arguments[1], CERTD_LIMIT_REQUEST_BYTES, error);
    g_autofree char *chain = request ? sign(call, request, error) : NULL;
    if (!chain)
        return FALSE;
    g_autoptr(GBytes) bytes = g_bytes_new(chain, strlen(chain));
    if (call->options->json)
        print_json(call, chain);
    return certctl_output_write(call, bytes, &pem, "signed",
                                call->options->json != CERTCTL_JSON_NONE, error);
}
