/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Walking along the chain, in parts, so that nobody waits while 100,000 rows are checked. What is walked
 * is the chain as it was at the beginning; rows appended meanwhile are behind its end.
 */
#include "store/audit-private.h"

#include <string.h>

/* Holds @record against @walk, and moves that on. */
static gboolean certd_audit_check_row(CertdStore *store, CertdAuditWalk *walk,
                                      const CertdAuditRecord *record, GError **error)
{
    CertdAuditEntry entry = certd_audit_entry(record);
    guint8 hash[CERTD_AUDIT_HASH_BYTES];

    if (record->id != walk->walked + 1)
        return certd_store_damaged(store, error, "row %" G_GINT64_FORMAT " of the log is missing",
                                   walk->walked + 1);
    if (record->damage)
        return certd_store_damaged(store, error,
                                   "row %" G_GINT64_FORMAT " of the log can't be read (%s)",
                                   record->id, record->damage);
    memcpy(hash, walk->hash, CERTD_AUDIT_HASH_BYTES);
    certd_audit_hash(hash, record->id, &entry);
    g_autofree char *hex = certd_audit_hex(hash);
    if (!g_str_equal(hex, record->hash))
        return certd_store_damaged(
            store, error, "row %" G_GINT64_FORMAT " of the log was changed, or one before it",
            record->id);
    memcpy(walk->hash, hash, CERTD_AUDIT_HASH_BYTES);
    walk->walked = record->id;
    return TRUE;
}

gboolean certd_audit_check_rows(CertdStore *store, CertdAuditWalk *walk, gint64 until, guint rows,
                                GError **error)
{
    static const char SELECT[] = "SELECT " CERTD_AUDIT_COLUMNS " FROM audit"
                                 " WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3";
    g_autoptr(CertdStatement) statement = certd_statement_get(
        store, SELECT,
        CERTD_VALUES(CERTD_INTEGER(walk->walked), CERTD_INTEGER(until), CERTD_INTEGER(rows)),
        error);
    gboolean row = FALSE;
    guint found = 0;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return FALSE;
    for (; row; found++) {
        g_autoptr(CertdAuditRecord) record = certd_audit_read(store, statement);
        if (!certd_audit_check_row(store, walk, record, error) ||
            !certd_statement_step(store, statement, &row, error))
            return FALSE;
    }
    if (found < rows && walk->walked < until)
        return certd_store_damaged(store, error, "row %" G_GINT64_FORMAT " of the log is missing",
                                   walk->walked + 1);
    return TRUE;
}

gboolean certd_store_audit_walk_begin(CertdStore *store, CertdAuditWalk *walk, GError **error)
{
    CertdAuditHead head = {0};

    if (!certd_audit_read_head(store, &head, error))
        return FALSE;
    walk->first = head.first;
    walk->last = head.last;
    walk->walked = head.first - 1;
    memcpy(walk->hash, head.base, CERTD_AUDIT_HASH_BYTES);
    memcpy(walk->end, head.hash, CERTD_AUDIT_HASH_BYTES);
    return TRUE;
}

/* Rows that are older than the chain: their head was damaged. */
static gboolean certd_audit_check_others(CertdStore *store, gint64 first, GError **error)
{
    static const char OLDEST[] = "SELECT min(id) FROM audit";
    gint64 oldest = first;

    if (!certd_store_query_integer(store, OLDEST, NULL, 0, first, &oldest, error))
        return FALSE;
    if (oldest >= first)
        return TRUE;
    return certd_store_damaged(store, error,
                               "rows %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                               " of the log are in no chain, which begins anew with row"
                               " %" G_GINT64_FORMAT,
                               oldest, first - 1, first);
}

/* Where rows went while the walk was under way, or another log took the place of this one, it begins
 * again. */
static gboolean certd_audit_walk_resume(CertdStore *store, CertdAuditWalk *walk, GError **error)
{
    CertdAuditHead head = {0};

    if (!certd_audit_read_head(store, &head, error))
        return FALSE;
    return (head.first == walk->first && head.last >= walk->last) ||
           certd_store_audit_walk_begin(store, walk, error);
}

gboolean certd_store_audit_walk(CertdStore *store, CertdAuditWalk *walk, guint rows, gboolean *done,
                                GError **error)
{
    if (!certd_audit_walk_resume(store, walk, error) ||
        !certd_audit_check_rows(store, walk, walk->last, rows, error))
        return FALSE;
    if (walk->walked < walk->last) {
        *done = FALSE;
        return TRUE;
    }
    if (memcmp(walk->hash, walk->end, CERTD_AUDIT_HASH_BYTES) != 0)
        return certd_store_damaged(store, error,
                                   "the head of the log does not fit its last row %" G_GINT64_FORMAT
                                   "; rows after it are missing, or it was changed",
                                   walk->last);
    if (!certd_audit_check_others(store, walk->first, error))
        return FALSE;
    *done = TRUE;
    return TRUE;
}

gboolean certd_store_audit_verify(CertdStore *store, guint64 *rows, GError **error)
{
    CertdAuditWalk walk = {0};
    gboolean done = FALSE;

    if (!certd_store_audit_walk_begin(store, &walk, error))
        return FALSE;
    while (!done)
        if (!certd_store_audit_walk(store, &walk, G_MAXUINT, &done, error))
            return FALSE;
    *rows = (guint64)(walk.last - walk.first + 1);
    return TRUE;
}
