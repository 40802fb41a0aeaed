/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each secret has pages of its own, because mlock() and MADV_DONTDUMP count in pages: freeing one
 * must not unlock its neighbour. */
#include "x509/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/error.h"

struct CertdSecret {
    unsigned char *data;
    size_t size;
    size_t mapped;
};

CertdSecret *certd_secret_new(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    CertdSecret *secret = g_new0(CertdSecret, 1);

    /* An empty secret has an address too, so that nobody needs a special case. */
    if (size > G_MAXSIZE - page)
        g_error("A secret of %zu bytes does not fit the memory", size);
    secret->size = size;
    secret->mapped = MAX(size + page - 1, page) / page * page;
    secret->data =
        mmap(NULL, secret->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (secret->data == MAP_FAILED)
        g_error("No memory for a secret of %zu bytes: %s", size, g_strerror(errno));
    /* Both are best effort: an unlocked secret is better than none. */
    (void)madvise(secret->data, secret->mapped, MADV_DONTDUMP);
    (void)mlock(secret->data, secret->mapped);
    return secret;
}

CertdSecret *certd_secret_new_copy(const void *data, size_t size)
{
    CertdSecret *secret = certd_secret_new(size);

    if (size > 0)
        memcpy(secret->data, data, size);
    return secret;
}

/* Reads @secret full from the beginning of @fd; how many bytes there were, or -1 with errno. */
static ssize_t secret_fill(CertdSecret *secret, int fd)
{
    size_t at = 0;

    while (at < secret->size) {
        ssize_t n = pread(fd, secret->data + at, secret->size - at, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        at += (size_t)n;
    }
    return (ssize_t)at;
}

CertdSecret *certd_secret_read_fd(int fd, size_t limit, GError **error)
{
    struct stat status;

    if (fstat(fd, &status) < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "File descriptor %d cannot be looked at (%s); pass an open memfd or file", fd,
                    g_strerror(errno));
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "File descriptor %d is neither a memfd nor a file; pass one of these", fd);
        return NULL;
    }
    if ((guint64)status.st_size > limit) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                    "The data has %" G_GINT64_FORMAT " bytes; at most %zu are taken",
                    (gint64)status.st_size, limit);
        return NULL;
    }

    g_autoptr(CertdSecret) secret = certd_secret_new((size_t)status.st_size);
    ssize_t n = secret_fill(secret, fd);
    if (n < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "File descriptor %d cannot be read (%s); open it for reading", fd,
                    g_strerror(errno));
        return NULL;
    }
    if ((size_t)n != secret->size) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "The data became shorter while it was read; seal the memfd and try again");
        return NULL;
    }
    return g_steal_pointer(&secret);
}

unsigned char *certd_secret_data(const CertdSecret *secret)
{
    return secret->data;
}

size_t certd_secret_size(const CertdSecret *secret)
{
    return secret->size;
}

void certd_secret_free(CertdSecret *secret)
{
    if (secret == NULL)
        return;
    explicit_bzero(secret->data, secret->mapped);
    (void)munmap(secret->data, secret->mapped);
    g_free(secret);
}
