/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text of a distinguished name (RFC 4514). Strict where a mistake would change the name, and
 * lenient only about the spaces around separators that people type and RFC 2253 allowed.
 */
#include "model/subject.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/text.h"

/* RFC 4514 3, "escaped" and "special": what a backslash may stand before, and what stands in a
 * value only behind one. */
#define MUST_ESCAPE "\"+,;<>\\"
#define MAY_ESCAPE MUST_ESCAPE " #="

/* A byte of hexadecimal at @text into @byte; FALSE where there is none. */
static gboolean read_hex_byte(const char *text, unsigned char *byte)
{
    if (!g_ascii_isxdigit(text[0]) || !g_ascii_isxdigit(text[1]))
        return FALSE;
    *byte = (unsigned char)(g_ascii_xdigit_value(text[0]) << 4 | g_ascii_xdigit_value(text[1]));
    return TRUE;
}

static gboolean malformed(const char *text, const char *problem, GError **error)
{
    g_autofree char *quoted = certd_text_quote(text);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT,
                "Distinguished name is not valid (RFC 4514) at %s: %s", quoted, problem);
    return FALSE;
}

static const char *skip_spaces(const char *text)
{
    return text + strspn(text, " ");
}

/* The contents of one DER string that is all of @der, as text into @value. */
static gboolean decode_der_string(const GByteArray *der, GString *value)
{
    enum { UTF8_STRING = 0x0C, PRINTABLE_STRING = 0x13, IA5_STRING = 0x16 };
    enum { LONG_FORM_ONE = 0x81, LONG_FORM_TWO = 0x82 };

    if (der->len < 2)
        return FALSE;
    unsigned char tag = der->data[0];
    if (tag != UTF8_STRING && tag != PRINTABLE_STRING && tag != IA5_STRING)
        return FALSE;
    size_t header = 2;
    size_t length = der->data[1];
    if (length == LONG_FORM_ONE && der->len >= 3) {
        header = 3;
        length = der->data[2];
    } else if (length == LONG_FORM_TWO && der->len >= 4) {
        header = 4;
        length = (size_t)der->data[2] << 8 | der->data[3];
    } else if (length > 0x7F) {
        return FALSE;
    }
    if (der->len - header != length)
        return FALSE;
    g_string_append_len(value, (const char *)der->data + header, (ssize_t)length);
    return TRUE;
}

/* A value "#hex" (RFC 4514 2.4) at @text; what follows it goes to @rest. */
static gboolean parse_hex_value(const char *text, GString *value, const char **rest, GError **error)
{
    g_autoptr(GByteArray) der = g_byte_array_new();
    const char *at = text + 1;
    unsigned char byte;
    for (; read_hex_byte(at, &byte); at += 2)
        g_byte_array_append(der, &byte, 1);
    if (!decode_der_string(der, value))
        return malformed(text,
                         "\"#\" begins the hexadecimal DER of a UTF8String, PrintableString or "
                         "IA5String; write \"\\#\" for the character",
                         error);
    *rest = skip_spaces(at);
    return TRUE;
}

/* The pair that begins with the backslash at @text; @rest is what follows it. */
static gboolean parse_pair(const char *text, GString *value, const char **rest, GError **error)
{
    unsigned char byte;
    if (text[1] != '\0' && strchr(MAY_ESCAPE, text[1]) != NULL) {
        g_string_append_c(value, text[1]);
        *rest = text + 2;
        return TRUE;
    }
    if (!read_hex_byte(text + 1, &byte))
        return malformed(text, "after a backslash comes a special character or two hex digits",
                         error);
    g_string_append_c(value, (char)byte);
    *rest = text + 3;
    return TRUE;
}

/* A value as a string (RFC 4514 2.4) at @text, without spaces around it that are not escaped. */
static gboolean parse_string_value(const char *text, GString *value, const char **rest,
                                   GError **error)
{
    size_t kept = 0; /* how much of the value a space at its end doesn't belong to */
    while (*text != '\0' && *text != ',') {
        if (*text == '\\') {
            if (!parse_pair(text, value, &text, error))
                return FALSE;
            kept = value->len;
            continue;
        }
        if (*text == '+')
            return malformed(text,
                             "several attributes in one RDN are not supported; use \",\" between "
                             "attributes, or \"\\+\" for the character",
                             error);
        if (strchr(MUST_ESCAPE, *text) != NULL)
            return malformed(text, "this character needs a backslash before it", error);
        g_string_append_c(value, *text);
        if (*text != ' ')
            kept = value->len;
        text++;
    }
    g_string_truncate(value, kept);
    *rest = text;
    return TRUE;
}

/* One "TYPE=VALUE" at @text. @type and @value are set, and @rest to the end or the comma. */
static gboolean parse_attribute(const char *text, char **type, GString *value, const char **rest,
                                GError **error)
{
    size_t length = strcspn(text, "=,+\\\"");
    if (text[length] != '=')
        return malformed(text, "\"TYPE=VALUE\" is expected", error);
    if (*text == '/')
        return malformed(text,
                         "write it as \"CN=dev1.example.org,O=Example,C=DE\", with commas and the "
                         "most specific first",
                         error);
    g_autofree char *name = g_strchomp(g_strndup(text, length));
    const char *at = skip_spaces(text + length + 1);
    gboolean parsed = *at == '#' ? parse_hex_value(at, value, &at, error)
                                 : parse_string_value(at, value, &at, error);
    if (!parsed)
        return FALSE;
    if (*at != '\0' && *at != ',')
        return malformed(at, "a comma or the end is expected", error);
    if (strlen(value->str) != value->len)
        return malformed(text, "the value has a NUL character; leave it out", error);
    *type = g_steal_pointer(&name);
    *rest = at;
    return TRUE;
}

/* The text is the other way round than the name, so its attributes wait here. */
typedef struct {
    GPtrArray *types;
    GPtrArray *values;
} Pairs;

static gboolean parse_pairs(const char *text, Pairs *pairs, GError **error)
{
    for (;;) {
        g_autofree char *type = NULL;
        g_autoptr(GString) value = g_string_new(NULL);
        if (!parse_attribute(skip_spaces(text), &type, value, &text, error))
            return FALSE;
        g_ptr_array_add(pairs->types, g_steal_pointer(&type));
        g_ptr_array_add(pairs->values, g_strdup(value->str));
        /* One too many is enough for certd_subject_append() to refuse. */
        if (*text == '\0' || pairs->types->len > CERTD_LIMIT_RDNS)
            return TRUE;
        text++;
    }
}

CertdSubject *certd_subject_parse(const char *text, GError **error)
{
    g_autoptr(GPtrArray) types = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(CertdSubject) subject = certd_subject_new();
    if (*skip_spaces(text) == '\0')
        return g_steal_pointer(&subject);
    if (!parse_pairs(text, &(Pairs){types, values}, error))
        return NULL;
    for (size_t i = types->len; i > 0; i--) {
        if (!certd_subject_append(subject, g_ptr_array_index(types, i - 1),
                                  g_ptr_array_index(values, i - 1), error))
            return NULL;
    }
    return g_steal_pointer(&subject);
}

static void print_value(GString *out, const char *value)
{
    size_t length = strlen(value);
    for (size_t i = 0; i < length; i++) {
        gboolean space_at_an_end = value[i] == ' ' && (i == 0 || i == length - 1);
        gboolean leading_sharp = value[i] == '#' && i == 0;
        if (space_at_an_end || leading_sharp || strchr(MUST_ESCAPE, value[i]) != NULL)
            g_string_append_c(out, '\\');
        g_string_append_c(out, value[i]);
    }
}

char *certd_subject_print(const CertdSubject *subject)
{
    GString *out = g_string_new(NULL);
    for (size_t i = certd_subject_length(subject); i > 0; i--) {
        const CertdAttribute *attribute = certd_subject_get(subject, i - 1);
        g_string_append_printf(out, "%s%s=", out->len > 0 ? "," : "", attribute->type->name);
        print_value(out, attribute->value);
    }
    return g_string_free(out, FALSE);
}
