/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For the files of this folder alone: the keystore's files as files. The lock, the mark of a clean
 * close, a look at them before SQLite gets to see them, and moving damaged ones out of the way.
 */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

/* Takes the lock "keystore.lock" in @directory. -1 with CERTD_ERROR_BUSY where another has it. */
int certd_files_lock(const char *directory, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What lies at @path, before it is opened. */
typedef enum {
    CERTD_FILES_FRESH,   /* nothing, or nothing yet */
    CERTD_FILES_PRESENT, /* something that may be a database */
    CERTD_FILES_DAMAGED, /* no file, or one that SQLite would take for empty and delete */
} CertdFilesState;

/* Looks, and makes @path with mode 0600 where there is nothing. */
gboolean certd_files_inspect(const char *path, CertdFilesState *state, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The mark of a clean close: a file with what stat() said of the database then. It counts only as
 * long as that has not changed, so that a database that was touched since is checked. */
gboolean certd_files_is_clean(const char *path);
/* Before the first change. */
gboolean certd_files_clear_mark(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* After the close; without a mark the next start just checks. */
void certd_files_set_mark(const char *path);

/* Moves @path with its -wal, -shm and -journal to a dated name, which is returned (without the
 * directory). */
char *certd_files_set_aside(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes them. */
gboolean certd_files_remove(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes new and moved names in the directory of @path durable. */
gboolean certd_files_sync(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
