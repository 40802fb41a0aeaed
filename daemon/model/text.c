/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What counts as clean is decided for one character at a time, so that the check and the escaping
 * can't disagree. Both read bytes that may be no UTF-8 at all.
 */
#include "model/text.h"

#define QUOTE_CHARACTERS 64u

static gboolean character_is_clean(gunichar character)
{
    if ((character & 0xFFFE) == 0xFFFE || (character >= 0xFDD0 && character <= 0xFDEF))
        return FALSE; /* a non-character */
    /* The bidirectional formatting characters are of category Cf, all of them. */
    GUnicodeType type = g_unichar_type(character);
    return type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT &&
           type != G_UNICODE_LINE_SEPARATOR && type != G_UNICODE_PARAGRAPH_SEPARATOR &&
           type != G_UNICODE_SURROGATE;
}

/* The character at @text, which doesn't end there; FALSE where the first byte begins none. */
static gboolean read_character(const char *text, gunichar *character)
{
    gunichar read = g_utf8_get_char_validated(text, -1);
    if (read == (gunichar)-1 || read == (gunichar)-2)
        return FALSE;
    *character = read;
    return TRUE;
}

gboolean certd_text_is_clean(const char *text)
{
    while (*text != '\0') {
        gunichar character;
        if (!read_character(text, &character) || !character_is_clean(character))
            return FALSE;
        text = g_utf8_next_char(text);
    }
    return TRUE;
}

/* Appends the character at @text, escaped, and gives what follows it. */
static const char *escape_one(GString *out, const char *text)
{
    gunichar character;
    if (!read_character(text, &character)) {
        g_string_append_printf(out, "\\x%02X", (unsigned char)*text);
        return text + 1;
    }
    if (character == '\\')
        g_string_append(out, "\\\\");
    else if (character_is_clean(character))
        g_string_append_unichar(out, character);
    else
        g_string_append_printf(out, "\\u{%04X}", character);
    return g_utf8_next_char(text);
}

char *certd_text_escape(const char *text)
{
    GString *out = g_string_new(NULL);
    while (*text != '\0')
        text = escape_one(out, text);
    return g_string_free(out, FALSE);
}

char *certd_text_quote(const char *text)
{
    if (text == NULL)
        return g_strdup("(nothing)");
    GString *out = g_string_new("\"");
    /* Characters of the text are counted, not those of the escapes: no escape is cut in two. */
    for (unsigned int count = 0; *text != '\0' && count < QUOTE_CHARACTERS; count++) {
        /* A quotation mark in the value must not look like its end. */
        if (*text == '"')
            g_string_append_c(out, '\\');
        text = escape_one(out, text);
    }
    g_string_append(out, *text == '\0' ? "\"" : "…\"");
    return g_string_free(out, FALSE);
}
