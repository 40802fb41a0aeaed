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

gboolean certd_store_request_newest_ready(CertdStore *store, const char *certificate, gint64 *id,
                                          GError **error)
{
    static const char SELECT[] =
        "SELECT id FROM request INDEXED BY request_certificate_state WHERE certificate = ?1"
        " AND state = 'ready' ORDER BY id DESC LIMIT 1";

    return certd_store_query_integer(store, SELECT, CERTD_VALUES(CERTD_TEXT(certificate)), 0, id,
                                     error);
}

static GArray *certd_request_collect_ids(CertdStore *store, CertdStatement *statement,
                                         GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    gboolean row = FALSE;

    while (TRUE) {
        CertdReader reader = {.store = store, .statement = statement};
        if (!statement || !certd_statement_step(store, statement, &row, error))
            return NULL;
        if (!row)
            return g_steal_pointer(&ids);
        gint64 id = certd_reader_integer(&reader, 1, G_MAXINT64);
        if (!certd_reader_finish(&reader, "request", "?", error))
            return NULL;
        g_array_append_val(ids, id);
    }
}

GArray *certd_store_request_ids(CertdStore *store, const char *certificate, guint limit,
                                GError **error)
{
    static const char SELECT[] = "SELECT id FROM request INDEXED BY request_certificate"
                                 " WHERE certificate = ?1 ORDER BY id DESC LIMIT ?2";
    g_autoptr(CertdStatement) statement = certd_statement_get(
        store, SELECT, CERTD_VALUES(CERTD_TEXT(certificate), CERTD_INTEGER(limit)), error);

    return certd_request_collect_ids(store, statement, error);
}

GArray *certd_store_request_unfinished(CertdStore *store, GError **error)
{
    static const char SELECT[] = "SELECT id FROM request INDEXED BY request_state"
                                 " WHERE state IN ('queued','generating') ORDER BY id";
    g_autoptr(CertdStatement) statement = certd_statement_get(store, SELECT, NULL, 0, error);

    return certd_request_collect_ids(store, statement, error);
}

static gboolean certd_request_delete(CertdStore *store, gint64 id, GError **error)
{
    static const char DELETE[] = "DELETE FROM request WHERE id = ?1";
    g_autoptr(CertdRequestRecord) record = certd_store_request_get(store, id, error);

    if (!record || !certd_store_run(store, DELETE, CERTD_VALUES(CERTD_INTEGER(id)), error))
        return FALSE;
    return !record->key_id || certd_store_key_collect(store, record->key_id, error);
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
        ids = certd_request_collect_ids(store, statement, error);
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
    /* One more than wanted, to know whether there are more. */
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, sql,
                            CERTD_VALUES(CERTD_INTEGER(after), CERTD_INTEGER(wanted + 1),
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
        CertdRequestRecord *record = certd_request_read(store, statement, error);
        if (!record)
            return NULL;
        g_ptr_array_add(records, record);
    }
    *more = found;
    return g_steal_pointer(&records);
}
