/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What others read: a key alone, PKCS#12 (RFC 7292) with a key, PKCS#7 (RFC 2315) without. */
#pragma once

#include "x509/key.h"

G_BEGIN_DECLS

/* @key in clear: unencrypted PKCS#8 (RFC 5208) as PEM (RFC 7468), without a terminator. */
CertdSecret *certd_export_key(gnutls_x509_privkey_t key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* PKCS#12 with PBES2 AES-256-CBC and an HMAC-SHA-256 MAC, which OpenSSL 1.1 and later, GnuTLS, NSS and
 * Windows 10 read. @chain: GBytes of DER, leaf first; @passphrase: UTF-8. */
CertdSecret *certd_export_pkcs12(gnutls_x509_privkey_t key, const GPtrArray *chain,
                                 const char *friendly_name, const CertdSecret *passphrase,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Degenerate SignedData in DER with the certificates of @chain. */
GBytes *certd_export_pkcs7(const GPtrArray *chain, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
