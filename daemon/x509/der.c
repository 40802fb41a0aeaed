/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DER is read from front to back by shrinking a span, so that no arithmetic can leave it; it is
 * written with the length of four octets left open and mended at the end of each element. */
#include "x509/der.h"

#include <string.h>

#define DER_LENGTH_OCTETS_MAX 4
#define DER_HIGH_TAG 0x1f

CertdDer certd_der_reader(const void *data, size_t size)
{
    return (CertdDer){.data = data, .size = size};
}

gboolean certd_der_at_end(const CertdDer *der)
{
    return der->size == 0;
}

gboolean certd_der_peek(const CertdDer *der, unsigned char tag)
{
    return der->size > 0 && der->data[0] == tag;
}

/* The length field at @data, and how many octets it takes. */
static gboolean der_read_length(const unsigned char *data, size_t size, size_t *length,
                                size_t *octets)
{
    if (size == 0)
        return FALSE;
    if (data[0] < 0x80) {
        *length = data[0];
        *octets = 1;
        return TRUE;
    }

    size_t n = data[0] & 0x7f;
    if (n == 0 || n > DER_LENGTH_OCTETS_MAX || n > size - 1)
        return FALSE;
    size_t value = 0;
    for (size_t i = 1; i <= n; i++)
        value = (value << 8) | data[i];
    *length = value;
    *octets = n + 1;
    return TRUE;
}

gboolean certd_der_next(CertdDer *der, CertdDerItem *item)
{
    size_t length, octets;

    if (der->size < 2 || (der->data[0] & DER_HIGH_TAG) == DER_HIGH_TAG)
        return FALSE;
    if (!der_read_length(der->data + 1, der->size - 1, &length, &octets))
        return FALSE;
    if (length > der->size - 1 - octets)
        return FALSE;

    *item = (CertdDerItem){
        .tag = der->data[0],
        .value = der->data + 1 + octets,
        .size = length,
        .whole = der->data,
        .whole_size = 1 + octets + length,
    };
    der->data += item->whole_size;
    der->size -= item->whole_size;
    return TRUE;
}

gboolean certd_der_expect(CertdDer *der, unsigned char tag, CertdDerItem *item)
{
    return certd_der_peek(der, tag) && certd_der_next(der, item);
}

gboolean certd_der_enter(CertdDer *der, unsigned char tag, CertdDer *inside)
{
    CertdDerItem item;

    if (!certd_der_expect(der, tag, &item))
        return FALSE;
    *inside = certd_der_inside(&item);
    return TRUE;
}

gboolean certd_der_skip(CertdDer *der)
{
    CertdDerItem item;

    return certd_der_next(der, &item);
}

gboolean certd_der_skip_optional(CertdDer *der, unsigned char tag)
{
    return !certd_der_peek(der, tag) || certd_der_skip(der);
}

CertdDer certd_der_inside(const CertdDerItem *item)
{
    return certd_der_reader(item->value, item->size);
}

gboolean certd_der_item_unsigned(const CertdDerItem *item, guint64 *value)
{
    const unsigned char *data = item->value;
    size_t size = item->size;
    guint64 number = 0;

    if (size == 0 || (data[0] & 0x80) != 0)
        return FALSE;
    while (size > 1 && data[0] == 0) {
        data++;
        size--;
    }
    if (size > sizeof number)
        return FALSE;
    for (size_t i = 0; i < size; i++)
        number = (number << 8) | data[i];
    *value = number;
    return TRUE;
}

/* One base-128 subidentifier (X.690 8.19.2) from @data; how many octets it takes, or 0. */
static size_t der_read_arc(const unsigned char *data, size_t size, guint64 *arc)
{
    guint64 value = 0;

    /* A leading 0x80 is padding, which 8.19.2 forbids. */
    if (size == 0 || data[0] == 0x80)
        return 0;
    for (size_t i = 0; i < size; i++) {
        if (value > (G_MAXUINT64 >> 7))
            return 0;
        value = (value << 7) | (data[i] & 0x7f);
        if ((data[i] & 0x80) == 0) {
            *arc = value;
            return i + 1;
        }
    }
    return 0;
}

char *certd_der_item_oid(const CertdDerItem *item)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint64 arc;

    /* 8.19.4: the first subidentifier holds two arcs, the first of which is 0, 1 or 2. */
    size_t used = der_read_arc(item->value, item->size, &arc);
    if (used == 0)
        return NULL;
    guint64 first = MIN(arc / 40, 2);
    g_string_printf(text, "%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT, first, arc - 40 * first);

    for (size_t at = used; at < item->size; at += used) {
        used = der_read_arc(item->value + at, item->size - at, &arc);
        if (used == 0)
            return NULL;
        g_string_append_printf(text, ".%" G_GUINT64_FORMAT, arc);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

gboolean certd_der_item_is_oid(const CertdDerItem *item, const char *dotted)
{
    g_autofree char *text = certd_der_item_oid(item);

    return g_strcmp0(text, dotted) == 0;
}

size_t certd_der_begin(GByteArray *out, unsigned char tag)
{
    static const unsigned char room[DER_LENGTH_OCTETS_MAX + 1] = {0};

    g_byte_array_append(out, &tag, 1);
    g_byte_array_append(out, room, sizeof room);
    return out->len;
}

void certd_der_end(GByteArray *out, size_t mark)
{
    size_t length = out->len - mark;
    size_t octets = 0;
    unsigned char field[DER_LENGTH_OCTETS_MAX + 1];
    guint room = sizeof field;

    /* Filled from the end: the octets of the length, then how many those are (X.690 8.1.3.5). */
    if (length < 0x80) {
        field[room - ++octets] = (unsigned char)length;
    } else {
        for (size_t rest = length; rest > 0; rest >>= 8)
            field[room - ++octets] = (unsigned char)(rest & 0xff);
        field[room - octets - 1] = (unsigned char)(0x80 | octets);
        octets++;
    }
    memcpy(out->data + mark - octets, field + room - octets, octets);
    g_byte_array_remove_range(out, (guint)(mark - room), (guint)(room - octets));
}

void certd_der_write(GByteArray *out, unsigned char tag, const void *value, size_t size)
{
    size_t mark = certd_der_begin(out, tag);

    if (size > 0)
        g_byte_array_append(out, value, (guint)size);
    certd_der_end(out, mark);
}

static void der_write_arc(GByteArray *out, guint64 arc)
{
    unsigned char octets[10];
    size_t n = 0;

    octets[sizeof octets - ++n] = (unsigned char)(arc & 0x7f);
    for (guint64 rest = arc >> 7; rest > 0; rest >>= 7)
        octets[sizeof octets - ++n] = (unsigned char)(0x80 | (rest & 0x7f));
    g_byte_array_append(out, octets + sizeof octets - n, (guint)n);
}

/* The contents of the object identifier @dotted, or NULL where it is none. */
static GByteArray *der_encode_oid(const char *dotted)
{
    g_auto(GStrv) parts = g_strsplit(dotted, ".", -1);
    g_autoptr(GByteArray) contents = g_byte_array_new();
    guint64 first = 0;

    if (g_strv_length(parts) < 2)
        return NULL;
    for (size_t i = 0; parts[i] != NULL; i++) {
        guint64 limit = i == 0 ? 2 : (i == 1 && first < 2) ? 39 : G_MAXUINT64 - 80;
        guint64 arc;
        /* No sign, no spaces, and no second spelling of a number. */
        if (!g_ascii_string_to_unsigned(parts[i], 10, 0, limit, &arc, NULL) ||
            (parts[i][0] == '0' && parts[i][1] != '\0'))
            return NULL;
        if (i == 0)
            first = arc;
        else
            der_write_arc(contents, i == 1 ? first * 40 + arc : arc);
    }
    return g_steal_pointer(&contents);
}

gboolean certd_der_write_oid(GByteArray *out, unsigned char tag, const char *dotted)
{
    g_autoptr(GByteArray) contents = der_encode_oid(dotted);

    if (contents == NULL)
        return FALSE;
    certd_der_write(out, tag, contents->data, contents->len);
    return TRUE;
}

void certd_der_write_text(GByteArray *out, unsigned char tag, const char *text)
{
    certd_der_write(out, tag, text, strlen(text));
}

GBytes *certd_der_finish(GByteArray *out)
{
    return g_byte_array_free_to_bytes(out);
}
