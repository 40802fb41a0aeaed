/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opening, closing and transactions. A database is looked at as a file, then as SQLite's, and only
 * then written to: up to there closing it leaves it as it was found, so that what is set aside or
 * refused is what lay there.
 */
#include "store/store.h"

#include "model/names.h"
#include "store/files.h"
#include "store/reader.h"
#include "store/schema.h"
#include "store/statement.h"

#include <string.h>
#include <unistd.h>

/* Longer than a checkpoint, shorter than anyone notices; nobody else has the database anyway. */
#define CERTD_BUSY_MSEC 100
/* The largest row is a chain of 16 certificates with its details: far below. */
#define CERTD_VALUE_BYTES_MAX (8 * 1024 * 1024)

typedef enum {
    CERTD_PROBE_GOOD,
    CERTD_PROBE_CREATED,
    CERTD_PROBE_DAMAGED,
    CERTD_PROBE_FAILED, /* the error is set */
} CertdProbe;

/* Exclusive locking keeps the index of the log on the heap: mapped from a file, a full or failing
 * disk would end the process with SIGBUS. Each is without effect on the file. */
static const char CONNECTION[] = "PRAGMA locking_mode = EXCLUSIVE;"
                                 "PRAGMA mmap_size = 0;"
                                 "PRAGMA cell_size_check = ON;"
                                 "PRAGMA trusted_schema = OFF;"
                                 "PRAGMA temp_store = MEMORY;"
                                 "PRAGMA cache_size = -2048;"
                                 "PRAGMA secure_delete = ON;"
                                 "PRAGMA foreign_keys = ON;"
                                 "PRAGMA recursive_triggers = OFF;"
                                 "PRAGMA synchronous = FULL;"
                                 "PRAGMA journal_size_limit = 8388608;";

static CertdProbe certd_store_judge(CertdStore *store, int code, GError **error)
{
    /* A header that asks for a newer SQLite makes the database read-only, as an unwritable file
     * does; the latter is no damage. */
    gboolean header = (code & 0xff) == SQLITE_READONLY && access(store->path, W_OK) == 0;

    if (header || certd_store_code_is_damage(code))
        return CERTD_PROBE_DAMAGED;
    certd_store_fail(store, code, error);
    return CERTD_PROBE_FAILED;
}

static void certd_store_disconnect(CertdStore *store)
{
    g_hash_table_remove_all(store->statements);
    sqlite3_close(store->db);
    store->db = NULL;
}

static int certd_store_connect(CertdStore *store)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                SQLITE_OPEN_EXRESCODE;
    int code = sqlite3_open_v2(store->path, &store->db, flags, NULL);

    if (code != SQLITE_OK)
        return code;
    sqlite3_busy_timeout(store->db, CERTD_BUSY_MSEC);
    sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, CERTD_VALUE_BYTES_MAX);
    sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return sqlite3_exec(store->db, CONNECTION, NULL, NULL, NULL);
}

/* The first column of the first row as text, NULL without a row. */
static int certd_store_ask(CertdStore *store, const char *sql, char **answer)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);

    if (code != SQLITE_OK)
        return code;
    code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return code;
    g_free(*answer);
    *answer = code == SQLITE_ROW ? g_strdup((const char *)sqlite3_column_text(statement, 0)) : NULL;
    return SQLITE_OK;
}

/* The user_version into @version. An empty database has 0; so has a foreign one. */
static CertdProbe certd_store_probe_version(CertdStore *store, int *version, GError **error)
{
    g_autofree char *text = NULL;
    g_autofree char *objects = NULL;
    int code = certd_store_ask(store, "PRAGMA user_version", &text);

    if (code == SQLITE_OK)
        code = certd_store_ask(store, "SELECT count(*) FROM sqlite_schema", &objects);
    /* Only known once the header was read; nothing may be written yet to find out. */
    if (code == SQLITE_OK && sqlite3_db_readonly(store->db, "main") == 1)
        code = SQLITE_READONLY;
    if (code != SQLITE_OK)
        return certd_store_judge(store, code, error);
    gint64 found = text ? g_ascii_strtoll(text, NULL, 10) : -1;
    if (found > certd_schema_version()) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED,
                    "%s has version %" G_GINT64_FORMAT ", and this certd knows up to %d; it was "
                    "left as it is: install the newer certd again",
                    store->path, found, certd_schema_version());
        return CERTD_PROBE_FAILED;
    }
    if (found < 0 || (found == 0 && !g_str_equal(objects ? objects : "", "0")))
        return CERTD_PROBE_DAMAGED;
    *version = (int)found;
    return found == 0 ? CERTD_PROBE_CREATED : CERTD_PROBE_GOOD;
}

static CertdProbe certd_store_probe_content(CertdStore *store, GError **error)
{
    g_autofree char *check = NULL;
    g_autofree char *orphan = NULL;
    int code = certd_store_ask(store, "PRAGMA quick_check(1)", &check);

    if (code == SQLITE_OK)
        code = certd_store_ask(store, "PRAGMA foreign_key_check", &orphan);
    if (code != SQLITE_OK)
        return certd_store_judge(store, code, error);
    return g_strcmp0(check, "ok") == 0 && !orphan ? CERTD_PROBE_GOOD : CERTD_PROBE_DAMAGED;
}

/* From here on the database is ours, and is written to. */
static CertdProbe certd_store_take_over(CertdStore *store, int version, GError **error)
{
    g_autofree char *mode = NULL;
    gboolean complete = FALSE;

    if (!certd_files_clear_mark(store->path, error))
        return CERTD_PROBE_FAILED;
    int code = certd_store_ask(store, "PRAGMA journal_mode = WAL", &mode);
    if (code == SQLITE_OK)
        code = certd_schema_migrate(store->db, version);
    if (code == SQLITE_OK)
        code = certd_schema_is_complete(store->db, &complete);
    if (code != SQLITE_OK)
        return certd_store_judge(store, code, error);
    if (g_strcmp0(mode, "wal") != 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED,
                    "The file system of %s does not take SQLite's write-ahead log (it says "
                    "\"%s\"); put the state directory on a local one",
                    store->path, mode ? mode : "");
        return CERTD_PROBE_FAILED;
    }
    return complete ? CERTD_PROBE_GOOD : CERTD_PROBE_DAMAGED;
}

static CertdProbe certd_store_probe(CertdStore *store, GError **error)
{
    CertdFilesState state = CERTD_FILES_FRESH;
    int version = 0;

    if (!certd_files_inspect(store->path, &state, error))
        return CERTD_PROBE_FAILED;
    if (state == CERTD_FILES_DAMAGED)
        return CERTD_PROBE_DAMAGED;
    gboolean clean = certd_files_is_clean(store->path);
    int code = certd_store_connect(store);
    if (code != SQLITE_OK)
        return certd_store_judge(store, code, error);
    CertdProbe found = certd_store_probe_version(store, &version, error);
    if (found == CERTD_PROBE_GOOD && !clean)
        found = certd_store_probe_content(store, error);
    if (found != CERTD_PROBE_GOOD && found != CERTD_PROBE_CREATED)
        return found;
    CertdProbe taken = certd_store_take_over(store, version, error);
    return taken == CERTD_PROBE_GOOD ? found : taken;
}

/* On a full disk, which a new or migrated keystore does not fit on, once more with the reserve. */
static CertdProbe certd_store_probe_with_room(CertdStore *store, GError **error)
{
    g_autoptr(GError) failure = NULL;
    CertdProbe found = certd_store_probe(store, &failure);

    if (g_error_matches(failure, CERTD_ERROR, CERTD_ERROR_STORAGE_FULL) &&
        certd_reserve_release(store->reserve)) {
        certd_store_disconnect(store);
        return certd_store_probe(store, error);
    }
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return found;
}

/* @found and open: it is in use from here on. */
static gboolean certd_store_settle(CertdStore *store, CertdProbe found, GError **error)
{
    if (found == CERTD_PROBE_DAMAGED)
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED,
                    "A new keystore in %s is damaged as soon as it is made; check the disk",
                    store->directory);
    if (found == CERTD_PROBE_DAMAGED || found == CERTD_PROBE_FAILED)
        return FALSE;
    if (found == CERTD_PROBE_CREATED && !certd_files_sync(store->path, error))
        return FALSE;
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    store->suspect = FALSE;
    store->corrupt = FALSE;
    return TRUE;
}

static void certd_store_finalize(void *statement)
{
    sqlite3_finalize(statement);
}

static CertdStore *certd_store_new(const char *directory)
{
    CertdStore *store = g_new0(CertdStore, 1);

    store->directory = g_strdup(directory);
    store->path = g_build_filename(directory, CERTD_KEYSTORE_FILE, NULL);
    store->lock_fd = -1;
    store->suspect = TRUE; /* until it is open */
    store->statements =
        g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, certd_store_finalize);
    store->settings = certd_reader_settings_cache();
    store->reserve = certd_reserve_new(directory);
    return store;
}

CertdStore *certd_store_open(const char *directory, CertdStoreOutcome *outcome, char **aside,
                             GError **error)
{
    g_autoptr(CertdStore) store = certd_store_new(directory);
    g_autofree char *moved = NULL;

    store->lock_fd = certd_files_lock(directory, error);
    if (store->lock_fd < 0)
        return NULL;
    CertdProbe found = certd_store_probe_with_room(store, error);
    if (found == CERTD_PROBE_DAMAGED) {
        certd_store_disconnect(store);
        moved = certd_files_set_aside(store->path, error);
        found = moved ? certd_store_probe_with_room(store, error) : CERTD_PROBE_FAILED;
    }
    if (!certd_store_settle(store, found, error))
        return NULL;
    /* Where it was needed to get here, what comes next needs the rest of it. */
    if (!certd_reserve_is_released(store->reserve))
        certd_reserve_fill(store->reserve);
    if (outcome && moved)
        *outcome = CERTD_STORE_SET_ASIDE;
    else if (outcome)
        *outcome = found == CERTD_PROBE_CREATED ? CERTD_STORE_CREATED : CERTD_STORE_OPENED;
    if (aside)
        *aside = g_steal_pointer(&moved);
    return g_steal_pointer(&store);
}

gboolean certd_store_is_corrupt(const CertdStore *store)
{
    return store->corrupt;
}

gboolean certd_store_begin_anew(CertdStore *store, CertdStoreFate fate, char **aside,
                                GError **error)
{
    g_autofree char *moved = NULL;
    gboolean gone = FALSE;

    certd_store_rollback(store);
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    store->suspect = TRUE;
    certd_store_disconnect(store);
    if (fate == CERTD_STORE_DELETE)
        gone = certd_files_remove(store->path, error);
    else
        gone = (moved = certd_files_set_aside(store->path, error)) != NULL;
    CertdProbe found = gone ? certd_store_probe_with_room(store, error) : CERTD_PROBE_FAILED;
    if (certd_store_settle(store, found, error)) {
        if (aside)
            *aside = g_steal_pointer(&moved);
        return TRUE;
    }
    /* Whatever that finds, each statement gives an error again. */
    if (!store->db && certd_store_connect(store) != SQLITE_OK)
        store->corrupt = TRUE;
    return FALSE;
}

void certd_store_free(CertdStore *store)
{
    if (!store)
        return;
    if (store->db) {
        certd_store_rollback(store);
        certd_store_disconnect(store);
        if (!store->suspect)
            certd_files_set_mark(store->path);
    }
    g_hash_table_unref(store->statements);
    g_hash_table_unref(store->settings);
    certd_reserve_free(store->reserve);
    g_clear_pointer(&store->appended, g_ptr_array_unref);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    g_free(store->directory);
    g_free(store->path);
    g_free(store);
}

static gboolean certd_store_control(CertdStore *store, const char *sql, GError **error)
{
    g_autoptr(CertdStatement) statement = certd_statement_get(store, sql, NULL, 0, error);
    gboolean row = FALSE;

    return statement && certd_statement_step(store, statement, &row, error);
}

/* It may fail: then the log stays as it is. */
static void certd_store_checkpoint(CertdStore *store, int mode)
{
    (void)sqlite3_wal_checkpoint_v2(store->db, "main", mode, NULL, NULL);
}

void certd_store_release_reserve(CertdStore *store)
{
    store->reserve_users++;
    if (!certd_reserve_is_released(store->reserve) && !certd_reserve_has_room(store->reserve) &&
        certd_reserve_release(store->reserve))
        certd_store_checkpoint(store, SQLITE_CHECKPOINT_RESTART);
}

void certd_store_refill_reserve(CertdStore *store)
{
    if (--store->reserve_users > 0 || !certd_reserve_is_released(store->reserve))
        return;
    certd_store_checkpoint(store, SQLITE_CHECKPOINT_TRUNCATE);
    certd_reserve_fill(store->reserve);
}

gboolean certd_store_begin(CertdStore *store, GError **error)
{
    static const char BEGIN[] = "BEGIN IMMEDIATE";

    if (sqlite3_get_autocommit(store->db)) {
        certd_audit_forget(store);
        return certd_store_control(store, BEGIN, error);
    }
    g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_BUSY,
                        "A transaction is under way in the keystore; end it before the next");
    return FALSE;
}

gboolean certd_store_commit(CertdStore *store, GError **error)
{
    static const char COMMIT[] = "COMMIT";

    if (sqlite3_get_autocommit(store->db)) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_BUSY,
                            "The keystore has no transaction to commit; begin one first");
        return FALSE;
    }
    if (certd_store_control(store, COMMIT, error)) {
        if (store->reserve_users == 0)
            certd_reserve_tend(store->reserve);
        certd_audit_tell(store);
        return TRUE;
    }
    certd_store_rollback(store);
    /* All of it may be in the log, and only the synchronizing failed: what was answered with an error
     * must not be there after a crash. */
    certd_store_checkpoint(store, SQLITE_CHECKPOINT_TRUNCATE);
    return FALSE;
}

void certd_store_rollback(CertdStore *store)
{
    static const char ROLLBACK[] = "ROLLBACK";

    /* It cannot fail in a way that matters: what is not committed is gone at the next open. */
    if (store && store->db && !sqlite3_get_autocommit(store->db)) {
        gboolean done = certd_store_control(store, ROLLBACK, NULL);
        (void)done;
        certd_audit_forget(store);
    }
}
