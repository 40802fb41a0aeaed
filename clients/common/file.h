/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files as a command takes and makes them: bounded, wiped, and never half written. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @data (taken, @room bytes of it allocated) as bytes that are wiped when freed. */
GBytes *certd_file_wiped_bytes(guint8 *data, size_t size, size_t room);

/* All of the file @name, "-" for standard input, as bytes that are wiped when freed.
 * CERTD_ERROR_TOO_LARGE beyond @limit bytes, G_FILE_ERROR otherwise. */
GBytes *certd_file_read(const char *name, size_t limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All of what @fd holds (a memfd that came over the bus), as certd_file_read(). @name is for the
 * message. */
GBytes *certd_file_read_fd(int fd, const char *name, size_t limit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The first line of the file @name without its end, as bytes that are wiped when freed: a pass
 * phrase. CERTD_ERROR_INVALID_OPTION where it is empty, CERTD_ERROR_TOO_LARGE beyond @limit. */
GBytes *certd_file_read_line(const char *name, size_t limit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Where `--out @out` means: @out itself, or @default_name in it where it is a directory. Caller
 * frees. */
char *certd_file_target(const char *out, const char *default_name);
/* Writes @bytes to the file @name under a temporary name first, with @mode less the umask; a
 * device or pipe is written as it is. */
gboolean certd_file_write(const char *name, GBytes *bytes, int mode, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A memfd with @bytes, sealed against every change, close-on-exec; -1 with G_IO_ERROR. */
int certd_file_memfd(const char *name, GBytes *bytes, GError **error);

G_END_DECLS
