/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sealing key for emergencies: made by a worker when the stored one cannot be used, in a memfd
 * without a name that only the pool holds. It lasts from worker to worker, ends with the daemon, and
 * never reaches the disk.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/error.h"
#include "pool/pool-private.h"

static void set_error(GError **error, const char *what)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                "The temporary sealing key cannot be %s: %s; try again when there is memory, and "
                "see LimitNOFILE= of the service",
                what, g_strerror(errno));
}

int certd_pool_temporary_key_open(CertdPool *pool, gboolean *creates, GError **error)
{
    int fd;

    if (pool->temporary_made) {
        *creates = FALSE;
        return pool->temporary_fd;
    }
    /* Always a new one: a worker that was killed may still be writing to the one before. */
    fd = memfd_create("temporary-sealing-key", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) {
        set_error(error, "made");
        return -1;
    }
    if (pool->temporary_fd >= 0)
        close(pool->temporary_fd);
    pool->temporary_fd = fd;
    *creates = TRUE;
    return fd;
}

gboolean certd_pool_temporary_key_commit(CertdPool *pool, GError **error)
{
    if (fcntl(pool->temporary_fd, F_ADD_SEALS,
              F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
        set_error(error, "kept");
        return FALSE;
    }
    pool->temporary_made = TRUE;
    return TRUE;
}
