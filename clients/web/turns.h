/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changes of one resource, one after another: what If-Match was held against is still so when the change is made (RFC 9110,
 * 13.2.1), unless it comes by D-Bus, or at another address of what is changed. In any thread but the main one, which must
 * not wait.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Waits until nobody else has the turn at the resource @path. FALSE where that takes longer than a call to certd may
 * (CERTD_LIMIT_WEB_CALL_SECONDS): it is somebody else's still. */
gboolean certd_turn_begin(const char *path) G_GNUC_WARN_UNUSED_RESULT;
/* Gives back the turn at @path. */
void certd_turn_end(const char *path);

G_END_DECLS
