/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl trust list`: the anchors, a line each (R70). */
#include <glib/gi18n-lib.h>

#include "certctl/print.h"
#include "certctl/trust.h"
#include "common/dict.h"
#include "common/when.h"

static void print_json(const CertctlCall *call, const GPtrArray *rows)
{
    g_auto(GVariantBuilder) objects = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));
    for (unsigned int i = 0; i < rows->len; i++) {
        const char *fingerprint;
        g_autoptr(GVariant) summary = NULL;
        g_variant_get(rows->pdata[i], "(&s@a{sv})", &fingerprint, &summary);
        g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(summary);
        g_variant_dict_insert(&dict, "fingerprint", "s", fingerprint);
        g_variant_builder_add_value(&objects, g_variant_dict_end(&dict));
    }
    certctl_print_json(call, g_variant_builder_end(&objects));
}

static void add_row(CertdTable *table, GVariant *row)
{
    const char *fingerprint;
    g_autoptr(GVariant) summary = NULL;
    g_variant_get(row, "(&s@a{sv})", &fingerprint, &summary);
    g_autofree char *until = certd_when_print(certd_dict_number(summary, "not-after"));
    g_autoptr(GVariant) purposes = certd_dict_array(summary, "purposes", "as");
    g_autofree const char **words = g_variant_get_strv(purposes, NULL);
    g_autofree char *joined = g_strjoinv(",", (char **)words);
    certctl_print_cell(table, certd_dict_string(summary, "subject"));
    certd_table_add(table, CERTD_STYLE_PLAIN, until);
    certctl_print_cell(table, joined);
    certctl_print_cell(table, fingerprint);
}

gboolean certctl_trust_list(const CertctlCall *call, GError **error)
{
    g_autoptr(GPtrArray) rows = certctl_trust_all(call, error);
    if (!rows)
        return FALSE;
    if (call->options->json) {
        print_json(call, rows);
        return TRUE;
    }
    const char *const headers[] = {_("SUBJECT"), _("VALID UNTIL"), _("PURPOSES"), _("FINGERPRINT"),
                                   NULL};
    g_autoptr(CertdTable) table = certd_table_new(headers);
    for (unsigned int i = 0; i < rows->len; i++)
        add_row(table, rows->pdata[i]);
    certctl_print_table(table);
    return TRUE;
}
