/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* D-Bus values as JSON: what scripts read, so its shape is part of the interface. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @value as one JSON text without a final line end: dictionaries with string keys are objects
 * (keys as they are), other arrays and tuples arrays, variants what they hold, and byte arrays
 * base64 strings (RFC 4648). Characters that could mislead a terminal are \u escapes (RFC 8259
 * section 7). @pretty: over several lines. Caller frees. */
char *certd_json_print(GVariant *value, gboolean pretty);

G_END_DECLS
