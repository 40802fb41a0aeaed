/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The target of a request, in origin form (RFC 9112 section 3.2.1), decoded once and strictly: what one program takes for
 * another path than the next is how requests get past a check. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The path and the query of @target. @path: decoded, without a slash at the end ("/" stays); caller frees. @query: names
 * and values, decoded, the first of several of a name, or NULL without any; caller unrefs. FALSE where @target is not in
 * origin form, has a character or a %-sequence that may not be there, or decodes to a control character, a slash, what is
 * no UTF-8, an empty segment, "." or "..". */
gboolean certd_target_parse(const char *target, char **path,
                            GHashTable **query) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
