/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keystore's files as files. All of it runs under the lock, and while SQLite has the database
 * closed: to close another descriptor of it would drop SQLite's own locks.
 */
#include "store/files.h"

#include "model/error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define CERTD_LOCK_FILE "keystore.lock"
#define CERTD_MARK_SUFFIX ".clean"
#define CERTD_WAL_SUFFIX "-wal"
#define CERTD_WAL_HEADER_BYTES 32
#define CERTD_MODE 0600
#define CERTD_LOCK_TRIES 20u
#define CERTD_LOCK_USEC 50000

typedef int CertdFd;
static void certd_fd_close(CertdFd *fd)
{
    if (*fd >= 0)
        close(*fd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CertdFd, certd_fd_close)

/* The database first: what is left of it after a crash in between must not look like a whole one. */
static const char *const SUFFIXES[] = {"", CERTD_WAL_SUFFIX, "-shm", "-journal"};

static gboolean certd_files_fail(GError **error, const char *what, const char *path, int number)
{
    gboolean full = number == ENOSPC || number == EDQUOT;

    g_set_error(error, CERTD_ERROR, full ? CERTD_ERROR_STORAGE_FULL : CERTD_ERROR_STORAGE_DAMAGED,
                "Cannot %s %s: %s; %s", what, path, g_strerror(number),
                full ? "make room on the file system of the state directory"
                     : "look at the disk, and at the owner and the mode of the state directory");
    return FALSE;
}

/* A certd that was killed while it began a worker may have left one behind that has the lock until it
 * is a program of its own. */
static gboolean certd_files_try_lock(int fd)
{
    for (unsigned int i = 0; i < CERTD_LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return TRUE;
        if (errno != EWOULDBLOCK)
            return FALSE;
        g_usleep(CERTD_LOCK_USEC);
    }
    errno = EWOULDBLOCK;
    return FALSE;
}

int certd_files_lock(const char *directory, GError **error)
{
    g_autofree char *path = g_build_filename(directory, CERTD_LOCK_FILE, NULL);
    g_auto(CertdFd) fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, CERTD_MODE);

    if (fd < 0) {
        certd_files_fail(error, "open", path, errno);
        return -1;
    }
    if (!certd_files_try_lock(fd)) {
        if (errno == EWOULDBLOCK)
            g_set_error(error, CERTD_ERROR, CERTD_ERROR_BUSY,
                        "The keystore in %s is in use by another certd; stop that one first",
                        directory);
        else
            certd_files_fail(error, "lock", path, errno);
        return -1;
    }
    int taken = fd;
    fd = -1;
    return taken;
}

gboolean certd_files_sync(const char *path, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(path);
    g_auto(CertdFd) fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) < 0)
        return certd_files_fail(error, "synchronize", directory, errno);
    return TRUE;
}

static guint32 certd_files_big_endian(const guint8 *bytes)
{
    return (guint32)bytes[0] << 24 | (guint32)bytes[1] << 16 | (guint32)bytes[2] << 8 | bytes[3];
}

/* The header of a write-ahead log (SQLite file format, 4.1), checksum and all. SQLite takes a log
 * with a wrong one for empty and starts over, and the transactions in it would be gone without a
 * word. A header of zeros is what a crash leaves of a log that nothing was committed to. */
static gboolean certd_files_wal_header_is_sound(const guint8 *header)
{
    static const guint8 zeros[CERTD_WAL_HEADER_BYTES];
    guint32 magic = certd_files_big_endian(header);
    guint32 sum[2] = {0, 0};

    if (memcmp(header, zeros, sizeof zeros) == 0)
        return TRUE;
    if ((magic & ~1u) != 0x377f0682u || certd_files_big_endian(header + 4) != 3007000)
        return FALSE;
    for (size_t i = 0; i < 24; i += 8) {
        guint32 words[2] = {certd_files_big_endian(header + i),
                            certd_files_big_endian(header + i + 4)};
        /* The last bit of the magic number is the byte order of the sums. */
        if (!(magic & 1u)) {
            words[0] = GUINT32_SWAP_LE_BE(words[0]);
            words[1] = GUINT32_SWAP_LE_BE(words[1]);
        }
        sum[0] += words[0] + sum[1];
        sum[1] += words[1] + sum[0];
    }
    return sum[0] == certd_files_big_endian(header + 24) &&
           sum[1] == certd_files_big_endian(header + 28);
}

/* Whether something else than a file lies at @path: a directory, a link, a device. */
static gboolean certd_files_is_foreign(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* Whether that is so of the database, or of what SQLite keeps beside it. */
static gboolean certd_files_any_is_foreign(const char *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SUFFIXES); i++) {
        g_autofree char *file = g_strconcat(path, SUFFIXES[i], NULL);
        if (certd_files_is_foreign(file))
            return TRUE;
    }
    return FALSE;
}

/* @size: 0 without a log. */
static gboolean certd_files_inspect_wal(const char *path, goffset *size, gboolean *sound,
                                        GError **error)
{
    g_autofree char *wal = g_strconcat(path, CERTD_WAL_SUFFIX, NULL);
    g_auto(CertdFd) fd = open(wal, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    guint8 header[CERTD_WAL_HEADER_BYTES] = {0};
    struct stat status;

    *size = 0;
    *sound = TRUE;
    if (fd < 0 && errno == ENOENT)
        return TRUE;
    if (fd < 0 || fstat(fd, &status) < 0)
        return certd_files_fail(error, "open", wal, errno);
    if (TEMP_FAILURE_RETRY(pread(fd, header, sizeof header, 0)) < 0)
        return certd_files_fail(error, "read", wal, errno);
    *size = status.st_size;
    *sound = certd_files_wal_header_is_sound(header);
    return TRUE;
}

gboolean certd_files_inspect(const char *path, CertdFilesState *state, GError **error)
{
    g_auto(CertdFd) fd = -1;
    struct stat status;
    goffset wal_size = 0;
    gboolean wal_sound = FALSE;

    if (certd_files_any_is_foreign(path)) {
        *state = CERTD_FILES_DAMAGED;
        return TRUE;
    }
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, CERTD_MODE);
    if (fd < 0)
        return certd_files_fail(error, "open", path, errno);
    if (fstat(fd, &status) < 0 || fchmod(fd, CERTD_MODE) < 0)
        return certd_files_fail(error, "prepare", path, errno);
    if (!certd_files_inspect_wal(path, &wal_size, &wal_sound, error))
        return FALSE;
    if (!wal_sound || (status.st_size == 0 && wal_size > 0))
        *state = CERTD_FILES_DAMAGED;
    else
        *state = status.st_size == 0 ? CERTD_FILES_FRESH : CERTD_FILES_PRESENT;
    return TRUE;
}

/* What the mark says of a database; NULL while there is a log that belongs to it. */
static char *certd_files_describe(const char *path)
{
    g_autofree char *wal = g_strconcat(path, CERTD_WAL_SUFFIX, NULL);
    struct stat status;

    if (stat(wal, &status) == 0 && status.st_size > 0)
        return NULL;
    if (stat(path, &status) < 0)
        return NULL;
    return g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT
                           ".%09ld\n",
                           (guint64)status.st_ino, (gint64)status.st_size,
                           (gint64)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

gboolean certd_files_is_clean(const char *path)
{
    g_autofree char *mark = g_strconcat(path, CERTD_MARK_SUFFIX, NULL);
    g_autofree char *found = certd_files_describe(path);
    g_autofree char *marked = NULL;

    return found && g_file_get_contents(mark, &marked, NULL, NULL) && g_str_equal(found, marked);
}

gboolean certd_files_clear_mark(const char *path, GError **error)
{
    g_autofree char *mark = g_strconcat(path, CERTD_MARK_SUFFIX, NULL);

    if (unlink(mark) < 0)
        return errno == ENOENT ? TRUE : certd_files_fail(error, "remove", mark, errno);
    return certd_files_sync(path, error);
}

void certd_files_set_mark(const char *path)
{
    g_autofree char *mark = g_strconcat(path, CERTD_MARK_SUFFIX, NULL);
    /* A second back: a file system's clock ticks in milliseconds, and a write in the same tick
     * would not show. */
    gint64 then = g_get_real_time() / G_USEC_PER_SEC - 1;
    const struct timespec times[2] = {{.tv_sec = then}, {.tv_sec = then}};

    if (utimensat(AT_FDCWD, path, times, 0) < 0)
        return;
    g_autofree char *text = certd_files_describe(path);
    if (text)
        g_file_set_contents_full(mark, text, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                 CERTD_MODE, NULL);
}

gboolean certd_files_remove(const char *path, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SUFFIXES); i++) {
        g_autofree char *file = g_strconcat(path, SUFFIXES[i], NULL);
        if (unlink(file) < 0 && errno != ENOENT)
            return certd_files_fail(error, "remove", file, errno);
    }
    return certd_files_sync(path, error);
}

static gboolean certd_files_is_free(const char *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SUFFIXES); i++) {
        g_autofree char *file = g_strconcat(path, SUFFIXES[i], NULL);
        struct stat status;
        if (lstat(file, &status) == 0)
            return FALSE;
    }
    return TRUE;
}

static char *certd_files_free_name(const char *path)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *date = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
    char *name = g_strdup_printf("%s.damaged-%s", path, date);

    for (guint n = 2; !certd_files_is_free(name); n++) {
        g_free(name);
        name = g_strdup_printf("%s.damaged-%s-%u", path, date, n);
    }
    return name;
}

char *certd_files_set_aside(const char *path, GError **error)
{
    g_autofree char *target = certd_files_free_name(path);

    for (size_t i = 0; i < G_N_ELEMENTS(SUFFIXES); i++) {
        g_autofree char *from = g_strconcat(path, SUFFIXES[i], NULL);
        g_autofree char *to = g_strconcat(target, SUFFIXES[i], NULL);
        if (rename(from, to) < 0 && errno != ENOENT) {
            certd_files_fail(error, "set aside", from, errno);
            return NULL;
        }
    }
    return certd_files_sync(path, error) ? g_path_get_basename(target) : NULL;
}
