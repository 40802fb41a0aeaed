/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The reserve is allocated, never written: posix_fallocate() costs no more than a few extents. It is
 * taken in steps, so that a disk that has room for some of it gives that.
 */
#include "store/reserve.h"

#include "model/limits.h"
#include "model/names.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define CERTD_RESERVE_MODE 0600
#define CERTD_RESERVE_STEP_BYTES ((goffset)64 * 1024)

struct CertdReserve {
    char *path;
    int fd;           /* -1 where it could not be opened yet */
    goffset released; /* its size before it was given back; 0 unless it was */
    gint64 tried;     /* to fill it, on the monotonic clock in microseconds */
};

static void certd_reserve_open(CertdReserve *reserve)
{
    struct stat status;

    if (reserve->fd >= 0)
        return;
    reserve->fd = open(reserve->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                       CERTD_RESERVE_MODE);
    if (reserve->fd < 0 || (fstat(reserve->fd, &status) == 0 && S_ISREG(status.st_mode)))
        return;
    close(reserve->fd);
    reserve->fd = -1;
}

CertdReserve *certd_reserve_new(const char *directory)
{
    CertdReserve *reserve = g_new0(CertdReserve, 1);

    reserve->path = g_build_filename(directory, CERTD_RESERVE_FILE, NULL);
    reserve->fd = -1;
    certd_reserve_open(reserve);
    return reserve;
}

void certd_reserve_free(CertdReserve *reserve)
{
    if (!reserve)
        return;
    if (reserve->fd >= 0)
        close(reserve->fd);
    g_free(reserve->path);
    g_free(reserve);
}

goffset certd_reserve_size(const CertdReserve *reserve)
{
    struct stat status;

    if (reserve->fd < 0 || fstat(reserve->fd, &status) < 0)
        return 0;
    /* A copy from a backup may have holes. */
    return MIN(status.st_size, (goffset)status.st_blocks * 512);
}

gboolean certd_reserve_has_room(const CertdReserve *reserve)
{
    goffset size = certd_reserve_size(reserve);
    /* Tried, not asked for: a quota shows in no number. */
    gboolean room =
        reserve->fd >= 0 && posix_fallocate(reserve->fd, size, CERTD_RESERVE_BYTES) == 0;

    return reserve->fd >= 0 && ftruncate(reserve->fd, size) == 0 && room;
}

gboolean certd_reserve_release(CertdReserve *reserve)
{
    goffset size = certd_reserve_size(reserve);

    if (size == 0 || ftruncate(reserve->fd, 0) < 0)
        return FALSE;
    reserve->released = MAX(reserve->released, size);
    /* A journaling file system gives blocks to others once it is on the disk that they are free. */
    (void)fsync(reserve->fd);
    return TRUE;
}

gboolean certd_reserve_is_released(const CertdReserve *reserve)
{
    return reserve->released > 0;
}

/* From @size to @target, as far as there is room. */
static void certd_reserve_grow(const CertdReserve *reserve, goffset size, goffset target)
{
    if (size >= target || posix_fallocate(reserve->fd, 0, target) == 0)
        return;
    for (goffset at = size; at < target; at += CERTD_RESERVE_STEP_BYTES)
        if (posix_fallocate(reserve->fd, at, MIN(CERTD_RESERVE_STEP_BYTES, target - at)) != 0)
            return;
}

void certd_reserve_fill(CertdReserve *reserve)
{
    struct statvfs disk;
    goffset whole = CERTD_RESERVE_BYTES;

    reserve->tried = g_get_monotonic_time();
    certd_reserve_open(reserve);
    if (reserve->fd < 0)
        return;
    certd_reserve_grow(reserve, certd_reserve_size(reserve), MIN(reserve->released, whole));
    reserve->released = 0;
    goffset size = certd_reserve_size(reserve);
    if (size >= whole || fstatvfs(reserve->fd, &disk) < 0)
        return;
    guint64 half = (guint64)disk.f_bavail * disk.f_frsize / 2;
    certd_reserve_grow(reserve, size, size + (goffset)MIN(half, (guint64)(whole - size)));
}

void certd_reserve_tend(CertdReserve *reserve)
{
    gint64 due = reserve->tried + CERTD_RESERVE_RETRY_SECONDS * G_USEC_PER_SEC;

    if (certd_reserve_size(reserve) < CERTD_RESERVE_BYTES && g_get_monotonic_time() >= due)
        certd_reserve_fill(reserve);
}
