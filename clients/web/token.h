/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random tokens, and how they are kept and compared: under a keyed hash, so that neither a look into the table nor the
 * time that a comparison takes tells of a token.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CERTD_TOKEN_BYTES 32
/* In base64url without padding (RFC 4648 section 5). */
#define CERTD_TOKEN_LENGTH 43

/* A key for certd_token_digest(), of this process. */
typedef struct {
    guint8 bytes[32];
} CertdTokenKey;

/* Fills @key from the kernel's generator; aborts without it. */
void certd_token_key_init(CertdTokenKey *key);
/* 256 random bits as text. The caller frees it with certd_token_free(). */
char *certd_token_new(void);
/* Wipes and frees @token; NULL is allowed. */
void certd_token_free(char *token);
/* Whether @text has the form of a token; NULL has not. */
gboolean certd_token_is_valid(const char *text);
/* HMAC-SHA256 of @purpose and @n_parts @parts, each with its length: the same parts in another split have another digest.
 * Hexadecimal; the caller frees. */
char *certd_token_digest(const CertdTokenKey *key, const char *purpose, const char *const *parts,
                         guint n_parts);
/* Whether both are the same, in a time that depends on the lengths alone; NULL is the same as nothing. */
gboolean certd_token_equal(const char *first, const char *second);
/* Overwrites the characters of @text, which is somebody's secret; NULL is allowed. */
void certd_token_wipe(char *text);

typedef char CertdTokenText;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdTokenText, certd_token_free)

G_END_DECLS
