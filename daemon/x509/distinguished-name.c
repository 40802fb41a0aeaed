/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names are walked with the DER reader, because GnuTLS needs seconds for ten thousand RDNs. */
#include "x509/distinguished-name.h"

#include <string.h>

#include "model/error.h"

static const unsigned char string_tags[] = {
    [CERTD_ATTRIBUTE_UTF8] = CERTD_DER_UTF8_STRING,
    [CERTD_ATTRIBUTE_PRINTABLE] = CERTD_DER_PRINTABLE_STRING,
    [CERTD_ATTRIBUTE_IA5] = CERTD_DER_IA5_STRING,
};

void certd_attribute_write_value(GByteArray *out, const CertdAttribute *attribute)
{
    certd_der_write_text(out, string_tags[attribute->type->encoding], attribute->value);
}

gboolean certd_distinguished_name_write(GByteArray *out, const CertdSubject *subject,
                                        GError **error)
{
    size_t name = certd_der_begin(out, CERTD_DER_SEQUENCE);

    for (size_t i = 0; i < certd_subject_length(subject); i++) {
        const CertdAttribute *attribute = certd_subject_get(subject, i);
        size_t rdn = certd_der_begin(out, CERTD_DER_SET);
        size_t pair = certd_der_begin(out, CERTD_DER_SEQUENCE);
        if (!certd_der_write_oid(out, CERTD_DER_OID, attribute->type->oid)) {
            g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT,
                        "The attribute type %s has no valid object identifier; leave it out",
                        attribute->type->name);
            return FALSE;
        }
        certd_attribute_write_value(out, attribute);
        certd_der_end(out, pair);
        certd_der_end(out, rdn);
    }
    certd_der_end(out, name);
    return TRUE;
}

char *certd_hex(const void *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = data;
    char *text = g_malloc(2 * size + 1);

    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 0xf];
    }
    text[2 * size] = '\0';
    return text;
}

/* Appends @c, or what stands for a code point that there is none of. */
static void append_code_point(GString *text, guint32 c)
{
    g_string_append_unichar(text, g_unichar_validate(c) && c != 0 ? c : 0xfffd);
}

/* Code points of @width octets each, big endian; surrogate pairs are no BMPString (X.680 41.15). */
static char *text_of_wide(const CertdDerItem *item, size_t width)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (item->size % width != 0)
        return NULL;
    for (size_t at = 0; at < item->size; at += width) {
        guint32 c = 0;
        for (size_t i = 0; i < width; i++)
            c = (c << 8) | item->value[at + i];
        append_code_point(text, c);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* The text of a value of a string type, or NULL. */
static char *text_of(const CertdDerItem *item)
{
    switch (item->tag) {
    case CERTD_DER_UTF8_STRING:
    case CERTD_DER_NUMERIC_STRING:
    case CERTD_DER_PRINTABLE_STRING:
    case CERTD_DER_IA5_STRING:
    case CERTD_DER_VISIBLE_STRING:
        return g_utf8_make_valid((const char *)item->value, (gssize)item->size);
    case CERTD_DER_T61_STRING:
        /* Everyone who writes T.61 means Latin-1. */
        return text_of_wide(item, 1);
    case CERTD_DER_BMP_STRING:
        return text_of_wide(item, 2);
    case CERTD_DER_UNIVERSAL_STRING:
        return text_of_wide(item, 4);
    }
    return NULL;
}

/* RFC 4514 2.4. */
static void append_escaped(GString *out, const char *value)
{
    size_t length = strlen(value);

    for (size_t i = 0; i < length; i++) {
        gboolean special = strchr("\"+,;<>\\", value[i]) != NULL;
        gboolean first = i == 0 && (value[i] == ' ' || value[i] == '#');
        gboolean last = i == length - 1 && value[i] == ' ';
        if (special || first || last)
            g_string_append_c(out, '\\');
        g_string_append_c(out, value[i]);
    }
}

static gboolean append_attribute(GString *out, CertdDer pair)
{
    CertdDerItem type, value;

    if (!certd_der_expect(&pair, CERTD_DER_OID, &type) || !certd_der_next(&pair, &value) ||
        !certd_der_at_end(&pair))
        return FALSE;
    g_autofree char *oid = certd_der_item_oid(&type);
    if (oid == NULL)
        return FALSE;

    const CertdAttributeType *known = certd_attribute_type_find(oid);
    g_autofree char *text = known != NULL ? text_of(&value) : NULL;
    g_string_append(out, known != NULL ? known->name : oid);
    g_string_append_c(out, '=');
    if (text != NULL) {
        append_escaped(out, text);
        return TRUE;
    }
    /* RFC 4514 2.4: of a type without a short name, the whole of its BER. */
    g_autofree char *hex = certd_hex(value.whole, value.whole_size);
    g_string_append_printf(out, "#%s", hex);
    return TRUE;
}

/* The attributes of one RDN, joined with "+". */
static char *print_rdn(CertdDer rdn)
{
    g_autoptr(GString) text = g_string_new(NULL);
    CertdDer pair;

    if (certd_der_at_end(&rdn))
        return NULL;
    while (!certd_der_at_end(&rdn)) {
        if (text->len > 0)
            g_string_append_c(text, '+');
        if (!certd_der_enter(&rdn, CERTD_DER_SEQUENCE, &pair) || !append_attribute(text, pair))
            return NULL;
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char *certd_distinguished_name_print(const void *der, size_t size)
{
    CertdDer reader = certd_der_reader(der, size);
    CertdDer name, rdn;

    if (!certd_der_enter(&reader, CERTD_DER_SEQUENCE, &name) || !certd_der_at_end(&reader))
        return NULL;
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    while (!certd_der_at_end(&name)) {
        char *part = certd_der_enter(&name, CERTD_DER_SET, &rdn) ? print_rdn(rdn) : NULL;
        if (part == NULL)
            return NULL;
        g_ptr_array_add(parts, part);
    }

    /* RFC 4514 2.1: from the last to the first. */
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = parts->len; i > 0; i--) {
        if (text->len > 0)
            g_string_append_c(text, ',');
        g_string_append(text, g_ptr_array_index(parts, i - 1));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void set_invalid(GError **error, const char *what, const char *remedy)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT, "The subject has %s; %s", what,
                remedy);
}

/* A value that stands for text only by what was put in place of its broken characters. */
static gboolean was_mended(const char *text)
{
    return strstr(text, "\xef\xbf\xbd") != NULL;
}

static gboolean read_attribute(CertdSubject *subject, CertdDer pair, GError **error)
{
    CertdDerItem type, value;

    if (!certd_der_expect(&pair, CERTD_DER_OID, &type) || !certd_der_next(&pair, &value) ||
        !certd_der_at_end(&pair)) {
        set_invalid(error, "an attribute that can't be read", "make the request again");
        return FALSE;
    }
    g_autofree char *oid = certd_der_item_oid(&type);
    const CertdAttributeType *known = oid != NULL ? certd_attribute_type_find(oid) : NULL;
    if (known == NULL) {
        g_autofree char *what =
            g_strdup_printf("an attribute of the type %s", oid != NULL ? oid : "(unreadable)");
        set_invalid(error, what,
                    "leave it out; C, ST, L, O, OU, CN, emailAddress, serialNumber, DC, name, "
                    "title, givenName, surname and initials are issued");
        return FALSE;
    }
    g_autofree char *text = text_of(&value);
    if (text == NULL || was_mended(text)) {
        g_autofree char *what = g_strdup_printf("a %s that is no text", known->name);
        set_invalid(error, what, "write it as UTF-8");
        return FALSE;
    }
    return certd_subject_append(subject, known->name, text, error);
}

CertdSubject *certd_distinguished_name_read(const void *der, size_t size, GError **error)
{
    g_autoptr(CertdSubject) subject = certd_subject_new();
    CertdDer reader = certd_der_reader(der, size);
    CertdDer name, rdn, pair;

    if (!certd_der_enter(&reader, CERTD_DER_SEQUENCE, &name) || !certd_der_at_end(&reader)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "The subject is no distinguished name; make the request again");
        return NULL;
    }
    while (!certd_der_at_end(&name)) {
        if (!certd_der_enter(&name, CERTD_DER_SET, &rdn) ||
            !certd_der_enter(&rdn, CERTD_DER_SEQUENCE, &pair)) {
            set_invalid(error, "a part that can't be read", "make the request again");
            return NULL;
        }
        if (!certd_der_at_end(&rdn)) {
            set_invalid(error, "a part of several attributes (RFC 4514 writes them with \"+\")",
                        "give each a part of its own");
            return NULL;
        }
        if (!read_attribute(subject, pair, error))
            return NULL;
    }
    return g_steal_pointer(&subject);
}
