/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The address that systemd connects from for LoadCredential=: an abstract one that says for which unit it
 * asks, and for which credential.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reads the @size bytes of sun_path, "\0NUMBER/unit/UNIT/ID": NUMBER is one of 64 bits in lower-case hex,
 * UNIT a service, ID has no slash, no blank and nothing but ASCII. FALSE for whatever else it is; callers free
 * @unit and @id. */
gboolean certd_peer_address_parse(const char *path, size_t size, char **unit,
                                  char **id) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
