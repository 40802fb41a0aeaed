/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each setting has a row, for both ways. Values are certd's to judge: it names the one that can't be. */
#include "web/redfish/place-settings.h"

#include "common/dict.h"
#include "web/redfish/details.h"
#include "web/redfish/lookup.h"
#include "web/redfish/names.h"

static const struct {
    const char *member; /* of Settings, and the property of org.certd1.Certificate */
    const char *option;
    CertdFieldType type;
} rows[] = {
    {"Subject", "subject", CERTD_FIELD_STRING},
    {"SubjectAltNames", "subject-alt-names", CERTD_FIELD_STRINGS},
    {"KeyType", "key-type", CERTD_FIELD_STRING},
    {"Digest", "digest", CERTD_FIELD_STRING},
    {"Days", "days", CERTD_FIELD_INTEGER},
    {"Issuer", "issuer", CERTD_FIELD_STRING},
    {"CopyCommonName", "copy-common-name", CERTD_FIELD_BOOLEAN},
    {"ReuseKey", "reuse-key", CERTD_FIELD_BOOLEAN},
};

void certd_place_settings_add(JsonObject *object, GVariant *properties)
{
    JsonObject *settings = certd_child(object, "Settings");
    g_autoptr(GVariant) subject = certd_dict_array(properties, "Subject", "a(ss)");
    g_autoptr(GVariant) sans = certd_dict_array(properties, "SubjectAltNames", "a(ss)");
    g_autofree char *dn = certd_names_print(subject);

    certd_set_string(settings, "Subject", dn);
    json_object_set_array_member(settings, "SubjectAltNames", certd_details_pairs(sans, ':'));
    for (size_t i = 2; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GVariant) value = g_variant_lookup_value(properties, rows[i].member, NULL);
        if (value)
            json_object_set_member(settings, rows[i].member, certd_json_of(value));
    }
}

void certd_place_consumers_add(JsonObject *object, GVariant *properties)
{
    g_autoptr(GVariant) consumers = certd_dict_array(properties, "Consumers", "a(sss)");
    JsonArray *array = json_array_new();
    GVariantIter iter;
    const char *kind, *name, *action;

    g_variant_iter_init(&iter, consumers);
    while (g_variant_iter_next(&iter, "(&s&s&s)", &kind, &name, &action)) {
        JsonObject *consumer = json_object_new();
        certd_set_string(consumer, "Kind", kind);
        certd_set_string(consumer, "Name", name);
        certd_set_string(consumer, "Action", action);
        json_array_add_object_element(array, consumer);
    }
    json_object_set_array_member(object, "Consumers", array);
}

/* The value of the row as certd takes it, floating. */
static GVariant *read_value(JsonObject *settings, const char *member, CertdFieldType type)
{
    if (type == CERTD_FIELD_STRINGS) {
        g_auto(GStrv) names = certd_field_strings(settings, member);
        return g_variant_new_strv((const char *const *)names, -1);
    }
    if (type == CERTD_FIELD_INTEGER)
        return g_variant_new_int64(certd_field_integer(settings, member, 0));
    if (type == CERTD_FIELD_BOOLEAN)
        return g_variant_new_boolean(certd_field_boolean(settings, member, FALSE));
    return g_variant_new_string(certd_field_string(settings, member));
}

static void read_settings(JsonObject *settings, gboolean with_issuer, GVariantBuilder *options)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (!with_issuer && g_str_equal(rows[i].option, "issuer"))
            continue;
        if (!json_object_has_member(settings, rows[i].member) ||
            json_object_get_null_member(settings, rows[i].member))
            continue;
        g_variant_builder_add(options, "{sv}", rows[i].option,
                              read_value(settings, rows[i].member, rows[i].type));
    }
}

void certd_place_settings_read(JsonObject *settings, GVariantBuilder *options)
{
    read_settings(settings, TRUE, options);
}

void certd_place_settings_read_but_issuer(JsonObject *settings, GVariantBuilder *options)
{
    read_settings(settings, FALSE, options);
}

gboolean certd_place_settings_check(JsonObject *settings, const CertdField *more,
                                    const char *action, const char *pointer, CertdAnswer *answer)
{
    g_autoptr(GArray) fields = g_array_new(TRUE, TRUE, sizeof(CertdField));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        CertdField field = {rows[i].member, rows[i].type, FALSE};
        g_array_append_val(fields, field);
    }
    for (; more && more->name; more++)
        g_array_append_val(fields, *more);
    return certd_fields_check(settings, (const CertdField *)(const void *)fields->data, action,
                              pointer, answer);
}

static gboolean read_consumer(JsonNode *node, guint index, GVariantBuilder *list,
                              CertdAnswer *answer)
{
    static const CertdField fields[] = {
        {"Action", CERTD_FIELD_STRING, FALSE},
        {"Kind", CERTD_FIELD_STRING, TRUE},
        {"Name", CERTD_FIELD_STRING, TRUE},
        {0},
    };
    g_autofree char *pointer = g_strdup_printf("/Consumers/%u", index);
    if (!JSON_NODE_HOLDS_OBJECT(node)) {
        certd_answer_property(answer, pointer, CERTD_MESSAGE_PROPERTY_VALUE_TYPE_ERROR,
                              "(no object)", "Consumers");
        return FALSE;
    }
    JsonObject *consumer = json_node_get_object(node);
    if (!certd_fields_check(consumer, fields, NULL, pointer, answer))
        return FALSE;
    const char *action = certd_field_string(consumer, "Action");
    g_variant_builder_add(list, "(sss)", certd_field_string(consumer, "Kind"),
                          certd_field_string(consumer, "Name"), action ? action : "none");
    return TRUE;
}

GVariant *certd_place_consumers_read(JsonObject *body, CertdAnswer *answer)
{
    g_auto(GVariantBuilder) list = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("a(sss)"));
    JsonNode *node = json_object_get_member(body, "Consumers");
    if (!JSON_NODE_HOLDS_ARRAY(node)) {
        certd_answer_property(answer, "/Consumers", CERTD_MESSAGE_PROPERTY_VALUE_TYPE_ERROR,
                              "(no array)", "Consumers");
        return NULL;
    }
    JsonArray *array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        if (!read_consumer(json_array_get_element(array, i), i, &list, answer))
            return NULL;
    }
    return g_variant_builder_end(&list);
}
