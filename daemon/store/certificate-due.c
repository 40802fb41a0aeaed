/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The certificates as a calendar and as a list to walk: what is due, and what can't be read. Each
 * question reads one index, so that it costs the same with 100,000 of them.
 */
#include "store/certificate.h"
#include "store/chain.h"
#include "store/reader.h"

gboolean certd_store_certificate_set_due(CertdStore *store, const char *name, gint64 due,
                                         GError **error)
{
    static const char UPDATE[] = "UPDATE certificate SET due = nullif(?2, 0) WHERE name = ?1";

    return certd_store_run(store, UPDATE, CERTD_VALUES(CERTD_TEXT(name), CERTD_INTEGER(due)),
                           error);
}

/* When a third of the lifetime is left, but not before ?1. */
#define CERTD_THIRD "max(?1, ifnull(not_after - (not_after - not_before) / 3, 0))"

gboolean certd_store_certificates_forget_failures(CertdStore *store, gint64 now, GError **error)
{
    static const char UPDATE[] =
        "UPDATE certificate SET failures = 0, attempt = CASE attempt WHEN 0 THEN 0"
        " ELSE " CERTD_THIRD " END, renewal = CASE WHEN renewal < " CERTD_NEVER " THEN " CERTD_THIRD
        " ELSE renewal END WHERE failures > 0";

    return certd_store_run(store, UPDATE, CERTD_VALUES(CERTD_INTEGER(now)), error);
}

static GPtrArray *certd_certificate_collect_names(CertdStore *store, CertdStatement *statement,
                                                  GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    gboolean row = FALSE;

    while (TRUE) {
        CertdReader reader = {.store = store, .statement = statement};
        if (!statement || !certd_statement_step(store, statement, &row, error))
            return NULL;
        if (!row)
            return g_steal_pointer(&names);
        char *name = certd_reader_text(&reader);
        if (name)
            g_ptr_array_add(names, name);
        if (!certd_reader_finish(&reader, "certificate", name, error))
            return NULL;
    }
}

GPtrArray *certd_store_certificates_due(CertdStore *store, gint64 now, guint limit, GError **error)
{
    static const char SELECT[] = "SELECT name FROM certificate INDEXED BY certificate_due"
                                 " WHERE due IS NOT NULL AND due <= ?1 ORDER BY due LIMIT ?2";
    g_autoptr(CertdStatement) statement = certd_statement_get(
        store, SELECT, CERTD_VALUES(CERTD_INTEGER(now), CERTD_INTEGER(limit)), error);

    return certd_certificate_collect_names(store, statement, error);
}

GPtrArray *certd_store_certificate_names(CertdStore *store, const char *cursor, guint limit,
                                         GError **error)
{
    static const char SELECT[] = "SELECT name FROM certificate INDEXED BY certificate_validity"
                                 " WHERE name > ?1 ORDER BY name LIMIT ?2";
    g_autoptr(CertdStatement) statement = certd_statement_get(
        store, SELECT, CERTD_VALUES(CERTD_TEXT(cursor), CERTD_INTEGER(limit)), error);

    return certd_certificate_collect_names(store, statement, error);
}

gboolean certd_store_next_due(CertdStore *store, gint64 *when, GError **error)
{
    static const char SELECT[] = "SELECT due FROM certificate INDEXED BY certificate_due"
                                 " WHERE due IS NOT NULL ORDER BY due LIMIT 1";

    return certd_store_query_integer(store, SELECT, NULL, 0, 0, when, error);
}

gboolean certd_store_next_renewal(CertdStore *store, gint64 *when, GError **error)
{
    static const char SELECT[] = "SELECT renewal FROM certificate WHERE renewal IS NOT NULL"
                                 " AND renewal < " CERTD_NEVER " ORDER BY renewal LIMIT 1";

    return certd_store_query_integer(store, SELECT, NULL, 0, 0, when, error);
}

gboolean certd_store_certificate_mend(CertdStore *store, const char *name,
                                      const CertdSettings *settings, gint64 now, GError **error)
{
    static const char KEEP[] =
        "INSERT INTO damaged (time, object, content)"
        " SELECT ?2, 'certificate/' || ?1, json_object('settings', hex(settings), 'generation',"
        "  hex(generation), 'active_chain', hex(active_chain), 'previous_chain',"
        "  hex(previous_chain), 'created', hex(created))"
        " FROM certificate WHERE name = ?1";
    static const char RENEW[] =
        "UPDATE certificate SET settings = ?2, generation ="
        " CASE WHEN typeof(generation) = 'integer' AND generation BETWEEN 0 AND 4611686018427387904"
        "  THEN generation + 1 ELSE 1 END, (active_chain, not_before, not_after, renewal) ="
        " (SELECT id, not_before, not_after, not_after - (not_after - not_before) / 3 FROM chain"
        "  WHERE id = active_chain AND certificate = ?1), attempt ="
        " ifnull((SELECT not_after - (not_after - not_before) / 3 FROM chain"
        "  WHERE id = active_chain AND certificate = ?1), 0),"
        " previous_chain = (SELECT id FROM chain WHERE id = previous_chain AND certificate = ?1),"
        " emergency_chain = NULL, failures = 0, warnings = 0, due = 1, unusable = 0"
        " WHERE name = ?1";
    g_autoptr(GBytes) content = certd_store_serialize(certd_settings_to_variant(settings));

    return certd_store_run(store, KEEP, CERTD_VALUES(CERTD_TEXT(name), CERTD_INTEGER(now)),
                           error) &&
           certd_store_run(store, RENEW, CERTD_VALUES(CERTD_TEXT(name), CERTD_BYTES(content)),
                           error);
}

static GArray *certd_certificate_emergencies(CertdStore *store, GError **error)
{
    static const char SELECT[] =
        "SELECT emergency_chain FROM certificate INDEXED BY certificate_emergency"
        " WHERE emergency_chain IS NOT NULL";
    g_autoptr(CertdStatement) statement = certd_statement_get(store, SELECT, NULL, 0, error);

    return certd_reader_ids(store, statement, "certificate", error);
}

gboolean certd_store_clear_emergencies(CertdStore *store, GError **error)
{
    static const char UPDATE[] = "UPDATE certificate SET emergency_chain = NULL, due = 1,"
                                 " generation = generation + 1 WHERE emergency_chain IS NOT NULL";
    g_autoptr(GArray) chains = certd_certificate_emergencies(store, error);

    if (!chains || !certd_store_run(store, UPDATE, NULL, 0, error))
        return FALSE;
    for (guint i = 0; i < chains->len; i++)
        if (!certd_store_chain_delete(store, g_array_index(chains, gint64, i), error))
            return FALSE;
    return TRUE;
}
