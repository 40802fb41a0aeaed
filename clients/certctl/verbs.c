/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of verbs, in the order in which somebody new needs them. */
#include <glib/gi18n-lib.h>

#include "certctl/verb.h"
#include "common/table.h"

#define USAGE_WIDTH 24u

const CertctlVerb *const certctl_verbs[] = {
    &certctl_verb_status,
    &certctl_verb_list,
    &certctl_verb_show,
    &certctl_verb_create,
    &certctl_verb_set,
    &certctl_verb_san,
    &certctl_verb_request,
    &certctl_verb_requests,
    &certctl_verb_cancel,
    &certctl_verb_issue,
    &certctl_verb_self_sign,
    &certctl_verb_import,
    &certctl_verb_inspect,
    &certctl_verb_confirm,
    &certctl_verb_rollback,
    &certctl_verb_export,
    &certctl_verb_consumers,
    &certctl_verb_get,
    &certctl_verb_systemd_dropin,
    &certctl_verb_reset,
    &certctl_verb_factory_reset,
    &certctl_verb_remove,
    &certctl_verb_ca,
    &certctl_verb_trust,
    &certctl_verb_https,
    &certctl_verb_log,
    &certctl_verb_monitor,
    &certctl_verb_wrapping_key,
    NULL,
};

const CertctlVerb *certctl_verb_find(const char *name)
{
    for (const CertctlVerb *const *verb = certctl_verbs; *verb; verb++) {
        if (g_str_equal((*verb)->name, name))
            return *verb;
    }
    return NULL;
}

char *certctl_verb_overview(void)
{
    GString *out = g_string_new(NULL);
    g_string_append_printf(
        out, "%s\n  certctl %s\n\n%s\n\n%s\n", _("Usage:"), _("VERB [OPTION…] [ARGUMENT…]"),
        _("Looks after the certificates of this device, through certd."), _("Verbs:"));
    for (const CertctlVerb *const *verb = certctl_verbs; *verb; verb++) {
        g_autofree char *usage = g_strjoin(" ", (*verb)->name, (*verb)->synopsis, NULL);
        gboolean fits = certd_table_text_width(usage) < USAGE_WIDTH;
        g_string_append_printf(out, "  %-*s%s", (int)USAGE_WIDTH, usage, fits ? "" : "\n");
        g_string_append_printf(out, "%*s%s\n", fits ? 0 : (int)USAGE_WIDTH + 2, "",
                               _((*verb)->summary));
    }
    g_string_append_printf(out, "\n%s\n  --help     %s\n  --version  %s\n\n%s\n", _("Options:"),
                           _("Show this; after a verb, show its options and an example"),
                           _("Show the version"), _("More in certctl(1)."));
    return g_string_free(out, FALSE);
}
