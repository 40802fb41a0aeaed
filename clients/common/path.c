/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The decoding of sd_bus_path_decode() without libsystemd, which clients don't link; and the
 * encoding but for a leading digit, because ids of requests are decimal and stand as they are.
 */
#include "common/path.h"

#include <string.h>

char *certd_path_encode(const char *prefix, const char *id)
{
    GString *path = g_string_new(prefix);
    g_string_append_c(path, '/');
    if (*id == '\0')
        g_string_append_c(path, '_');
    for (const char *c = id; *c != '\0'; c++) {
        if (g_ascii_isalnum(*c))
            g_string_append_c(path, *c);
        else
            g_string_append_printf(path, "_%02x", (unsigned char)*c);
    }
    return g_string_free(path, FALSE);
}

char *certd_path_id(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *label = slash ? slash + 1 : path;
    if (g_str_equal(label, "_"))
        return g_strdup("");

    GString *id = g_string_new(NULL);
    for (const char *c = label; *c != '\0'; c++) {
        if (*c == '_' && g_ascii_isxdigit(c[1]) && g_ascii_isxdigit(c[2])) {
            g_string_append_c(id,
                              (char)(g_ascii_xdigit_value(c[1]) * 16 + g_ascii_xdigit_value(c[2])));
            c += 2;
        } else {
            g_string_append_c(id, *c);
        }
    }
    return g_string_free(id, FALSE);
}
