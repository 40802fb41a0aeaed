/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The audit table. Row n holds SHA-256(hash of row n - 1, n, and each field with its length before
 * it), row 0 being zeros. audit_head holds the last number and hash, so that a missing end shows, and
 * where the chain begins since older rows went.
 */
#include "model/audit.h"

#include "store/audit-private.h"
#include "store/clock.h"

#include <string.h>

static void certd_audit_add_integer(GChecksum *checksum, gint64 value)
{
    gint64 ordered = GINT64_TO_BE(value);

    g_checksum_update(checksum, (const guchar *)&ordered, sizeof ordered);
}

void certd_audit_hash(guint8 *hash, gint64 id, const CertdAuditEntry *entry)
{
    const char *fields[] = {entry->sender,  entry->action, entry->object,
                            entry->outcome, entry->detail, entry->unit};
    size_t n_fields = entry->unit ? G_N_ELEMENTS(fields) : G_N_ELEMENTS(fields) - 1;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    size_t size = CERTD_AUDIT_HASH_BYTES;

    g_checksum_update(checksum, hash, CERTD_AUDIT_HASH_BYTES);
    certd_audit_add_integer(checksum, id);
    certd_audit_add_integer(checksum, entry->time);
    certd_audit_add_integer(checksum, entry->uid);
    for (size_t i = 0; i < n_fields; i++) {
        certd_audit_add_integer(checksum, (gint64)strlen(fields[i]));
        g_checksum_update(checksum, (const guchar *)fields[i], (gssize)strlen(fields[i]));
    }
    g_checksum_get_digest(checksum, hash, &size);
}

gboolean certd_audit_read_head(CertdStore *store, CertdAuditHead *head, GError **error)
{
    static const char SELECT[] =
        "SELECT first, base, last, hash,"
        " coalesce((SELECT max(id) FROM audit WHERE id < " CERTD_NEVER " - 2), 0)"
        " FROM audit_head WHERE only = 1";
    g_autoptr(CertdStatement) statement = certd_statement_get(store, SELECT, NULL, 0, error);
    CertdReader reader = {.store = store, .statement = statement};
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return FALSE;
    if (!row)
        return certd_store_damaged(store, error, "the head of the log is missing");
    gint64 first = certd_reader_integer(&reader, 1, G_MAXINT64 - 1);
    g_autoptr(GBytes) base = certd_reader_bytes(&reader, CERTD_AUDIT_HASH_BYTES);
    gint64 last = certd_reader_integer(&reader, 0, G_MAXINT64 - 2);
    g_autoptr(GBytes) hash = certd_reader_bytes(&reader, CERTD_AUDIT_HASH_BYTES);
    gint64 newest = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    if (!certd_reader_finish(&reader, "audit_head", "1", error))
        return FALSE;
    if (newest > last || first > last + 1)
        return certd_store_damaged(store, error,
                                   "the head of the log ends with row %" G_GINT64_FORMAT
                                   ", and there is a row %" G_GINT64_FORMAT,
                                   last, MAX(newest, first));
    head->first = first;
    head->last = last;
    memcpy(head->base, g_bytes_get_data(base, NULL), CERTD_AUDIT_HASH_BYTES);
    memcpy(head->hash, g_bytes_get_data(hash, NULL), CERTD_AUDIT_HASH_BYTES);
    return TRUE;
}

static gboolean certd_audit_write_head(CertdStore *store, const CertdAuditHead *head,
                                       GError **error)
{
    static const char REPLACE[] =
        "INSERT OR REPLACE INTO audit_head (only, first, base, last, hash)"
        " VALUES (1, ?1, ?2, ?3, ?4)";
    g_autoptr(GBytes) base = g_bytes_new(head->base, CERTD_AUDIT_HASH_BYTES);
    g_autoptr(GBytes) hash = g_bytes_new(head->hash, CERTD_AUDIT_HASH_BYTES);

    return certd_store_run(store, REPLACE,
                           CERTD_VALUES(CERTD_INTEGER(head->first), CERTD_BYTES(base),
                                        CERTD_INTEGER(head->last), CERTD_BYTES(hash)),
                           error);
}

char *certd_audit_hex(const guint8 *hash)
{
    static const char DIGITS[] = "0123456789abcdef";
    char *text = g_malloc(2 * CERTD_AUDIT_HASH_BYTES + 1);

    for (size_t i = 0; i < CERTD_AUDIT_HASH_BYTES; i++) {
        text[2 * i] = DIGITS[hash[i] >> 4];
        text[2 * i + 1] = DIGITS[hash[i] & 15];
    }
    text[2 * CERTD_AUDIT_HASH_BYTES] = '\0';
    return text;
}

/* For whoever hears of it once it is committed. */
static void certd_audit_remember(CertdStore *store, gint64 id, const CertdAuditEntry *entry,
                                 const guint8 *hash)
{
    CertdAuditRecord *record;

    if (!store->committed)
        return;
    if (!store->appended)
        store->appended = certd_audit_records_new();
    record = g_new0(CertdAuditRecord, 1);
    record->id = id;
    record->time = entry->time;
    record->uid = entry->uid;
    record->sender = g_strdup(entry->sender);
    record->unit = g_strdup(entry->unit);
    record->action = g_strdup(entry->action);
    record->object = g_strdup(entry->object);
    record->outcome = g_strdup(entry->outcome);
    record->detail = g_strdup(entry->detail);
    record->hash = certd_audit_hex(hash);
    g_ptr_array_add(store->appended, record);
}

/* Writes the row after @head's last, and moves that on. */
static gboolean certd_audit_write(CertdStore *store, CertdAuditHead *head,
                                  const CertdAuditEntry *entry, GError **error)
{
    static const char INSERT[] = "INSERT INTO audit (" CERTD_AUDIT_COLUMNS ")"
                                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

    certd_audit_hash(head->hash, ++head->last, entry);
    g_autoptr(GBytes) hash = g_bytes_new(head->hash, CERTD_AUDIT_HASH_BYTES);
    if (!certd_store_run(store, INSERT,
                         CERTD_VALUES(CERTD_INTEGER(head->last), CERTD_INTEGER(entry->time),
                                      CERTD_INTEGER(entry->uid), CERTD_TEXT(entry->sender),
                                      CERTD_TEXT(entry->unit), CERTD_TEXT(entry->action),
                                      CERTD_TEXT(entry->object), CERTD_TEXT(entry->outcome),
                                      CERTD_TEXT(entry->detail), CERTD_BYTES(hash)),
                         error))
        return FALSE;
    certd_audit_remember(store, head->last, entry, head->hash);
    return TRUE;
}

/* A row about the log itself. */
static gboolean certd_audit_write_own(CertdStore *store, CertdAuditHead *head,
                                      CertdAuditAction action, gint64 time, const char *detail,
                                      GError **error)
{
    const CertdAuditEntry entry = {
        .time = time,
        .uid = G_MAXUINT32,
        .sender = "",
        .unit = "",
        .action = certd_audit_action_name(action),
        .object = "log/all",
        .outcome = CERTD_AUDIT_OK,
        .detail = detail,
    };

    return certd_audit_write(store, head, &entry, error);
}

/* Nothing is deleted: what the head said is kept, and so are the rows. */
static gboolean certd_audit_begin_anew(CertdStore *store, gint64 time, const GError *damage,
                                       CertdAuditHead *head, GError **error)
{
    static const char KEEP[] =
        "INSERT INTO damaged (time, object, content) SELECT ?1, 'audit_head',"
        " 'first ' || quote(first) || ' base ' || quote(base) || ' last ' || quote(last) ||"
        " ' hash ' || quote(hash) FROM audit_head";
    static const char CLEAR[] = "DELETE FROM audit_head";
    static const char NEWEST[] = "SELECT max(id) FROM audit WHERE id < " CERTD_NEVER " - 2";
    gint64 newest = 0;

    if (!certd_store_run(store, KEEP, CERTD_VALUES(CERTD_INTEGER(time)), error) ||
        !certd_store_run(store, CLEAR, NULL, 0, error) ||
        !certd_store_query_integer(store, NEWEST, NULL, 0, 0, &newest, error))
        return FALSE;
    *head = (CertdAuditHead){.first = MAX(newest, 0) + 1, .last = MAX(newest, 0)};
    g_autofree char *detail = g_strdup_printf(
        "A new chain begins with row %" G_GINT64_FORMAT ". %s", head->first, damage->message);
    return certd_audit_write_own(store, head, CERTD_AUDIT_LOG_DAMAGED, time, detail, error) &&
           certd_store_problem_set(store, CERTD_AUDIT_PROBLEM, CERTD_AUDIT_PROBLEM_MESSAGE,
                                   CERTD_AUDIT_PROBLEM_REMEDY, error);
}

/* The head, or a new one; @anew tells which. */
static gboolean certd_audit_have_head(CertdStore *store, gint64 time, CertdAuditHead *head,
                                      gboolean *anew, GError **error)
{
    g_autoptr(GError) damage = NULL;

    *anew = FALSE;
    if (certd_audit_read_head(store, head, &damage))
        return TRUE;
    if (!g_error_matches(damage, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED)) {
        g_propagate_error(error, g_steal_pointer(&damage));
        return FALSE;
    }
    *anew = TRUE;
    return certd_audit_begin_anew(store, time, damage, head, error);
}

gboolean certd_store_audit_append(CertdStore *store, const CertdAuditEntry *entry, GError **error)
{
    CertdAuditHead head = {0};
    g_autofree char *trimmed = NULL;
    gboolean anew;

    if (!certd_audit_have_head(store, entry->time, &head, &anew, error) ||
        !certd_audit_write(store, &head, entry, error) ||
        !certd_audit_trim(store, &head, &trimmed, error))
        return FALSE;
    if (trimmed &&
        !certd_audit_write_own(store, &head, CERTD_AUDIT_LOG_TRIM, entry->time, trimmed, error))
        return FALSE;
    return certd_audit_write_head(store, &head, error);
}

gboolean certd_store_audit_mend(CertdStore *store, gint64 time, GError **error)
{
    CertdAuditHead head = {0};
    gboolean anew;

    return certd_audit_have_head(store, time, &head, &anew, error) &&
           (!anew || certd_audit_write_head(store, &head, error));
}

void certd_store_audit_listen(CertdStore *store, CertdAuditCommitted committed, void *userdata)
{
    store->committed = committed;
    store->committed_userdata = userdata;
    certd_audit_forget(store);
}

/* Who listens may append again. */
void certd_audit_tell(CertdStore *store)
{
    g_autoptr(GPtrArray) appended = g_steal_pointer(&store->appended);

    for (guint i = 0; appended && i < appended->len && store->committed; i++)
        store->committed(g_ptr_array_index(appended, i), store->committed_userdata);
}

/* SQLite may have rolled back by itself: whoever begins calls this too. */
void certd_audit_forget(CertdStore *store)
{
    g_clear_pointer(&store->appended, g_ptr_array_unref);
}
