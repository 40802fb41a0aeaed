/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Object paths of requests: the last label is the id, which certd makes of digits only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @prefix, a slash and @id: what is no letter or digit becomes "_" and two hexadecimal digits,
 * nothing becomes "_"; so whatever the user types is a path. Caller frees. */
char *certd_path_encode(const char *prefix, const char *id);
/* The id in the last label of @path: the reverse. A label that is not encoded like that comes
 * back as it is. Caller frees. */
char *certd_path_id(const char *path);

G_END_DECLS
