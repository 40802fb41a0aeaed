/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request made here never becomes a certificate by itself, whatever the certificate's issuer is (R21). */
#include "web/redfish/generate-csr.h"

#include "common/dict.h"
#include "web/redfish/csr-parameters.h"
#include "web/redfish/location.h"
#include "web/redfish/lookup.h"
#include "web/redfish/pending.h"
#include "web/redfish/terms.h"

#define ISSUER "external"

void certd_generate_csr(const CertdRequest *request, CertdAnswer *answer)
{
    if (!certd_fields_check(request->body, certd_csr_fields, CERTD_ACTION_GENERATE_CSR, "", answer))
        return;
    const char *link = certd_field_link(request->body, "CertificateCollection");
    g_autofree char *name = certd_location_collection_name(link);
    if (!name) {
        certd_answer_property(answer, "/CertificateCollection",
                              CERTD_MESSAGE_RESOURCE_MISSING_AT_URI, link);
        return;
    }
    g_autoptr(GVariant) properties = certd_lookup_certificate(request, answer, name);
    GVariant *options =
        properties
            ? certd_csr_options(request->body, certd_dict_string(properties, "KeyType"), answer)
            : NULL;
    if (options)
        certd_pending_begin(request, answer, CERTD_PENDING_GENERATE_CSR, name, ISSUER, options);
}

/* With the same names; with a new key, of the same type where no other is asked for. */
void certd_rekey(const CertdRequest *request, CertdAnswer *answer, const char *name)
{
    static const CertdField fields[] = {
        {"ChallengePassword", CERTD_FIELD_STRING, FALSE},
        {"KeyBitLength", CERTD_FIELD_INTEGER, FALSE},
        {"KeyCurveId", CERTD_FIELD_STRING, FALSE},
        {"KeyPairAlgorithm", CERTD_FIELD_STRING, FALSE},
        {0},
    };
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    const char *action = certd_pending_name(CERTD_PENDING_REKEY);
    if (!certd_fields_check(request->body, fields, action, "", answer) ||
        !certd_csr_add_key(request->body, action, &options, NULL, answer))
        return;
    g_variant_builder_add(&options, "{sv}", "reuse-key", g_variant_new_boolean(FALSE));
    certd_pending_begin(request, answer, CERTD_PENDING_REKEY, name, ISSUER,
                        g_variant_builder_end(&options));
}

/* With the key that is in use. */
void certd_renew(const CertdRequest *request, CertdAnswer *answer, const char *name)
{
    static const CertdField fields[] = {
        {"ChallengePassword", CERTD_FIELD_STRING, FALSE},
        {0},
    };
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    const char *action = certd_pending_name(CERTD_PENDING_RENEW);
    if (!certd_fields_check(request->body, fields, action, "", answer) ||
        !certd_csr_add_key(request->body, action, &options, NULL, answer))
        return;
    g_variant_builder_add(&options, "{sv}", "reuse-key", g_variant_new_boolean(TRUE));
    certd_pending_begin(request, answer, CERTD_PENDING_RENEW, name, ISSUER,
                        g_variant_builder_end(&options));
}

static const char *data_type(CertdFieldType type)
{
    switch (type) {
    case CERTD_FIELD_STRINGS:
        return "StringArray";
    case CERTD_FIELD_INTEGER:
        return "Number";
    case CERTD_FIELD_BOOLEAN:
        return "Boolean";
    case CERTD_FIELD_OBJECT:
    case CERTD_FIELD_LINK:
        return "Object";
    case CERTD_FIELD_STRING:
    case CERTD_FIELD_READ_ONLY:
        break;
    }
    return "String";
}

static void add_values(JsonObject *parameter, const char *name)
{
    static const char *const usages[] = {"DigitalSignature", "KeyEncipherment",
                                         "ServerAuthentication", "ClientAuthentication", NULL};
    g_autofree const char **algorithms = certd_term_algorithms();
    g_autofree const char **curves = certd_term_curves();
    g_autofree const char **bits = certd_term_bits();
    const struct {
        const char *name;
        const char *member;
        const char *const *values;
    } rows[] = {
        {"KeyPairAlgorithm", "AllowableValues", algorithms},
        {"KeyCurveId", "AllowableValues", curves},
        {"KeyBitLength", "AllowableNumbers", bits},
        {"KeyUsage", "AllowableValues", usages},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_str_equal(name, rows[i].name))
            certd_set_strings(parameter, rows[i].member, rows[i].values);
    }
}

void certd_generate_csr_info(const CertdRequest *request, CertdAnswer *answer)
{
    JsonObject *info = certd_resource_new(request->path, "ActionInfo.v1_6_0.ActionInfo",
                                          "GenerateCSRActionInfo", "GenerateCSR");
    JsonArray *parameters = json_array_new();
    for (const CertdField *field = certd_csr_fields; field->name; field++) {
        JsonObject *parameter = json_object_new();
        certd_set_string(parameter, "Name", field->name);
        json_object_set_boolean_member(parameter, "Required", field->required);
        certd_set_string(parameter, "DataType", data_type(field->type));
        add_values(parameter, field->name);
        json_array_add_object_element(parameters, parameter);
    }
    json_object_set_array_member(info, "Parameters", parameters);
    certd_answer_json(answer, 200, info);
}
