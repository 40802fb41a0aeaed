/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of trials. A row refers to the chain that comes back, so that this can't be deleted while it
 * may be needed. */
#include "store/trial.h"

#include "model/error.h"
#include "store/reader.h"

void certd_trial_record_free(CertdTrialRecord *record)
{
    if (!record)
        return;
    g_free(record->certificate);
    g_clear_pointer(&record->settings, certd_settings_free);
    g_free(record->boot);
    g_free(record);
}

gboolean certd_store_trial_insert(CertdStore *store, const CertdTrialRecord *record, GError **error)
{
    static const char INSERT[] =
        "INSERT INTO trial (certificate, chain, settings, boot, deadline, uid, started)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    g_autoptr(GBytes) settings =
        record->settings ? certd_store_serialize(certd_settings_to_variant(record->settings))
                         : NULL;

    return certd_store_run(store, INSERT,
                           CERTD_VALUES(CERTD_TEXT(record->certificate),
                                        CERTD_REFERENCE(record->chain), CERTD_BYTES(settings),
                                        CERTD_TEXT(record->boot), CERTD_INTEGER(record->deadline),
                                        CERTD_INTEGER(record->uid), CERTD_INTEGER(record->started)),
                           error);
}

/* Reads the row that @sql finds; its last column is the settings. */
static gboolean certd_trial_read(CertdStore *store, const char *sql, const char *name,
                                 CertdTrialRecord **record, GError **error)
{
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, sql, CERTD_VALUES(CERTD_TEXT(name)), error);
    g_autoptr(CertdTrialRecord) found = g_new0(CertdTrialRecord, 1);
    CertdReader reader = {.store = store, .statement = statement};
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return FALSE;
    if (!row) {
        *record = NULL;
        return TRUE;
    }
    found->certificate = certd_reader_text(&reader);
    found->chain = certd_reader_reference(&reader);
    found->boot = certd_reader_text(&reader);
    found->deadline = certd_reader_integer(&reader, 0, G_MAXINT64);
    found->uid = (guint32)certd_reader_integer(&reader, 0, G_MAXUINT32);
    found->started = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    found->settings = certd_reader_settings_or_null(&reader);
    if (!certd_reader_finish(&reader, "trial", name, error))
        return FALSE;
    *record = g_steal_pointer(&found);
    return TRUE;
}

gboolean certd_store_trial_get(CertdStore *store, const char *name, CertdTrialRecord **record,
                               GError **error)
{
    static const char WHOLE[] = "SELECT certificate, chain, boot, deadline, uid, started, settings"
                                " FROM trial WHERE certificate = ?1";
    /* What makes no sense is of no boot that is: the trial is over then. */
    static const char PLAIN[] =
        "SELECT certificate, chain,"
        " CASE WHEN typeof(boot) = 'text' AND boot NOT GLOB '*[^0-9a-f]*' THEN boot ELSE '' END,"
        " CASE WHEN typeof(deadline) = 'integer' THEN max(deadline, 0) ELSE 0 END,"
        " CASE WHEN typeof(uid) = 'integer' AND uid BETWEEN 0 AND 4294967295 THEN uid"
        "  ELSE 4294967295 END, 0, NULL FROM trial WHERE certificate = ?1";
    g_autoptr(GError) failure = NULL;

    if (certd_trial_read(store, WHOLE, name, record, &failure))
        return TRUE;
    if (g_error_matches(failure, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED))
        return certd_trial_read(store, PLAIN, name, record, error);
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

gboolean certd_store_trial_delete(CertdStore *store, const char *name, GError **error)
{
    static const char DELETE[] = "DELETE FROM trial WHERE certificate = ?1";

    return certd_store_run(store, DELETE, CERTD_VALUES(CERTD_TEXT(name)), error);
}

gboolean certd_store_trial_keep_settings(CertdStore *store, const char *name, GError **error)
{
    static const char UPDATE[] = "UPDATE trial SET settings = NULL WHERE certificate = ?1";

    return certd_store_run(store, UPDATE, CERTD_VALUES(CERTD_TEXT(name)), error);
}

GPtrArray *certd_store_trial_names(CertdStore *store, GError **error)
{
    static const char SELECT[] = "SELECT certificate FROM trial ORDER BY certificate";
    g_autoptr(CertdStatement) statement = certd_statement_get(store, SELECT, NULL, 0, error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    gboolean row = TRUE;

    while (row) {
        CertdReader reader = {.store = store, .statement = statement};
        if (!statement || !certd_statement_step(store, statement, &row, error))
            return NULL;
        char *name = row ? certd_reader_text(&reader) : NULL;
        if (name)
            g_ptr_array_add(names, name);
    }
    return g_steal_pointer(&names);
}
