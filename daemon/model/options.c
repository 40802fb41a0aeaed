/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A reader of a{sv} dictionaries that remembers what was asked for: the keys that a caller takes
 * are the keys there are, so the list in an error message can never fall behind the code.
 */
#include "model/options.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/text.h"

typedef struct {
    char *key;
    GVariant *value;
} Entry;

struct CertdOptions {
    gboolean is_dictionary;
    GPtrArray *entries;    /* of Entry, in the order given */
    GHashTable *by_key;    /* into entries */
    char *twice;           /* the first key that stands twice */
    GPtrArray *known;      /* of char *: every key somebody asked for */
    GHashTable *known_set; /* into known */
    GPtrArray *borrowed;   /* arrays that were handed out */
};

static void entry_free(Entry *entry)
{
    g_free(entry->key);
    g_variant_unref(entry->value);
    g_free(entry);
}

static void options_fill(CertdOptions *options, GVariant *dict)
{
    GVariantIter iter;
    char *key;
    GVariant *value;

    g_variant_iter_init(&iter, dict);
    while (g_variant_iter_next(&iter, "{sv}", &key, &value)) {
        Entry *entry = g_new0(Entry, 1);

        entry->key = key;
        entry->value = value;
        g_ptr_array_add(options->entries, entry);
        if (!g_hash_table_contains(options->by_key, key))
            g_hash_table_insert(options->by_key, key, entry);
        else if (!options->twice)
            options->twice = g_strdup(key);
    }
}

CertdOptions *certd_options_new(GVariant *dict)
{
    CertdOptions *options = g_new0(CertdOptions, 1);

    options->entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
    options->by_key = g_hash_table_new(g_str_hash, g_str_equal);
    options->known = g_ptr_array_new_with_free_func(g_free);
    options->known_set = g_hash_table_new(g_str_hash, g_str_equal);
    options->borrowed = g_ptr_array_new_with_free_func(g_free);
    options->is_dictionary = !dict || g_variant_is_of_type(dict, G_VARIANT_TYPE_VARDICT);
    if (dict && options->is_dictionary)
        options_fill(options, dict);
    return options;
}

void certd_options_free(CertdOptions *options)
{
    if (!options)
        return;

    g_hash_table_unref(options->by_key);
    g_hash_table_unref(options->known_set);
    g_ptr_array_unref(options->entries);
    g_ptr_array_unref(options->known);
    g_ptr_array_unref(options->borrowed);
    g_free(options->twice);
    g_free(options);
}

/* The entry of @key, or NULL; either way the key is known from now on. */
static Entry *options_take(CertdOptions *options, const char *key)
{
    Entry *entry = g_hash_table_lookup(options->by_key, key);

    if (!g_hash_table_contains(options->known_set, key)) {
        char *copy = g_strdup(key);

        g_ptr_array_add(options->known, copy);
        g_hash_table_add(options->known_set, copy);
    }
    return entry;
}

static gboolean wrong_type(const char *key, const char *wanted, GVariant *value, GError **error)
{
    g_autofree char *type = certd_text_quote(g_variant_get_type_string(value));

    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                "Option \"%s\" takes %s, not a value of type %s", key, wanted, type);
    return FALSE;
}

gboolean certd_options_take_string(CertdOptions *options, const char *key, const char **value,
                                   GError **error)
{
    Entry *entry = options_take(options, key);

    if (!entry)
        return TRUE;
    if (!g_variant_is_of_type(entry->value, G_VARIANT_TYPE_STRING))
        return wrong_type(key, "a string (s)", entry->value, error);

    size_t length;
    const char *text = g_variant_get_string(entry->value, &length);
    if (length > CERTD_LIMIT_VALUE_BYTES) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "Option \"%s\" takes at most %u bytes, not %zu; shorten it", key,
                    CERTD_LIMIT_VALUE_BYTES, length);
        return FALSE;
    }
    *value = text;
    return TRUE;
}

gboolean certd_options_take_boolean(CertdOptions *options, const char *key, gboolean *value,
                                    GError **error)
{
    Entry *entry = options_take(options, key);

    if (!entry)
        return TRUE;
    if (!g_variant_is_of_type(entry->value, G_VARIANT_TYPE_BOOLEAN))
        return wrong_type(key, "true or false (b)", entry->value, error);
    *value = g_variant_get_boolean(entry->value);
    return TRUE;
}

/* @value as an unsigned number; FALSE where it is no integer. @negative where it is below zero. */
static gboolean read_integer(GVariant *value, guint64 *number, gint64 *negative)
{
    gint64 with_sign = 0;

    *negative = 0;
    switch (g_variant_get_type_string(value)[0]) {
    case 'y':
        *number = g_variant_get_byte(value);
        return TRUE;
    case 'q':
        *number = g_variant_get_uint16(value);
        return TRUE;
    case 'u':
        *number = g_variant_get_uint32(value);
        return TRUE;
    case 't':
        *number = g_variant_get_uint64(value);
        return TRUE;
    case 'n':
        with_sign = g_variant_get_int16(value);
        break;
    case 'i':
        with_sign = g_variant_get_int32(value);
        break;
    case 'x':
        with_sign = g_variant_get_int64(value);
        break;
    default:
        return FALSE;
    }
    if (with_sign < 0)
        *negative = with_sign;
    else
        *number = (guint64)with_sign;
    return TRUE;
}

gboolean certd_options_take_unsigned(CertdOptions *options, const char *key, guint64 min,
                                     guint64 max, guint64 *value, GError **error)
{
    Entry *entry = options_take(options, key);
    guint64 number = 0;
    gint64 negative;

    if (!entry)
        return TRUE;
    if (!read_integer(entry->value, &number, &negative))
        return wrong_type(key, "a whole number (u)", entry->value, error);
    if (negative < 0 || number < min || number > max) {
        g_autofree char *text = g_variant_print(entry->value, FALSE);

        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "Option \"%s\" takes a whole number from %" G_GUINT64_FORMAT
                    " to %" G_GUINT64_FORMAT ", not %s",
                    key, min, max, text);
        return FALSE;
    }
    *value = number;
    return TRUE;
}

gboolean certd_options_take_strings(CertdOptions *options, const char *key,
                                    const char *const **value, GError **error)
{
    Entry *entry = options_take(options, key);

    if (!entry)
        return TRUE;
    if (!g_variant_is_of_type(entry->value, G_VARIANT_TYPE_STRING_ARRAY))
        return wrong_type(key, "a list of strings (as)", entry->value, error);

    const char **strings = g_variant_get_strv(entry->value, NULL);
    g_ptr_array_add(options->borrowed, strings);
    *value = (const char *const *)strings;
    return TRUE;
}

gboolean certd_options_take_variant(CertdOptions *options, const char *key, GVariant **value,
                                    GError **error)
{
    Entry *entry = options_take(options, key);

    if (entry)
        *value = entry->value;
    return TRUE;
}

void certd_options_leave(CertdOptions *options, const char *const *known)
{
    for (size_t i = 0; known[i]; i++)
        (void)options_take(options, known[i]);
}

static void set_unknown(CertdOptions *options, const char *key, GError **error)
{
    g_autofree char *quoted = certd_text_quote(key);
    g_autoptr(GString) list = g_string_new(NULL);

    for (guint i = 0; i < options->known->len; i++) {
        g_string_append_printf(list, "%s\"%s\"", i > 0 ? ", " : "",
                               (const char *)g_ptr_array_index(options->known, i));
    }
    if (list->len == 0)
        g_string_append(list, "none");
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                "Option %s is not known here; there %s %s", quoted,
                options->known->len < 2 ? "is" : "are", list->str);
}

gboolean certd_options_finish(CertdOptions *options, GError **error)
{
    if (!options->is_dictionary) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                            "Options are a dictionary of the type a{sv}; give them as one");
        return FALSE;
    }
    for (guint i = 0; i < options->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(options->entries, i);

        if (!g_hash_table_contains(options->known_set, entry->key)) {
            set_unknown(options, entry->key, error);
            return FALSE;
        }
    }
    if (options->twice) {
        g_autofree char *quoted = certd_text_quote(options->twice);

        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "Option %s is given twice; give it once", quoted);
        return FALSE;
    }
    return TRUE;
}
