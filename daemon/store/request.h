/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of requests: attempts to get a certificate, each with a key of its own. */
#pragma once

#include "model/settings.h"
#include "model/state.h"
#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
    gint64 id; /* AUTOINCREMENT: never used again */
    char *certificate;
    CertdRequestState state;
    CertdIssuer issuer;
    gint64 created;          /* seconds since the epoch */
    guint32 uid;             /* who asked */
    CertdSettings *settings; /* as they were when it was made */
    CertdSubject *subject;   /* effective: what the request carries */
    GPtrArray *sans;         /* likewise */
    char *key_type;          /* of the key used */
    char *key_id;            /* NULL until there is a key; a stored one's with reuse-key */
    gboolean reuse_key;
    char *challenge_password; /* until the request is made, then NULL */
    char *unstructured_name;  /* likewise */
    GBytes *request;          /* DER, once ready; NULL before, and for self-signed ones */
    GBytes *public_hash;      /* 32 bytes, once there is a key */
    char *cause; /* why certd made it by itself: "renewal", "names" …; NULL: somebody asked */
    guint trial; /* what it issues goes on trial for so many seconds; 0: it does not */
    char *error_name; /* D-Bus error name, failed only */
    char *error_message;
} CertdRequestRecord;

void certd_request_record_free(CertdRequestRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdRequestRecord, certd_request_record_free)

gboolean certd_store_request_insert(CertdStore *store, const CertdRequestRecord *record, gint64 *id,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* NULL with CERTD_ERROR_NO_SUCH_REQUEST. */
CertdRequestRecord *certd_store_request_get(CertdStore *store, gint64 id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Writes state, key_id, key_type, challenge_password, unstructured_name, request, public_hash and
 * the error. */
gboolean certd_store_request_update(CertdStore *store, const CertdRequestRecord *record,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Moves the row of @id, which can't be read, into the table of what was damaged. Its key stays. */
gboolean certd_store_request_set_aside(CertdStore *store, gint64 id, gint64 now, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Open requests (certd_request_state_is_open()) of @uid, or of everyone with G_MAXUINT32; indexed,
 * and constant time for everyone. */
gboolean certd_store_request_count_open(CertdStore *store, guint32 uid, guint64 *count,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether certd has made a request for @certificate by itself that is being made still. */
gboolean certd_store_request_is_underway(CertdStore *store, const char *certificate,
                                         gboolean *underway, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The newest ready request of @certificate: 0 where there is none. */
gboolean certd_store_request_newest(CertdStore *store, const char *certificate,
                                    CertdRequestState state, gint64 *id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Requests of @uid that are queued or generating. */
gboolean certd_store_request_count_making(CertdStore *store, guint32 uid, guint64 *count,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The newest ready request of @certificate with that public hash: 0 where there is none. */
gboolean certd_store_request_find(CertdStore *store, const char *certificate, GBytes *public_hash,
                                  gint64 *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The ids of @certificate's requests, newest first, at most @limit, as a GArray of gint64. */
GArray *certd_store_request_ids(CertdStore *store, const char *certificate, guint limit,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The ids of all that are queued or generating: what to go on with after a restart. */
GArray *certd_store_request_unfinished(CertdStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Deletes @certificate's finished requests but the newest CERTD_LIMIT_FINISHED_REQUESTS, and the
 * keys that nothing else refers to. */
gboolean certd_store_request_prune(CertdStore *store, const char *certificate, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
    const char *certificate; /* NULL for all */
    gboolean by_state;
    CertdRequestState state;
} CertdRequestFilter;

/* Up to @limit records with ids above @after, by id, as a GPtrArray of CertdRequestRecord. Rows
 * that can't be read are left out. */
GPtrArray *certd_store_request_page(CertdStore *store, const CertdRequestFilter *filter,
                                    gint64 after, guint limit, gboolean *more, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
