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
 * 100,000 certificates takes under 100 ms after a clean close. What has to be written on a full disk takes
 * the reserve, which certd_store_refill_reserve() brings back. */
CertdStore *certd_store_open(const char *directory, CertdStoreOutcome *outcome, char **aside,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether SQLite itself found the database damaged since it was opened: not a row that makes no sense,
 * but a file that it can't work with. */
gboolean certd_store_is_corrupt(const CertdStore *store);
/* What becomes of a keystore in whose place a new one begins. */
typedef enum {
    CERTD_STORE_KEEP,   /* it is set aside under a dated name */
    CERTD_STORE_DELETE, /* it goes: for a factory reset, whose sealing key is destroyed already */
} CertdStoreFate;
/* Begins a new keystore in the place of the one that is open, as certd_store_open() does with a damaged
 * one, and rolls back what is under way. @aside (nullable) is set to the dated name, or NULL. On failure
 * the old one is open again, as far as it can be. */
gboolean certd_store_begin_anew(CertdStore *store, CertdStoreFate fate, char **aside,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For what has to work on a full disk (a reset, a factory reset, the way back to a previous chain):
 * where there is no room, gives back the reserve that was kept, and has the log's own room used again.
 * Outside of transactions. */
void certd_store_release_reserve(CertdStore *store);
/* When that is done, however it ended, once for each release: the last one takes the reserve again, as
 * far as there is room. Outside of transactions. */
void certd_store_refill_reserve(CertdStore *store);

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

/* RAII: g_autoptr(CertdRoom) room = certd_room_take(store) has the reserve until the end of the scope;
 * it stands before the transaction. */
typedef CertdStore CertdRoom;
static inline CertdRoom *certd_room_take(CertdStore *store)
{
    certd_store_release_reserve(store);
    return store;
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdRoom, certd_store_refill_reserve)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdStore, certd_store_free)

G_END_DECLS
