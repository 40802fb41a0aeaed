/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `certctl log`: what was done, by whom, and what was refused; and whether that is as it was written. */
#include "certctl/log.h"

#include <glib/gi18n-lib.h>

#include "certctl/print.h"
#include "model/limits.h"

/* Without --lines, and without a time to begin at. */
#define LINES_DEFAULT 100u

/* What --verify goes with: it is about all rows. */
#define VERIFY_OPTIONS (CERTCTL_BIT(VERIFY) | CERTCTL_BIT(JSON))

static gboolean verify(const CertctlCall *call, CertdBusLog *log, GError **error)
{
    guint64 first, last;
    g_autofree char *hash = NULL;
    if (certctl_options_given(call->options) & ~VERIFY_OPTIONS) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("--verify checks all rows, and goes with --json alone"));
        return FALSE;
    }
    if (!certd_bus_log_call_verify_sync(log, g_variant_new("a{sv}", NULL), CERTD_BUS_CALL_FLAGS,
                                        CERTD_BUS_TIMEOUT, &first, &last, &hash, NULL, error))
        return FALSE;
    guint64 rows = last + 1 - first;
    if (!call->options->json) {
        printf(_("%llu rows, %llu to %llu, are as they were written; the last has the hash %s\n"),
               (unsigned long long)rows, (unsigned long long)first, (unsigned long long)last, hash);
        return TRUE;
    }
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);
    g_variant_dict_insert(&dict, "rows", "t", rows);
    g_variant_dict_insert(&dict, "first", "t", first);
    g_variant_dict_insert(&dict, "last", "t", last);
    g_variant_dict_insert(&dict, "hash", "s", hash);
    certctl_print_json(call, g_variant_dict_end(&dict));
    return TRUE;
}

static GVariant *newest_first(GVariant *filter)
{
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(filter);
    g_variant_dict_insert(&dict, "newest-first", "b", TRUE);
    return g_variant_ref_sink(g_variant_dict_end(&dict));
}

/* The newest @most rows that @filter wants (0: all), oldest first. */
static GPtrArray *read_rows(CertdBusLog *log, GVariant *filter, guint64 most, GError **error)
{
    g_autoptr(GVariant) wanted = newest_first(filter);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    g_autofree char *cursor = g_strdup("");
    do {
        g_autofree char *next = NULL;
        guint64 left = most > 0 ? most - rows->len : CERTD_LIMIT_PAGE;
        if (!certctl_log_read(log, wanted, cursor, (guint)MIN(left, CERTD_LIMIT_PAGE),
                              CERTD_BUS_CALL_FLAGS, rows, &next, error))
            return NULL;
        /* A cursor that stands still would keep us here for ever. */
        if (g_str_equal(next, cursor))
            break;
        g_free(cursor);
        cursor = g_steal_pointer(&next);
    } while (*cursor != '\0' && (most == 0 || rows->len < most));
    for (unsigned int i = 0; i < rows->len / 2; i++) {
        void *row = rows->pdata[i];
        rows->pdata[i] = rows->pdata[rows->len - 1 - i];
        rows->pdata[rows->len - 1 - i] = row;
    }
    return g_steal_pointer(&rows);
}

static void print_rows(const GPtrArray *rows)
{
    const char *const headers[] = {_("NUMBER"), _("TIME"),    _("WHO"),    _("ACTION"),
                                   _("OBJECT"), _("OUTCOME"), _("DETAIL"), NULL};
    g_autoptr(CertdTable) table = certd_table_new(headers);
    for (unsigned int i = 0; i < rows->len; i++) {
        g_auto(GStrv) cells = certctl_log_cells(rows->pdata[i]);
        for (unsigned int j = 0; cells[j]; j++) {
            gboolean failed = j == 5 && !g_str_equal(cells[j], "ok");
            certd_table_add(table, failed ? CERTD_STYLE_BAD : CERTD_STYLE_PLAIN, cells[j]);
        }
    }
    certctl_print_table(table);
}

static void print_objects(const CertctlCall *call, const GPtrArray *rows)
{
    g_auto(GVariantBuilder) objects = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("aa{sv}"));
    for (unsigned int i = 0; i < rows->len && !call->options->follow; i++)
        g_variant_builder_add_value(&objects, certctl_log_object(rows->pdata[i]));
    if (!call->options->follow)
        certctl_print_json(call, g_variant_builder_end(&objects));
    for (unsigned int i = 0; i < rows->len && call->options->follow; i++)
        certctl_print_json(call, certctl_log_object(rows->pdata[i]));
}

static gboolean check_options(const CertctlOptions *options, GError **error)
{
    if (options->follow && options->json == CERTCTL_JSON_PRETTY) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("With --follow each row is one line of JSON; give --json=short"));
        return FALSE;
    }
    if (options->lines != CERTCTL_UNSET &&
        (options->lines < 0 || options->lines > (gint64)G_MAXUINT32)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("--lines %lld is out of range; give how many rows you want, or 0 for all"),
                    (long long)options->lines);
        return FALSE;
    }
    return TRUE;
}

static gboolean run(const CertctlCall *call, GError **error)
{
    const CertctlOptions *options = call->options;
    guint64 most = options->since ? 0 : LINES_DEFAULT;
    g_autoptr(CertdBusLog) log = certd_bus_open_log(call->connection, error);
    if (!log || !check_options(options, error))
        return FALSE;
    if (options->verify)
        return verify(call, log, error);
    g_autoptr(GVariant) filter = certctl_log_filter(options, certctl_now(), error);
    if (!filter)
        return FALSE;
    if (options->lines != CERTCTL_UNSET)
        most = (guint64)options->lines;
    g_autoptr(GPtrArray) rows = read_rows(log, filter, most, error);
    if (!rows)
        return FALSE;
    if (options->json)
        print_objects(call, rows);
    else
        print_rows(rows);
    if (!options->follow)
        return TRUE;
    guint64 last = rows->len > 0 ? certctl_log_number(rows->pdata[rows->len - 1]) : 0;
    return certctl_log_follow(call, log, filter, last, error);
}

const CertctlVerb certctl_verb_log = {
    .name = "log",
    .synopsis = "",
    .summary = N_("Show what was done, by whom, and what was refused"),
    .example = "certctl log --object https --since 2d",
    .options = CERTCTL_BIT(VERIFY) | CERTCTL_BIT(FOLLOW) | CERTCTL_BIT(SINCE) | CERTCTL_BIT(UNTIL) |
               CERTCTL_BIT(OBJECT) | CERTCTL_BIT(ACTION) | CERTCTL_BIT(USER) | CERTCTL_BIT(FAILED) |
               CERTCTL_BIT(LINES) | CERTCTL_BIT(JSON),
    .run = run,
};
