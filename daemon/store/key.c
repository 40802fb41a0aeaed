/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of keys. Several certificates and requests may use one key, so a key goes only when
 * nothing refers to it any more.
 */
#include "store/key.h"

#include "model/text.h"
#include "store/reader.h"

void certd_key_record_free(CertdKeyRecord *record)
{
    if (!record)
        return;
    g_free(record->id);
    g_free(record->key_type);
    g_clear_pointer(&record->public_hash, g_bytes_unref);
    g_clear_pointer(&record->sealed, g_bytes_unref);
    g_free(record);
}

gboolean certd_store_key_insert(CertdStore *store, const CertdKeyRecord *record, GError **error)
{
    static const char INSERT[] =
        "INSERT INTO key (id, key_type, public_hash, sealed, exportable, created)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    return certd_store_run(
        store, INSERT,
        CERTD_VALUES(CERTD_TEXT(record->id), CERTD_TEXT(record->key_type),
                     CERTD_BYTES(record->public_hash), CERTD_BYTES(record->sealed),
                     CERTD_INTEGER(record->exportable ? 1 : 0), CERTD_INTEGER(record->created)),
        error);
}

#define CERTD_KEY_COLUMNS "SELECT id, key_type, public_hash, sealed, exportable, created FROM key "

static CertdKeyRecord *certd_key_read(CertdStore *store, CertdStatement *statement, GError **error)
{
    g_autoptr(CertdKeyRecord) record = g_new0(CertdKeyRecord, 1);
    CertdReader reader = {.store = store, .statement = statement};

    record->id = certd_reader_text(&reader);
    record->key_type = certd_reader_text(&reader);
    record->public_hash = certd_reader_bytes(&reader, 32);
    record->sealed = certd_reader_bytes(&reader, 0);
    record->exportable = certd_reader_integer(&reader, 0, 1) == 1;
    record->created = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    if (!certd_reader_finish(&reader, "key", record->id, error))
        return NULL;
    return g_steal_pointer(&record);
}

CertdKeyRecord *certd_store_key_get(CertdStore *store, const char *id, GError **error)
{
    static const char SELECT[] = CERTD_KEY_COLUMNS "WHERE id = ?1";
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, SELECT, CERTD_VALUES(CERTD_TEXT(id)), error);
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return NULL;
    if (row)
        return certd_key_read(store, statement, error);
    g_autofree char *quoted = certd_text_quote(id);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                "There is no key %s in the keystore; make a new request", quoted);
    return NULL;
}

gboolean certd_store_key_find(CertdStore *store, GBytes *public_hash, CertdKeyRecord **record,
                              GError **error)
{
    static const char SELECT[] =
        CERTD_KEY_COLUMNS "WHERE public_hash = ?1 ORDER BY created DESC, rowid DESC LIMIT 1";
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, SELECT, CERTD_VALUES(CERTD_BYTES(public_hash)), error);
    gboolean row = FALSE;
    CertdKeyRecord *found = NULL;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return FALSE;
    if (row) {
        found = certd_key_read(store, statement, error);
        if (!found)
            return FALSE;
    }
    *record = found;
    return TRUE;
}

gboolean certd_store_key_collect(CertdStore *store, const char *id, GError **error)
{
    static const char DELETE_ALL[] =
        "DELETE FROM key WHERE ?1 IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM chain WHERE chain.key_id = key.id)"
        " AND NOT EXISTS (SELECT 1 FROM request WHERE request.key_id = key.id)"
        " AND NOT EXISTS (SELECT 1 FROM authority WHERE authority.key_id = key.id)";
    static const char DELETE_ONE[] =
        "DELETE FROM key WHERE id = ?1"
        " AND NOT EXISTS (SELECT 1 FROM chain WHERE chain.key_id = ?1)"
        " AND NOT EXISTS (SELECT 1 FROM request WHERE request.key_id = ?1)"
        " AND NOT EXISTS (SELECT 1 FROM authority WHERE authority.key_id = ?1)";

    return certd_store_run(store, id ? DELETE_ONE : DELETE_ALL, CERTD_VALUES(CERTD_TEXT(id)),
                           error);
}
