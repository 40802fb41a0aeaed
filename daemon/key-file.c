/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configuration files, line by line: GKeyFile keeps no line numbers, and merges what stands twice. */

#include "key-file.h"

#include <string.h>

#include "model/error.h"
#include "model/text.h"

typedef struct {
    char *value;
    guint line;
} Entry;

struct CertdKeyFile {
    char *file;
    const char *group;       /* the caller's */
    const char *const *keys; /* the caller's */
    guint begun;             /* the line of its group; 0: not yet */
    GHashTable *entries;     /* key → Entry */
};

static void entry_free(void *data)
{
    Entry *entry = data;
    g_free(entry->value);
    g_free(entry);
}

void certd_key_file_free(CertdKeyFile *file)
{
    if (file == NULL)
        return;
    g_free(file->file);
    g_hash_table_unref(file->entries);
    g_free(file);
}

static gboolean refuse_line(const CertdKeyFile *file, guint line, const char *text,
                            const char *what, GError **error)
{
    g_autofree char *quoted = certd_text_quote(text);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION, "%s, line %u: %s %s", file->file,
                line, quoted, what);
    return FALSE;
}

gboolean certd_key_file_refuse(const CertdKeyFile *file, const char *key, const char *what,
                               GError **error)
{
    const Entry *entry = g_hash_table_lookup(file->entries, key);
    return refuse_line(file, entry != NULL ? entry->line : 0, key, what, error);
}

static gboolean begin_group(CertdKeyFile *file, guint line, const char *text, GError **error)
{
    size_t length = strlen(file->group);
    gboolean known = strlen(text) == length + 2 && strncmp(text + 1, file->group, length) == 0 &&
                     text[length + 1] == ']';
    if (!known) {
        g_autofree char *what =
            g_strdup_printf("begins a group that is not known; there is [%s]", file->group);
        return refuse_line(file, line, text, what, error);
    }
    if (file->begun != 0)
        return refuse_line(file, line, text, "stands above already; write all below that", error);
    file->begun = line;
    return TRUE;
}

static gboolean refuse_key(const CertdKeyFile *file, guint line, const char *key, GError **error)
{
    g_autofree char *known = g_strjoinv(", ", (char **)file->keys);
    g_autofree char *what = g_strdup_printf("is not a key that is known; there is %s", known);
    return refuse_line(file, line, key, what, error);
}

static gboolean add_entry(CertdKeyFile *file, guint line, const char *text, GError **error)
{
    const char *equals = strchr(text, '=');
    if (file->begun == 0) {
        g_autofree char *what =
            g_strdup_printf("stands above its group; begin the file with [%s]", file->group);
        return refuse_line(file, line, text, what, error);
    }
    if (equals == NULL)
        return refuse_line(file, line, text, "is no KEY=VALUE; begin comments with #", error);
    g_autofree char *key = g_strchomp(g_strndup(text, (size_t)(equals - text)));
    if (!g_strv_contains(file->keys, key))
        return refuse_key(file, line, key, error);
    if (g_hash_table_contains(file->entries, key))
        return refuse_line(file, line, key, "stands above already; say it once", error);
    Entry *entry = g_new0(Entry, 1);
    entry->value = g_strstrip(g_strdup(equals + 1));
    entry->line = line;
    g_hash_table_insert(file->entries, g_steal_pointer(&key), entry);
    return TRUE;
}

static gboolean read_line(CertdKeyFile *file, guint line, const char *text, GError **error)
{
    if (*text == '\0' || *text == '#')
        return TRUE;
    return *text == '[' ? begin_group(file, line, text, error) : add_entry(file, line, text, error);
}

CertdKeyFile *certd_key_file_new(const char *path, const char *contents, size_t size,
                                 const char *group, const char *const *keys, GError **error)
{
    g_autoptr(CertdKeyFile) file = g_new0(CertdKeyFile, 1);
    file->file = g_strdup(path);
    file->group = group;
    file->keys = keys;
    file->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
    g_autofree char *text = g_strndup(contents, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint line = 0;
    for (; lines[line] != NULL; line++) {
        if (!read_line(file, line + 1, g_strstrip(lines[line]), error))
            return NULL;
    }
    if (strlen(text) != size) {
        refuse_line(file, MAX(line, 1), "\\0", "is no text; write the file anew", error);
        return NULL;
    }
    return g_steal_pointer(&file);
}

const char *certd_key_file_get(const CertdKeyFile *file, const char *key)
{
    const Entry *entry = g_hash_table_lookup(file->entries, key);
    return entry != NULL ? entry->value : NULL;
}

void certd_key_file_blame(const CertdKeyFile *file, const char *key, GError **error)
{
    const Entry *entry = key != NULL ? g_hash_table_lookup(file->entries, key) : NULL;
    g_prefix_error(error, "%s, line %u: ", file->file,
                   entry != NULL ? entry->line : MAX(file->begun, 1));
}
