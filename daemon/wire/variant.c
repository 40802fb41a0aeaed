/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Between sd-bus messages and GVariants, one container at a time. Types that only one of them has
 * (handles, maybes) end here, and so does what nests deeper than anything of ours.
 */
#include "wire/variant.h"

#include <errno.h>
#include <string.h>

#include "model/error.h"
#include "model/text.h"

/* Levels of containers: arrays, structs, dictionary entries and variants. */
#define DEPTH_MAX 16u

static GVariant *read_value(sd_bus_message *message, unsigned int depth);
static int append_value(sd_bus_message *message, GVariant *value);

typedef union {
    guint8 byte;
    int boolean;
    guint64 number;
    const char *text;
} Basic;

/* The fixed-size types and their sizes, which are the same on both sides; but not the boolean. */
static size_t fixed_size(char type)
{
    static const struct {
        char type;
        size_t size;
    } sizes[] = {
        {'y', 1}, {'n', 2}, {'q', 2}, {'i', 4}, {'u', 4}, {'x', 8}, {'t', 8}, {'d', 8},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        if (sizes[i].type == type)
            return sizes[i].size;
    }
    return 0;
}

/* NULL for what is no basic type of ours, handles included; a floating reference. */
static GVariant *read_basic(sd_bus_message *message, char type)
{
    const char name[] = {type, '\0'};
    Basic basic = {0};

    if (!strchr("ybnqiuxtdsog", type) || sd_bus_message_read_basic(message, type, &basic) <= 0)
        return NULL;
    switch (type) {
    case 'b':
        return g_variant_new_boolean(basic.boolean);
    case 's':
        return g_utf8_validate(basic.text, -1, NULL) ? g_variant_new_string(basic.text) : NULL;
    case 'o':
        return g_variant_is_object_path(basic.text) ? g_variant_new_object_path(basic.text) : NULL;
    case 'g':
        return g_variant_is_signature(basic.text) ? g_variant_new_signature(basic.text) : NULL;
    default: {
        g_autoptr(GBytes) bytes = g_bytes_new(&basic, fixed_size(type));

        return g_variant_new_from_bytes(G_VARIANT_TYPE(name), bytes, TRUE);
    }
    }
}

/* The whole type at the current place of @message, "" at the end of a container; NULL on failure. */
static char *peek_type(sd_bus_message *message, char *type, const char **contents)
{
    int result = sd_bus_message_peek_type(message, type, contents);

    if (result < 0)
        return NULL;
    if (result == 0)
        return g_strdup("");
    switch (*type) {
    case SD_BUS_TYPE_ARRAY:
        return g_strconcat("a", *contents, NULL);
    case SD_BUS_TYPE_STRUCT:
        return g_strconcat("(", *contents, ")", NULL);
    case SD_BUS_TYPE_DICT_ENTRY:
        return g_strconcat("{", *contents, "}", NULL);
    default:
        return g_strndup(type, 1);
    }
}

/* Bytes are most of what passes: all at once. */
static GVariant *read_bytes(sd_bus_message *message)
{
    const void *data = NULL;
    size_t size = 0;

    if (sd_bus_message_read_array(message, 'y', &data, &size) < 0)
        return NULL;

    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    return g_variant_new_from_bytes(G_VARIANT_TYPE_BYTESTRING, bytes, TRUE);
}

/* A dictionary entry and a variant have to be filled exactly; the builder takes no less. */
static GVariant *read_container(sd_bus_message *message, char type, const char *contents,
                                const char *whole, unsigned int depth)
{
    g_autoptr(GVariantBuilder) builder = g_variant_builder_new(G_VARIANT_TYPE(whole));
    int more;

    if (sd_bus_message_enter_container(message, type, contents) <= 0)
        return NULL;
    while ((more = sd_bus_message_at_end(message, FALSE)) == 0) {
        GVariant *child = read_value(message, depth + 1);

        if (!child)
            return NULL;
        g_variant_builder_add_value(builder, child);
    }
    if (more < 0 || sd_bus_message_exit_container(message) < 0)
        return NULL;
    return g_variant_builder_end(builder);
}

/* A floating reference to the value at the current place, or NULL. */
static GVariant *read_value(sd_bus_message *message, unsigned int depth)
{
    const char *contents = NULL;
    char type = 0;
    g_autofree char *whole = peek_type(message, &type, &contents);

    if (!whole || !*whole)
        return NULL;
    if (g_str_equal(whole, "ay") && depth < DEPTH_MAX)
        return read_bytes(message);
    if (!contents)
        return read_basic(message, type);
    if (depth >= DEPTH_MAX || strchr(whole, 'h'))
        return NULL;
    return read_container(message, type, contents, whole, depth);
}

GVariant *certd_variant_read(sd_bus_message *message, const char *type, GError **error)
{
    const char *contents = NULL;
    char first = 0;
    g_autofree char *found = peek_type(message, &first, &contents);

    if (!found || !g_str_equal(found, type)) {
        g_autofree char *quoted = certd_text_quote(found);

        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "The message has a value of type %s where \"%s\" belongs", quoted, type);
        return NULL;
    }

    GVariant *value = read_value(message, 0);
    if (!value) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "The value of type \"%s\" is malformed, holds a handle or nests deeper than %u "
                    "levels; send plain values",
                    type, DEPTH_MAX);
        return NULL;
    }
    return g_variant_ref_sink(value);
}

static int append_basic(sd_bus_message *message, GVariant *value, char type)
{
    int boolean;

    switch (type) {
    case 'b':
        boolean = g_variant_get_boolean(value);
        return sd_bus_message_append_basic(message, type, &boolean);
    case 's':
    case 'o':
    case 'g':
        return sd_bus_message_append_basic(message, type, g_variant_get_string(value, NULL));
    default:
        if (fixed_size(type) == 0)
            return -EINVAL;
        return sd_bus_message_append_basic(message, type, g_variant_get_data(value));
    }
}

static int append_children(sd_bus_message *message, GVariant *value)
{
    size_t n_children = g_variant_n_children(value);

    for (size_t i = 0; i < n_children; i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(value, i);
        int result = append_value(message, child);

        if (result < 0)
            return result;
    }
    return 0;
}

/* The container's type for sd-bus, and what is in it; 0 for what is none. */
static char container_type(GVariant *value, char **contents)
{
    const char *whole = g_variant_get_type_string(value);
    size_t length = strlen(whole);

    switch (whole[0]) {
    case 'a':
        *contents = g_strdup(whole + 1);
        return SD_BUS_TYPE_ARRAY;
    case '(':
        *contents = g_strndup(whole + 1, length - 2);
        return SD_BUS_TYPE_STRUCT;
    case '{':
        *contents = g_strndup(whole + 1, length - 2);
        return SD_BUS_TYPE_DICT_ENTRY;
    case 'v': {
        g_autoptr(GVariant) child = g_variant_get_variant(value);

        *contents = g_strdup(g_variant_get_type_string(child));
        return SD_BUS_TYPE_VARIANT;
    }
    default:
        return 0;
    }
}

static int append_value(sd_bus_message *message, GVariant *value)
{
    g_autofree char *contents = NULL;
    char type = container_type(value, &contents);

    if (!type)
        return append_basic(message, value, g_variant_get_type_string(value)[0]);
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING)) {
        size_t size;
        const void *data = g_variant_get_fixed_array(value, &size, 1);

        return sd_bus_message_append_array(message, 'y', data, size);
    }
    /* Handles and maybes may hide in the type of an empty array. */
    if (strpbrk(contents, "hm"))
        return -EINVAL;

    int result = sd_bus_message_open_container(message, type, contents);
    if (result >= 0)
        result = append_children(message, value);
    if (result >= 0)
        result = sd_bus_message_close_container(message);
    return result;
}

int certd_variant_append(sd_bus_message *message, GVariant *value)
{
    g_autoptr(GVariant) sunk = g_variant_ref_sink(value);

    /* GVariant reads a string that is no UTF-8 as an empty one: nothing may change silently. */
    if (!g_variant_is_normal_form(sunk))
        return -EINVAL;

    int result = append_value(message, sunk);
    return result < 0 ? result : 0;
}

GVariant *certd_variant_read_packed(sd_bus_message *message, const char *type, GError **error)
{
    const void *data = NULL;
    size_t size = 0;
    int r = sd_bus_message_read_array(message, 'y', &data, &size);
    g_autoptr(GBytes) bytes = r > 0 ? g_bytes_new(data, size) : g_bytes_new(NULL, 0);
    g_autoptr(GVariant) value =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(type), bytes, FALSE));

    if (r > 0 && g_variant_is_normal_form(value))
        return g_steal_pointer(&value);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                "The message has no bytes of a value of type \"%s\" where they belong", type);
    return NULL;
}

int certd_variant_append_packed(sd_bus_message *message, GVariant *value)
{
    g_autoptr(GVariant) sunk = g_variant_ref_sink(value);

    return sd_bus_message_append_array(message, 'y', g_variant_get_data(sunk),
                                       g_variant_get_size(sunk));
}
