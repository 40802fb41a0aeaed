/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stored keys are AES-256-GCM (NIST SP 800-38D) under the sealing key, with the key's id as
 * associated data, so that one cannot be put in another's place. The sealing key itself lies in a
 * file, wrapped where there is a wrapping key.
 */
#pragma once

#include "x509/secret.h"

G_BEGIN_DECLS

/* A wrapping key in bytes: less is no secret, more is no key. */
#define CERTD_WRAPPING_KEY_MIN 16u
#define CERTD_WRAPPING_KEY_MAX 4096u

/* @plain sealed: version 1, nonce, ciphertext, tag. */
GBytes *certd_seal(const CertdSecret *sealing_key, const char *key_id, const CertdSecret *plain,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* And back; CERTD_ERROR_KEY_UNAVAILABLE where @sealed is damaged, of another key id or under
 * another sealing key. */
CertdSecret *certd_unseal(const CertdSecret *sealing_key, const char *key_id, GBytes *sealed,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The wrapping key that @fd holds; CERTD_ERROR_KEY_UNAVAILABLE for a wrong size. */
CertdSecret *certd_wrapping_key_read(int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The sealing key in the file @fd, and whether it is wrapped (@wrapped: nullable). @wrapping_key is NULL
 * where there is none; a file that is not wrapped opens with one too. CERTD_ERROR_KEY_UNAVAILABLE with
 * cause and remedy. */
CertdSecret *certd_sealing_key_load(int fd, const CertdSecret *wrapping_key, gboolean *wrapped,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes the sealing key @key to @fd in place of what is there, wrapped unless @wrapping_key is NULL, and
 * syncs it; what was written is read again. CERTD_ERROR_STORAGE_FULL or CERTD_ERROR_WORKER_FAILED. */
gboolean certd_sealing_key_write(int fd, const CertdSecret *key, const CertdSecret *wrapping_key,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A random one, which it writes to @fd so. */
CertdSecret *certd_sealing_key_create(int fd, const CertdSecret *wrapping_key, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
