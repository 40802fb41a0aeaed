/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The audit table. Row n holds SHA-256(hash of row n - 1, n, and each field with its length before
 * it), row 0 being zeros; audit_head holds the last number and hash, so that a missing end shows.
 */
#include "store/audit.h"

#include "store/reader.h"

#include <string.h>

#define CERTD_HASH_BYTES 32

typedef struct {
    gint64 id;
    guint8 bytes[CERTD_HASH_BYTES];
} CertdAuditHead;

static void certd_audit_add_integer(GChecksum *checksum, gint64 value)
{
    gint64 ordered = GINT64_TO_BE(value);

    g_checksum_update(checksum, (const guchar *)&ordered, sizeof ordered);
}

/* Moves @head on to @entry's row. */
static void certd_audit_hash(CertdAuditHead *head, const CertdAuditEntry *entry)
{
    const char *fields[] = {entry->sender, entry->action, entry->object, entry->outcome,
                            entry->detail};
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    size_t size = CERTD_HASH_BYTES;

    g_checksum_update(checksum, head->bytes, CERTD_HASH_BYTES);
    certd_audit_add_integer(checksum, ++head->id);
    certd_audit_add_integer(checksum, entry->time);
    certd_audit_add_integer(checksum, entry->uid);
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        certd_audit_add_integer(checksum, (gint64)strlen(fields[i]));
        g_checksum_update(checksum, (const guchar *)fields[i], (gssize)strlen(fields[i]));
    }
    g_checksum_get_digest(checksum, head->bytes, &size);
}

static gboolean certd_audit_read_head(CertdStore *store, CertdAuditHead *head, GError **error)
{
    static const char SELECT[] = "SELECT last, hash FROM audit_head WHERE only = 1";
    g_autoptr(CertdStatement) statement = certd_statement_get(store, SELECT, NULL, 0, error);
    CertdReader reader = {.store = store, .statement = statement};
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return FALSE;
    if (!row)
        return certd_store_damaged(store, error, "the head of the audit is missing");
    head->id = certd_reader_integer(&reader, 0, G_MAXINT64 - 1);
    g_autoptr(GBytes) hash = certd_reader_bytes(&reader, CERTD_HASH_BYTES);
    if (!certd_reader_finish(&reader, "audit_head", "1", error))
        return FALSE;
    memcpy(head->bytes, g_bytes_get_data(hash, NULL), CERTD_HASH_BYTES);
    return TRUE;
}

gboolean certd_store_audit_append(CertdStore *store, const CertdAuditEntry *entry, GError **error)
{
    static const char INSERT[] =
        "INSERT INTO audit (id, time, uid, sender, action, object, outcome, detail, hash)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    static const char UPDATE[] = "UPDATE audit_head SET last = ?1, hash = ?2 WHERE only = 1";
    CertdAuditHead head;

    if (!certd_audit_read_head(store, &head, error))
        return FALSE;
    certd_audit_hash(&head, entry);
    g_autoptr(GBytes) hash = g_bytes_new(head.bytes, CERTD_HASH_BYTES);
    return certd_store_run(store, INSERT,
                           CERTD_VALUES(CERTD_INTEGER(head.id), CERTD_INTEGER(entry->time),
                                        CERTD_INTEGER(entry->uid), CERTD_TEXT(entry->sender),
                                        CERTD_TEXT(entry->action), CERTD_TEXT(entry->object),
                                        CERTD_TEXT(entry->outcome), CERTD_TEXT(entry->detail),
                                        CERTD_BYTES(hash)),
                           error) &&
           certd_store_run(store, UPDATE, CERTD_VALUES(CERTD_INTEGER(head.id), CERTD_BYTES(hash)),
                           error);
}

/* Holds the row that @statement is at against @head, and moves that on. */
static gboolean certd_audit_check(CertdStore *store, CertdStatement *statement,
                                  CertdAuditHead *head, GError **error)
{
    CertdReader reader = {.store = store, .statement = statement};
    gint64 id = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    gint64 time = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    gint64 uid = certd_reader_integer(&reader, 0, G_MAXUINT32);
    g_autofree char *sender = certd_reader_text(&reader);
    g_autofree char *action = certd_reader_text(&reader);
    g_autofree char *object = certd_reader_text(&reader);
    g_autofree char *outcome = certd_reader_text(&reader);
    g_autofree char *detail = certd_reader_text(&reader);
    g_autoptr(GBytes) hash = certd_reader_bytes(&reader, CERTD_HASH_BYTES);
    g_autofree char *row = g_strdup_printf("%" G_GINT64_FORMAT, id);

    if (!certd_reader_finish(&reader, "audit", row, error))
        return FALSE;
    if (id != head->id + 1)
        return certd_store_damaged(store, error, "row %" G_GINT64_FORMAT " of the audit is missing",
                                   head->id + 1);
    CertdAuditEntry entry = {
        .time = time,
        .uid = (guint32)uid,
        .sender = sender,
        .action = action,
        .object = object,
        .outcome = outcome,
        .detail = detail,
    };
    certd_audit_hash(head, &entry);
    if (memcmp(head->bytes, g_bytes_get_data(hash, NULL), CERTD_HASH_BYTES) == 0)
        return TRUE;
    return certd_store_damaged(store, error,
                               "row %" G_GINT64_FORMAT " of the audit was changed, or one before "
                               "it",
                               id);
}

gboolean certd_store_audit_verify(CertdStore *store, guint64 *rows, GError **error)
{
    static const char SELECT[] = "SELECT id, time, uid, sender, action, object, outcome, detail,"
                                 " hash FROM audit ORDER BY id";
    g_autoptr(CertdStatement) statement = certd_statement_get(store, SELECT, NULL, 0, error);
    CertdAuditHead walked = {0};
    CertdAuditHead head = {0};
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return FALSE;
    while (row)
        if (!certd_audit_check(store, statement, &walked, error) ||
            !certd_statement_step(store, statement, &row, error))
            return FALSE;
    if (!certd_audit_read_head(store, &head, error))
        return FALSE;
    if (head.id != walked.id || memcmp(head.bytes, walked.bytes, CERTD_HASH_BYTES) != 0)
        return certd_store_damaged(store, error,
                                   "row %" G_GINT64_FORMAT " of the audit is missing or not the "
                                   "last",
                                   walked.id + 1);
    *rows = (guint64)walked.id;
    return TRUE;
}
