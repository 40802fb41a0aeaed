/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counts, searches and pages of requests; each has an index or a counter of its own. */
#include "model/limits.h"
#include "store/key.h"
#include "store/request-reader.h"

/* The counters are kept by triggers; a user who never asked for anything has none. */
static gboolean certd_request_count(CertdStore *store, const char *counter, guint32 uid,
                                    guint64 *count, GError **error)
{
    static const char SELECT[] = "SELECT value FROM counter WHERE name = ?1 AND uid = ?2";
    gint64 found = 0;

    if (!certd_store_query_integer(
            store, SELECT,
            CERTD_VALUES(CERTD_TEXT(counter), CERTD_INTEGER(uid == G_MAXUINT32 ? -1 : (gint64)uid)),
            0, &found, error))
        return FALSE;
    if (found < 0)
        return certd_store_damaged(store, error, "the counter \"%s\" is negative", counter);
    *count = (guint64)found;
    return TRUE;
}

gboolean certd_store_request_count_open(CertdStore *store, guint32 uid, guint64 *count,
                                        GError **error)
{
    return certd_request_count(store, "open", uid, count, error);
}

gboolean certd_store_request_count_making(CertdStore *store, guint32 uid, guint64 *count,
                                          GError **error)
{
    return certd_request_count(store, "making", uid, count, error);
}

gboolean certd_store_request_find(CertdStore *store, const char *certificate, GBytes *public_hash,
                                  gint64 *id, GError **error)
{
    static const char SELECT[] =
        "SELECT id FROM request INDEXED BY request_public_hash WHERE public_hash = ?1"
        " AND certificate = ?2 AND state = 'ready' ORDER BY id DESC LIMIT 1";

    return certd_store_query_integer(
        store, SELECT, CERTD_VALUES(CERTD_BYTES(public_hash), CERTD_TEXT(certificate)), 0, id,
        error);
}

gboolean certd_store_request_is_underway(CertdStore *store, const char *certificate,
                                         gboolean *underway, GError **error)
{
    static const char SELECT[] =
        "SELECT 1 FROM request INDEXED BY request_certificate_state WHERE certificate = ?1"
        " AND state IN ('queued','generating') AND cause IS NOT NULL LIMIT 1";
    gint64 found = 0;

    if (!certd_store_query_integer(store, SELECT, CERTD_VALUES(CERTD_TEXT(certificate)), 0, &found,
                                   error))
        return FALSE;
    *underway = found == 1;
    return TRUE;
}

gboolean certd_store_request_newest(CertdStore *store, const char *certificate,
                                    CertdRequestState state, gint64 *id, GError **error)
{
    static const char SELECT[] =
        "SELECT id FROM request INDEXED BY request_certificate_state WHERE certificate = ?1"
        " AND state = ?2 ORDER BY id DESC LIMIT 1";
    const char *name = certd_request_state_name(state);

    return certd_store_query_integer(
        store, SELECT, CERTD_VALUES(CERTD_TEXT(certificate), CERTD_TEXT(name)), 0, id, error);
}

GArray *certd_store_request_ids(CertdStore *store, const char *certificate, guint limit,
                                GError **error)
{
    static const char SELECT[] = "SELECT id FROM request INDEXED BY request_certificate"
                                 " WHERE certificate = ?1 ORDER BY id DESC LIMIT ?2";
    g_autoptr(CertdStatement) statement = certd_statement_get(
        store, SELECT, CERTD_VALUES(CERTD_TEXT(certificate), CERTD_INTEGER(limit)), error);

    return certd_reader_ids(store, statement, "request", error);
}

GArray *certd_store_request_unfinished(CertdStore *store, GError **error)
{
    static const char SELECT[] = "SELECT id FROM request INDEXED BY request_state"
                                 " WHERE state IN ('queued','generating') ORDER BY id";
    g_autoptr(CertdStatement) statement = certd_statement_get(store, SELECT, NULL, 0, error);

    return certd_reader_ids(store, statement, "request", error);
}

/* Whatever is in the rest of its row. */
static gboolean certd_request_delete(CertdStore *store, gint64 id, GError **error)
{
    static const char DELETE[] = "DELETE FROM request WHERE id = ?1 RETURNING key_id";
    g_autofree char *key = NULL;
    gboolean row = TRUE;

    {
        /* A scope of its own: the statement must be back before the key goes. */
        g_autoptr(CertdStatement) statement =
            certd_statement_get(store, DELETE, CERTD_VALUES(CERTD_INTEGER(id)), error);
        while (row) {
            CertdReader reader = {.store = store, .statement = statement};
            if (!statement || !certd_statement_step(store, statement, &row, error))
                return FALSE;
            if (row)
                key = certd_reader_text_or_null(&reader);
        }
    }
    return !key || certd_store_key_collect(store, key, error);
}

gboolean certd_store_request_set_aside(CertdStore *store, gint64 id, gint64 now, GError **error)
{
    /* Without its secrets: what is set aside is kept for good. */
    static const char KEEP[] =
        "INSERT INTO damaged (time, object, content)"
        " SELECT ?2, 'request/' || id, json_object('certificate', hex(certificate), 'state',"
        "  hex(state), 'issuer', hex(issuer), 'created', hex(created), 'uid', hex(uid),"
        "  'settings', hex(settings), 'subject', hex(subject), 'sans', hex(sans), 'key_type',"
        "  hex(key_type), 'key_id', hex(key_id), 'cause', hex(cause))"
        " FROM request WHERE id = ?1";
    /* What certd was to make with it is to be made again. */
    static const char PLAN[] =
        "UPDATE certificate SET attempt = ?2, renewal = ?2, due = 1"
        " WHERE attempt = 0 AND active_chain IS NOT NULL AND name IN"
        "  (SELECT certificate FROM request WHERE id = ?1 AND cause IS NOT NULL)";
    static const char DELETE[] = "DELETE FROM request WHERE id = ?1";

    return certd_store_run(store, KEEP, CERTD_VALUES(CERTD_INTEGER(id), CERTD_INTEGER(now)),
                           error) &&
           certd_store_run(store, PLAN, CERTD_VALUES(CERTD_INTEGER(id), CERTD_INTEGER(now)),
                           error) &&
           certd_store_run(store, DELETE, CERTD_VALUES(CERTD_INTEGER(id)), error);
}

gboolean certd_store_request_prune(CertdStore *store, const char *certificate, GError **error)
{
    static const char SELECT[] = "SELECT id FROM request INDEXED BY request_certificate_state"
                                 " WHERE certificate = ?1"
                                 " AND state IN ('issued','failed','cancelled')"
                                 " ORDER BY id DESC LIMIT -1 OFFSET ?2";
    g_autoptr(GArray) ids = NULL;

    {
        /* A scope of its own: the statement must be back before the rows go. */
        g_autoptr(CertdStatement) statement = certd_statement_get(
            store, SELECT,
            CERTD_VALUES(CERTD_TEXT(certificate), CERTD_INTEGER(CERTD_LIMIT_FINISHED_REQUESTS)),
            error);
        ids = certd_reader_ids(store, statement, "request", error);
    }
    for (guint i = 0; ids && i < ids->len; i++)
        if (!certd_request_delete(store, g_array_index(ids, gint64, i), error))
            return FALSE;
    return ids != NULL;
}

/* ?1 the id before the first, ?2 how many, ?3 the certificate, ?4 the state. */
#define CERTD_PAGE(index, condition)                                                               \
    "SELECT " CERTD_REQUEST_COLUMNS " FROM request " index " WHERE " condition                     \
    " AND id > ?1 ORDER BY id LIMIT ?2"

/* By whether the filter names a certificate, and a state. */
static const char *const PAGES[2][2] = {
    {CERTD_PAGE("NOT INDEXED", "?3 IS NULL AND ?4 IS NULL"),
     CERTD_PAGE("INDEXED BY request_state", "?3 IS NULL AND state = ?4")},
    {CERTD_PAGE("INDEXED BY request_certificate", "certificate = ?3 AND ?4 IS NULL"),
     CERTD_PAGE("INDEXED BY request_certificate_state", "certificate = ?3 AND state = ?4")},
};

GPtrArray *certd_store_request_page(CertdStore *store, const CertdRequestFilter *filter,
                                    gint64 after, guint limit, gboolean *more, GError **error)
{
    const char *sql = PAGES[filter->certificate ? 1 : 0][filter->by_state ? 1 : 0];
    const char *state = filter->by_state ? certd_request_state_name(filter->state) : NULL;
    guint wanted = CLAMP(limit, 1, CERTD_LIMIT_PAGE);
    /* As many as it takes: whether there are more shows when there are enough. */
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, sql,
                            CERTD_VALUES(CERTD_INTEGER(after), CERTD_INTEGER(-1),
                                         CERTD_TEXT(filter->certificate), CERTD_TEXT(state)),
                            error);
    g_autoptr(GPtrArray) records =
        g_ptr_array_new_with_free_func((GDestroyNotify)certd_request_record_free);
    gboolean found = TRUE;

    while (TRUE) {
        if (!statement || !certd_statement_step(store, statement, &found, error))
            return NULL;
        if (!found || records->len == wanted)
            break;
        /* One row that is damaged must not hide all others. */
        CertdRequestRecord *record = certd_request_read(store, statement, NULL);
        if (record)
            g_ptr_array_add(records, record);
    }
    *more = found;
    return g_steal_pointer(&records);
}
