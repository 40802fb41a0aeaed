/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The canonical form is OpenSSL's own and in no RFC; it has been the same since 1.0.0. */
#include "x509/subject-hash.h"

#include <string.h>

/* Types whose values are text, and the octets of a character: 0 where it is UTF-8 already. One octet
 * is always taken for Latin-1. */
static const struct {
    unsigned char tag;
    size_t width;
} TEXTS[] = {
    {CERTD_DER_UTF8_STRING, 0},      {CERTD_DER_PRINTABLE_STRING, 1}, {CERTD_DER_T61_STRING, 1},
    {CERTD_DER_IA5_STRING, 1},       {CERTD_DER_VISIBLE_STRING, 1},   {CERTD_DER_BMP_STRING, 2},
    {CERTD_DER_UNIVERSAL_STRING, 4},
};

/* isspace() of the C locale. */
static gboolean is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static GString *decode(const CertdDerItem *item, size_t width)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (width == 0) {
        /* A NUL is a character here. */
        if (!g_utf8_validate_len((const char *)item->value, item->size, NULL) &&
            memchr(item->value, 0, item->size) == NULL)
            return NULL;
        g_string_append_len(text, (const char *)item->value, (gssize)item->size);
        return g_steal_pointer(&text);
    }
    if (item->size % width != 0)
        return NULL;
    for (size_t at = 0; at < item->size; at += width) {
        gunichar c = 0;
        for (size_t i = 0; i < width; i++)
            c = (c << 8) | item->value[at + i];
        if (c != 0 && (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)))
            return NULL;
        if (c == 0)
            g_string_append_c(text, '\0');
        else
            g_string_append_unichar(text, c);
    }
    return g_steal_pointer(&text);
}

GString *certd_name_decode(const CertdDerItem *item)
{
    for (size_t i = 0; i < G_N_ELEMENTS(TEXTS); i++)
        if (TEXTS[i].tag == item->tag)
            return decode(item, TEXTS[i].width);
    return NULL;
}

/* Appends @text folded, as a UTF8String. */
static void write_folded(GByteArray *out, const GString *text)
{
    size_t begin = 0, end = text->len;
    size_t mark = certd_der_begin(out, CERTD_DER_UTF8_STRING);

    while (begin < end && is_space(text->str[begin]))
        begin++;
    while (end > begin && is_space(text->str[end - 1]))
        end--;
    for (size_t i = begin; i < end; i++) {
        char c = text->str[i];
        if (is_space(c) && is_space(text->str[i - 1]))
            continue;
        guint8 octet = (guint8)(is_space(c) ? ' ' : g_ascii_tolower(c));
        g_byte_array_append(out, &octet, 1);
    }
    certd_der_end(out, mark);
}

static gboolean write_value(GByteArray *out, const CertdDerItem *value)
{
    for (size_t i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
        if (TEXTS[i].tag != value->tag)
            continue;
        g_autoptr(GString) text = decode(value, TEXTS[i].width);
        if (text == NULL)
            return FALSE;
        write_folded(out, text);
        return TRUE;
    }
    certd_der_write(out, value->tag, value->value, value->size);
    return TRUE;
}

/* The AttributeTypeAndValue in @pair. */
static GBytes *canonicalize_pair(CertdDer pair)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    CertdDerItem type, value;
    size_t mark = certd_der_begin(out, CERTD_DER_SEQUENCE);

    if (!certd_der_expect(&pair, CERTD_DER_OID, &type) || !certd_der_next(&pair, &value) ||
        !certd_der_at_end(&pair))
        return NULL;
    certd_der_write(out, CERTD_DER_OID, type.value, type.size);
    if (!write_value(out, &value))
        return NULL;
    certd_der_end(out, mark);
    return certd_der_finish(g_steal_pointer(&out));
}

static int compare_pairs(gconstpointer a, gconstpointer b)
{
    return g_bytes_compare(*(GBytes *const *)a, *(GBytes *const *)b);
}

/* The SET of what is in @rdn, which DER sorts (X.690 11.6). */
static gboolean write_rdn(GByteArray *out, CertdDer rdn)
{
    g_autoptr(GPtrArray) pairs = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    CertdDer pair;

    while (!certd_der_at_end(&rdn)) {
        GBytes *bytes =
            certd_der_enter(&rdn, CERTD_DER_SEQUENCE, &pair) ? canonicalize_pair(pair) : NULL;
        if (bytes == NULL)
            return FALSE;
        g_ptr_array_add(pairs, bytes);
    }
    g_ptr_array_sort(pairs, compare_pairs);
    size_t mark = certd_der_begin(out, CERTD_DER_SET);
    for (guint i = 0; i < pairs->len; i++) {
        gsize size;
        const void *data = g_bytes_get_data(g_ptr_array_index(pairs, i), &size);
        g_byte_array_append(out, data, (guint)size);
    }
    certd_der_end(out, mark);
    return TRUE;
}

GBytes *certd_name_canonicalize(const void *der, size_t size)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    CertdDer reader = certd_der_reader(der, size);
    CertdDer name, rdn;

    if (!certd_der_enter(&reader, CERTD_DER_SEQUENCE, &name) || !certd_der_at_end(&reader))
        return NULL;
    while (!certd_der_at_end(&name)) {
        if (!certd_der_enter(&name, CERTD_DER_SET, &rdn) || !write_rdn(out, rdn))
            return NULL;
    }
    return certd_der_finish(g_steal_pointer(&out));
}

char *certd_subject_hash(const void *der, size_t size)
{
    g_autoptr(GBytes) canonical = certd_name_canonicalize(der, size);
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA1);
    guint8 digest[20];
    gsize digest_size = sizeof digest;

    if (canonical == NULL)
        return NULL;
    gsize length;
    const void *data = g_bytes_get_data(canonical, &length);
    if (length > 0)
        g_checksum_update(checksum, data, (gssize)length);
    g_checksum_get_digest(checksum, digest, &digest_size);
    return g_strdup_printf("%02x%02x%02x%02x", digest[3], digest[2], digest[1], digest[0]);
}
