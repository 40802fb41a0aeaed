/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The single questions of weak.h. Each gives a sentence (caller frees), or NULL. */
#pragma once

#include <gnutls/abstract.h>
#include <glib.h>

G_BEGIN_DECLS

char *certd_weak_rsa(gnutls_pubkey_t key, gboolean *legacy_only);
char *certd_weak_known(gnutls_pubkey_t key);

G_END_DECLS
