/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The single questions of weak.h. Each gives a sentence (caller frees), or NULL. */
#pragma once

#include <glib.h>
#include <gnutls/abstract.h>

G_BEGIN_DECLS

/* What is wrong with an RSA key; @verifies as certd_weak_verifying_key(), @legacy_only as
 * certd_weak_key(). */
char *certd_weak_rsa(gnutls_pubkey_t key, gboolean verifies, gboolean *legacy_only);
/* Whether the key was published. */
char *certd_weak_known(gnutls_pubkey_t key);

G_END_DECLS
