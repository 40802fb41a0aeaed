/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random tokens, and how they are kept and compared: under a keyed hash, so that neither a look into the table nor the
 * time that a comparison takes tells of a token.
 */
#include "web/token.h"

#include <string.h>
#include <sys/random.h>

static void fill_random(guint8 *bytes, gsize size)
{
    /* Up to 256 bytes come whole, once the kernel has any. */
    if (getrandom(bytes, size, 0) != (gssize)size)
        g_error("The kernel gives no random bytes");
}

void certd_token_key_init(CertdTokenKey *key)
{
    fill_random(key->bytes, sizeof key->bytes);
}

char *certd_token_new(void)
{
    guint8 bytes[CERTD_TOKEN_BYTES];
    fill_random(bytes, sizeof bytes);
    char *token = g_base64_encode(bytes, sizeof bytes);
    explicit_bzero(bytes, sizeof bytes);
    g_strdelimit(token, "+", '-');
    g_strdelimit(token, "/", '_');
    token[CERTD_TOKEN_LENGTH] = '\0'; /* the padding */
    return token;
}

void certd_token_wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
}

void certd_token_free(char *token)
{
    certd_token_wipe(token);
    g_free(token);
}

gboolean certd_token_is_valid(const char *text)
{
    return text && strlen(text) == CERTD_TOKEN_LENGTH &&
           strspn(text, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_") == CERTD_TOKEN_LENGTH;
}

static void add_part(GHmac *hmac, const char *part)
{
    guint64 length = GUINT64_TO_BE((guint64)strlen(part));
    g_hmac_update(hmac, (const guchar *)&length, sizeof length);
    g_hmac_update(hmac, (const guchar *)part, (gssize)strlen(part));
}

char *certd_token_digest(const CertdTokenKey *key, const char *purpose, const char *const *parts,
                         guint n_parts)
{
    g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_SHA256, key->bytes, sizeof key->bytes);
    add_part(hmac, purpose);
    for (guint i = 0; i < n_parts; i++)
        add_part(hmac, parts[i]);
    return g_strdup(g_hmac_get_string(hmac));
}

gboolean certd_token_equal(const char *first, const char *second)
{
    if (!first || !second)
        return FALSE;
    gsize length = strlen(first);
    if (strlen(second) != length)
        return FALSE;
    volatile guint8 difference = 0;
    for (gsize i = 0; i < length; i++)
        difference = difference | (guint8)(first[i] ^ second[i]);
    return difference == 0;
}
