/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For the files of this folder alone: the store's inside, and its prepared statements. Each query
 * is a static string whose address is its key in the cache, so that SQLite parses it once a run.
 */
#pragma once

#include "model/error.h"
#include "store/audit.h"
#include "store/reserve.h"
#include "store/store.h"

#include <sqlite3.h>

G_BEGIN_DECLS

struct CertdStore {
    char *directory;
    char *path; /* of the database */
    int lock_fd;
    sqlite3 *db;
    GHashTable *statements; /* SQL by address → sqlite3_stmt */
    GHashTable *settings;   /* GBytes → CertdSettings: those read last, see reader.c */
    gboolean suspect;       /* damage was seen in this run: the next start has to check */
    gboolean corrupt;       /* SQLite itself found the file damaged in this run */
    CertdReserve *reserve;
    guint reserve_users;           /* who asked for it and is not done */
    GPtrArray *appended;           /* of CertdAuditRecord: in the transaction under way */
    CertdAuditCommitted committed; /* hears of those, or NULL */
    void *committed_userdata;
};

/* In SQL: a time that never comes, behind all others in an index. */
#define CERTD_NEVER "9223372036854775807"

/* A value to bind, made with the macros below; what it points to outlives the statement's use. */
typedef struct {
    enum { CERTD_VALUE_TEXT, CERTD_VALUE_BYTES, CERTD_VALUE_INTEGER, CERTD_VALUE_REFERENCE } kind;
    const char *text;
    GBytes *bytes;
    gint64 integer;
} CertdValue;

#define CERTD_TEXT(value) ((CertdValue){.kind = CERTD_VALUE_TEXT, .text = (value)})
#define CERTD_BYTES(value) ((CertdValue){.kind = CERTD_VALUE_BYTES, .bytes = (value)})
#define CERTD_INTEGER(value) ((CertdValue){.kind = CERTD_VALUE_INTEGER, .integer = (value)})
/* The id of another row: 0 is NULL. */
#define CERTD_REFERENCE(value) ((CertdValue){.kind = CERTD_VALUE_REFERENCE, .integer = (value)})
#define CERTD_VALUES(...)                                                                          \
    (const CertdValue[]){__VA_ARGS__},                                                             \
        sizeof((const CertdValue[]){__VA_ARGS__}) / sizeof(CertdValue)

/* A statement of the cache in use; it goes back there, reset, at the end of the scope. */
typedef sqlite3_stmt CertdStatement;
void certd_statement_release(CertdStatement *statement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdStatement, certd_statement_release)
/* And one of its own, for what runs once. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, sqlite3_finalize)

/* The statement of @sql (static) with @values bound to ?1, ?2 …: certd_statement_get(store, SQL,
 * CERTD_VALUES(CERTD_TEXT(name)), error). */
CertdStatement *certd_statement_get(CertdStore *store, const char *sql, const CertdValue *values,
                                    size_t n_values, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Goes to the next row; @row tells whether there is one. */
gboolean certd_statement_step(CertdStore *store, CertdStatement *statement, gboolean *row,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Runs a change. Outside of a transaction that is an error: SQLite rolls back by itself on a full
 * disk, and what came after would be committed alone. */
gboolean certd_store_run(CertdStore *store, const char *sql, const CertdValue *values,
                         size_t n_values, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The first column of the first row of @sql into @value, @otherwise where there is no row or it
 * is NULL. */
gboolean certd_store_query_integer(CertdStore *store, const char *sql, const CertdValue *values,
                                   size_t n_values, gint64 otherwise, gint64 *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* audit.c: who listens hears of what was appended, or nobody does. */
void certd_audit_tell(CertdStore *store);
void certd_audit_forget(CertdStore *store);

/* Translates SQLite's extended @code; FALSE, for `return`. */
gboolean certd_store_fail(CertdStore *store, int code, GError **error);
/* CERTD_ERROR_STORAGE_DAMAGED for content that does not make sense; FALSE. */
gboolean certd_store_damaged(CertdStore *store, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* Whether @code says that the file, not the disk or the system, is at fault. */
gboolean certd_store_code_is_damage(int code);

G_END_DECLS
