/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl https show`, and what other commands show of it. */
#include <glib/gi18n-lib.h>

#include "certctl/https.h"
#include "certctl/print.h"
#include "certctl/trial.h"
#include "common/dict.h"
#include "model/text.h"

static const struct {
    const char *level;
    const char *meaning;
} levels[] = {
    {"standard", N_("TLS 1.2 and 1.3")},
    {"high", N_("TLS 1.3, and clients show a certificate that the trust store vouches for")},
};

static char *describe_level(const char *level)
{
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        if (g_str_equal(levels[i].level, level))
            return g_strdup_printf("%s (%s)", level, _(levels[i].meaning));
    }
    return certd_text_escape(level);
}

static guint get_port(GVariant *properties, const char *key)
{
    guint16 port = 0;
    (void)g_variant_lookup(properties, key, "q", &port);
    return port;
}

static char *describe_plain_port(GVariant *properties)
{
    guint port = get_port(properties, "PlainPort");
    return certd_dict_boolean(properties, "Force")
               ? g_strdup_printf(_("closed: HTTPS is forced (it would be port %u)"), port)
               : g_strdup_printf(_("port %u"), port);
}

static const char *describe_proof(GVariant *properties)
{
    if (certd_dict_boolean(properties, "ProvenClientCertificate") &&
        certd_dict_boolean(properties, "Proven"))
        return _("yes, with a client's certificate too");
    if (certd_dict_boolean(properties, "Proven"))
        return _("yes");
    return certd_dict_number(properties, "TrialDeadline") != 0
               ? _("not since the trial began: no client has been through HTTPS as it is now")
               : _("no client has been through HTTPS with the certificate in use");
}

void certctl_https_say_trial(GVariant *properties)
{
    g_autofree char *trial = certctl_trial_describe(properties);
    if (trial)
        fprintf(
            stderr,
            _("HTTPS is on trial %s; then what was there before comes back by itself.\n"
              "To keep it, once a client has been through: certctl https confirm. To go back now: "
              "certctl https rollback\n"),
            trial);
}

char *certctl_https_unusual(GVariant *properties)
{
    if (!properties)
        return g_strdup(_("it can't be read"));
    g_autofree char *trial = certctl_trial_describe(properties);
    const char *level = certd_dict_string(properties, "Level");
    gboolean force = certd_dict_boolean(properties, "Force");
    if (!trial && !force && g_str_equal(level, levels[0].level))
        return NULL;
    g_autofree char *clean = certd_text_escape(level);
    g_autofree char *said =
        g_strdup_printf(_("level %s, HTTP is %s"), clean, force ? _("closed") : _("open"));
    return trial ? g_strdup_printf(_("%s; on trial %s"), said, trial) : g_steal_pointer(&said);
}

gboolean certctl_https_show(const CertctlCall *call, GError **error)
{
    g_autoptr(GVariant) properties = certctl_https_properties(call, error);
    if (!properties)
        return FALSE;
    if (call->options->json) {
        certctl_print_json(call, properties);
        return TRUE;
    }
    g_autofree char *level = describe_level(certd_dict_string(properties, "Level"));
    g_autofree char *port = g_strdup_printf(_("port %u"), get_port(properties, "Port"));
    g_autofree char *plain = describe_plain_port(properties);
    printf("%s\n", _("How HTTPS is served:"));
    certctl_print_field(stdout, _("Level"), level);
    certctl_print_field(stdout, "HTTPS", port);
    certctl_print_field(stdout, "HTTP", plain);
    certctl_print_field(stdout, _("Proven"), describe_proof(properties));
    certctl_https_say_trial(properties);
    return TRUE;
}
