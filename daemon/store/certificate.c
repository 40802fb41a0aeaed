/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of certificates, one row at a time. The dates of the active chain are copied into the
 * row whenever it is written, so that the indices over them hold active chains and nothing else.
 */
#include "store/certificate.h"

#include "model/names.h"
#include "model/text.h"
#include "store/key.h"
#include "store/reader.h"

void certd_certificate_record_free(CertdCertificateRecord *record)
{
    if (!record)
        return;
    g_free(record->name);
    g_clear_pointer(&record->settings, certd_settings_free);
    g_free(record);
}

static gboolean certd_certificate_missing(const char *name, GError **error)
{
    g_autofree char *quoted = certd_text_quote(name);

    g_set_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_CERTIFICATE,
                "There is no certificate %s; list what there is, or create it", quoted);
    return FALSE;
}

gboolean certd_store_certificate_insert(CertdStore *store, const CertdCertificateRecord *record,
                                        GError **error)
{
    static const char INSERT[] =
        "INSERT INTO certificate (name, settings, generation, created)"
        " VALUES (?1, ?2, coalesce((SELECT last FROM generation WHERE ?1 = ?4), 0), ?3)";
    g_autoptr(GBytes) settings = certd_store_serialize(certd_settings_to_variant(record->settings));
    g_autoptr(GError) failure = NULL;

    if (!certd_store_run(store, INSERT,
                         CERTD_VALUES(CERTD_TEXT(record->name), CERTD_BYTES(settings),
                                      CERTD_INTEGER(record->created),
                                      CERTD_TEXT(CERTD_CERTIFICATE_HTTPS)),
                         &failure)) {
        g_autofree char *quoted = certd_text_quote(record->name);
        if (g_error_matches(failure, CERTD_ERROR, CERTD_ERROR_EXISTS))
            g_set_error(error, CERTD_ERROR, CERTD_ERROR_EXISTS,
                        "There is a certificate %s already; configure that, or take another name",
                        quoted);
        else
            g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    /* The chains come after the row they belong to, so nearly always there are none yet. */
    if (record->generation == 0 && record->active_chain == 0 && record->previous_chain == 0)
        return TRUE;
    return certd_store_certificate_update(store, record, error);
}

static void certd_certificate_read_plan(CertdCertificateRecord *record, CertdReader *reader)
{
    record->validity.not_before = certd_reader_integer(reader, G_MININT64, G_MAXINT64);
    record->validity.not_after = certd_reader_integer(reader, G_MININT64, G_MAXINT64);
    record->attempt = certd_reader_integer(reader, G_MININT64, G_MAXINT64);
    record->failures = (guint)certd_reader_integer(reader, 0, G_MAXINT32);
    record->warnings = (guint)certd_reader_integer(reader, 0, G_MAXINT32);
    record->due = certd_reader_integer(reader, G_MININT64, G_MAXINT64);
    record->unusable =
        (CertdUnusable)certd_reader_integer(reader, CERTD_USABLE, CERTD_UNUSABLE_COUNT_ - 1);
}

/* A row that refers to what is gone could not even be written again. */
#define CERTD_IS_THERE(column)                                                                     \
    "(" column " IS NULL OR EXISTS (SELECT 1 FROM chain WHERE chain.id = " column "))"
#define CERTD_CHAINS_ARE_THERE                                                                     \
    CERTD_IS_THERE("active_chain")                                                                 \
    " AND " CERTD_IS_THERE("previous_chain") " AND " CERTD_IS_THERE("emergency_chain")

CertdCertificateRecord *certd_store_certificate_get(CertdStore *store, const char *name,
                                                    GError **error)
{
    static const char SELECT[] =
        "SELECT name, settings, generation, active_chain, previous_chain, emergency_chain, created,"
        " ifnull(not_before, 0), ifnull(not_after, 0), attempt, failures, warnings,"
        " ifnull(due, 0), unusable, " CERTD_CHAINS_ARE_THERE " AS chains"
        " FROM certificate WHERE name = ?1";
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, SELECT, CERTD_VALUES(CERTD_TEXT(name)), error);
    g_autoptr(CertdCertificateRecord) record = g_new0(CertdCertificateRecord, 1);
    CertdReader reader = {.store = store, .statement = statement};
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return NULL;
    if (!row) {
        certd_certificate_missing(name, error);
        return NULL;
    }
    record->name = certd_reader_text(&reader);
    record->settings = certd_reader_settings(&reader);
    record->generation = (guint64)certd_reader_integer(&reader, 0, G_MAXINT64);
    record->active_chain = certd_reader_reference(&reader);
    record->previous_chain = certd_reader_reference(&reader);
    record->emergency_chain = certd_reader_reference(&reader);
    record->created = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    certd_certificate_read_plan(record, &reader);
    (void)certd_reader_integer(&reader, 1, 1);
    if (!certd_reader_finish(&reader, "certificate", name, error))
        return NULL;
    return g_steal_pointer(&record);
}

gboolean certd_store_certificate_exists(CertdStore *store, const char *name)
{
    static const char SELECT[] = "SELECT 1 FROM certificate WHERE name = ?1";
    gint64 found = 0;

    return certd_store_query_integer(store, SELECT, CERTD_VALUES(CERTD_TEXT(name)), 0, &found,
                                     NULL) &&
           found == 1;
}

gboolean certd_store_certificate_update(CertdStore *store, const CertdCertificateRecord *record,
                                        GError **error)
{
    static const char UPDATE[] =
        "UPDATE certificate SET settings = ?2, generation = ?3, active_chain = ?4,"
        " previous_chain = ?5, emergency_chain = ?6, attempt = ?7, failures = ?8, warnings = ?9,"
        " due = nullif(?10, 0), unusable = ?11, (not_before, not_after, renewal) ="
        " (SELECT not_before, not_after, ifnull(nullif(?7, 0), " CERTD_NEVER ")"
        "  FROM chain WHERE id = ?4)"
        " WHERE name = ?1";
    g_autoptr(GBytes) settings = certd_store_serialize(certd_settings_to_variant(record->settings));

    if (!certd_store_run(
            store, UPDATE,
            CERTD_VALUES(CERTD_TEXT(record->name), CERTD_BYTES(settings),
                         CERTD_INTEGER((gint64)record->generation),
                         CERTD_REFERENCE(record->active_chain),
                         CERTD_REFERENCE(record->previous_chain),
                         CERTD_REFERENCE(record->emergency_chain), CERTD_INTEGER(record->attempt),
                         CERTD_INTEGER(record->failures), CERTD_INTEGER(record->warnings),
                         CERTD_INTEGER(record->due), CERTD_INTEGER(record->unusable)),
            error))
        return FALSE;
    return sqlite3_changes(store->db) == 1 || certd_certificate_missing(record->name, error);
}

/* The keys of all of @name's chains and requests. */
static GPtrArray *certd_certificate_keys(CertdStore *store, const char *name, GError **error)
{
    static const char SELECT[] =
        "SELECT key_id FROM chain WHERE certificate = ?1 UNION"
        " SELECT key_id FROM request WHERE certificate = ?1 AND key_id IS NOT NULL";
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, SELECT, CERTD_VALUES(CERTD_TEXT(name)), error);
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    gboolean row = TRUE;

    while (row) {
        CertdReader reader = {.store = store, .statement = statement};
        if (!statement || !certd_statement_step(store, statement, &row, error))
            return NULL;
        if (!row)
            break;
        char *key = certd_reader_text(&reader);
        if (key)
            g_ptr_array_add(keys, key);
        if (!certd_reader_finish(&reader, "chain", name, error))
            return NULL;
    }
    return g_steal_pointer(&keys);
}

gboolean certd_store_certificate_delete(CertdStore *store, const char *name, GError **error)
{
    static const char *const STEPS[] = {
        "DELETE FROM request WHERE certificate = ?1",
        "DELETE FROM trial WHERE certificate = ?1",
        "DELETE FROM consumer WHERE certificate = ?1",
        ("UPDATE certificate SET active_chain = NULL, previous_chain = NULL,"
         " emergency_chain = NULL, not_before = NULL, not_after = NULL, renewal = NULL"
         " WHERE name = ?1"),
        "DELETE FROM chain WHERE certificate = ?1",
        "DELETE FROM certificate WHERE name = ?1",
    };
    g_autoptr(GPtrArray) keys = certd_certificate_keys(store, name, error);

    if (!keys)
        return FALSE;
    for (size_t i = 0; i < G_N_ELEMENTS(STEPS); i++)
        if (!certd_store_run(store, STEPS[i], CERTD_VALUES(CERTD_TEXT(name)), error))
            return FALSE;
    if (sqlite3_changes(store->db) != 1)
        return certd_certificate_missing(name, error);
    for (guint i = 0; i < keys->len; i++)
        if (!certd_store_key_collect(store, keys->pdata[i], error))
            return FALSE;
    return TRUE;
}

gboolean certd_store_certificate_count(CertdStore *store, guint64 *count, GError **error)
{
    static const char SELECT[] =
        "SELECT value FROM counter WHERE name = 'certificate' AND uid = -1";
    gint64 found = 0;

    if (!certd_store_query_integer(store, SELECT, NULL, 0, -1, &found, error))
        return FALSE;
    if (found < 0)
        return certd_store_damaged(store, error, "the counter of certificates is missing");
    *count = (guint64)found;
    return TRUE;
}
