/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* certd-web's end: a stream socket in the file system. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A connection to the socket @path, close-on-exec, which doesn't block; -1 with errno, EAGAIN where there is no room
 * in its queue now. */
int certd_web_socket_connect(const char *path);

G_END_DECLS
