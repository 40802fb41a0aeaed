/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prepared statements, cached by the address of their SQL, and SQLite's codes translated into
 * ours: the one place that knows them.
 */
#include "store/statement.h"

#include <errno.h>

typedef struct {
    int code; /* primary, or extended where that says more */
    CertdError error;
    const char *text; /* what happened, and the remedy */
} CertdCodeRow;

#define CERTD_REMEDY_DAMAGE                                                                        \
    "restart certd, which sets a damaged keystore aside and begins a new one, or restore a backup"
#define CERTD_REMEDY_DISK "look at the disk and the journal of the kernel, then restart certd"
#define CERTD_REMEDY_FULL "make room on the file system of the state directory, then try again"

/* Extended codes stand before their primary one. */
static const CertdCodeRow CODES[] = {
    {SQLITE_CONSTRAINT_PRIMARYKEY, CERTD_ERROR_EXISTS,
     "it is in the keystore already; use another name"},
    {SQLITE_CONSTRAINT_UNIQUE, CERTD_ERROR_EXISTS,
     "it is in the keystore already; use another name"},
    {SQLITE_CONSTRAINT_ROWID, CERTD_ERROR_EXISTS,
     "it is in the keystore already; use another name"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, CERTD_ERROR_BUSY,
     "another row still needs it, or what it refers to is gone; look again and retry"},
    {SQLITE_CONSTRAINT, CERTD_ERROR_MALFORMED,
     "the keystore does not take such a value; correct it"},
    {SQLITE_FULL, CERTD_ERROR_STORAGE_FULL, CERTD_REMEDY_FULL},
    {SQLITE_CORRUPT, CERTD_ERROR_STORAGE_DAMAGED, CERTD_REMEDY_DAMAGE},
    {SQLITE_NOTADB, CERTD_ERROR_STORAGE_DAMAGED, CERTD_REMEDY_DAMAGE},
    {SQLITE_FORMAT, CERTD_ERROR_STORAGE_DAMAGED, CERTD_REMEDY_DAMAGE},
    {SQLITE_ERROR, CERTD_ERROR_STORAGE_DAMAGED, CERTD_REMEDY_DAMAGE},
    {SQLITE_SCHEMA, CERTD_ERROR_STORAGE_DAMAGED, CERTD_REMEDY_DAMAGE},
    {SQLITE_MISMATCH, CERTD_ERROR_STORAGE_DAMAGED, CERTD_REMEDY_DAMAGE},
    {SQLITE_RANGE, CERTD_ERROR_STORAGE_DAMAGED, CERTD_REMEDY_DAMAGE},
    {SQLITE_IOERR, CERTD_ERROR_STORAGE_DAMAGED, CERTD_REMEDY_DISK},
    {SQLITE_READONLY, CERTD_ERROR_STORAGE_DAMAGED, "make the state directory writable for certd"},
    {SQLITE_CANTOPEN, CERTD_ERROR_STORAGE_DAMAGED, "give the state directory to certd's user"},
    {SQLITE_PERM, CERTD_ERROR_STORAGE_DAMAGED, "give the state directory to certd's user"},
    {SQLITE_BUSY, CERTD_ERROR_BUSY, "end the other program that has it open, then try again"},
    {SQLITE_LOCKED, CERTD_ERROR_BUSY, "end the other program that has it open, then try again"},
    {SQLITE_TOOBIG, CERTD_ERROR_TOO_LARGE, "make the value smaller"},
    {SQLITE_NOMEM, CERTD_ERROR_LIMIT_EXCEEDED, "memory is short; end something, then try again"},
};

/* What SQLite calls an error of the file's content. SQLITE_ERROR too: all our SQL is fixed, so it
 * fails to compile only against a schema that is not ours. */
static const int DAMAGE[] = {
    SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT,   SQLITE_ERROR,
    SQLITE_SCHEMA,  SQLITE_RANGE,  SQLITE_MISMATCH, SQLITE_CONSTRAINT,
};

gboolean certd_store_code_is_damage(int code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(DAMAGE); i++)
        if ((code & 0xff) == DAMAGE[i])
            return TRUE;
    return FALSE;
}

static const CertdCodeRow *certd_code_find(int code, int system_error)
{
    /* SQLite reports a full disk at fsync(), and a full quota anywhere, as an I/O error. */
    if ((code & 0xff) == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT))
        code = SQLITE_FULL;
    for (size_t i = 0; i < G_N_ELEMENTS(CODES); i++)
        if (CODES[i].code == code || CODES[i].code == (code & 0xff))
            return &CODES[i];
    return NULL;
}

/* What the system said last of the log. */
static int certd_store_log_errno(CertdStore *store)
{
    sqlite3_file *log = NULL;
    int number = 0;
    int code = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);

    if (code == SQLITE_OK && log && log->pMethods)
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
    return number;
}

/* What the system said. A commit that could not be synchronized leaves nothing in sqlite3_system_errno(),
 * or what was there before. */
static int certd_store_errno(CertdStore *store, int code)
{
    if (!store->db)
        return 0;
    return code == SQLITE_IOERR_FSYNC ? certd_store_log_errno(store)
                                      : sqlite3_system_errno(store->db);
}

gboolean certd_store_fail(CertdStore *store, int code, GError **error)
{
    int system_error = certd_store_errno(store, code);
    const CertdCodeRow *row = certd_code_find(code, system_error);
    CertdError translated = row ? row->error : CERTD_ERROR_STORAGE_DAMAGED;

    if (translated == CERTD_ERROR_STORAGE_DAMAGED)
        store->suspect = TRUE;
    if (translated == CERTD_ERROR_STORAGE_DAMAGED && certd_store_code_is_damage(code))
        store->corrupt = TRUE;
    g_set_error(error, CERTD_ERROR, translated, "The keystore says \"%s\" (SQLite %d): %s",
                sqlite3_errstr(code), code, row ? row->text : CERTD_REMEDY_DISK);
    return FALSE;
}

gboolean certd_store_damaged(CertdStore *store, GError **error, const char *format, ...)
{
    va_list arguments;
    g_autofree char *text = NULL;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    store->suspect = TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED,
                "The keystore is damaged: %s; reset what is concerned, or restore a backup", text);
    return FALSE;
}

void certd_statement_release(CertdStatement *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

static int certd_statement_bind(CertdStatement *statement, int index, const CertdValue *value)
{
    size_t size = 0;
    const void *data;

    switch (value->kind) {
    case CERTD_VALUE_TEXT:
        return sqlite3_bind_text(statement, index, value->text, -1, SQLITE_STATIC);
    case CERTD_VALUE_BYTES:
        if (!value->bytes)
            return sqlite3_bind_null(statement, index);
        data = g_bytes_get_data(value->bytes, &size);
        /* An empty blob, not NULL, for empty bytes. */
        return sqlite3_bind_blob64(statement, index, data ? data : "", size, SQLITE_STATIC);
    case CERTD_VALUE_INTEGER:
        return sqlite3_bind_int64(statement, index, value->integer);
    case CERTD_VALUE_REFERENCE:
        if (value->integer == 0)
            return sqlite3_bind_null(statement, index);
        return sqlite3_bind_int64(statement, index, value->integer);
    }
    return SQLITE_MISUSE;
}

static CertdStatement *certd_statement_prepare(CertdStore *store, const char *sql, GError **error)
{
    sqlite3_stmt *statement = g_hash_table_lookup(store->statements, sql);

    if (statement)
        return statement;
    int code = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (code != SQLITE_OK) {
        certd_store_fail(store, code, error);
        return NULL;
    }
    g_hash_table_insert(store->statements, (char *)sql, statement);
    return statement;
}

CertdStatement *certd_statement_get(CertdStore *store, const char *sql, const CertdValue *values,
                                    size_t n_values, GError **error)
{
    g_autoptr(CertdStatement) statement = certd_statement_prepare(store, sql, error);

    if (!statement)
        return NULL;
    for (size_t i = 0; i < n_values; i++) {
        int code = certd_statement_bind(statement, (int)i + 1, &values[i]);
        if (code != SQLITE_OK) {
            certd_store_fail(store, code, error);
            return NULL;
        }
    }
    return g_steal_pointer(&statement);
}

gboolean certd_statement_step(CertdStore *store, CertdStatement *statement, gboolean *row,
                              GError **error)
{
    int code = sqlite3_step(statement);

    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return certd_store_fail(store, code, error);
    *row = code == SQLITE_ROW;
    return TRUE;
}

gboolean certd_store_run(CertdStore *store, const char *sql, const CertdValue *values,
                         size_t n_values, GError **error)
{
    g_autoptr(CertdStatement) statement = NULL;
    gboolean row = FALSE;

    if (sqlite3_get_autocommit(store->db)) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_BUSY,
                            "The keystore takes changes inside a transaction only, and there is "
                            "none or it was rolled back; begin again");
        return FALSE;
    }
    statement = certd_statement_get(store, sql, values, n_values, error);
    return statement && certd_statement_step(store, statement, &row, error);
}

gboolean certd_store_query_integer(CertdStore *store, const char *sql, const CertdValue *values,
                                   size_t n_values, gint64 otherwise, gint64 *value, GError **error)
{
    g_autoptr(CertdStatement) statement = certd_statement_get(store, sql, values, n_values, error);
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return FALSE;
    if (row && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        *value = sqlite3_column_int64(statement, 0);
    else
        *value = otherwise;
    return TRUE;
}
