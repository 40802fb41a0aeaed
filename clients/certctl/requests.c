/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl requests`: what tells one request from another stands beside it, and its error (R11). */
#include <glib/gi18n-lib.h>

#include "certctl/find.h"
#include "certctl/print.h"
#include "common/dict.h"
#include "common/when.h"
#include "model/name.h"
#include "model/names.h"
#include "model/state.h"

/* Why a request failed is read request by request; beyond that many, of the newest. */
#define ERRORS_READ_MAX 1000u

/* @row with "Error" in its summary: as the request has it where it failed, else empty. */
static GVariant *with_error(const CertctlCall *call, GVariant *row, gboolean read)
{
    const char *id, *path;
    g_autoptr(GVariant) summary = NULL;
    g_variant_get(row, "(&s&o@a{sv})", &id, &path, &summary);
    /* It may have been removed since. */
    g_autoptr(GVariant) request =
        read ? certd_bus_get_all(call->connection, path, CERTD_INTERFACE_REQUEST, NULL) : NULL;
    g_autoptr(GVariant) failure =
        request ? g_variant_lookup_value(request, "Error", G_VARIANT_TYPE("(ss)")) : NULL;
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(summary);
    g_variant_dict_insert_value(&dict, "Error", failure ? failure : g_variant_new("(ss)", "", ""));
    return g_variant_ref_sink(g_variant_new("(so@a{sv})", id, path, g_variant_dict_end(&dict)));
}

static gboolean has_failed(GVariant *row)
{
    g_autoptr(GVariant) summary = g_variant_get_child_value(row, 2);
    return g_str_equal(certd_dict_string(summary, "State"),
                       certd_request_state_name(CERTD_REQUEST_FAILED));
}

static void add_errors(const CertctlCall *call, GPtrArray *rows)
{
    unsigned int n_read = 0;
    for (unsigned int i = rows->len; i > 0; i--) {
        g_autoptr(GVariant) row = rows->pdata[i - 1];
        gboolean read = has_failed(row) && n_read < ERRORS_READ_MAX;
        rows->pdata[i - 1] = with_error(call, row, read);
        n_read += read ? 1 : 0;
    }
}

static void add_row(CertdTable *table, GVariant *row)
{
    const char *id, *path;
    g_autoptr(GVariant) summary = NULL;
    g_variant_get(row, "(&s&o@a{sv})", &id, &path, &summary);
    const char *error = "";
    (void)g_variant_lookup(summary, "Error", "(&s&s)", NULL, &error);
    g_autofree char *created = certd_when_print(certd_dict_number(summary, "Created"));
    certctl_print_cell(table, id);
    certctl_print_cell(table, certd_dict_string(summary, "Certificate"));
    certctl_print_cell(table, certd_dict_string(summary, "State"));
    certctl_print_cell(table, certd_dict_string(summary, "Issuer"));
    certctl_print_cell(table, certd_dict_string(summary, "KeyType"));
    certd_table_add(table, CERTD_STYLE_PLAIN, created);
    certd_table_add(table, CERTD_STYLE_PLAIN,
                    certd_dict_boolean(summary, "OutOfDate") ? _("yes") : _("no"));
    certctl_print_cell(table, certd_dict_string(summary, "PublicKeyHash"));
    certctl_print_cell(table, error);
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
    add_errors(call, rows);
    if (call->options->json) {
        certctl_print_json(call, certctl_find_rows_to_objects(rows, "Id"));
        return TRUE;
    }
    const char *const headers[] = {_("ID"),          _("CERTIFICATE"),
                                   _("STATE"),       _("ISSUER"),
                                   _("KEY TYPE"),    _("CREATED"),
                                   _("OUT OF DATE"), _("PUBLIC KEY SHA-256"),
                                   _("ERROR"),       NULL};
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
