/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes of one resource, one after another: what If-Match was held against is still so when the change is made (RFC 9110,
 * 13.2.1), as far as changes come by HTTP. In any thread but the main one, which must not wait.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Waits until nobody else has the turn at the resource @path. */
void certd_turn_begin(const char *path);
void certd_turn_end(const char *path);

G_END_DECLS
