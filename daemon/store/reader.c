/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads rows without believing them: a damaged page may hold anything of any length. */
#include "store/reader.h"

#include "model/text.h"

#include <string.h>

/* The settings that are kept as they were read: how many, and up to which size. */
#define CERTD_CACHED_SETTINGS 64u
#define CERTD_CACHED_SETTINGS_BYTES 4096u

static void certd_reader_mark(CertdReader *reader, int column)
{
    if (!reader->damaged)
        reader->damaged = sqlite3_column_name(reader->statement, column);
    if (!reader->damaged)
        reader->damaged = "?";
}

void certd_reader_reject(CertdReader *reader)
{
    certd_reader_mark(reader, reader->column - 1);
}

char *certd_reader_text_or_null(CertdReader *reader)
{
    int column = reader->column++;

    if (sqlite3_column_type(reader->statement, column) == SQLITE_NULL)
        return NULL;
    const char *text = (const char *)sqlite3_column_text(reader->statement, column);
    size_t size = (size_t)sqlite3_column_bytes(reader->statement, column);
    /* The length is given so that a zero byte inside is wrong too. */
    if (!text || !g_utf8_validate_len(text, size, NULL)) {
        certd_reader_mark(reader, column);
        return NULL;
    }
    return g_strndup(text, size);
}

char *certd_reader_text(CertdReader *reader)
{
    char *text = certd_reader_text_or_null(reader);

    if (!text)
        certd_reader_reject(reader);
    return text;
}

gint64 certd_reader_integer(CertdReader *reader, gint64 min, gint64 max)
{
    int column = reader->column++;
    gint64 value = sqlite3_column_int64(reader->statement, column);

    if (sqlite3_column_type(reader->statement, column) == SQLITE_INTEGER && value >= min &&
        value <= max)
        return value;
    certd_reader_mark(reader, column);
    return min;
}

gint64 certd_reader_reference(CertdReader *reader)
{
    if (sqlite3_column_type(reader->statement, reader->column) == SQLITE_NULL) {
        reader->column++;
        return 0;
    }
    return certd_reader_integer(reader, 1, G_MAXINT64);
}

GBytes *certd_reader_bytes_or_null(CertdReader *reader, size_t size)
{
    int column = reader->column++;

    if (sqlite3_column_type(reader->statement, column) == SQLITE_NULL)
        return NULL;
    const void *data = sqlite3_column_blob(reader->statement, column);
    size_t found = (size_t)sqlite3_column_bytes(reader->statement, column);
    if (!data || found == 0 || (size != 0 && found != size)) {
        certd_reader_mark(reader, column);
        return NULL;
    }
    return g_bytes_new(data, found);
}

GBytes *certd_reader_bytes(CertdReader *reader, size_t size)
{
    GBytes *bytes = certd_reader_bytes_or_null(reader, size);

    if (!bytes)
        certd_reader_reject(reader);
    return bytes;
}

GVariant *certd_reader_variant(CertdReader *reader, const char *type)
{
    int column = reader->column++;
    const void *data = sqlite3_column_blob(reader->statement, column);
    size_t size = (size_t)sqlite3_column_bytes(reader->statement, column);
    /* An empty array is no bytes at all, which SQLite gives as a NULL pointer. */
    g_autoptr(GBytes) bytes = g_bytes_new(data, data ? size : 0);
    g_autoptr(GVariant) value =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(type), bytes, FALSE));

    if (sqlite3_column_type(reader->statement, column) == SQLITE_BLOB &&
        g_variant_is_normal_form(value))
        return G_BYTE_ORDER == G_LITTLE_ENDIAN ? g_steal_pointer(&value)
                                               : g_variant_byteswap(value);
    certd_reader_mark(reader, column);
    return NULL;
}

static void certd_reader_free_settings(void *settings)
{
    certd_settings_free(settings);
}

GHashTable *certd_reader_settings_cache(void)
{
    return g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
                                 certd_reader_free_settings);
}

/* What a blob of these bytes holds, where one was read before; NULL otherwise. */
static CertdSettings *certd_reader_known_settings(const CertdReader *reader, const void *data,
                                                  size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(data, data ? size : 0);
    const CertdSettings *known = g_hash_table_lookup(reader->store->settings, bytes);

    return known ? certd_settings_copy(known) : NULL;
}

static void certd_reader_remember_settings(CertdStore *store, const void *data, size_t size,
                                           const CertdSettings *settings)
{
    if (size > CERTD_CACHED_SETTINGS_BYTES)
        return;
    if (g_hash_table_size(store->settings) >= CERTD_CACHED_SETTINGS)
        g_hash_table_remove_all(store->settings);
    g_hash_table_insert(store->settings, g_bytes_new(data, data ? size : 0),
                        certd_settings_copy(settings));
}

CertdSettings *certd_reader_settings(CertdReader *reader)
{
    const void *data = sqlite3_column_blob(reader->statement, reader->column);
    size_t size = (size_t)sqlite3_column_bytes(reader->statement, reader->column);
    CertdSettings *settings = certd_reader_known_settings(reader, data, size);

    if (settings) {
        reader->column++;
        return settings;
    }
    g_autoptr(GVariant) dict = certd_reader_variant(reader, "a{sv}");
    g_autoptr(CertdSettings) defaults = certd_settings_new();
    /* What was allowed when it was stored is read whatever the policy is now. */
    settings = dict ? certd_settings_apply(defaults, dict, CERTD_POLICY_LEGACY, NULL) : NULL;
    if (settings)
        certd_reader_remember_settings(reader->store, data, size, settings);
    else
        certd_reader_reject(reader);
    return settings;
}

CertdSettings *certd_reader_settings_or_null(CertdReader *reader)
{
    if (sqlite3_column_type(reader->statement, reader->column) != SQLITE_NULL)
        return certd_reader_settings(reader);
    reader->column++;
    return NULL;
}

GArray *certd_reader_ids(CertdStore *store, CertdStatement *statement, const char *table,
                         GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    gboolean row = FALSE;

    while (TRUE) {
        CertdReader reader = {.store = store, .statement = statement};
        if (!statement || !certd_statement_step(store, statement, &row, error))
            return NULL;
        if (!row)
            return g_steal_pointer(&ids);
        gint64 id = certd_reader_integer(&reader, 1, G_MAXINT64);
        if (!certd_reader_finish(&reader, table, "?", error))
            return NULL;
        g_array_append_val(ids, id);
    }
}

gboolean certd_reader_finish(CertdReader *reader, const char *table, const char *row,
                             GError **error)
{
    if (!reader->damaged)
        return TRUE;
    g_autofree char *quoted = certd_text_quote(row);
    return certd_store_damaged(reader->store, error, "table %s, row %s, column %s", table, quoted,
                               reader->damaged);
}

GBytes *certd_store_serialize(GVariant *value)
{
    g_autoptr(GVariant) sunk = g_variant_ref_sink(value);
    /* Little-endian always, so that a backup can move to another machine. */
    g_autoptr(GVariant) normal = G_BYTE_ORDER == G_LITTLE_ENDIAN ? g_variant_get_normal_form(sunk)
                                                                 : g_variant_byteswap(sunk);

    return g_variant_get_data_as_bytes(normal);
}
