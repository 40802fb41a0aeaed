/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sealed memfds, and reading whatever descriptor a caller hands in. What passes may be a key, so
 * every buffer is wiped before it is freed.
 */
#include "wire/memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/error.h"

#define READ_CHUNK 4096u

typedef struct {
    unsigned char *data;
    size_t size; /* in use */
    size_t allocated;
} Buffer;

static void buffer_free(Buffer *buffer)
{
    if (!buffer)
        return;
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->allocated);
    g_free(buffer->data);
    g_free(buffer);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Buffer, buffer_free)

static gboolean write_all(int fd, const unsigned char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return FALSE;
        data += written;
        size -= (size_t)written;
    }
    return TRUE;
}

int certd_memfd_new(const char *name, const void *data, size_t size, GError **error)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    /* A reader begins where the writer would have stopped, unless it is taken back. */
    if (fd >= 0 && write_all(fd, data, size) && lseek(fd, 0, SEEK_SET) == 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
        return fd;

    int problem = errno;
    if (fd >= 0)
        close(fd);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                "Making a sealed memfd of %zu bytes failed: %s; try again when there is memory",
                size, g_strerror(problem));
    return -1;
}

/* Not realloc(): it may leave a copy behind. */
static void buffer_grow(Buffer *buffer, size_t allocated)
{
    unsigned char *data = g_malloc(allocated);

    if (buffer->data) {
        memcpy(data, buffer->data, buffer->size);
        explicit_bzero(buffer->data, buffer->allocated);
        g_free(buffer->data);
    }
    buffer->data = data;
    buffer->allocated = allocated;
}

/* pread() where it can seek: the offset is shared with whoever else holds the descriptor. */
static ssize_t read_some(int fd, gboolean seekable, Buffer *buffer)
{
    unsigned char *place = buffer->data + buffer->size;
    size_t room = buffer->allocated - buffer->size;
    ssize_t got;

    do {
        got = seekable ? pread(fd, place, room, (off_t)buffer->size) : read(fd, place, room);
    } while (got < 0 && errno == EINTR);
    return got;
}

static void fail_too_large(GError **error, size_t limit)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                "The input has more than %zu bytes, which is the limit; send less", limit);
}

GBytes *certd_fd_read(int fd, size_t limit, GError **error)
{
    g_autoptr(Buffer) buffer = g_new0(Buffer, 1);
    gboolean seekable = lseek(fd, 0, SEEK_CUR) >= 0;
    struct stat status;
    size_t hint = READ_CHUNK;
    ssize_t got;

    /* Only a hint: the file may be growing, and its size may be a lie. */
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        hint = (size_t)status.st_size + 1;
    buffer_grow(buffer, MIN(hint, limit + 1));

    while ((got = read_some(fd, seekable, buffer)) > 0) {
        buffer->size += (size_t)got;
        if (buffer->size > limit) {
            fail_too_large(error, limit);
            return NULL;
        }
        if (buffer->size == buffer->allocated)
            buffer_grow(buffer, MIN(2 * buffer->allocated, limit + 1));
    }
    if (got < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "Reading the descriptor failed: %s; pass one that is open for reading",
                    g_strerror(errno));
        return NULL;
    }

    const void *data = buffer->data;
    size_t size = buffer->size;
    return g_bytes_new_with_free_func(data, size, (GDestroyNotify)buffer_free,
                                      g_steal_pointer(&buffer));
}
