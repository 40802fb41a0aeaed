/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sealed memfds for what is handed out: a key goes into one without being read here. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Has the kernel copy all that the memfd @from holds, at most CERTD_LIMIT_INPUT_BYTES, to where the
 * descriptor @to stands. Neither is read here, and the offset of @from stays. 0 or an errno. */
int certd_sealed_copy(int from, int to) G_GNUC_WARN_UNUSED_RESULT;
/* A new memfd with all that the memfd @key_fd holds (-1: nothing) and @text behind it, sealed against
 * writing, growing, shrinking and further seals; close-on-exec, and at its beginning. The caller closes
 * it. -1 with WORKER_FAILED. */
int certd_sealed_new(int key_fd, const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
