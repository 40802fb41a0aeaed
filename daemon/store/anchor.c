/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is trusted must be what was added: each row is held to its fingerprint whenever it is read, and
 * one that does not fit is trusted for nothing.
 */
#include "store/anchor.h"

#include "store/reader.h"

#define CERTD_FINGERPRINT_LENGTH 64u
#define CERTD_SUBJECT_HASH_LENGTH 8u

void certd_anchor_record_free(CertdAnchorRecord *record)
{
    if (!record)
        return;
    g_free(record->fingerprint);
    g_clear_pointer(&record->certificate, g_bytes_unref);
    g_clear_pointer(&record->details, g_variant_unref);
    g_free(record->subject_hash);
    g_free(record);
}

/* Only digits, because it becomes the name of a file. */
static gboolean certd_is_hex(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!g_ascii_isxdigit(text[i]) || g_ascii_isupper(text[i]))
            return FALSE;
    return text[length] == '\0';
}

static CertdAnchorRecord *certd_anchor_read(CertdStore *store, CertdStatement *statement,
                                            GError **error)
{
    g_autoptr(CertdAnchorRecord) record = g_new0(CertdAnchorRecord, 1);
    CertdReader reader = {.store = store, .statement = statement};

    record->fingerprint = certd_reader_text(&reader);
    record->certificate = certd_reader_bytes(&reader, 0);
    g_autofree char *fingerprint =
        record->certificate ? g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, record->certificate)
                            : NULL;
    if (!fingerprint || g_strcmp0(fingerprint, record->fingerprint) != 0)
        certd_reader_reject(&reader);
    record->details = certd_reader_variant(&reader, "a{sv}");
    record->subject_hash = certd_reader_text(&reader);
    if (!record->subject_hash || !certd_is_hex(record->subject_hash, CERTD_SUBJECT_HASH_LENGTH))
        certd_reader_reject(&reader);
    record->purposes = (CertdPurposes)certd_reader_integer(
        &reader, 1, CERTD_PURPOSE_SERVER | CERTD_PURPOSE_CLIENT);
    record->added = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    if (!certd_reader_finish(&reader, "anchor", record->fingerprint, error))
        return NULL;
    return g_steal_pointer(&record);
}

/* The row's fingerprint as it stands there, for who is to be told of it. */
static void certd_anchor_note_damage(CertdStore *store, CertdStatement *statement,
                                     GPtrArray *damaged)
{
    CertdReader reader = {.store = store, .statement = statement};
    g_autofree char *fingerprint = certd_reader_text(&reader);

    if (damaged && fingerprint && certd_is_hex(fingerprint, CERTD_FINGERPRINT_LENGTH))
        g_ptr_array_add(damaged, g_steal_pointer(&fingerprint));
}

GPtrArray *certd_store_anchor_page(CertdStore *store, const char *cursor, guint limit,
                                   gboolean *more, GPtrArray *damaged, GError **error)
{
    static const char SELECT[] =
        "SELECT fingerprint, certificate, details, subject_hash, purposes, added FROM anchor"
        " WHERE fingerprint > ?1 ORDER BY fingerprint";
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, SELECT, CERTD_VALUES(CERTD_TEXT(cursor)), error);
    g_autoptr(GPtrArray) records =
        g_ptr_array_new_with_free_func((GDestroyNotify)certd_anchor_record_free);
    gboolean found = TRUE;

    while (TRUE) {
        if (!statement || !certd_statement_step(store, statement, &found, error))
            return NULL;
        if (!found)
            break;
        CertdAnchorRecord *record = certd_anchor_read(store, statement, NULL);
        if (!record) {
            certd_anchor_note_damage(store, statement, damaged);
        } else if (records->len == limit) {
            certd_anchor_record_free(record);
            break;
        } else {
            g_ptr_array_add(records, record);
        }
    }
    *more = found;
    return g_steal_pointer(&records);
}

/* Whether there is a row @fingerprint, and the @purposes of one that can be believed. */
static gboolean certd_anchor_find(CertdStore *store, const char *fingerprint, gboolean *found,
                                  CertdPurposes *purposes, GError **error)
{
    static const char SELECT[] =
        "SELECT fingerprint, certificate, details, subject_hash, purposes, added FROM anchor"
        " WHERE fingerprint = ?1";
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, SELECT, CERTD_VALUES(CERTD_TEXT(fingerprint)), error);
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return FALSE;
    g_autoptr(CertdAnchorRecord) record = row ? certd_anchor_read(store, statement, NULL) : NULL;
    *found = row;
    *purposes = record ? record->purposes : 0;
    return TRUE;
}

gboolean certd_store_anchor_purposes(CertdStore *store, const char *fingerprint,
                                     CertdPurposes *purposes, GError **error)
{
    gboolean found;

    return certd_anchor_find(store, fingerprint, &found, purposes, error);
}

static gboolean certd_anchor_keep_damaged(CertdStore *store, const char *fingerprint, gint64 now,
                                          GError **error)
{
    static const char KEEP[] =
        "INSERT INTO damaged (time, object, content)"
        " SELECT ?2, 'anchor/' || ?1, json_object('certificate', hex(certificate), 'details',"
        "  hex(details), 'subject_hash', hex(subject_hash), 'purposes', hex(purposes), 'added',"
        "  hex(added)) FROM anchor WHERE fingerprint = ?1";

    return certd_store_run(store, KEEP, CERTD_VALUES(CERTD_TEXT(fingerprint), CERTD_INTEGER(now)),
                           error);
}

gboolean certd_store_anchor_set(CertdStore *store, const CertdAnchorRecord *record, GError **error)
{
    static const char UPDATE[] = "UPDATE anchor SET purposes = ?2 WHERE fingerprint = ?1";
    static const char REPLACE[] =
        "INSERT OR REPLACE INTO anchor (fingerprint, certificate, details, subject_hash, purposes,"
        " added) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    g_autoptr(GBytes) details = certd_store_serialize(record->details);
    CertdPurposes purposes;
    gboolean found;

    if (!certd_anchor_find(store, record->fingerprint, &found, &purposes, error))
        return FALSE;
    if (found && purposes != 0)
        return certd_store_run(
            store, UPDATE,
            CERTD_VALUES(CERTD_TEXT(record->fingerprint), CERTD_INTEGER(record->purposes)), error);
    if (found && !certd_anchor_keep_damaged(store, record->fingerprint, record->added, error))
        return FALSE;
    return certd_store_run(
        store, REPLACE,
        CERTD_VALUES(CERTD_TEXT(record->fingerprint), CERTD_BYTES(record->certificate),
                     CERTD_BYTES(details), CERTD_TEXT(record->subject_hash),
                     CERTD_INTEGER(record->purposes), CERTD_INTEGER(record->added)),
        error);
}

gboolean certd_store_anchor_remove(CertdStore *store, const char *fingerprint, gint64 now,
                                   gboolean *removed, GError **error)
{
    static const char DELETE[] = "DELETE FROM anchor WHERE fingerprint = ?1";
    CertdPurposes purposes;
    gboolean found;

    if (!certd_anchor_find(store, fingerprint, &found, &purposes, error) ||
        (found && purposes == 0 && !certd_anchor_keep_damaged(store, fingerprint, now, error)) ||
        (found && !certd_store_run(store, DELETE, CERTD_VALUES(CERTD_TEXT(fingerprint)), error)))
        return FALSE;
    *removed = found;
    return TRUE;
}

gboolean certd_store_anchor_count(CertdStore *store, guint *count, guint64 *bytes, GError **error)
{
    gboolean more;
    g_autoptr(GPtrArray) records =
        certd_store_anchor_page(store, "", G_MAXUINT, &more, NULL, error);

    if (!records)
        return FALSE;
    *count = records->len;
    *bytes = 0;
    for (guint i = 0; i < records->len; i++) {
        const CertdAnchorRecord *record = g_ptr_array_index(records, i);
        *bytes += g_bytes_get_size(record->certificate);
    }
    return TRUE;
}

gboolean certd_store_trust_changed(CertdStore *store, gint64 *when, GError **error)
{
    static const char SELECT[] = "SELECT changed FROM trust WHERE only = 1";

    return certd_store_query_integer(store, SELECT, NULL, 0, 0, when, error);
}

gboolean certd_store_trust_set_changed(CertdStore *store, gint64 when, GError **error)
{
    static const char UPDATE[] = "UPDATE trust SET changed = ?1 WHERE only = 1";

    return certd_store_run(store, UPDATE, CERTD_VALUES(CERTD_INTEGER(when)), error);
}
