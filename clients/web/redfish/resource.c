/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Redfish resources are made of: members by value, links, collections by pages. */
#include "web/redfish/resource.h"

#include <string.h>

#include "common/json.h"

/* What one answer lists, unless $top asks for less. */
#define PAGE_MEMBERS 1000u

JsonObject *certd_resource_new(const char *path, const char *type, const char *id, const char *name)
{
    JsonObject *object = json_object_new();
    g_autofree char *full_type = g_strconcat("#", type, NULL);
    json_object_set_string_member(object, "@odata.id", path);
    json_object_set_string_member(object, "@odata.type", full_type);
    json_object_set_string_member(object, "Id", id);
    json_object_set_string_member(object, "Name", name);
    return object;
}

/* The number that the query's @name says, @otherwise without it; FALSE, with the answer filled, where it is none. */
static gboolean query_number(const CertdRequest *request, const char *name, guint otherwise,
                             guint *number, CertdAnswer *answer)
{
    const char *text = request->query ? g_hash_table_lookup(request->query, name) : NULL;
    guint64 value = otherwise;
    if (text && !g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT32, &value, NULL)) {
        certd_answer_message(answer, CERTD_MESSAGE_QUERY_PARAMETER_VALUE_TYPE_ERROR, text, name);
        return FALSE;
    }
    *number = (guint)value;
    return TRUE;
}

gboolean certd_collection_range(const CertdRequest *request, CertdAnswer *answer, guint count,
                                guint *first, guint *length)
{
    guint top;
    guint skip;
    if (!query_number(request, "$top", PAGE_MEMBERS, &top, answer) ||
        !query_number(request, "$skip", 0, &skip, answer))
        return FALSE;
    *first = MIN(skip, count);
    *length = MIN(MIN(top, PAGE_MEMBERS), count - *first);
    return TRUE;
}

JsonObject *certd_collection_new(const CertdRequest *request, CertdAnswer *answer, const char *type,
                                 const char *name, const char *const *member_paths)
{
    guint top;
    guint first;
    guint page;
    guint count = g_strv_length((char **)member_paths);
    if (!certd_collection_range(request, answer, count, &first, &page) ||
        !query_number(request, "$top", PAGE_MEMBERS, &top, answer))
        return NULL;

    JsonArray *members = json_array_new();
    for (guint i = first; i < first + page; i++) {
        JsonObject *link = json_object_new();
        json_object_set_string_member(link, "@odata.id", member_paths[i]);
        json_array_add_object_element(members, link);
    }

    JsonObject *object = json_object_new();
    json_object_set_string_member(object, "@odata.id", request->path);
    json_object_set_string_member(object, "@odata.type", type);
    json_object_set_string_member(object, "Name", name);
    json_object_set_int_member(object, "Members@odata.count", count);
    json_object_set_array_member(object, "Members", members);
    /* $top says how many are asked for in all (DSP0266 section 7.3.1): then there is no next page. */
    guint left = count - first - page;
    if (left > 0 && top > page) {
        g_autofree char *rest = top < count ? g_strdup_printf("&$top=%u", top - page) : NULL;
        g_autofree char *next =
            g_strdup_printf("%s?$skip=%u%s", request->path, first + page, rest ? rest : "");
        json_object_set_string_member(object, "Members@odata.nextLink", next);
    }
    return object;
}

void certd_link(JsonObject *object, const char *member, const char *path)
{
    certd_set_string(certd_child(object, member), "@odata.id", path);
}

JsonObject *certd_child(JsonObject *object, const char *member)
{
    JsonObject *child = json_object_new();
    json_object_set_object_member(object, member, child);
    return child;
}

void certd_set_string(JsonObject *object, const char *member, const char *value)
{
    if (value)
        json_object_set_string_member(object, member, value);
}

void certd_set_strings(JsonObject *object, const char *member, const char *const *values)
{
    if (!values)
        return;
    JsonArray *array = json_array_new();
    for (guint i = 0; values[i]; i++)
        json_array_add_string_element(array, values[i]);
    json_object_set_array_member(object, member, array);
}

void certd_set_time(JsonObject *object, const char *member, gint64 seconds)
{
    g_autoptr(GDateTime) time = seconds != 0 ? g_date_time_new_from_unix_utc(seconds) : NULL;
    g_autofree char *text = time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
    certd_set_string(object, member, text);
}

void certd_set_action(JsonObject *object, const char *action, const char *target)
{
    JsonObject *actions = json_object_has_member(object, "Actions")
                              ? json_object_get_object_member(object, "Actions")
                              : certd_child(object, "Actions");
    certd_set_string(certd_child(actions, action), "target", target);
}

JsonNode *certd_json_of(GVariant *value)
{
    return certd_json_node(value);
}
