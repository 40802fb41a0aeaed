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
/* The same of the key in @certificate. */
char *certd_weak_certificate_key(gnutls_x509_crt_t certificate, gboolean *legacy_only);
/* The same, but of a key that signatures are only verified with: any odd RSA exponent from 3 on. */
char *certd_weak_verifying_key(gnutls_x509_crt_t certificate, gboolean *legacy_only);
/* Likewise of the digest that @certificate is signed with; @subject names it in the sentence. */
char *certd_weak_digest(gnutls_x509_crt_t certificate, const char *subject, gboolean *legacy_only);
/* What to do then. */
#define CERTD_WEAK_DIGEST_REMEDY "Have it issued with SHA-256, SHA-384 or SHA-512"

G_END_DECLS
