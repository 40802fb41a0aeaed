/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* certd's problems as the conditions of a resource's Status. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* "OK", "Warning" or "Critical": the worst of @problems, a(ssss). Static. */
const char *certd_conditions_health(GVariant *problems);
/* The conditions for @problems, each with the time when it was seen first, which is @now for one that was not among those
 * of the call before: certd does not say since when there is one. Any thread may call. The caller unrefs. */
JsonArray *certd_conditions_new(GVariant *problems, gint64 now);

G_END_DECLS
