/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which boot this is. */

#include "watch/boot.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#define MARKER ".boot"
#define MARKER_NEW ".boot.new"
#define DIGITS 32u

/* Closes itself. */
typedef int Fd;

static void close_fd(Fd fd)
{
    if (fd >= 0)
        close(fd);
}
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(Fd, close_fd, -1)

/* What this boot has left in @directory; FALSE where that is nothing, or not certd's. */
static gboolean read_marker(int directory, sd_id128_t *marker)
{
    char text[SD_ID128_STRING_MAX] = "";
    struct stat status;
    g_auto(Fd) fd = openat(directory, MARKER, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_uid == geteuid() && read(fd, text, DIGITS) == (ssize_t)DIGITS &&
           sd_id128_from_string(text, marker) >= 0;
}

/* Written beside, so that there is a whole one or none. */
static gboolean write_marker(int directory, sd_id128_t marker)
{
    char text[SD_ID128_STRING_MAX];
    sd_id128_to_string(marker, text);
    (void)unlinkat(directory, MARKER_NEW, 0);
    g_auto(Fd) fd =
        openat(directory, MARKER_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd >= 0 && write(fd, text, DIGITS) == (ssize_t)DIGITS &&
           renameat(directory, MARKER_NEW, directory, MARKER) == 0;
}

static sd_id128_t marker_of(const char *runtime_directory)
{
    sd_id128_t marker;
    g_auto(Fd) directory = runtime_directory != NULL
                               ? open(runtime_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                               : -1;
    if (directory < 0)
        return SD_ID128_NULL;
    if (read_marker(directory, &marker))
        return marker;
    if (sd_id128_randomize(&marker) < 0 || !write_marker(directory, marker))
        return SD_ID128_NULL;
    return marker;
}

char *certd_boot_id(const char *runtime_directory)
{
    char text[SD_ID128_STRING_MAX];
    sd_id128_t boot;
    if (sd_id128_get_boot(&boot) < 0)
        return g_strdup("");
    sd_id128_t marker = marker_of(runtime_directory);
    for (size_t i = 0; i < sizeof boot.bytes; i++)
        boot.bytes[i] ^= marker.bytes[i];
    return g_strdup(sd_id128_to_string(boot, text));
}
