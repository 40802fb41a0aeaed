/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PEM (RFC 7468) as it is really found: text dumps and comments between the blocks, any line ends,
 * lines joined by a paste, Bag Attributes, and OpenSSL's TRUSTED CERTIFICATE and DEK-Info.
 */
#include <string.h>

#include "model/error.h"
#include "model/text.h"
#include "x509/bundle-private.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

typedef enum {
    LABEL_READ,
    LABEL_READ_FIRST, /* only its first element: OpenSSL's trust settings follow */
    LABEL_IGNORE,
    LABEL_REFUSE,
} LabelUse;

typedef struct {
    const char *label;
    LabelUse use;
    const char *what; /* "It holds …" or "… is …" */
} Label;

static const Label LABELS[] = {
    {"CERTIFICATE", LABEL_READ, NULL},
    {"X509 CERTIFICATE", LABEL_READ, NULL},
    {"TRUSTED CERTIFICATE", LABEL_READ_FIRST, NULL},
    {"PKCS7", LABEL_READ, NULL},
    {"PKCS #7 SIGNED DATA", LABEL_READ, NULL},
    {"CMS", LABEL_READ, NULL},
    {"PKCS12", LABEL_READ, NULL},
    {"PRIVATE KEY", LABEL_READ, NULL},
    {"ENCRYPTED PRIVATE KEY", LABEL_READ, NULL},
    {"ANY PRIVATE KEY", LABEL_READ, NULL},
    {"RSA PRIVATE KEY", LABEL_READ, NULL},
    {"EC PRIVATE KEY", LABEL_READ, NULL},
    {"DSA PRIVATE KEY", LABEL_READ, NULL},
    {"CERTIFICATE REQUEST", LABEL_READ, NULL},
    {"NEW CERTIFICATE REQUEST", LABEL_READ, NULL},
    {"X509 CRL", LABEL_READ, NULL},
    {"PUBLIC KEY", LABEL_READ, NULL},
    {"RSA PUBLIC KEY", LABEL_READ, NULL},
    {"EC PARAMETERS", LABEL_IGNORE, "parameters of an EC key; import the certificate"},
    {"DH PARAMETERS", LABEL_IGNORE, "Diffie-Hellman parameters; import the certificate"},
    {"X9.42 DH PARAMETERS", LABEL_IGNORE, "Diffie-Hellman parameters; import the certificate"},
    {"OPENSSH PRIVATE KEY", LABEL_REFUSE,
     "is an OpenSSH key; convert a copy of it with ssh-keygen -p -m PKCS8"},
};

/* One block; everything borrowed from the text. */
typedef struct {
    const char *begin; /* the BEGIN line */
    const char *end;   /* after the END line */
    char label[65];
    const char *body;
    size_t body_size;
} Block;

GByteArray *certd_base64_decode(const char *text, size_t size)
{
    g_autofree char *clean = g_malloc(size + 1);
    size_t n = 0, padding = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (g_ascii_isspace(c))
            continue;
        if (c == '=')
            padding++;
        else if (padding > 0 || (!g_ascii_isalnum(c) && c != '+' && c != '/'))
            return NULL;
        clean[n++] = c;
    }
    if (n == 0 || n % 4 != 0 || padding > 2)
        return NULL;
    GByteArray *out = g_byte_array_new();
    int state = 0;
    unsigned int save = 0;
    g_byte_array_set_size(out, (guint)(n / 4 * 3 + 3));
    gsize written = g_base64_decode_step(clean, n, out->data, &state, &save);
    g_byte_array_set_size(out, (guint)written);
    explicit_bzero(clean, n);
    return out;
}

static gboolean malformed(const CertdBundle *bundle, const char *what, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED, "%s %s; copy or export it again",
                bundle->where, what);
    return FALSE;
}

/* Finds the next BEGIN line from @from on, or NULL. */
static const char *find_begin(const char *from, const char *start, const char *limit)
{
    while (from < limit) {
        const char *p = memmem(from, (size_t)(limit - from), BEGIN, strlen(BEGIN));
        if (p == NULL || p == start || g_ascii_isspace(p[-1]))
            return p;
        from = p + 1;
    }
    return NULL;
}

static void set_where(CertdBundle *bundle, const char *start, const char *at)
{
    size_t line = 1;
    for (const char *p = start; p < at; p++)
        line += *p == '\n';
    g_free(bundle->where);
    bundle->where = g_strdup_printf("The PEM block in line %zu", line);
}

/* Fills @block from its BEGIN line on. */
static gboolean read_block(const CertdBundle *bundle, const char *begin, const char *limit,
                           Block *block, GError **error)
{
    const char *label = begin + strlen(BEGIN);
    const char *dashes = memmem(label, (size_t)(limit - label), DASHES, strlen(DASHES));
    if (dashes == NULL || (size_t)(dashes - label) >= sizeof(block->label) ||
        memchr(label, '\n', (size_t)(dashes - label)) != NULL)
        return malformed(bundle, "has a damaged BEGIN line", error);
    /* Not g_strlcpy(): it reads on to the end of a string, and the input has none. */
    memcpy(block->label, label, (size_t)(dashes - label));
    block->label[dashes - label] = '\0';
    g_autofree char *closing = g_strconcat(END, block->label, DASHES, NULL);
    block->begin = begin;
    block->body = dashes + strlen(DASHES);
    const char *end = memmem(block->body, (size_t)(limit - block->body), closing, strlen(closing));
    const char *next = find_begin(block->body, begin, limit);
    if (end == NULL || (next != NULL && next < end)) {
        g_autofree char *quoted = certd_text_quote(closing);
        g_autofree char *what = g_strdup_printf("is cut off: its line %s is missing", quoted);
        return malformed(bundle, what, error);
    }
    block->body_size = (size_t)(end - block->body);
    block->end = end + strlen(closing);
    return TRUE;
}

/* Steps over RFC 1421 header lines, which have a colon as Base64 never has. */
static void skip_headers(Block *block)
{
    const char *colon;
    while ((colon = memchr(block->body, ':', block->body_size)) != NULL) {
        const char *limit = block->body + block->body_size;
        const char *line = memchr(colon, '\n', (size_t)(limit - colon));
        const char *next = line != NULL ? line + 1 : limit;
        block->body_size = (size_t)(limit - next);
        block->body = next;
    }
}

/* GnuTLS wants the headers of an old OpenSSL key to the letter. */
static gboolean read_openssl_key(CertdBundle *bundle, const Block *block, GError **error)
{
    GString *pem = g_string_sized_new((gsize)(block->end - block->begin) + 1);
    for (const char *p = block->begin; p < block->end; p++)
        if (*p != '\r')
            g_string_append_c(pem, *p);
    g_string_append_c(pem, '\n');
    gboolean ok = certd_bundle_add_openssl_key(bundle, pem->str, pem->len, error);
    g_string_free(pem, TRUE);
    return ok;
}

static gboolean read_trusted(CertdBundle *bundle, const GByteArray *data, GError **error)
{
    CertdDer reader = certd_der_reader(data->data, data->len);
    CertdDerItem item;
    if (!certd_der_next(&reader, &item))
        return malformed(bundle, "is damaged", error);
    return certd_bundle_add_part(bundle, &item, FALSE, error);
}

static gboolean read_body(CertdBundle *bundle, Block *block, LabelUse use, GError **error)
{
    if (memmem(block->body, block->body_size, "DEK-Info:", strlen("DEK-Info:")) != NULL) {
        if (bundle->requests == NULL)
            return read_openssl_key(bundle, block, error);
        certd_bundle_ignore(bundle, "a private key");
        return TRUE;
    }
    skip_headers(block);
    g_autoptr(GByteArray) data = certd_base64_decode(block->body, block->body_size);
    if (data == NULL)
        return malformed(bundle, "is damaged: it isn't Base64 all through", error);
    gboolean ok = use == LABEL_READ_FIRST
                      ? read_trusted(bundle, data, error)
                      : certd_bundle_add_ber(bundle, data->data, data->len, error);
    explicit_bzero(data->data, data->len);
    return ok;
}

static gboolean use_block(CertdBundle *bundle, Block *block, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(LABELS); i++) {
        const Label *label = &LABELS[i];
        if (strcmp(label->label, block->label) != 0)
            continue;
        if (label->use == LABEL_REFUSE && bundle->requests == NULL) {
            g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT, "%s %s", bundle->where,
                        label->what);
            return FALSE;
        }
        if (label->use == LABEL_IGNORE || label->use == LABEL_REFUSE) {
            certd_bundle_ignore(bundle, label->use == LABEL_IGNORE ? label->what : "a private key");
            return TRUE;
        }
        return read_body(bundle, block, label->use, error);
    }
    g_autofree char *quoted = certd_text_quote(block->label);
    g_autofree char *what =
        g_strdup_printf("a PEM block labelled %s; import a certificate or a key", quoted);
    certd_bundle_ignore(bundle, what);
    return TRUE;
}

gboolean certd_bundle_add_pem(CertdBundle *bundle, const char *text, size_t size, GError **error)
{
    const char *limit = text + size;
    const char *begin = find_begin(text, text, limit);
    bundle->format = "pem";
    while (begin != NULL) {
        Block block;
        set_where(bundle, text, begin);
        if (!read_block(bundle, begin, limit, &block, error) || !use_block(bundle, &block, error))
            return FALSE;
        begin = find_begin(block.end, text, limit);
    }
    return TRUE;
}
