/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file is replaced whole, and whatever the umask is, everybody may read it. */

#include "service/published.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int certd_published_fill(int fd, const void *data, size_t size)
{
    const char *rest = data;
    while (size > 0) {
        ssize_t n = write(fd, rest, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        rest += n;
        size -= (size_t)n;
    }
    return 0;
}

int certd_published_create(int directory, const char *name, GBytes *content)
{
    size_t size;
    const void *data = g_bytes_get_data(content, &size);
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    int code = certd_published_fill(fd, data, size);
    if (code == 0 && fchmod(fd, 0644) < 0)
        code = errno;
    if (close(fd) < 0 && code == 0)
        code = errno;
    return code;
}

int certd_published_write(int directory, const char *name, GBytes *content)
{
    g_autofree char *beside = g_strconcat(name, ".new", NULL);
    (void)unlinkat(directory, beside, 0);
    int code = certd_published_create(directory, beside, content);
    if (code == 0 && renameat(directory, beside, directory, name) < 0)
        code = errno;
    if (code != 0)
        (void)unlinkat(directory, beside, 0);
    return code;
}

int certd_published_directory(int directory, const char *name)
{
    if (mkdirat(directory, name, 0755) < 0 && errno != EEXIST)
        return -1;
    int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fchmod(fd, 0755) == 0)
        return fd;
    int code = errno;
    close(fd);
    errno = code;
    return -1;
}

/* Empties the directory whose descriptor is @fd, which is taken. */
static int empty(int fd)
{
    DIR *entries = fdopendir(fd);
    if (entries == NULL) {
        int code = errno;
        close(fd);
        return code;
    }
    int code = 0;
    const struct dirent *entry;
    errno = 0;
    while (code == 0 && (entry = readdir(entries)) != NULL) {
        if (!g_str_equal(entry->d_name, ".") && !g_str_equal(entry->d_name, ".."))
            code = certd_published_remove(dirfd(entries), entry->d_name);
        errno = 0;
    }
    if (code == 0)
        code = errno;
    closedir(entries);
    return code;
}

int certd_published_remove(int directory, const char *name)
{
    if (unlinkat(directory, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return errno;
    int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int code = empty(fd);
    if (code == 0 && unlinkat(directory, name, AT_REMOVEDIR) < 0)
        code = errno;
    return code;
}
