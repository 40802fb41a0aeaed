/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The store's part of a factory reset. Numbers of requests and chains go on from where they were
 * (AUTOINCREMENT), so that an id of before never means something new.
 */
#include "store/factory.h"

#include "store/reader.h"

gboolean certd_store_lost(CertdStore *store, char ***lost, GError **error)
{
    static const char SELECT[] =
        "SELECT name FROM certificate WHERE active_chain IS NOT NULL"
        " OR previous_chain IS NOT NULL OR EXISTS (SELECT 1 FROM request"
        "  WHERE request.certificate = name AND state IN ('queued','generating','ready'))"
        " ORDER BY name";
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    g_autoptr(CertdStatement) statement = certd_statement_get(store, SELECT, NULL, 0, error);
    gboolean row = TRUE;

    while (row) {
        CertdReader reader = {.store = store, .statement = statement};
        if (!statement || !certd_statement_step(store, statement, &row, error))
            return FALSE;
        g_autofree char *name = row ? certd_reader_text(&reader) : NULL;
        if (name)
            g_strv_builder_add(names, name);
    }
    *lost = g_strv_builder_end(names);
    return TRUE;
}

gboolean certd_store_clear(CertdStore *store, char ***lost, GError **error)
{
    static const char *const STEPS[] = {
        "DELETE FROM request",
        "DELETE FROM trial",
        "DELETE FROM https_trial",
        "DELETE FROM https",
        "DELETE FROM consumer",
        "DELETE FROM authority",
        "DELETE FROM problem",
        "DELETE FROM anchor",
        "UPDATE trust SET changed = 0",
        ("UPDATE certificate SET active_chain = NULL, previous_chain = NULL,"
         " emergency_chain = NULL, not_before = NULL, not_after = NULL, renewal = NULL"),
        "DELETE FROM chain",
        "DELETE FROM certificate",
        "DELETE FROM key",
        "UPDATE clock SET seen = 0, synchronized = 0",
    };
    g_auto(GStrv) names = NULL;

    if (!certd_store_lost(store, &names, error))
        return FALSE;
    for (size_t i = 0; i < G_N_ELEMENTS(STEPS); i++)
        if (!certd_store_run(store, STEPS[i], NULL, 0, error))
            return FALSE;
    *lost = g_steal_pointer(&names);
    return TRUE;
}
