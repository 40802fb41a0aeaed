/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sealed memfds. Nothing secret passes through this process's memory: the kernel copies from one memfd to
 * the other.
 */

#include "service/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/error.h"
#include "model/limits.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

int certd_sealed_copy(int from, int to)
{
    struct stat status;
    off_t at = 0;
    if (fstat(from, &status) < 0)
        return errno;
    if (!S_ISREG(status.st_mode) || status.st_size > (off_t)CERTD_LIMIT_INPUT_BYTES)
        return EFBIG;
    while (at < status.st_size) {
        ssize_t copied = sendfile(to, from, &at, (size_t)(status.st_size - at));
        if (copied < 0 && errno == EINTR)
            continue;
        if (copied < 0)
            return errno;
        /* It became shorter: then it was not sealed, and no worker's. */
        if (copied == 0)
            return EIO;
    }
    return 0;
}

static int write_all(int fd, const char *text)
{
    size_t size = strlen(text);
    while (size > 0) {
        ssize_t written = write(fd, text, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return errno;
        text += written;
        size -= (size_t)written;
    }
    return 0;
}

static int fill(int fd, int key_fd, const char *text)
{
    int code = key_fd >= 0 ? certd_sealed_copy(key_fd, fd) : 0;
    if (code == 0)
        code = write_all(fd, text);
    if (code != 0)
        return code;
    /* A reader begins where the writer would have stopped, unless it is taken back. */
    return lseek(fd, 0, SEEK_SET) == 0 && fcntl(fd, F_ADD_SEALS, SEALS) == 0 ? 0 : errno;
}

int certd_sealed_new(int key_fd, const char *text, GError **error)
{
    int fd = memfd_create("certd-credential", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int code = fd >= 0 ? fill(fd, key_fd, text) : errno;
    if (code == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                "Making a sealed memfd failed: %s; try again when there is memory",
                g_strerror(code));
    return -1;
}
