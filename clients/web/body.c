/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks a text over by RFC 8259's grammar, and has json-glib read what is good. There may be passwords in it: what is copied
 * here is wiped. */
#include "web/body.h"

#include <string.h>

#include "model/web-limits.h"
#include "web/token.h"

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

/* What follows a backslash, onto @out where that is not NULL. */
static gboolean scan_escape(Scan *scan, GString *out)
{
    static const char plain[] = "\"\\/bfnrt";
    static const char means[] = "\"\\/\b\f\n\r\t";
    const char *found = *scan->at != '\0' ? strchr(plain, *scan->at) : NULL;
    if (found) {
        scan->at++;
        if (out)
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
    if (out)
        g_string_append_unichar(out, unit);
    return TRUE;
}

/* A string, decoded onto @out, where that is not NULL. */
static gboolean scan_string(Scan *scan, GString *out)
{
    if (!take(scan, '"'))
        return FALSE;
    while (*scan->at != '"') {
        if ((guchar)*scan->at < 0x20)
            return FALSE;
        if (take(scan, '\\')) {
            if (!scan_escape(scan, out))
                return FALSE;
            continue;
        }
        if (out)
            g_string_append_c(out, *scan->at);
        scan->at++;
    }
    scan->at++;
    return TRUE;
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
    g_autoptr(GString) name = g_string_new(NULL);
    if (!scan_string(scan, name) || !g_hash_table_add(names, g_strdup(name->str)) ||
        g_hash_table_size(names) > MAX_MEMBERS)
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
    if (*scan->at == '"')
        return scan_string(scan, NULL);
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
    g_autoptr(CertdTokenText) text = g_strndup(data, size);
    if (!is_object(text))
        return NULL;

    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    if (!json_parser_load_from_data(parser, text, -1, NULL))
        return NULL;
    JsonNode *root = json_parser_get_root(parser);
    return root && JSON_NODE_HOLDS_OBJECT(root) ? json_object_ref(json_node_get_object(root))
                                                : NULL;
}

static void wipe_object(JsonObject *object, const char *name, JsonNode *node, void *userdata);

static void wipe_node(JsonNode *node)
{
    if (JSON_NODE_HOLDS_OBJECT(node)) {
        json_object_foreach_member(json_node_get_object(node), wipe_object, NULL);
    } else if (JSON_NODE_HOLDS_ARRAY(node)) {
        JsonArray *array = json_node_get_array(node);
        for (guint i = 0; i < json_array_get_length(array); i++)
            wipe_node(json_array_get_element(array, i));
    } else if (json_node_get_value_type(node) == G_TYPE_STRING) {
        certd_token_wipe((char *)json_node_get_string(node));
    }
}

static void wipe_object(JsonObject *object, const char *name, JsonNode *node, void *userdata)
{
    wipe_node(node);
}

void certd_body_free(JsonObject *body)
{
    json_object_foreach_member(body, wipe_object, NULL);
    json_object_unref(body);
}
