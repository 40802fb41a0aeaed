/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sealing. GnuTLS' AEAD calls do the work; what is ours is the layout of blob and file. */
#include "worker/seal.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <string.h>
#include <unistd.h>

#include "model/error.h"
#include "x509/key.h"

#define KEY_SIZE 32u
#define NONCE_SIZE 12u
#define TAG_SIZE 16u
#define BLOB_VERSION 1u
#define BLOB_OVERHEAD (1u + NONCE_SIZE + TAG_SIZE)

#define MAGIC "certd-sealing-key-1\n"
#define MAGIC_SIZE (sizeof(MAGIC) - 1)
#define FORM_PLAIN 0u
#define FORM_WRAPPED 1u
#define HEADER_SIZE (MAGIC_SIZE + 1)
#define PLAIN_SIZE (HEADER_SIZE + KEY_SIZE)
#define WRAPPED_SIZE (HEADER_SIZE + NONCE_SIZE + KEY_SIZE + TAG_SIZE)

G_DEFINE_AUTO_CLEANUP_FREE_FUNC(gnutls_aead_cipher_hd_t, gnutls_aead_cipher_deinit, NULL)

static gboolean cipher_new(const unsigned char *key, gnutls_aead_cipher_hd_t *cipher,
                           GError **error)
{
    gnutls_datum_t datum = {.data = (unsigned char *)key, .size = KEY_SIZE};
    int r = gnutls_aead_cipher_init(cipher, GNUTLS_CIPHER_AES_256_GCM, &datum);

    if (r < 0) {
        certd_gnutls_error(error, r, "Setting up AES-256-GCM");
        return FALSE;
    }
    return TRUE;
}

/* @out: nonce, ciphertext and tag of @plain. */
static gboolean encrypt(const unsigned char *key, const void *associated, size_t associated_size,
                        const unsigned char *plain, size_t plain_size, unsigned char *out,
                        GError **error)
{
    g_auto(gnutls_aead_cipher_hd_t) cipher = NULL;
    size_t out_size = plain_size + TAG_SIZE;
    int r;

    if (!cipher_new(key, &cipher, error))
        return FALSE;
    r = gnutls_rnd(GNUTLS_RND_NONCE, out, NONCE_SIZE);
    if (r >= 0)
        r = gnutls_aead_cipher_encrypt(cipher, out, NONCE_SIZE, associated, associated_size,
                                       TAG_SIZE, plain, plain_size, out + NONCE_SIZE, &out_size);
    if (r < 0) {
        certd_gnutls_error(error, r, "Sealing a key");
        return FALSE;
    }
    return TRUE;
}

/* The secret in @in (nonce, ciphertext, tag); NULL, without an error, where it doesn't open. */
static CertdSecret *decrypt(const unsigned char *key, const void *associated,
                            size_t associated_size, const unsigned char *in, size_t in_size)
{
    g_auto(gnutls_aead_cipher_hd_t) cipher = NULL;
    g_autoptr(CertdSecret) plain = certd_secret_new(in_size - NONCE_SIZE - TAG_SIZE);
    size_t plain_size = certd_secret_size(plain);

    if (!cipher_new(key, &cipher, NULL))
        return NULL;
    if (gnutls_aead_cipher_decrypt(cipher, in, NONCE_SIZE, associated, associated_size, TAG_SIZE,
                                   in + NONCE_SIZE, in_size - NONCE_SIZE, certd_secret_data(plain),
                                   &plain_size) < 0)
        return NULL;
    return g_steal_pointer(&plain);
}

GBytes *certd_seal(const CertdSecret *sealing_key, const char *key_id, const CertdSecret *plain,
                   GError **error)
{
    g_autofree char *associated = g_strconcat("certd-key:", key_id, NULL);
    size_t size = BLOB_OVERHEAD + certd_secret_size(plain);
    g_autofree unsigned char *blob = g_malloc(size);

    blob[0] = BLOB_VERSION;
    if (!encrypt(certd_secret_data(sealing_key), associated, strlen(associated),
                 certd_secret_data(plain), certd_secret_size(plain), blob + 1, error))
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&blob), size);
}

CertdSecret *certd_unseal(const CertdSecret *sealing_key, const char *key_id, GBytes *sealed,
                          GError **error)
{
    g_autofree char *associated = g_strconcat("certd-key:", key_id, NULL);
    size_t size;
    const unsigned char *blob = g_bytes_get_data(sealed, &size);
    g_autoptr(CertdSecret) plain = NULL;

    if (size <= BLOB_OVERHEAD || blob[0] != BLOB_VERSION) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "The stored key is damaged: its %zu bytes are no sealed key of version %u; "
                    "make a new key with a new request",
                    size, BLOB_VERSION);
        return NULL;
    }
    plain =
        decrypt(certd_secret_data(sealing_key), associated, strlen(associated), blob + 1, size - 1);
    if (!plain) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "The stored key cannot be unsealed: it is damaged or was sealed under another "
                    "sealing key; restore the sealing key, or make a new key with a new request");
        return NULL;
    }
    return g_steal_pointer(&plain);
}

CertdSecret *certd_wrapping_key_read(int fd, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(CertdSecret) key = certd_secret_read_fd(fd, CERTD_WRAPPING_KEY_MAX, &cause);

    if (!key) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "The wrapping key cannot be read: %s; give a credential of %u to %u bytes",
                    cause->message, CERTD_WRAPPING_KEY_MIN, CERTD_WRAPPING_KEY_MAX);
        return NULL;
    }
    if (certd_secret_size(key) < CERTD_WRAPPING_KEY_MIN) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "The wrapping key has %zu bytes; give a credential of %u to %u bytes",
                    certd_secret_size(key), CERTD_WRAPPING_KEY_MIN, CERTD_WRAPPING_KEY_MAX);
        return NULL;
    }
    return g_steal_pointer(&key);
}

/* RFC 5869, without a salt: the wrapping key has its full strength already. */
static CertdSecret *wrapping_derive(const CertdSecret *wrapping_key, GError **error)
{
    static const char info[] = "certd sealing key";
    g_autoptr(CertdSecret) extracted = certd_secret_new(KEY_SIZE);
    g_autoptr(CertdSecret) derived = certd_secret_new(KEY_SIZE);
    gnutls_datum_t input = {.data = certd_secret_data(wrapping_key),
                            .size = (unsigned int)certd_secret_size(wrapping_key)};
    gnutls_datum_t salt = {.data = NULL, .size = 0};
    gnutls_datum_t prk = {.data = certd_secret_data(extracted), .size = KEY_SIZE};
    gnutls_datum_t context = {.data = (unsigned char *)info, .size = sizeof(info) - 1};
    int r = gnutls_hkdf_extract(GNUTLS_MAC_SHA256, &input, &salt, prk.data);

    if (r >= 0)
        r = gnutls_hkdf_expand(GNUTLS_MAC_SHA256, &prk, &context, certd_secret_data(derived),
                               KEY_SIZE);
    if (r < 0) {
        certd_gnutls_error(error, r, "Deriving the key that wraps the sealing key");
        return NULL;
    }
    return g_steal_pointer(&derived);
}

static CertdSecret *load_wrapped(const unsigned char *file, const CertdSecret *wrapping_key,
                                 GError **error)
{
    g_autoptr(CertdSecret) derived = NULL;
    g_autoptr(CertdSecret) key = NULL;

    if (!wrapping_key) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "The sealing key is wrapped and there is no wrapping key; give the service "
                    "the credential certd.wrapping-key again, or reset to factory defaults");
        return NULL;
    }
    derived = wrapping_derive(wrapping_key, error);
    if (!derived)
        return NULL;
    key = decrypt(certd_secret_data(derived), file, HEADER_SIZE, file + HEADER_SIZE,
                  WRAPPED_SIZE - HEADER_SIZE);
    if (!key) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "The sealing key cannot be unwrapped: the wrapping key is another one, or the "
                    "file is damaged; give the service the credential certd.wrapping-key it had "
                    "before, or reset to factory defaults");
        return NULL;
    }
    return g_steal_pointer(&key);
}

/* What @file of @size bytes says of its form, into @form; FALSE where it is none of a sealing key. */
static gboolean find_form(const unsigned char *file, size_t size, unsigned char *form)
{
    if (size <= HEADER_SIZE || memcmp(file, MAGIC, MAGIC_SIZE) != 0)
        return FALSE;
    *form = file[MAGIC_SIZE];
    return (*form == FORM_PLAIN && size == PLAIN_SIZE) ||
           (*form == FORM_WRAPPED && size == WRAPPED_SIZE);
}

CertdSecret *certd_sealing_key_load(int fd, const CertdSecret *wrapping_key, gboolean *wrapped,
                                    GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autoptr(CertdSecret) content = certd_secret_read_fd(fd, WRAPPED_SIZE, &cause);
    const unsigned char *file = content ? certd_secret_data(content) : NULL;
    unsigned char form;

    if (content && find_form(file, certd_secret_size(content), &form)) {
        CertdSecret *key = form == FORM_WRAPPED
                               ? load_wrapped(file, wrapping_key, error)
                               : certd_secret_new_copy(file + HEADER_SIZE, KEY_SIZE);
        if (key && wrapped)
            *wrapped = form == FORM_WRAPPED;
        return key;
    }
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                "The file with the sealing key is damaged (%s); restore sealing.key from a backup "
                "or reset to factory defaults",
                cause ? cause->message : "it is no sealing key of version 1");
    return NULL;
}

/* Writes all of @file to @fd and makes it last. */
static gboolean write_synced(int fd, const CertdSecret *file, GError **error)
{
    const unsigned char *data = certd_secret_data(file);
    size_t size = certd_secret_size(file);
    size_t done = 0;
    gboolean ok = ftruncate(fd, 0) == 0;

    while (ok && done < size) {
        ssize_t n = pwrite(fd, data + done, size - done, (off_t)done);

        if (n > 0)
            done += (size_t)n;
        else
            ok = n < 0 && errno == EINTR;
    }
    ok = ok && fsync(fd) == 0;
    if (!ok) {
        int code = errno == ENOSPC || errno == EDQUOT ? CERTD_ERROR_STORAGE_FULL
                                                      : CERTD_ERROR_WORKER_FAILED;

        g_set_error(error, CERTD_ERROR, code,
                    "The sealing key cannot be written: %s; make room in the state directory and "
                    "see that certd may write there",
                    g_strerror(errno));
    }
    return ok;
}

/* Whether @fd opens to @key again: what is not wrapped any more goes by it. */
static gboolean read_again(int fd, const CertdSecret *key, const CertdSecret *wrapping_key,
                           GError **error)
{
    g_autoptr(CertdSecret) again = certd_sealing_key_load(fd, wrapping_key, NULL, NULL);

    if (again && gnutls_memcmp(certd_secret_data(again), certd_secret_data(key), KEY_SIZE) == 0)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                "The sealing key was written, but reads back as another; see the kernel's log for "
                "what is wrong with the disk");
    return FALSE;
}

gboolean certd_sealing_key_write(int fd, const CertdSecret *key, const CertdSecret *wrapping_key,
                                 GError **error)
{
    g_autoptr(CertdSecret) file = certd_secret_new(wrapping_key ? WRAPPED_SIZE : PLAIN_SIZE);
    unsigned char *data = certd_secret_data(file);

    memcpy(data, MAGIC, MAGIC_SIZE);
    data[MAGIC_SIZE] = wrapping_key ? FORM_WRAPPED : FORM_PLAIN;
    if (wrapping_key) {
        g_autoptr(CertdSecret) derived = wrapping_derive(wrapping_key, error);

        if (!derived || !encrypt(certd_secret_data(derived), data, HEADER_SIZE,
                                 certd_secret_data(key), KEY_SIZE, data + HEADER_SIZE, error))
            return FALSE;
    } else {
        memcpy(data + HEADER_SIZE, certd_secret_data(key), KEY_SIZE);
    }
    return write_synced(fd, file, error) && read_again(fd, key, wrapping_key, error);
}

CertdSecret *certd_sealing_key_create(int fd, const CertdSecret *wrapping_key, GError **error)
{
    g_autoptr(CertdSecret) key = certd_secret_new(KEY_SIZE);
    int r = gnutls_rnd(GNUTLS_RND_KEY, certd_secret_data(key), KEY_SIZE);

    if (r < 0) {
        certd_gnutls_error(error, r, "Making the sealing key");
        return NULL;
    }
    return certd_sealing_key_write(fd, key, wrapping_key, error) ? g_steal_pointer(&key) : NULL;
}
