/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The target of a request, by RFC 3986 sections 2 and 3.3, but for what nobody needs. */
#include "web/target.h"

#include <string.h>

/* Beside letters and digits: unreserved, sub-delims, ":" and "@" (pchar, RFC 3986 section 3.3). */
#define PCHAR "-._~!$&'()*+,;=:@"
#define QUERY_CHAR PCHAR "/?"

/* @length bytes at @text decoded, which may have the characters @allowed; NULL where that can't be. Caller frees. */
static char *decode(const char *text, gsize length, const char *allowed)
{
    GString *decoded = g_string_sized_new(length);
    gboolean good = TRUE;
    for (gsize i = 0; i < length && good; i++) {
        char c = text[i];
        if (c == '%') {
            good = i + 2 < length && g_ascii_isxdigit(text[i + 1]) && g_ascii_isxdigit(text[i + 2]);
            if (good)
                c = (char)(g_ascii_xdigit_value(text[i + 1]) * 16 +
                           g_ascii_xdigit_value(text[i + 2]));
            i += 2;
        } else {
            good = g_ascii_isalnum(c) || (c != '\0' && strchr(allowed, c));
        }
        good = good && (guchar)c >= 0x20 && (guchar)c != 0x7f;
        g_string_append_c(decoded, c);
    }
    good = good && g_utf8_validate(decoded->str, (gssize)decoded->len, NULL);
    return g_string_free(decoded, !good);
}

static gboolean add_segment(GString *path, const char *segment, gsize length)
{
    g_autofree char *decoded = decode(segment, length, PCHAR);
    if (!decoded || *decoded == '\0' || strchr(decoded, '/') || g_str_equal(decoded, ".") ||
        g_str_equal(decoded, ".."))
        return FALSE;
    g_string_append_c(path, '/');
    g_string_append(path, decoded);
    return TRUE;
}

/* Caller frees; NULL: not a path. */
static char *parse_path(const char *text, gsize length)
{
    g_autoptr(GString) path = g_string_new(NULL);
    gsize at = 1;
    while (at < length) {
        const char *slash = memchr(text + at, '/', length - at);
        gsize end = slash ? (gsize)(slash - text) : length;
        if (!add_segment(path, text + at, end - at))
            return NULL;
        at = end + 1;
    }
    if (path->len == 0)
        g_string_append_c(path, '/');
    return g_string_free(g_steal_pointer(&path), FALSE);
}

static gboolean parse_query(const char *text, GHashTable *query)
{
    g_auto(GStrv) pairs = g_strsplit(text, "&", -1);
    for (guint i = 0; pairs[i]; i++) {
        if (*pairs[i] == '\0')
            continue;
        const char *equals = strchr(pairs[i], '=');
        gsize name_length = equals ? (gsize)(equals - pairs[i]) : strlen(pairs[i]);
        const char *value_text = equals ? equals + 1 : "";
        g_autofree char *name = decode(pairs[i], name_length, QUERY_CHAR);
        g_autofree char *value = decode(value_text, strlen(value_text), QUERY_CHAR);
        if (!name || !value)
            return FALSE;
        if (!g_hash_table_contains(query, name))
            g_hash_table_insert(query, g_steal_pointer(&name), g_steal_pointer(&value));
    }
    return TRUE;
}

gboolean certd_target_parse(const char *target, char **path, GHashTable **query)
{
    if (*target != '/')
        return FALSE;

    const char *mark = strchr(target, '?');
    gsize length = mark ? (gsize)(mark - target) : strlen(target);
    g_autofree char *found = parse_path(target, length);
    if (!found)
        return FALSE;
    if (!mark) {
        *query = NULL;
    } else {
        g_autoptr(GHashTable) names =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        if (!parse_query(mark + 1, names))
            return FALSE;
        *query = g_steal_pointer(&names);
    }
    *path = g_steal_pointer(&found);
    return TRUE;
}
