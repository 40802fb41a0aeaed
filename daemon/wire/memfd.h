/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sealed memfds: how big or secret bytes cross a process boundary. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A memfd with @size bytes of @data, sealed against writing, growing, shrinking and further seals;
 * close-on-exec; @name shows in /proc. -1 with CERTD_ERROR_WORKER_FAILED. */
int certd_memfd_new(const char *name, const void *data, size_t size, GError **error);
/* All of what @fd (a memfd, pipe, socket or regular file) holds, from its beginning where it can
 * seek; at most @limit bytes, else CERTD_ERROR_TOO_LARGE. A pipe or socket may take no longer
 * than what is there (O_NONBLOCK is not set; the caller hands in regular files or memfds where it
 * must not wait). */
GBytes *certd_fd_read(int fd, size_t limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
