/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/bundle-text.h"

#include <string.h>

#include "common/file.h"
#include "common/pem.h"

#define BEGIN "-----BEGIN "
#define KEY "PRIVATE KEY-----"

static const char *const types[CERTD_BUNDLE_TYPE_COUNT_] = {
    [CERTD_BUNDLE_PEM] = "PEM",
    [CERTD_BUNDLE_CHAIN] = "PEMchain",
    [CERTD_BUNDLE_PKCS7] = "PKCS7",
    [CERTD_BUNDLE_PKCS12] = "PKCS12",
};

gboolean certd_bundle_type_parse(const char *name, CertdBundleType *type)
{
    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        if (g_str_equal(name, types[i])) {
            *type = (CertdBundleType)i;
            return TRUE;
        }
    }
    return FALSE;
}

/* Blocks of PEM with one of the @labels (NULL-terminated). */
static guint count_blocks(const char *text, const char *const *labels)
{
    guint count = 0;
    for (const char *at = strstr(text, BEGIN); at; at = strstr(at + 1, BEGIN)) {
        const char *label = at + strlen(BEGIN);
        for (guint i = 0; labels[i]; i++) {
            size_t length = strlen(labels[i]);
            count +=
                strncmp(label, labels[i], length) == 0 && g_str_has_prefix(label + length, "-----");
        }
    }
    return count;
}

/* As bytes that are wiped when freed. */
static GBytes *take_text(const char *text)
{
    size_t size = strlen(text);
    guint8 *data = g_malloc(size + 1);
    memcpy(data, text, size + 1);
    return certd_file_wiped_bytes(data, size, size + 1);
}

/* RFC 4648 section 4, with line ends and spaces anywhere; NULL where it is anything else. */
static GBytes *decode_base64(const char *text)
{
    size_t length = strlen(text), digits = 0, padding = 0, size = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr(" \t\r\n", *c))
            continue;
        if (*c == '=')
            padding++;
        else if (padding > 0 || !(g_ascii_isalnum(*c) || *c == '+' || *c == '/'))
            return NULL;
        digits++;
    }
    if (digits == 0 || digits % 4 != 0 || padding > 2)
        return NULL;
    guint8 *data = g_malloc(length + 1);
    int state = 0;
    guint save = 0;
    size = g_base64_decode_step(text, length, data, &state, &save);
    return certd_file_wiped_bytes(data, size, length + 1);
}

/* What DER brings a key is told by its outermost elements alone: a PKCS#12 or a key itself. */
static gboolean may_have_key(GBytes *bytes)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    const char *label = certd_pem_label(data, size);
    return label && !g_str_equal(label, "CERTIFICATE") && !g_str_equal(label, "PKCS7");
}

GBytes *certd_bundle_text_decode(CertdBundleType type, const char *text, gboolean *with_key)
{
    static const char *const certificates[] = {"CERTIFICATE", "X509 CERTIFICATE", NULL};
    static const char *const messages[] = {"PKCS7", "PKCS #7 SIGNED DATA", "CMS", NULL};
    GBytes *bytes = NULL;

    switch (type) {
    case CERTD_BUNDLE_PEM:
        bytes = count_blocks(text, certificates) == 1 ? take_text(text) : NULL;
        break;
    case CERTD_BUNDLE_CHAIN:
        bytes = count_blocks(text, certificates) > 0 ? take_text(text) : NULL;
        break;
    case CERTD_BUNDLE_PKCS7:
        bytes = count_blocks(text, messages) == 1 ? take_text(text) : NULL;
        break;
    case CERTD_BUNDLE_PKCS12:
        bytes = decode_base64(text);
        break;
    case CERTD_BUNDLE_TYPE_COUNT_:
        break;
    }
    if (bytes)
        *with_key = type == CERTD_BUNDLE_PKCS12 || strstr(text, KEY);
    return bytes;
}

GBytes *certd_bundle_text_decode_any(const char *text, gboolean *with_key)
{
    if (strstr(text, BEGIN)) {
        *with_key = strstr(text, KEY) != NULL;
        return take_text(text);
    }
    GBytes *bytes = decode_base64(text);
    if (bytes)
        *with_key = may_have_key(bytes);
    return bytes;
}
