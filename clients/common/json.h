/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* D-Bus values as JSON: what scripts read, so its shape is part of the interface. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* json-glib's, for which nobody has to have it who only prints. */
typedef struct _JsonNode JsonNode;

/* @value as one JSON text without a final line end: dictionaries with string keys are objects
 * (keys as they are), other arrays and tuples arrays, variants what they hold, and byte arrays
 * base64 strings (RFC 4648). Characters that could mislead a terminal are \u escapes (RFC 8259
 * section 7). @pretty: over several lines. Caller frees. */
char *certd_json_print(GVariant *value, gboolean pretty);
/* The same JSON as json-glib's node, for those who go on with that; the caller frees. */
JsonNode *certd_json_node(GVariant *value);
/* @node as one JSON text in the same way. Caller frees. */
char *certd_json_print_node(JsonNode *node, gboolean pretty);

G_END_DECLS
