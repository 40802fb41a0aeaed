/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bodies held against tables of fields, and the values of those that have passed. */
#include <string.h>

#include "common/json.h"
#include "web/redfish/resource.h"

#define SHOWN_BYTES 64u

/* What every resource has and nobody may write. */
static const char *const fixed[] = {"Id", "Name", "Description", "Actions", NULL};

static gboolean is_type(JsonNode *node, GType type)
{
    return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == type;
}

static gboolean holds_strings(JsonNode *node)
{
    if (!JSON_NODE_HOLDS_ARRAY(node))
        return FALSE;
    JsonArray *array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        if (!is_type(json_array_get_element(array, i), G_TYPE_STRING))
            return FALSE;
    }
    return TRUE;
}

static gboolean holds_link(JsonNode *node)
{
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return FALSE;
    JsonObject *object = json_node_get_object(node);
    return json_object_get_size(object) == 1 && json_object_has_member(object, "@odata.id") &&
           is_type(json_object_get_member(object, "@odata.id"), G_TYPE_STRING);
}

static gboolean fits(JsonNode *node, CertdFieldType type)
{
    switch (type) {
    case CERTD_FIELD_STRING:
        return is_type(node, G_TYPE_STRING);
    case CERTD_FIELD_STRINGS:
        return holds_strings(node);
    case CERTD_FIELD_INTEGER:
        return is_type(node, G_TYPE_INT64);
    case CERTD_FIELD_BOOLEAN:
        return is_type(node, G_TYPE_BOOLEAN);
    case CERTD_FIELD_OBJECT:
        return JSON_NODE_HOLDS_OBJECT(node);
    case CERTD_FIELD_LINK:
        return holds_link(node);
    case CERTD_FIELD_READ_ONLY:
        return FALSE;
    }
    g_return_val_if_reached(FALSE);
}

/* @node for a message: not what may be a password in the wrong form. */
static char *show(const char *name, JsonNode *node)
{
    if (strstr(name, "Password") || strstr(name, "Passphrase") || strstr(name, "Key"))
        return g_strdup("(not shown)");
    g_autofree char *text = certd_json_print_node(node, FALSE);
    if (strlen(text) <= SHOWN_BYTES)
        return g_steal_pointer(&text);
    char *end = g_utf8_find_prev_char(text, text + SHOWN_BYTES);
    g_autofree char *start = g_strndup(text, (gsize)(end - text));
    return g_strconcat(start, "…", NULL);
}

static const CertdField *find(const CertdField *fields, const char *name)
{
    for (; fields->name; fields++) {
        if (g_str_equal(fields->name, name))
            return fields;
    }
    return NULL;
}

/* The JSON pointer of the member @name below @pointer (RFC 6901 section 3). */
static char *point(const char *pointer, const char *name)
{
    GString *path = g_string_new(pointer);
    g_string_append_c(path, '/');
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '~' || *c == '/')
            g_string_append(path, *c == '~' ? "~0" : "~1");
        else
            g_string_append_c(path, *c);
    }
    return g_string_free(path, FALSE);
}

static void tell_unknown(const char *name, gboolean not_writable, const char *action,
                         const char *place, CertdAnswer *answer)
{
    if (action)
        certd_answer_property(answer, place, CERTD_MESSAGE_ACTION_PARAMETER_UNKNOWN, action, name);
    else if (not_writable)
        certd_answer_property(answer, place, CERTD_MESSAGE_PROPERTY_NOT_WRITABLE, name);
    else
        certd_answer_property(answer, place, CERTD_MESSAGE_PROPERTY_UNKNOWN, name);
}

static void tell_type(const char *name, JsonNode *node, const char *action, const char *place,
                      CertdAnswer *answer)
{
    g_autofree char *value = show(name, node);
    if (action)
        certd_answer_property(answer, place, CERTD_MESSAGE_ACTION_PARAMETER_VALUE_TYPE_ERROR, value,
                              name, action);
    else
        certd_answer_property(answer, place, CERTD_MESSAGE_PROPERTY_VALUE_TYPE_ERROR, value, name);
}

/* Whether the member @name, @node, is one of @fields and of its type; the answer has it where not. */
static gboolean check_member(const char *name, JsonNode *node, const CertdField *fields,
                             const char *action, const char *pointer, CertdAnswer *answer)
{
    if (*pointer == '\0' && !action && g_str_has_prefix(name, "@odata."))
        return TRUE;

    g_autofree char *place = point(pointer, name);
    const CertdField *field = find(fields, name);
    if (!field || field->type == CERTD_FIELD_READ_ONLY) {
        gboolean not_writable = field || (*pointer == '\0' && g_strv_contains(fixed, name));
        tell_unknown(name, not_writable, action, place, answer);
        return FALSE;
    }
    if (!JSON_NODE_HOLDS_NULL(node) && !fits(node, field->type)) {
        tell_type(name, node, action, place, answer);
        return FALSE;
    }
    return TRUE;
}

gboolean certd_fields_check(JsonObject *object, const CertdField *fields, const char *action,
                            const char *pointer, CertdAnswer *answer)
{
    gboolean good = TRUE;
    JsonObjectIter iter;
    const char *name;
    JsonNode *node;
    json_object_iter_init_ordered(&iter, object);
    while (json_object_iter_next_ordered(&iter, &name, &node))
        good = check_member(name, node, fields, action, pointer, answer) && good;

    for (; fields->name; fields++) {
        if (!fields->required || (json_object_has_member(object, fields->name) &&
                                  !json_object_get_null_member(object, fields->name)))
            continue;
        good = FALSE;
        g_autofree char *place = point(pointer, fields->name);
        if (action)
            certd_answer_property(answer, place, CERTD_MESSAGE_ACTION_PARAMETER_MISSING, action,
                                  fields->name);
        else
            certd_answer_property(answer, place, CERTD_MESSAGE_PROPERTY_MISSING, fields->name);
    }
    return good;
}

/* The member @name; NULL where it is absent or null. */
static JsonNode *value_of(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);
    return node && !JSON_NODE_HOLDS_NULL(node) ? node : NULL;
}

const char *certd_field_string(JsonObject *object, const char *name)
{
    JsonNode *node = value_of(object, name);
    return node ? json_node_get_string(node) : NULL;
}

gboolean certd_field_boolean(JsonObject *object, const char *name, gboolean otherwise)
{
    JsonNode *node = value_of(object, name);
    return node ? json_node_get_boolean(node) : otherwise;
}

gint64 certd_field_integer(JsonObject *object, const char *name, gint64 otherwise)
{
    JsonNode *node = value_of(object, name);
    return node ? json_node_get_int(node) : otherwise;
}

JsonObject *certd_field_object(JsonObject *object, const char *name)
{
    JsonNode *node = value_of(object, name);
    return node ? json_node_get_object(node) : NULL;
}

char **certd_field_strings(JsonObject *object, const char *name)
{
    JsonNode *node = value_of(object, name);
    if (!node)
        return NULL;
    JsonArray *array = json_node_get_array(node);
    guint length = json_array_get_length(array);
    char **values = g_new0(char *, length + 1);
    for (guint i = 0; i < length; i++)
        values[i] = g_strdup(json_array_get_string_element(array, i));
    return values;
}

const char *certd_field_link(JsonObject *object, const char *name)
{
    JsonObject *link = certd_field_object(object, name);
    return link ? json_object_get_string_member(link, "@odata.id") : NULL;
}
