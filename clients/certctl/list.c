/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl list`: all certificates, a line each. */
#include <glib/gi18n-lib.h>

#include "certctl/find.h"
#include "certctl/print.h"
#include "common/dict.h"
#include "common/when.h"
#include "model/text.h"

/* "active", or "active, on trial": one field for a script, too. */
static void add_state(CertdTable *table, GVariant *summary)
{
    const char *state = certd_dict_string(summary, "State");
    g_autofree char *clean = certd_text_escape(state);
    g_autofree char *on_trial = g_strconcat(clean, ", on trial", NULL);
    if (certd_dict_number(summary, "TrialDeadline") == 0)
        certctl_print_cell(table, state);
    else
        certd_table_add(table, CERTD_STYLE_CAUTION, on_trial);
}

static gboolean run(const CertctlCall *call, GError **error)
{
    g_autoptr(GPtrArray) rows = certctl_find_all(call, FALSE, NULL, error);
    if (!rows)
        return FALSE;
    if (call->options->json) {
        certctl_print_json(call, certctl_find_rows_to_objects(rows, "Name"));
        return TRUE;
    }
    const char *const headers[] = {_("NAME"),      _("STATE"),   _("ORIGIN"), _("KEY TYPE"),
                                   _("NOT AFTER"), _("SUBJECT"), NULL};
    g_autoptr(CertdTable) table = certd_table_new(headers);
    for (unsigned int i = 0; i < rows->len; i++) {
        const char *name, *path;
        g_autoptr(GVariant) summary = NULL;
        g_variant_get(rows->pdata[i], "(&s&o@a{sv})", &name, &path, &summary);
        g_autofree char *until = certd_when_print(certd_dict_number(summary, "NotAfter"));
        g_autoptr(GVariant) pairs = certd_dict_array(summary, "Subject", "a(ss)");
        g_autofree char *subject = certctl_print_subject(pairs);
        certctl_print_cell(table, name);
        add_state(table, summary);
        certctl_print_cell(table, certd_dict_string(summary, "Origin"));
        certctl_print_cell(table, certd_dict_string(summary, "KeyType"));
        certd_table_add(table, CERTD_STYLE_PLAIN, until);
        certd_table_add(table, CERTD_STYLE_PLAIN, *subject ? subject : "-");
    }
    certctl_print_table(table);
    return TRUE;
}

const CertctlVerb certctl_verb_list = {
    .name = "list",
    .synopsis = "",
    .summary = N_("List the certificates"),
    .example = "certctl list --json=pretty",
    .options = CERTCTL_BIT(JSON),
    .run = run,
};
