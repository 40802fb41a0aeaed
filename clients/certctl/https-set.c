/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl https level|force|ports|confirm|rollback`: each is one call, and shows what came of it. */
#include <glib/gi18n-lib.h>

#include "certctl/https.h"
#include "certctl/print.h"
#include "model/error.h"
#include "model/text.h"

/* What was changed is shown, and that it is on trial. */
static gboolean show(const CertctlCall *call, const char *said, GError **error)
{
    g_autoptr(GVariant) properties = certctl_https_properties(call, error);
    if (!properties)
        return FALSE;
    fprintf(stderr, "%s\n", said);
    certctl_https_say_trial(properties);
    if (call->options->json)
        certctl_print_json(call, properties);
    return TRUE;
}

static GVariant *trial_options(const CertctlCall *call)
{
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    certctl_options_add_trial(call->options, &options);
    return g_variant_builder_end(&options);
}

gboolean certctl_https_level(const CertctlCall *call, GError **error)
{
    g_autoptr(CertdBusHttps) https = certd_bus_open_https(call->connection, error);
    return https &&
           certd_bus_https_call_set_level_sync(https, call->arguments[1], trial_options(call),
                                               CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, NULL,
                                               error) &&
           show(call, _("The level of HTTPS is as it was asked for"), error);
}

static gboolean parse_switch(const char *text, gboolean *on, GError **error)
{
    if (g_str_equal(text, "on") || g_str_equal(text, "off")) {
        *on = g_str_equal(text, "on");
        return TRUE;
    }
    g_autofree char *quoted = certd_text_quote(text);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("HTTPS is forced on or off, and not %s"), quoted);
    return FALSE;
}

gboolean certctl_https_force(const CertctlCall *call, GError **error)
{
    gboolean on;
    if (!parse_switch(call->arguments[1], &on, error))
        return FALSE;
    g_autoptr(CertdBusHttps) https = certd_bus_open_https(call->connection, error);
    return https &&
           certd_bus_https_call_set_force_sync(https, on, trial_options(call), CERTD_BUS_CALL_FLAGS,
                                               CERTD_BUS_TIMEOUT, NULL, error) &&
           show(call, on ? _("HTTPS is forced: HTTP is closed") : _("HTTP is open"), error);
}

static gboolean parse_port(const char *text, guint16 *port, GError **error)
{
    guint64 value;
    if (g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT16, &value, NULL)) {
        *port = (guint16)value;
        return TRUE;
    }
    g_autofree char *quoted = certd_text_quote(text);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                _("%s is no TCP port; give a number from 1 to 65535"), quoted);
    return FALSE;
}

gboolean certctl_https_ports(const CertctlCall *call, GError **error)
{
    guint16 port, plain_port;
    if (!parse_port(call->arguments[1], &port, error) ||
        !parse_port(call->arguments[2], &plain_port, error))
        return FALSE;
    g_autoptr(CertdBusHttps) https = certd_bus_open_https(call->connection, error);
    return https &&
           certd_bus_https_call_set_ports_sync(https, port, plain_port, CERTD_BUS_CALL_FLAGS,
                                               CERTD_BUS_TIMEOUT, NULL, error) &&
           show(call,
                _("The ports are as they were asked for; certctl status says where one can't be "
                  "opened"),
                error);
}

/* That it needs a client is said with how to say that there was one. */
static void hint(GError *failed)
{
    if (!certd_bus_error_is(failed, CERTD_ERROR_NOT_PROVEN))
        return;
    g_autofree char *old = failed->message;
    failed->message =
        g_strdup_printf(_("%s\nWhere you have tested it: certctl https confirm --tested"), old);
}

gboolean certctl_https_confirm(const CertctlCall *call, GError **error)
{
    g_autoptr(CertdBusHttps) https = certd_bus_open_https(call->connection, error);
    g_autoptr(GError) failed = NULL;
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    if (call->options->tested)
        g_variant_builder_add(&options, "{sv}", "tested", g_variant_new_boolean(TRUE));
    if (!https)
        return FALSE;
    if (certd_bus_https_call_confirm_sync(https, g_variant_builder_end(&options),
                                          CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, NULL, &failed))
        return show(call, _("The trial is over: HTTPS stays as it is"), error);
    hint(failed);
    g_propagate_error(error, g_steal_pointer(&failed));
    return FALSE;
}

gboolean certctl_https_rollback(const CertctlCall *call, GError **error)
{
    g_autoptr(CertdBusHttps) https = certd_bus_open_https(call->connection, error);
    return https &&
           certd_bus_https_call_rollback_sync(https, CERTD_BUS_CALL_FLAGS, CERTD_BUS_TIMEOUT, NULL,
                                              error) &&
           show(call, _("The trial is over: HTTPS is as it was before"), error);
}
