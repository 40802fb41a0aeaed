/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON from outside, strictly (RFC 8259): json-glib takes comments, single quotes and two members of one name. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The object that @bytes are as a whole; NULL where they are anything else, are no UTF-8, nest too deep, have a member
 * twice in an object, a NUL in a string, or a number that does not fit. The caller frees it with certd_body_free(). */
JsonObject *certd_body_parse(GBytes *bytes) G_GNUC_WARN_UNUSED_RESULT;
/* Overwrites each string in @body, at any depth, for there may be a password in it, and drops the reference. */
void certd_body_free(JsonObject *body);

G_END_DECLS
