/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Object paths: the last label is a name or an id, encoded as sd_bus_path_encode() does it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @prefix, a slash and @id encoded: what is no letter or digit, and a digit in front, becomes "_"
 * and two hexadecimal digits; nothing becomes "_". Caller frees. */
char *certd_path_encode(const char *prefix, const char *id);
/* The id in the last label of @path: the reverse. A label that is not encoded like that comes
 * back as it is. Caller frees. */
char *certd_path_id(const char *path);

G_END_DECLS
