/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SQLite's files on Unix use two tables of methods, one for the database and one without locks for
 * the rest; each gets a copy with three of them wrapped.
 */
#include "shim.h"

#include <string.h>

static int (*real_open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
static sqlite3_vfs vfs;
static const sqlite3_io_methods *real;
static sqlite3_io_methods methods[2];
static guint countdown;
static int failure;
static gboolean once;
static gboolean garbled;

static gboolean shim_is_due(void)
{
    if (countdown > 1) {
        countdown--;
        return FALSE;
    }
    gboolean due = countdown == 1;
    if (once)
        countdown = 0;
    return due;
}

static int shim_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset)
{
    return shim_is_due() ? failure : real->xWrite(file, data, size, offset);
}

static int shim_sync(sqlite3_file *file, int flags)
{
    return shim_is_due() ? failure : real->xSync(file, flags);
}

static int shim_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset)
{
    int code = real->xRead(file, data, size, offset);

    if (garbled && size >= 512)
        memset(data, 0xa5, (size_t)size);
    return code;
}

static int shim_open(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *out)
{
    int code = real_open(self, name, file, flags, out);

    if (code != SQLITE_OK || !file->pMethods)
        return code;
    sqlite3_io_methods *wrapped = &methods[flags & SQLITE_OPEN_MAIN_DB ? 0 : 1];
    real = file->pMethods;
    *wrapped = *real;
    wrapped->xWrite = shim_write;
    wrapped->xSync = shim_sync;
    wrapped->xRead = shim_read;
    file->pMethods = wrapped;
    return code;
}

void shim_install(void)
{
    vfs = *sqlite3_vfs_find(NULL);
    real_open = vfs.xOpen;
    vfs.zName = "shim";
    vfs.pNext = NULL;
    vfs.xOpen = shim_open;
    g_assert_cmpint(sqlite3_vfs_register(&vfs, 1), ==, SQLITE_OK);
}

void shim_fail(guint nth, int code)
{
    countdown = nth;
    failure = code;
    once = FALSE;
}

void shim_fail_once(guint nth, int code)
{
    shim_fail(nth, code);
    once = TRUE;
}

void shim_garble(gboolean garble)
{
    garbled = garble;
}
