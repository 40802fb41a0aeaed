/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Public keys from outside, for which certificates are issued: only those of kinds that certd could
 * have made itself. */
#pragma once

#include "x509/key.h"

G_BEGIN_DECLS

/* Whether @key is RSA of CERTD_LIMIT_RSA_BITS_LEGACY_MIN to CERTD_LIMIT_RSA_BITS_MAX, EC on one of
 * the three curves, or Ed25519: else CERTD_ERROR_INVALID_KEY_TYPE, which names it. Whether it is
 * weak is another question (weak.h). */
gboolean certd_public_key_check(gnutls_pubkey_t key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The key in the DER SubjectPublicKeyInfo @der, of at most CERTD_LIMIT_KEY_BYTES, in the one
 * spelling that certd_public_key_encode() gives. CERTD_ERROR_TOO_LARGE, CERTD_ERROR_LIMIT_EXCEEDED,
 * CERTD_ERROR_MALFORMED, or as certd_public_key_check(). */
gnutls_pubkey_t certd_public_key_read(GBytes *der, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
