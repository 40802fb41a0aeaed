/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* File descriptors that close themselves; GLib has this from 2.76 on only. */
#pragma once

#include <glib/gstdio.h>

static inline void certd_fd_clear(int *fd)
{
    if (*fd >= 0)
        (void)g_close(*fd, NULL);
}

#define CERTD_AUTO_FD __attribute__((cleanup(certd_fd_clear)))
