/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * json-glib does the printing. Two things are ours: bytes are base64 rather than arrays of
 * numbers, and bidirectional and other invisible characters are escaped, because people look at
 * JSON in terminals too.
 */
#include "common/json.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "model/text.h"

static JsonNode *to_node(GVariant *value);

static JsonNode *object_to_node(GVariant *value)
{
    JsonObject *object = json_object_new();
    for (size_t i = 0; i < g_variant_n_children(value); i++) {
        g_autoptr(GVariant) entry = g_variant_get_child_value(value, i);
        g_autoptr(GVariant) key = g_variant_get_child_value(entry, 0);
        g_autoptr(GVariant) child = g_variant_get_child_value(entry, 1);
        json_object_set_member(object, g_variant_get_string(key, NULL), to_node(child));
    }
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);
    json_node_take_object(node, object);
    return node;
}

static JsonNode *array_to_node(GVariant *value)
{
    JsonArray *array = json_array_new();
    for (size_t i = 0; i < g_variant_n_children(value); i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(value, i);
        json_array_add_element(array, to_node(child));
    }
    JsonNode *node = json_node_new(JSON_NODE_ARRAY);
    json_node_take_array(node, array);
    return node;
}

static JsonNode *bytes_to_node(GVariant *value)
{
    size_t size;
    const guint8 *bytes = g_variant_get_fixed_array(value, &size, sizeof *bytes);
    g_autofree char *text = g_base64_encode(bytes, size);
    JsonNode *node = json_node_new(JSON_NODE_VALUE);
    json_node_set_string(node, text);
    return node;
}

static JsonNode *to_node(GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_VARIANT)) {
        g_autoptr(GVariant) inner = g_variant_get_variant(value);
        return to_node(inner);
    }
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING))
        return bytes_to_node(value);
    if (g_variant_is_of_type(value, G_VARIANT_TYPE("a{s*}")))
        return object_to_node(value);
    if (g_variant_is_container(value))
        return array_to_node(value);
    return json_gvariant_serialize(value);
}

/* Replaces what json-glib leaves as it is; what is not ASCII stands in strings only. */
static char *escape_invisible(const char *json)
{
    GString *out = g_string_new(NULL);
    for (const char *c = json; *c != '\0'; c = g_utf8_next_char(c)) {
        size_t length = (size_t)(g_utf8_next_char(c) - c);
        char one[8] = {0};
        memcpy(one, c, length);
        if (length == 1 || certd_text_is_clean(one)) {
            g_string_append_len(out, c, (gssize)length);
            continue;
        }
        g_autofree gunichar2 *units = g_utf8_to_utf16(one, -1, NULL, NULL, NULL);
        for (const gunichar2 *unit = units; unit && *unit; unit++)
            g_string_append_printf(out, "\\u%04x", *unit);
    }
    return g_string_free(out, FALSE);
}

JsonNode *certd_json_node(GVariant *value)
{
    return to_node(value);
}

char *certd_json_print_node(JsonNode *node, gboolean pretty)
{
    g_autofree char *json = json_to_string(node, pretty);
    return escape_invisible(json);
}

char *certd_json_print(GVariant *value, gboolean pretty)
{
    g_autoptr(JsonNode) node = to_node(value);
    return certd_json_print_node(node, pretty);
}
