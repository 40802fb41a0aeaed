/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log's table: who did what to what. Each row holds the SHA-256 of the row before it and its own
 * content, so that one removed, changed or swapped row is found. Of more than CERTD_LIMIT_LOG_ROWS the
 * oldest go; the head keeps the hash of the last that went, so that the rest is as good as before.
 */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
    gint64 time;         /* seconds since the epoch */
    guint32 uid;         /* G_MAXUINT32: certd by itself */
    const char *sender;  /* bus name, or "" */
    const char *unit;    /* systemd unit, or ""; NULL in rows of before, and not in their hash */
    const char *action;  /* "create", "import" … */
    const char *object;  /* "certificate/https", "request/12" */
    const char *outcome; /* CERTD_AUDIT_OK, or the D-Bus error name */
    const char *detail;  /* one line; no secrets */
} CertdAuditEntry;

/* The outcome of what was done. */
#define CERTD_AUDIT_OK "ok"

/* A row as it is stored. Where it could not be read, @damage says so, and the rest is empty. */
typedef struct {
    gint64 id;
    gint64 time;
    guint32 uid;
    char *sender;
    char *unit; /* or NULL, as above */
    char *action;
    char *object;
    char *outcome;
    char *detail;
    char *hash; /* hex */
    char *damage;
} CertdAuditRecord;

void certd_audit_record_free(CertdAuditRecord *record);
/* An empty array of them. */
GPtrArray *certd_audit_records_new(void);

/* Appends, within the caller's transaction. A head that can't be used is set aside, a new chain is
 * begun after the last row, and a row before @entry's says so. */
gboolean certd_store_audit_append(CertdStore *store, const CertdAuditEntry *entry, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The problem that is kept in the keystore then. */
#define CERTD_AUDIT_PROBLEM "log-damaged"
#define CERTD_AUDIT_PROBLEM_MESSAGE                                                                \
    "The log's chain was damaged, was set aside and begins anew; its rows were kept"
#define CERTD_AUDIT_PROBLEM_REMEDY                                                                 \
    "See with certctl log --verify which rows are concerned and compare them with the journal; a " \
    "reset of the certificate https takes this away"
/* Sets a head that can't be used aside, as appending does; @time is now. Within a transaction. */
gboolean certd_store_audit_mend(CertdStore *store, gint64 time, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Has @committed called for each row that was appended, after its transaction was committed, before
 * certd_store_commit() returns. NULL: nobody any more. */
typedef void (*CertdAuditCommitted)(const CertdAuditRecord *record, void *userdata);
void certd_store_audit_listen(CertdStore *store, CertdAuditCommitted committed, void *userdata);

/* The numbers of the oldest and of the last row; 0 and 0 without rows. */
gboolean certd_store_audit_range(CertdStore *store, gint64 *first, gint64 *last, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Which rows to list. */
typedef struct {
    const char *object;  /* "certificate/https", or "certificate" for all of a kind; NULL: all */
    const char *action;  /* or NULL */
    const char *outcome; /* "ok", "failed" or NULL */
    gboolean by_uid;
    guint32 uid;
    gint64 since; /* times from here on, until before there; 0: no bound */
    gint64 until;
    gboolean newest_first;
    gint64
        cursor; /* rows behind this number, in the order that is asked for; 0: from the beginning */
} CertdAuditFilter;

/* CertdAuditRecord of up to @limit rows; @more: there are others behind them. Rows that can't be read
 * are among them where nothing is asked of what they say. Caller unrefs. */
GPtrArray *certd_store_audit_page(CertdStore *store, const CertdAuditFilter *filter, guint limit,
                                  gboolean *more, GError **error) G_GNUC_WARN_UNUSED_RESULT;

#define CERTD_AUDIT_HASH_BYTES 32

/* How far a walk along the chain has come. */
typedef struct {
    gint64 first;                        /* the chain's */
    gint64 last;                         /* as it was when the walk began */
    gint64 walked;                       /* the row that was checked last */
    guint8 hash[CERTD_AUDIT_HASH_BYTES]; /* as that must have it */
    guint8 end[CERTD_AUDIT_HASH_BYTES];  /* as the last must have it */
} CertdAuditWalk;

/* Begins to recompute the chain. */
gboolean certd_store_audit_walk_begin(CertdStore *store, CertdAuditWalk *walk, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Goes on over at most @rows rows; @done tells that all was walked. What is appended meanwhile does no
 * harm. FALSE with CERTD_ERROR_STORAGE_DAMAGED that names the first bad row. */
gboolean certd_store_audit_walk(CertdStore *store, CertdAuditWalk *walk, guint rows, gboolean *done,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The whole walk at once; @rows: how many there are. */
gboolean certd_store_audit_verify(CertdStore *store, guint64 *rows, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdAuditRecord, certd_audit_record_free)

G_END_DECLS
