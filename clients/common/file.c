/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is read may be a private key: it lies in one buffer that never grows (growing would leave
 * copies behind) and is wiped at the end.
 */
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "model/error.h"
#include "model/text.h"

typedef struct {
    guint8 *data;
    size_t room;
} Wiped;

static void wiped_free(void *pointer)
{
    Wiped *wiped = pointer;
    explicit_bzero(wiped->data, wiped->room);
    g_free(wiped->data);
    g_free(wiped);
}

GBytes *certd_file_wiped_bytes(guint8 *data, size_t size, size_t room)
{
    Wiped *wiped = g_new0(Wiped, 1);
    wiped->data = data;
    wiped->room = room;
    return g_bytes_new_with_free_func(data, size, wiped_free, wiped);
}

/* "@what "@name": why", from errno. */
static void set_file_error(GError **error, const char *what, const char *name)
{
    int saved = errno;
    g_autofree char *quoted = certd_text_quote(name);
    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(saved), "%s %s: %s", what, quoted,
                g_strerror(saved));
}

/* Reads up to @room bytes of @fd; -1 with errno. */
static ssize_t read_up_to(int fd, guint8 *data, size_t room)
{
    size_t size = 0;
    while (size < room) {
        ssize_t n = TEMP_FAILURE_RETRY(read(fd, data + size, room - size));
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        size += (size_t)n;
    }
    return (ssize_t)size;
}

GBytes *certd_file_read_fd(int fd, const char *name, size_t limit, GError **error)
{
    /* One byte more than allowed tells too much from just enough. */
    guint8 *data = g_malloc(limit + 1);
    ssize_t size = read_up_to(fd, data, limit + 1);
    if (size < 0)
        set_file_error(error, _("Cannot read"), name);
    g_autoptr(GBytes) bytes = certd_file_wiped_bytes(data, size < 0 ? 0 : (size_t)size, limit + 1);
    if (size < 0)
        return NULL;
    if ((size_t)size > limit) {
        g_autofree char *quoted = certd_text_quote(name);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                    _("%s has more than %zu bytes, which is the limit; is it the right file?"),
                    quoted, limit);
        return NULL;
    }
    return g_steal_pointer(&bytes);
}

GBytes *certd_file_read(const char *name, size_t limit, GError **error)
{
    if (g_str_equal(name, "-"))
        return certd_file_read_fd(STDIN_FILENO, _("standard input"), limit, error);
    CERTD_AUTO_FD int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        set_file_error(error, _("Cannot open"), name);
        return NULL;
    }
    return certd_file_read_fd(fd, name, limit, error);
}

GBytes *certd_file_read_line(const char *name, size_t limit, GError **error)
{
    /* Room for the line's end, CR LF at most. */
    g_autoptr(GBytes) bytes = certd_file_read(name, limit + 2, error);
    if (!bytes)
        return NULL;
    size_t size;
    const char *data = g_bytes_get_data(bytes, &size);
    const char *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t length = end ? (size_t)(end - data) : size;
    if (length > 0 && data[length - 1] == '\r')
        length--;
    if (length > 0 && length <= limit)
        return g_bytes_new_from_bytes(bytes, 0, length);

    g_autofree char *quoted = certd_text_quote(name);
    if (length == 0)
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    _("The first line of %s is empty; it has to be the pass phrase or password"),
                    quoted);
    else
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                    _("The first line of %s has more than %zu bytes, which is the limit"), quoted,
                    limit);
    return NULL;
}

char *certd_file_target(const char *out, const char *default_name)
{
    if (g_file_test(out, G_FILE_TEST_IS_DIR))
        return g_build_filename(out, default_name, NULL);
    return g_strdup(out);
}

/* Writes all of @bytes to @fd; FALSE with errno. */
static gboolean write_all(int fd, GBytes *bytes)
{
    size_t size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    while (size > 0) {
        ssize_t n = TEMP_FAILURE_RETRY(write(fd, data, size));
        if (n < 0)
            return FALSE;
        data += n;
        size -= (size_t)n;
    }
    return TRUE;
}

/* GLib's message names the temporary file; what follows its last colon is why. */
static void set_replace_error(GError **error, const char *name, const GError *failed)
{
    const char *why = g_strrstr(failed->message, ": ");
    g_autofree char *quoted = certd_text_quote(name);
    g_set_error(error, failed->domain, failed->code, _("Cannot write %s: %s"), quoted,
                why ? why + 2 : failed->message);
}

/* In one step: there is the old content or the new. */
static gboolean replace(const char *name, GBytes *bytes, int mode, GError **error)
{
    size_t size;
    const char *data = g_bytes_get_data(bytes, &size);
    g_autoptr(GError) failed = NULL;
    if (g_file_set_contents_full(name, data, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT, mode,
                                 &failed))
        return TRUE;
    set_replace_error(error, name, failed);
    return FALSE;
}

gboolean certd_file_write(const char *name, GBytes *bytes, int mode, GError **error)
{
    struct stat status;
    if (stat(name, &status) < 0 || S_ISREG(status.st_mode))
        return replace(name, bytes, mode, error);
    /* A rename would put a file where /dev/stdout or a pipe was. */
    CERTD_AUTO_FD int fd = open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || !write_all(fd, bytes)) {
        set_file_error(error, _("Cannot write"), name);
        return FALSE;
    }
    return TRUE;
}

int certd_file_memfd(const char *name, GBytes *bytes, GError **error)
{
    CERTD_AUTO_FD int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || !write_all(fd, bytes) || lseek(fd, 0, SEEK_SET) < 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0) {
        g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(errno),
                    _("Cannot hand the data over in memory: %s"), g_strerror(errno));
        return -1;
    }
    return g_steal_fd(&fd);
}
