/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the log: pages in both directions. The rows of one object come from an index; whatever else is
 * asked for is looked for along the numbers. */
#include "store/audit-private.h"

#include <string.h>

/* What is asked of a row, as parameters: numbers between ?1 and ?2, ?3 rows. */
#define CERTD_AUDIT_FROM "SELECT " CERTD_AUDIT_COLUMNS " FROM audit WHERE id > ?1 AND id < ?2"
#define CERTD_AUDIT_WANTED                                                                         \
    " AND (?4 IS NULL OR action = ?4)"                                                             \
    " AND (?5 IS NULL OR (outcome = 'ok') = (?5 = 'ok'))"                                          \
    " AND (?6 IS NULL OR uid = ?6)"                                                                \
    " AND (?7 IS NULL OR time >= ?7) AND (?8 IS NULL OR time < ?8)"
#define CERTD_AUDIT_OBJECT " AND object = ?9"
#define CERTD_AUDIT_KIND " AND (?9 IS NULL OR (object >= ?9 || '/' AND object < ?9 || '0'))"
#define CERTD_AUDIT_FORTH " ORDER BY id LIMIT ?3"
#define CERTD_AUDIT_BACK " ORDER BY id DESC LIMIT ?3"

/* By whether one object is asked for, and by the direction. */
static const char *const QUERIES[2][2] = {
    {CERTD_AUDIT_FROM CERTD_AUDIT_WANTED CERTD_AUDIT_KIND CERTD_AUDIT_FORTH,
     CERTD_AUDIT_FROM CERTD_AUDIT_WANTED CERTD_AUDIT_KIND CERTD_AUDIT_BACK},
    {CERTD_AUDIT_FROM CERTD_AUDIT_WANTED CERTD_AUDIT_OBJECT CERTD_AUDIT_FORTH,
     CERTD_AUDIT_FROM CERTD_AUDIT_WANTED CERTD_AUDIT_OBJECT CERTD_AUDIT_BACK},
};

void certd_audit_record_free(CertdAuditRecord *record)
{
    if (!record)
        return;
    g_free(record->sender);
    g_free(record->unit);
    g_free(record->action);
    g_free(record->object);
    g_free(record->outcome);
    g_free(record->detail);
    g_free(record->hash);
    g_free(record->damage);
    g_free(record);
}

static void certd_audit_free(void *record)
{
    certd_audit_record_free(record);
}

GPtrArray *certd_audit_records_new(void)
{
    return g_ptr_array_new_with_free_func(certd_audit_free);
}

CertdAuditEntry certd_audit_entry(const CertdAuditRecord *record)
{
    return (CertdAuditEntry){
        .time = record->time,
        .uid = record->uid,
        .sender = record->sender,
        .unit = record->unit,
        .action = record->action,
        .object = record->object,
        .outcome = record->outcome,
        .detail = record->detail,
    };
}

static char *certd_audit_read_hash(CertdReader *reader)
{
    g_autoptr(GBytes) bytes = certd_reader_bytes(reader, CERTD_AUDIT_HASH_BYTES);

    return bytes ? certd_audit_hex(g_bytes_get_data(bytes, NULL)) : NULL;
}

CertdAuditRecord *certd_audit_read(CertdStore *store, CertdStatement *statement)
{
    CertdReader reader = {.store = store, .statement = statement};
    CertdAuditRecord *record = g_new0(CertdAuditRecord, 1);

    record->id = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    record->time = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    record->uid = (guint32)certd_reader_integer(&reader, 0, G_MAXUINT32);
    record->sender = certd_reader_text(&reader);
    record->unit = certd_reader_text_or_null(&reader);
    record->action = certd_reader_text(&reader);
    record->object = certd_reader_text(&reader);
    record->outcome = certd_reader_text(&reader);
    record->detail = certd_reader_text(&reader);
    record->hash = certd_audit_read_hash(&reader);
    if (reader.damaged) {
        store->suspect = TRUE;
        record->damage = g_strdup_printf("column %s", reader.damaged);
    }
    return record;
}

static CertdStatement *certd_audit_query(CertdStore *store, const CertdAuditFilter *filter,
                                         guint limit, GError **error)
{
    gboolean one = filter->object && strchr(filter->object, '/');
    gint64 above = filter->newest_first ? G_MININT64 : filter->cursor;
    gint64 below = filter->newest_first && filter->cursor != 0 ? filter->cursor : G_MAXINT64;

    if (!filter->newest_first && filter->cursor == 0)
        above = G_MININT64;
    return certd_statement_get(
        store, QUERIES[one ? 1 : 0][filter->newest_first ? 1 : 0],
        CERTD_VALUES(CERTD_INTEGER(above), CERTD_INTEGER(below), CERTD_INTEGER((gint64)limit + 1),
                     CERTD_TEXT(filter->action), CERTD_TEXT(filter->outcome),
                     filter->by_uid ? CERTD_INTEGER(filter->uid) : CERTD_REFERENCE(0),
                     CERTD_REFERENCE(filter->since), CERTD_REFERENCE(filter->until),
                     CERTD_TEXT(filter->object)),
        error);
}

GPtrArray *certd_store_audit_page(CertdStore *store, const CertdAuditFilter *filter, guint limit,
                                  gboolean *more, GError **error)
{
    g_autoptr(CertdStatement) statement = certd_audit_query(store, filter, limit, error);
    g_autoptr(GPtrArray) records = certd_audit_records_new();
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return NULL;
    while (row && records->len < limit) {
        g_ptr_array_add(records, certd_audit_read(store, statement));
        if (!certd_statement_step(store, statement, &row, error))
            return NULL;
    }
    *more = row;
    return g_steal_pointer(&records);
}

gboolean certd_store_audit_range(CertdStore *store, gint64 *first, gint64 *last, GError **error)
{
    static const char OLDEST[] = "SELECT min(id) FROM audit";
    static const char NEWEST[] = "SELECT max(id) FROM audit";
    gint64 oldest = 0, newest = 0;

    if (!certd_store_query_integer(store, OLDEST, NULL, 0, 0, &oldest, error) ||
        !certd_store_query_integer(store, NEWEST, NULL, 0, 0, &newest, error))
        return FALSE;
    *first = oldest;
    *last = newest;
    return TRUE;
}
