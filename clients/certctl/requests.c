/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl requests`: what tells one request from another stands beside each (R11). */
#include <glib/gi18n-lib.h>

#include "certctl/find.h"
#include "certctl/print.h"
#include "common/when.h"
#include "model/name.h"

static void add_row(CertdTable *table, GVariant *row)
{
    const char *id, *path;
    g_autoptr(GVariant) summary = NULL;
    g_variant_get(row, "(&s&o@a{sv})", &id, &path, &summary);
    g_autofree char *created = certd_when_print(certctl_get_uint64(summary, "Created"));
    certctl_print_cell(table, id);
    certctl_print_cell(table, certctl_get_string(summary, "Certificate"));
    certctl_print_cell(table, certctl_get_string(summary, "State"));
    certctl_print_cell(table, certctl_get_string(summary, "Issuer"));
    certctl_print_cell(table, certctl_get_string(summary, "KeyType"));
    certd_table_add(table, CERTD_STYLE_PLAIN, created);
    certd_table_add(table, CERTD_STYLE_PLAIN,
                    certctl_get_boolean(summary, "OutOfDate") ? _("yes") : _("no"));
    certctl_print_cell(table, certctl_get_string(summary, "PublicKeyHash"));
}

static gboolean run(const CertctlCall *call, GError **error)
{
    GVariantDict filter;
    if (call->n_arguments > 0 && !certd_name_validate(call->arguments[0], error))
        return FALSE;
    g_variant_dict_init(&filter, NULL);
    if (call->n_arguments > 0)
        g_variant_dict_insert(&filter, "certificate", "s", call->arguments[0]);
    g_autoptr(GPtrArray) rows = certctl_find_all(call, TRUE, g_variant_dict_end(&filter), error);
    if (!rows)
        return FALSE;
    if (call->options->json) {
        certctl_print_json(call, certctl_find_rows_to_objects(rows, "Id"));
        return TRUE;
    }
    const char *const headers[] = {_("ID"),          _("CERTIFICATE"),        _("STATE"),
                                   _("ISSUER"),      _("KEY TYPE"),           _("CREATED"),
                                   _("OUT OF DATE"), _("PUBLIC KEY SHA-256"), NULL};
    g_autoptr(CertdTable) table = certd_table_new(headers);
    for (unsigned int i = 0; i < rows->len; i++)
        add_row(table, rows->pdata[i]);
    certctl_print_table(table);
    return TRUE;
}

const CertctlVerb certctl_verb_requests = {
    .name = "requests",
    .synopsis = "[NAME]",
    .n_max = 1,
    .summary = N_("List the requests, of one certificate or of all"),
    .example = "certctl requests https",
    .options = CERTCTL_BIT(JSON),
    .run = run,
};
