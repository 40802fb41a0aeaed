/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks a text over by RFC 8259's grammar, and has json-glib read what is good. */
#include "web/body.h"

#include <string.h>

#include "model/web-limits.h"

/* Ours have 5. */
#define MAX_DEPTH 16u
#define MAX_MEMBERS 1000u
/* What is left of 64 bits where nothing can overflow. */
#define MAX_DIGITS 18u

typedef struct {
    const char *at; /* ends with a NUL, which is nowhere else */
    guint depth;
    guint values;
} Scan;

static gboolean scan_value(Scan *scan);

static void skip_space(Scan *scan)
{
    scan->at += strspn(scan->at, " \t\r\n");
}

static gboolean take(Scan *scan, char wanted)
{
    if (*scan->at != wanted)
        return FALSE;
    scan->at++;
    return TRUE;
}

static gboolean take_word(Scan *scan, const char *word)
{
    if (strncmp(scan->at, word, strlen(word)) != 0)
        return FALSE;
    scan->at += strlen(word);
    return TRUE;
}

/* The four digits of \u; FALSE where they are not there. */
static gboolean scan_unit(Scan *scan, gunichar *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        if (!g_ascii_isxdigit(*scan->at))
            return FALSE;
        *unit = *unit << 4 | (gunichar)g_ascii_xdigit_value(*scan->at++);
    }
    return TRUE;
}

/* What follows a backslash, into @out. */
static gboolean scan_escape(Scan *scan, GString *out)
{
    static const char plain[] = "\"\\/bfnrt";
    static const char means[] = "\"\\/\b\f\n\r\t";
    const char *found = *scan->at != '\0' ? strchr(plain, *scan->at) : NULL;
    if (found) {
        scan->at++;
        g_string_append_c(out, means[found - plain]);
        return TRUE;
    }
    gunichar unit;
    gunichar low;
    if (!take(scan, 'u') || !scan_unit(scan, &unit) || unit == 0 || (unit & 0xfc00) == 0xdc00)
        return FALSE;
    if ((unit & 0xfc00) == 0xd800) {
        if (!take_word(scan, "\\u") || !scan_unit(scan, &low) || (low & 0xfc00) != 0xdc00)
            return FALSE;
        unit = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
    }
    g_string_append_unichar(out, unit);
    return TRUE;
}

/* A string, decoded; NULL: it is none. Caller frees. */
static char *scan_string(Scan *scan)
{
    if (!take(scan, '"'))
        return NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    while (*scan->at != '"') {
        if ((guchar)*scan->at < 0x20)
            return NULL;
        if (!take(scan, '\\'))
            g_string_append_c(out, *scan->at++);
        else if (!scan_escape(scan, out))
            return NULL;
    }
    scan->at++;
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static gboolean scan_digits(Scan *scan)
{
    gsize digits = strspn(scan->at, "0123456789");
    scan->at += digits;
    return digits > 0 && digits <= MAX_DIGITS;
}

static gboolean scan_number(Scan *scan)
{
    (void)take(scan, '-');
    if (*scan->at == '0' && g_ascii_isdigit(scan->at[1]))
        return FALSE;
    if (!scan_digits(scan))
        return FALSE;
    if (take(scan, '.') && !scan_digits(scan))
        return FALSE;
    if (*scan->at != 'e' && *scan->at != 'E')
        return TRUE;
    scan->at++;
    if (!take(scan, '+'))
        (void)take(scan, '-');
    gsize digits = strspn(scan->at, "0123456789");
    return digits <= 2 && scan_digits(scan);
}

static gboolean scan_member(Scan *scan, GHashTable *names)
{
    skip_space(scan);
    char *name = scan_string(scan);
    if (!name || !g_hash_table_add(names, name) || g_hash_table_size(names) > MAX_MEMBERS)
        return FALSE;
    skip_space(scan);
    return take(scan, ':') && scan_value(scan);
}

static gboolean scan_object(Scan *scan)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    skip_space(scan);
    if (take(scan, '}'))
        return TRUE;
    do {
        if (!scan_member(scan, names))
            return FALSE;
        skip_space(scan);
    } while (take(scan, ','));
    return take(scan, '}');
}

static gboolean scan_array(Scan *scan)
{
    skip_space(scan);
    if (take(scan, ']'))
        return TRUE;
    do {
        if (!scan_value(scan))
            return FALSE;
        skip_space(scan);
    } while (take(scan, ','));
    return take(scan, ']');
}

static gboolean scan_container(Scan *scan, gboolean (*scan_inside)(Scan *scan))
{
    if (++scan->depth > MAX_DEPTH)
        return FALSE;
    gboolean good = scan_inside(scan);
    scan->depth--;
    return good;
}

static gboolean scan_value(Scan *scan)
{
    if (++scan->values > CERTD_LIMIT_WEB_JSON_VALUES)
        return FALSE;
    skip_space(scan);
    if (take(scan, '{'))
        return scan_container(scan, scan_object);
    if (take(scan, '['))
        return scan_container(scan, scan_array);
    if (*scan->at == '"') {
        g_autofree char *string = scan_string(scan);
        return string != NULL;
    }
    return take_word(scan, "true") || take_word(scan, "false") || take_word(scan, "null") ||
           scan_number(scan);
}

/* Whether @text is one object and nothing else. */
static gboolean is_object(const char *text)
{
    Scan scan = {.at = text};
    skip_space(&scan);
    if (*scan.at != '{' || !scan_value(&scan))
        return FALSE;
    skip_space(&scan);
    return *scan.at == '\0';
}

JsonObject *certd_body_parse(GBytes *bytes)
{
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size);
    if (size == 0 || !g_utf8_validate_len(data, size, NULL))
        return NULL;
    g_autofree char *text = g_strndup(data, size);
    if (!is_object(text))
        return NULL;

    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    if (!json_parser_load_from_data(parser, text, -1, NULL))
        return NULL;
    JsonNode *root = json_parser_get_root(parser);
    return root && JSON_NODE_HOLDS_OBJECT(root) ? json_object_ref(json_node_get_object(root))
                                                : NULL;
}
