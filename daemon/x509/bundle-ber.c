/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From BER to something that the strict reader takes (X.690 8.1.3.6, 8.7.3): indefinite lengths
 * become definite and constructed OCTET STRINGs primitive. Whatever is DER already stays as it is,
 * to the byte, because signatures were made over it.
 */
#include "model/error.h"
#include "model/limits.h"
#include "x509/bundle-private.h"

#define CONSTRUCTED 0x20
#define OCTET_STRING_CONSTRUCTED (CERTD_DER_OCTET_STRING | CONSTRUCTED)

typedef struct {
    unsigned char tag;
    gboolean indefinite;
    size_t length; /* of the contents, where definite */
} Header;

typedef struct {
    gboolean too_deep;
    gboolean changed; /* by the element converted last, or one within it */
} Conversion;

static gboolean read_length(CertdDer *in, Header *header)
{
    if (in->size == 0)
        return FALSE;
    unsigned char first = in->data[0];
    size_t octets = first < 0x80 ? 0 : first & 0x7f;
    if (octets > 4 || in->size < 1 + octets)
        return FALSE;
    header->indefinite = first == 0x80;
    header->length = first < 0x80 ? first : 0;
    for (size_t i = 1; i <= octets; i++)
        header->length = header->length << 8 | in->data[i];
    in->data += 1 + octets;
    in->size -= 1 + octets;
    return header->length <= in->size;
}

static gboolean read_header(CertdDer *in, Header *header)
{
    if (in->size < 2 || (in->data[0] & 0x1f) == 0x1f)
        return FALSE;
    header->tag = in->data[0];
    in->data++;
    in->size--;
    return read_length(in, header) && (!header->indefinite || (header->tag & CONSTRUCTED) != 0);
}

static gboolean take_end_of_contents(CertdDer *in)
{
    if (in->size < 2 || in->data[0] != 0 || in->data[1] != 0)
        return FALSE;
    in->data += 2;
    in->size -= 2;
    return TRUE;
}

static gboolean convert(CertdDer *in, GByteArray *out, size_t depth, Conversion *conversion);

/* The contents of a constructed element, to its end or its end-of-contents octets. */
static gboolean convert_contents(CertdDer *in, const Header *header, GByteArray *out, size_t depth,
                                 Conversion *conversion)
{
    CertdDer inside = header->indefinite ? *in : certd_der_reader(in->data, header->length);
    gboolean changed = FALSE, ended = FALSE;
    while (!ended) {
        ended = header->indefinite ? take_end_of_contents(&inside) : certd_der_at_end(&inside);
        if (!ended && !convert(&inside, out, depth + 1, conversion))
            return FALSE;
        changed = changed || (!ended && conversion->changed);
    }
    conversion->changed = changed;
    size_t used = header->indefinite ? in->size - inside.size : header->length;
    in->data += used;
    in->size -= used;
    return TRUE;
}

/* The pieces of a constructed OCTET STRING, joined. */
static gboolean join_octets(const GByteArray *pieces, GByteArray *out)
{
    g_autoptr(GByteArray) joined = g_byte_array_new();
    CertdDer in = certd_der_reader(pieces->data, pieces->len);
    CertdDerItem piece;
    while (!certd_der_at_end(&in)) {
        if (!certd_der_expect(&in, CERTD_DER_OCTET_STRING, &piece))
            return FALSE;
        g_byte_array_append(joined, piece.value, (guint)piece.size);
    }
    certd_der_write(out, CERTD_DER_OCTET_STRING, joined->data, joined->len);
    return TRUE;
}

static gboolean convert(CertdDer *in, GByteArray *out, size_t depth, Conversion *conversion)
{
    const unsigned char *whole = in->data;
    Header header;
    conversion->too_deep = conversion->too_deep || depth > CERTD_LIMIT_DER_DEPTH;
    if (conversion->too_deep || !read_header(in, &header))
        return FALSE;
    conversion->changed = FALSE;
    if ((header.tag & CONSTRUCTED) == 0) {
        in->data += header.length;
        in->size -= header.length;
        g_byte_array_append(out, whole, (guint)(in->data - whole));
        return TRUE;
    }
    g_autoptr(GByteArray) contents = g_byte_array_new();
    if (!convert_contents(in, &header, contents, depth, conversion))
        return FALSE;
    if (header.tag == OCTET_STRING_CONSTRUCTED) {
        conversion->changed = TRUE;
        return join_octets(contents, out);
    }
    conversion->changed = conversion->changed || header.indefinite;
    if (conversion->changed)
        certd_der_write(out, header.tag, contents->data, contents->len);
    else
        g_byte_array_append(out, whole, (guint)(in->data - whole));
    return TRUE;
}

GByteArray *certd_ber_next(CertdDer *ber, const char *where, GError **error)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    CertdDer in = *ber;
    Conversion conversion = {FALSE, FALSE};
    if (!convert(&in, out, 0, &conversion)) {
        if (conversion.too_deep)
            g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                        "%s is nested more than %u levels deep; no certificate or key is", where,
                        CERTD_LIMIT_DER_DEPTH);
        else
            g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                        "%s is damaged or cut off: its DER encoding ends too early; export or "
                        "copy it again",
                        where);
        return NULL;
    }
    *ber = in;
    return g_steal_pointer(&out);
}
