/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private keys, and the one name that a public key has everywhere: the SHA-256 of its DER
 * SubjectPublicKeyInfo (RFC 5280 4.1.2.7). */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "model/key-type.h"
#include "x509/secret.h"

G_BEGIN_DECLS

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_x509_privkey_t, gnutls_x509_privkey_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_privkey_t, gnutls_privkey_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_pubkey_t, gnutls_pubkey_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_x509_crt_t, gnutls_x509_crt_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_x509_crq_t, gnutls_x509_crq_deinit, NULL)

/* Translates a GnuTLS code, in the one place: memory, malformed input, pass phrases, the rest to
 * CERTD_ERROR_WORKER_FAILED. @what: what was being done, "Reading the PKCS#12 bundle". */
void certd_gnutls_error(GError **error, int code, const char *what);

/* Makes a key. */
gnutls_x509_privkey_t certd_key_generate(CertdKeyType type, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* From and to unencrypted PKCS#8 DER (RFC 5958). */
gnutls_x509_privkey_t certd_key_from_pkcs8(const CertdSecret *der, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
CertdSecret *certd_key_to_pkcs8(gnutls_x509_privkey_t key, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* DER SubjectPublicKeyInfo, encoded anew, so that it is the same whatever the key was read from; of
 * an algorithm that GnuTLS doesn't know, as it stands in the certificate. */
GBytes *certd_key_public(gnutls_x509_privkey_t key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *certd_certificate_public(gnutls_x509_crt_t certificate, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The SHA-256 of that: 32 bytes. */
GBytes *certd_key_public_hash(gnutls_x509_privkey_t key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *certd_certificate_public_hash(gnutls_x509_crt_t certificate, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The public half of @key. */
gnutls_pubkey_t certd_key_to_public(gnutls_x509_privkey_t key, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* DER SubjectPublicKeyInfo of @key, encoded anew, and the SHA-256 of that. */
GBytes *certd_public_key_encode(gnutls_pubkey_t key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes *certd_public_key_hash(gnutls_pubkey_t key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "rsa:2048", "ec:secp256r1", "ed25519", also of sizes we don't make ("rsa:1536"); "dsa:1024",
 * "rsa-pss:2048", "ed448"; "other" for the rest. Caller frees. */
char *certd_key_type_describe(gnutls_pubkey_t key);
char *certd_private_key_type_describe(gnutls_x509_privkey_t key);

G_END_DECLS
