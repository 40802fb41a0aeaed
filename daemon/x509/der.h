/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Just enough DER (ITU-T X.690) for what GnuTLS cannot write, and for looking at foreign bytes
 * before GnuTLS sees them. The reader copies nothing and never reads beyond what it was given.
 * It takes definite lengths of up to four octets only, also ones longer than they need to be,
 * because GnuTLS reads those too; indefinite lengths and tag numbers above 30 are refused.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Identifier octets: class, constructed bit and number. */
#define CERTD_DER_BOOLEAN 0x01
#define CERTD_DER_INTEGER 0x02
#define CERTD_DER_BIT_STRING 0x03
#define CERTD_DER_OCTET_STRING 0x04
#define CERTD_DER_NULL 0x05
#define CERTD_DER_OID 0x06
#define CERTD_DER_UTF8_STRING 0x0c
#define CERTD_DER_NUMERIC_STRING 0x12
#define CERTD_DER_PRINTABLE_STRING 0x13
#define CERTD_DER_T61_STRING 0x14
#define CERTD_DER_IA5_STRING 0x16
#define CERTD_DER_VISIBLE_STRING 0x1a
#define CERTD_DER_UNIVERSAL_STRING 0x1c
#define CERTD_DER_BMP_STRING 0x1e
#define CERTD_DER_SEQUENCE 0x30
#define CERTD_DER_SET 0x31
/* Context-specific: [n] primitive (IMPLICIT of a primitive type) and [n] constructed. */
#define CERTD_DER_CONTEXT(n) (0x80 | (n))
#define CERTD_DER_CONTEXT_CONSTRUCTED(n) (0xa0 | (n))

/* A reader: the bytes that are not read yet. Copy it to look ahead; it owns nothing. */
typedef struct {
    const unsigned char *data;
    size_t size;
} CertdDer;

/* One element: identifier octet, contents, and the whole of it with identifier and length. */
typedef struct {
    unsigned char tag;
    const unsigned char *value;
    size_t size;
    const unsigned char *whole;
    size_t whole_size;
} CertdDerItem;

/* A reader of @size bytes at @data, which must outlive it. */
CertdDer certd_der_reader(const void *data, size_t size);
/* Whether nothing is left. */
gboolean certd_der_at_end(const CertdDer *der);
/* Whether the next identifier octet is @tag; FALSE at the end. */
gboolean certd_der_peek(const CertdDer *der, unsigned char tag);
/* Reads the next element. FALSE at the end and for what is no element; nothing is read then, and
 * @item is not touched. */
gboolean certd_der_next(CertdDer *der, CertdDerItem *item) G_GNUC_WARN_UNUSED_RESULT;
/* The same, and FALSE where its identifier octet isn't @tag. */
gboolean certd_der_expect(CertdDer *der, unsigned char tag, CertdDerItem *item)
    G_GNUC_WARN_UNUSED_RESULT;
/* Steps over the next element, whose identifier octet has to be @tag, and gives a reader of its
 * contents. @inside may be @der itself, which goes down for good. */
gboolean certd_der_enter(CertdDer *der, unsigned char tag, CertdDer *inside)
    G_GNUC_WARN_UNUSED_RESULT;
/* Steps over the next element, whatever it is. */
gboolean certd_der_skip(CertdDer *der) G_GNUC_WARN_UNUSED_RESULT;
/* Steps over the next element where its identifier octet is @tag (an OPTIONAL one). TRUE where it
 * isn't there; FALSE only where it is there and broken. */
gboolean certd_der_skip_optional(CertdDer *der, unsigned char tag) G_GNUC_WARN_UNUSED_RESULT;
/* A reader of the contents of @item. */
CertdDer certd_der_inside(const CertdDerItem *item);

/* The contents of an INTEGER as a number: FALSE where it is negative or needs more than 64 bits. */
gboolean certd_der_item_unsigned(const CertdDerItem *item, guint64 *value)
    G_GNUC_WARN_UNUSED_RESULT;
/* The contents of an OBJECT IDENTIFIER (or of an IMPLICIT one) as "1.2.840", or NULL where it is
 * none or has an arc of more than 64 bits. Caller frees. */
char *certd_der_item_oid(const CertdDerItem *item);
/* Whether the contents are the object identifier @dotted. */
gboolean certd_der_item_is_oid(const CertdDerItem *item, const char *dotted);

/* Writers append to @out. */
void certd_der_write(GByteArray *out, unsigned char tag, const void *value, size_t size);
/* An element whose contents are written after this call: keep what it gives for certd_der_end(). */
size_t certd_der_begin(GByteArray *out, unsigned char tag);
/* Closes the element that certd_der_begin() gave @mark for; innermost first. */
void certd_der_end(GByteArray *out, size_t mark);
/* An object identifier under @tag (CERTD_DER_OID, or a context one). FALSE, and nothing written,
 * where @dotted is none. */
gboolean certd_der_write_oid(GByteArray *out, unsigned char tag, const char *dotted)
    G_GNUC_WARN_UNUSED_RESULT;
void certd_der_write_text(GByteArray *out, unsigned char tag, const char *text);
/* The bytes of @out, which is freed. */
GBytes *certd_der_finish(GByteArray *out) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
