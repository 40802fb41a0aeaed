/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/oem.h"

#include "common/dict.h"
#include "model/limits.h"
#include "web/redfish/location.h"
#include "web/redfish/lookup.h"

/* The object @member of @object, made where it is not there. */
static JsonObject *need_child(JsonObject *object, const char *member)
{
    return json_object_has_member(object, member) ? json_object_get_object_member(object, member)
                                                  : certd_child(object, member);
}

JsonObject *certd_oem_new(JsonObject *resource, const char *type)
{
    JsonObject *oem = need_child(need_child(resource, "Oem"), "Certd");
    g_autofree char *full = g_strconcat("#", type, NULL);
    certd_set_string(oem, "@odata.type", full);
    return oem;
}

JsonObject *certd_oem_action(JsonObject *resource, const char *path, const char *action)
{
    JsonObject *actions = need_child(need_child(resource, "Actions"), "Oem");
    g_autofree char *member = g_strconcat("#", action, NULL);
    g_autofree char *target = g_strconcat(path, "/Actions/Oem/", action, NULL);
    JsonObject *object = certd_child(actions, member);
    certd_set_string(object, "target", target);
    return object;
}

void certd_oem_set_findings(JsonObject *object, const char *member, GVariant *findings)
{
    GVariantIter iter;
    const char *code, *severity, *message, *remedy;
    JsonArray *array = json_array_new();
    g_variant_iter_init(&iter, findings);
    while (g_variant_iter_next(&iter, "(&s&s&s&s)", &code, &severity, &message, &remedy)) {
        JsonObject *finding = json_object_new();
        certd_set_string(finding, "Code", code);
        certd_set_string(finding, "Severity", severity);
        certd_set_string(finding, "Message", message);
        certd_set_string(finding, "Remedy", remedy);
        json_array_add_object_element(array, finding);
    }
    json_object_set_array_member(object, member, array);
}

void certd_oem_set_problems(JsonObject *oem, GVariant *properties)
{
    g_autoptr(GVariant) problems = certd_dict_array(properties, "Problems", "a(ssss)");
    g_autoptr(GVariant) names = certd_dict_array(properties, "ProblemCertificates", "as");
    certd_oem_set_findings(oem, "Problems", problems);
    JsonArray *array = json_object_get_array_member(oem, "Problems");
    guint count = json_array_get_length(array);
    for (guint i = 0; i < count && i < g_variant_n_children(names); i++) {
        const char *name;
        g_variant_get_child(names, i, "&s", &name);
        if (*name == '\0')
            continue;
        g_autofree char *path = certd_location_place(name);
        certd_link(json_array_get_object_element(array, i), "Certificate", path);
    }
}

void certd_oem_set_words(JsonObject *object, const char *member, GVariant *properties,
                         const char *key)
{
    g_autoptr(GVariant) value =
        g_variant_lookup_value(properties, key, G_VARIANT_TYPE_STRING_ARRAY);
    g_autofree const char **words = value ? g_variant_get_strv(value, NULL) : NULL;
    certd_set_strings(object, member, (const char *const *)words);
}

gboolean certd_oem_read(JsonObject *body, const CertdField *fields, CertdAnswer *answer,
                        JsonObject **oem)
{
    static const CertdField vendors[] = {{"Certd", CERTD_FIELD_OBJECT, FALSE}, {0}};
    JsonObject *all = certd_field_object(body, "Oem");
    if (all && !certd_fields_check(all, vendors, NULL, "/Oem", answer))
        return FALSE;
    JsonObject *own = all ? certd_field_object(all, "Certd") : NULL;
    if (own && !certd_fields_check(own, fields, NULL, "/Oem/Certd", answer))
        return FALSE;
    *oem = own;
    return TRUE;
}

gboolean certd_oem_add_trial(JsonObject *oem, GVariantDict *options, CertdAnswer *answer)
{
    gint64 seconds = oem ? certd_field_integer(oem, "Trial", 0) : 0;
    if (!oem || !json_object_has_member(oem, "Trial") || json_object_get_null_member(oem, "Trial"))
        return TRUE;
    if (seconds < CERTD_LIMIT_TRIAL_SECONDS_MIN || seconds > CERTD_LIMIT_TRIAL_SECONDS_MAX) {
        g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, seconds);
        certd_answer_property(answer, "/Oem/Certd/Trial", CERTD_MESSAGE_PROPERTY_VALUE_OUT_OF_RANGE,
                              text, "Oem/Certd/Trial");
        return FALSE;
    }
    g_variant_dict_insert(options, "trial", "u", (guint32)seconds);
    return TRUE;
}

void certd_oem_set_trial(JsonObject *oem, GVariant *properties)
{
    certd_set_time(oem, "TrialDeadline", (gint64)certd_dict_number(properties, "TrialDeadline"));
    json_object_set_boolean_member(oem, "Proven", certd_dict_boolean(properties, "Proven"));
    json_object_set_boolean_member(oem, "ProvenClientCertificate",
                                   certd_dict_boolean(properties, "ProvenClientCertificate"));
}
