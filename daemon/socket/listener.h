/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the credential socket comes from: the service manager has it listen already, or certd does. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The socket called "credential" that the service manager handed over, the only one that it may hand; else a
 * new one that listens as credential.sock in @directory, which everybody may connect to. One that a certd before
 * left there makes room; anything else that is there is an error. @bound is the path of a new one, which the
 * caller removes at the end and frees, or NULL. -1 with @error. */
int certd_listener_open(const char *directory, char **bound,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
