/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bounding the log. Whole rows go at the old end, and the head keeps the hash of the last of them, with
 * which the first that stays is checked. They are checked once more before they go: what was wrong
 * with them must not go unseen with them. Rows are counted, and never reckoned by their numbers: one wrong
 * number would cost the whole log.
 */
#include "store/audit-private.h"

#include "model/limits.h"

#include <string.h>

#define CERTD_NO_ROW G_MAXINT64

/* The hash that row @id says it has; @hash is untouched where that can't be read. */
static gboolean certd_audit_stored_hash(CertdStore *store, gint64 id, guint8 *hash, GError **error)
{
    static const char SELECT[] = "SELECT hash FROM audit WHERE id = ?1";
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, SELECT, CERTD_VALUES(CERTD_INTEGER(id)), error);
    CertdReader reader = {.store = store, .statement = statement};
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return FALSE;
    g_autoptr(GBytes) bytes = row ? certd_reader_bytes(&reader, CERTD_AUDIT_HASH_BYTES) : NULL;
    if (bytes)
        memcpy(hash, g_bytes_get_data(bytes, NULL), CERTD_AUDIT_HASH_BYTES);
    return TRUE;
}

/* Moves the chain's beginning to @cut; @damage: what was wrong with the rows before. */
static gboolean certd_audit_move_first(CertdStore *store, CertdAuditHead *head, gint64 cut,
                                       GError **damage, GError **error)
{
    CertdAuditWalk walk = {.first = head->first, .last = head->last, .walked = head->first - 1};

    memcpy(walk.hash, head->base, CERTD_AUDIT_HASH_BYTES);
    if (!certd_audit_check_rows(store, &walk, cut - 1, G_MAXUINT, damage)) {
        if (!g_error_matches(*damage, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED)) {
            g_propagate_error(error, g_steal_pointer(damage));
            return FALSE;
        }
    }
    head->first = cut;
    memcpy(head->base, walk.hash, CERTD_AUDIT_HASH_BYTES);
    return certd_audit_stored_hash(store, cut - 1, head->base, error);
}

/* The number of the row that has @newer rows behind it; CERTD_NO_ROW where there are not so many. */
static gboolean certd_audit_row_before(CertdStore *store, guint newer, gint64 *id, GError **error)
{
    static const char SELECT[] = "SELECT id FROM audit ORDER BY id DESC LIMIT 1 OFFSET ?1";

    return certd_store_query_integer(store, SELECT, CERTD_VALUES(CERTD_INTEGER(newer)),
                                     CERTD_NO_ROW, id, error);
}

gboolean certd_audit_trim(CertdStore *store, CertdAuditHead *head, char **what, GError **error)
{
    static const char OLDEST[] = "SELECT min(id) FROM audit";
    static const char DELETE[] = "DELETE FROM audit WHERE id < ?1";
    g_autoptr(GError) damage = NULL;
    gint64 oldest = 0, beyond = 0, cut = 0;

    if (!certd_store_query_integer(store, OLDEST, NULL, 0, head->last, &oldest, error))
        return FALSE;
    /* Cheap, and enough as long as no number is missing. */
    if (oldest > head->last - (gint64)CERTD_LIMIT_LOG_ROWS)
        return TRUE;
    if (!certd_audit_row_before(store, CERTD_LIMIT_LOG_ROWS, &beyond, error))
        return FALSE;
    if (beyond == CERTD_NO_ROW)
        return TRUE;
    if (!certd_audit_row_before(store, CERTD_LIMIT_LOG_ROWS - CERTD_LOG_ROWS_TRIMMED, &cut,
                                error) ||
        (cut > head->first && !certd_audit_move_first(store, head, cut, &damage, error)) ||
        !certd_store_run(store, DELETE, CERTD_VALUES(CERTD_INTEGER(cut)), error))
        return FALSE;
    *what = g_strdup_printf("Rows %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "%s%s", oldest,
                            cut - 1, damage ? ". " : "", damage ? damage->message : "");
    return TRUE;
}
