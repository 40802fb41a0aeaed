/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Weak keys (DESIGN 5): RSA moduli too small, even, with small factors or close primes (Fermat,
 * 100 rounds), even or small exponents, the ROCA fingerprint (CVE-2017-15361), and keys published
 * in RFCs.
 */
#pragma once

#include <gnutls/abstract.h>

#include "model/key-type.h"

G_BEGIN_DECLS

/* NULL where nothing is known against @key; else a sentence that says what (caller frees).
 * @legacy_only is set where only its size is, and the legacy policy allows that. */
char *certd_weak_key(gnutls_pubkey_t key, gboolean *legacy_only);

G_END_DECLS
