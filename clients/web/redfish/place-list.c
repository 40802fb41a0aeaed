/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/place-list.h"

#include "common/dict.h"
#include "web/redfish/details.h"
#include "web/redfish/location.h"
#include "web/redfish/lookup.h"
#include "web/redfish/names.h"
#include "web/redfish/resource.h"

#define COLLECTION_TYPE "#CertdCertificateCollection.CertdCertificateCollection"

/* What a row has in the words of a summary. */
static const struct {
    const char *key;
    const char *member;
    enum { KIND_WORD, KIND_FLAG, KIND_COUNT, KIND_TIME } kind;
} members[] = {
    {"State", "State", KIND_WORD},
    {"TrialDeadline", "TrialDeadline", KIND_TIME},
    {"Emergency", "Emergency", KIND_FLAG},
    {"HasPrevious", "HasPrevious", KIND_FLAG},
    {"Generation", "Generation", KIND_COUNT},
    {"Issuer", "Issuer", KIND_WORD},
    {"KeyType", "KeyType", KIND_WORD},
    {"Origin", "Origin", KIND_WORD},
    {"NotBefore", "NotBefore", KIND_TIME},
    {"NotAfter", "NotAfter", KIND_TIME},
    {"Renewal", "Renewal", KIND_TIME},
    {"Fingerprint", "Fingerprint", KIND_WORD},
    {"Worst", "Worst", KIND_WORD},
    {"Findings", "Findings", KIND_COUNT},
    {"Consumers", "Consumers", KIND_COUNT},
    {"NameCount", "SubjectAltNamesCount", KIND_COUNT},
};

static void add_members(JsonObject *object, GVariant *row)
{
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        switch (members[i].kind) {
        case KIND_WORD:
            certd_set_string(object, members[i].member, certd_dict_string(row, members[i].key));
            break;
        case KIND_FLAG:
            json_object_set_boolean_member(object, members[i].member,
                                           certd_dict_boolean(row, members[i].key));
            break;
        case KIND_COUNT:
            json_object_set_int_member(object, members[i].member,
                                       (gint64)certd_dict_number(row, members[i].key));
            break;
        case KIND_TIME:
            certd_set_time(object, members[i].member,
                           (gint64)certd_dict_number(row, members[i].key));
            break;
        }
    }
}

/* The subject of what is in use, else that of the settings. */
static void add_subject(JsonObject *object, GVariant *row)
{
    g_autoptr(GVariant) names = certd_dict_array(row, "Names", "a(ss)");
    g_autoptr(GVariant) subject = certd_dict_array(row, "Subject", "a(ss)");
    g_autofree char *set = certd_names_print(subject);
    gboolean in_use = *certd_dict_string(row, "Fingerprint") != '\0';
    certd_set_string(object, "Subject", in_use ? certd_dict_string(row, "LeafSubject") : set);
    json_object_set_array_member(object, "SubjectAltNames", certd_details_pairs(names, ':'));
}

static JsonObject *make_summary(GVariant *row)
{
    const char *name;
    g_autoptr(GVariant) summary = g_variant_get_child_value(row, 2);
    g_variant_get_child(row, 0, "&s", &name);
    g_autofree char *path = certd_location_place(name);
    JsonObject *object = json_object_new();
    certd_set_string(object, "@odata.id", path);
    certd_set_string(object, "Name", name);
    json_object_set_boolean_member(object, "OnTrial",
                                   certd_dict_number(summary, "TrialDeadline") != 0);
    add_members(object, summary);
    add_subject(object, summary);
    return object;
}

/* The name in the row @index of @rows; "" before the first. */
static const char *name_before(const GPtrArray *rows, guint index)
{
    const char *name = "";
    if (index > 0)
        g_variant_get_child(g_ptr_array_index(rows, index - 1), 0, "&s", &name);
    return name;
}

/* The summaries of those that the answer lists; NULL with the answer filled. */
static JsonArray *make_summaries(const CertdRequest *request, CertdAnswer *answer,
                                 const GPtrArray *rows)
{
    guint first;
    guint length;
    if (!certd_collection_range(request, answer, rows->len, &first, &length))
        return NULL;
    g_autoptr(GPtrArray) page =
        certd_lookup_extended(request, answer, name_before(rows, first), length);
    if (!page)
        return NULL;
    JsonArray *array = json_array_new();
    for (guint i = 0; i < page->len; i++)
        json_array_add_object_element(array, make_summary(g_ptr_array_index(page, i)));
    return array;
}

void certd_place_list_get(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GPtrArray) rows = certd_lookup_all(request, answer, FALSE, NULL);
    g_autoptr(JsonArray) summaries = rows ? make_summaries(request, answer, rows) : NULL;
    if (!summaries)
        return;
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (guint i = 0; i < rows->len; i++) {
        g_autofree char *path = certd_location_place(name_before(rows, i + 1));
        g_strv_builder_add(builder, path);
    }
    g_auto(GStrv) paths = g_strv_builder_end(builder);
    JsonObject *collection = certd_collection_new(request, answer, COLLECTION_TYPE, "Certificates",
                                                  (const char *const *)paths);
    if (!collection)
        return;
    json_object_set_array_member(collection, "Summaries", g_steal_pointer(&summaries));
    certd_answer_json(answer, 200, collection);
}
