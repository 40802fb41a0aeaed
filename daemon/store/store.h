/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keystore: one SQLite database in the state directory. WAL, synchronous=FULL, secure_delete,
 * foreign keys; migrations by user_version that never delete. Nothing here judges; it keeps what
 * it is given and gives it back. SQLite's codes are translated to CERTD_ERROR in one function:
 * full disk to STORAGE_FULL, corruption and I/O to STORAGE_DAMAGED, lock held to BUSY.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CertdStore CertdStore;

typedef enum {
    CERTD_STORE_OPENED,    /* as it was left */
    CERTD_STORE_CREATED,   /* there was none */
    CERTD_STORE_SET_ASIDE, /* damaged: moved to a dated name beside it, and a new one begun */
} CertdStoreOutcome;

/* Opens or makes "keystore.db" in @directory (which exists, mode 0700), after taking the lock
 * "keystore.lock" there: CERTD_ERROR_BUSY where another daemon has it. A database that does not
 * open, is no database, fails PRAGMA quick_check or foreign_key_check (skip the checks' cost where
 * the last close was clean: see certd_store_free()), or lacks a table is moved with its -wal and
 * -shm to "keystore.db.damaged-YYYYMMDDTHHMMSSZ[-N]" (@aside is set to that name), and never
 * deleted. A user_version newer than this program knows is CERTD_ERROR_STORAGE_DAMAGED and the
 * file stays untouched. A full disk or an I/O error at open is an error, not damage. Start-up with
 * 100,000 certificates takes under 100 ms after a clean close. */
CertdStore *certd_store_open(const char *directory, CertdStoreOutcome *outcome, char **aside,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Closes: checkpoints and marks the close as clean. */
void certd_store_free(CertdStore *store);

/* Transactions (BEGIN IMMEDIATE). All changes happen inside one; a reply goes out only after
 * certd_store_commit() was TRUE. They don't nest. */
gboolean certd_store_begin(CertdStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_store_commit(CertdStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Harmless without a transaction. */
void certd_store_rollback(CertdStore *store);

/* RAII: CERTD_TRANSACTION(store) rolls back at the end of the scope unless it was committed. */
typedef CertdStore CertdTransaction;
static inline void certd_transaction_end(CertdTransaction *store)
{
    certd_store_rollback(store);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdTransaction, certd_transaction_end)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdStore, certd_store_free)

G_END_DECLS
