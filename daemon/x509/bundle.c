/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tells what the bytes are by what they look like, and hands them to the reader of that format. The
 * order of the questions matters: a DER certificate may quote PEM, and a PEM file may begin with
 * any text at all.
 */
#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "x509/bundle-private.h"

/* PEM text in another encoding, as Windows editors save it; the bytes without the mark are text. */
typedef enum {
    ENCODING_BYTES,
    ENCODING_UTF8_MARKED,
    ENCODING_UTF16_LITTLE,
    ENCODING_UTF16_BIG,
} Encoding;

static const struct {
    Encoding encoding;
    const char *mark;
    size_t size;
} MARKS[] = {
    {ENCODING_UTF8_MARKED, "\xef\xbb\xbf", 3},
    {ENCODING_UTF16_LITTLE, "\xff\xfe", 2},
    {ENCODING_UTF16_BIG, "\xfe\xff", 2},
};

/* What people bring by mistake, told by its first bytes. */
static const struct {
    const char *magic;
    size_t size;
    const char *message;
} STRANGERS[] = {
    {"\xfe\xed\xfe\xed", 4,
     "This is a Java keystore; convert it with keytool -importkeystore -deststoretype PKCS12"},
    {"ssh-", 4, "This is an SSH public key; a certificate is needed"},
    {"---- BEGIN SSH2", 15, "This is an SSH key; a certificate is needed"},
    {"PuTTY-User-Key-File", 19, "This is a PuTTY key; export it as PKCS#8 (PEM)"},
    {"PK\x03\x04", 4, "This is a ZIP archive; unpack it and import the certificate in it"},
};

static gboolean unsupported(const char *message, GError **error)
{
    g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT, message);
    return FALSE;
}

static Encoding find_encoding(const unsigned char **data, size_t *size)
{
    for (size_t i = 0; i < G_N_ELEMENTS(MARKS); i++) {
        if (*size < MARKS[i].size || memcmp(*data, MARKS[i].mark, MARKS[i].size) != 0)
            continue;
        *data += MARKS[i].size;
        *size -= MARKS[i].size;
        return MARKS[i].encoding;
    }
    return ENCODING_BYTES;
}

/* PEM is ASCII, so a unit beyond it can only be in a comment and becomes "?". Not with iconv(),
 * which would load modules from files. */
static char *narrow_utf16(const unsigned char *data, size_t size, gboolean big)
{
    char *text = g_malloc(size / 2 + 1);
    for (size_t i = 0; i + 1 < size; i += 2) {
        unsigned char high = data[big ? i : i + 1], low = data[big ? i + 1 : i];
        text[i / 2] = high == 0 && low < 0x80 ? (char)low : '?';
    }
    text[size / 2] = '\0';
    return text;
}

static gboolean contains_pem(const unsigned char *data, size_t size)
{
    static const char begin[] = "-----BEGIN ";
    return memmem(data, size, begin, sizeof(begin) - 1) != NULL;
}

static gboolean read_stranger(CertdBundle *bundle, const unsigned char *data, size_t size,
                              GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(STRANGERS); i++)
        if (size >= STRANGERS[i].size && memcmp(data, STRANGERS[i].magic, STRANGERS[i].size) == 0)
            return unsupported(STRANGERS[i].message, error);
    /* Base64 that lost its BEGIN and END lines. */
    g_autoptr(GByteArray) bytes = certd_base64_decode((const char *)data, size);
    if (bytes != NULL && bytes->len > 0 && bytes->data[0] == CERTD_DER_SEQUENCE) {
        bundle->format = "pem";
        return certd_bundle_add_ber(bundle, bytes->data, bytes->len, error);
    }
    if (bundle->requests != NULL)
        return unsupported("This is neither PEM nor DER: there is no line -----BEGIN CERTIFICATE "
                           "REQUEST-----, and it doesn't begin as a certification request does",
                           error);
    return unsupported("This is neither PEM nor DER: there is no line -----BEGIN CERTIFICATE-----, "
                       "and it doesn't begin as a certificate, PKCS#7 or PKCS#12 file does",
                       error);
}

static gboolean read_bytes(CertdBundle *bundle, const unsigned char *data, size_t size,
                           GError **error)
{
    /* A length of 128 or more is no ASCII, so that text beginning with "0" isn't taken for DER. */
    gboolean der = size >= 2 && data[0] == CERTD_DER_SEQUENCE;
    if (!(der && data[1] >= 0x80) && contains_pem(data, size))
        return certd_bundle_add_pem(bundle, (const char *)data, size, error);
    if (!der)
        return read_stranger(bundle, data, size, error);
    bundle->format = "der";
    return certd_bundle_add_ber(bundle, data, size, error);
}

gboolean certd_bundle_add_any(CertdBundle *bundle, const unsigned char *data, size_t size,
                              GError **error)
{
    Encoding encoding = find_encoding(&data, &size);
    if (encoding == ENCODING_BYTES || encoding == ENCODING_UTF8_MARKED)
        return read_bytes(bundle, data, size, error);
    g_autofree char *text = narrow_utf16(data, size, encoding == ENCODING_UTF16_BIG);
    gboolean ok = read_bytes(bundle, (const unsigned char *)text, size / 2, error);
    explicit_bzero(text, size / 2); /* it may have been a key */
    return ok;
}

/* Whether anything came of it. */
static gboolean check_found(const CertdBundle *bundle, GError **error)
{
    if (bundle->certificates->len > 0 || bundle->key != NULL)
        return TRUE;
    if (bundle->ignored == NULL)
        return unsupported("There is no certificate and no private key in it; import a certificate",
                           error);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT, "This holds only %s",
                bundle->ignored);
    return FALSE;
}

CertdBundle *certd_bundle_read_up_to(GBytes *data, const CertdSecret *passphrase,
                                     const CertdBundleCapacity *capacity, GError **error)
{
    size_t size;
    const unsigned char *bytes = g_bytes_get_data(data, &size);
    if (size == 0) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                            "There is nothing in it; choose a file with a certificate");
        return NULL;
    }
    if (size > CERTD_LIMIT_INPUT_BYTES) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                    "It has %zu bytes; at most %u are read; %s", size, CERTD_LIMIT_INPUT_BYTES,
                    capacity->remedy);
        return NULL;
    }
    g_autoptr(CertdBundle) bundle = g_new0(CertdBundle, 1);
    bundle->certificates = g_ptr_array_new_with_free_func((GDestroyNotify)gnutls_x509_crt_deinit);
    bundle->known =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    bundle->capacity = capacity;
    bundle->passphrase = passphrase;
    bundle->where = g_strdup("The input");
    if (!certd_bundle_add_any(bundle, bytes, size, error) || !check_found(bundle, error))
        return NULL;
    bundle->passphrase = NULL;
    bundle->capacity = NULL;
    return g_steal_pointer(&bundle);
}

CertdBundle *certd_bundle_read(GBytes *data, const CertdSecret *passphrase, GError **error)
{
    static const CertdBundleCapacity capacity = {CERTD_LIMIT_INPUT_CERTIFICATES,
                                                 "import the chain of one certificate only"};
    return certd_bundle_read_up_to(data, passphrase, &capacity, error);
}

void certd_bundle_free(CertdBundle *bundle)
{
    if (bundle == NULL)
        return;
    g_clear_pointer(&bundle->certificates, g_ptr_array_unref);
    g_clear_pointer(&bundle->known, g_hash_table_unref);
    g_clear_pointer(&bundle->requests, g_ptr_array_unref);
    if (bundle->key != NULL)
        gnutls_x509_privkey_deinit(bundle->key);
    g_clear_pointer(&bundle->key_hash, g_bytes_unref);
    g_free(bundle->where);
    g_free(bundle->ignored);
    g_free(bundle);
}

CertdReadResult *certd_bundle_summary(const CertdBundle *bundle, GError **error)
{
    g_autoptr(CertdReadResult) result = g_new0(CertdReadResult, 1);
    result->format = g_strdup(bundle->format);
    result->public_key_hashes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (guint i = 0; i < bundle->certificates->len; i++) {
        GBytes *hash =
            certd_certificate_public_hash(g_ptr_array_index(bundle->certificates, i), error);
        if (hash == NULL)
            return NULL;
        g_ptr_array_add(result->public_key_hashes, hash);
    }
    result->has_key = bundle->key != NULL;
    result->key_hash = bundle->key_hash != NULL ? g_bytes_ref(bundle->key_hash) : NULL;
    return g_steal_pointer(&result);
}

size_t certd_bundle_length(const CertdBundle *bundle)
{
    return bundle->certificates->len;
}

gnutls_x509_crt_t certd_bundle_get(const CertdBundle *bundle, size_t index)
{
    return g_ptr_array_index(bundle->certificates, (guint)index);
}

gnutls_x509_privkey_t certd_bundle_key(const CertdBundle *bundle)
{
    return bundle->key;
}
