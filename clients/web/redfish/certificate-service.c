/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/certificate-service.h"

#include "common/dict.h"
#include "model/names.h"
#include "web/redfish/bus.h"
#include "web/redfish/certificate.h"
#include "web/redfish/generate-csr.h"
#include "web/redfish/import.h"
#include "web/redfish/location.h"
#include "web/redfish/lookup.h"
#include "web/redfish/oem.h"
#include "web/redfish/replace.h"
#include "web/route.h"

#define GENERATE_CSR CERTD_REDFISH_CERTIFICATES "/Actions/CertificateService.GenerateCSR"
#define GENERATE_CSR_INFO CERTD_REDFISH_CERTIFICATES "/GenerateCSRActionInfo"
#define REPLACE CERTD_REDFISH_CERTIFICATES "/Actions/CertificateService.ReplaceCertificate"
#define LOCATIONS CERTD_REDFISH_CERTIFICATES "/CertificateLocations"
#define OEM_TYPE "CertdCertificateService.v1_0_0.CertificateService"
#define FACTORY_RESET "CertdCertificateService.FactoryReset"
#define INSPECT "CertdCertificateService.Inspect"

static void add_actions(JsonObject *service)
{
    static const char *const types[] = {"PEM", "PEMchain", "PKCS7", "PKCS12", NULL};
    certd_set_action(service, "#CertificateService.GenerateCSR", GENERATE_CSR);
    certd_set_action(service, "#CertificateService.ReplaceCertificate", REPLACE);
    JsonObject *actions = json_object_get_object_member(service, "Actions");
    certd_set_string(json_object_get_object_member(actions, "#CertificateService.GenerateCSR"),
                     "@Redfish.ActionInfo", GENERATE_CSR_INFO);
    certd_set_strings(
        json_object_get_object_member(actions, "#CertificateService.ReplaceCertificate"),
        "CertificateType@Redfish.AllowableValues", types);
    (void)certd_oem_action(service, CERTD_REDFISH_CERTIFICATES, FACTORY_RESET);
    (void)certd_oem_action(service, CERTD_REDFISH_CERTIFICATES, INSPECT);
}

static void add_oem(JsonObject *service, GVariant *properties)
{
    JsonObject *oem = certd_oem_new(service, OEM_TYPE);
    certd_set_string(oem, "Version", certd_dict_string(properties, "Version"));
    certd_oem_set_words(oem, "Features", properties, "Features");
    certd_set_string(oem, "State", certd_dict_string(properties, "State"));
    certd_oem_set_problems(oem, properties);
    json_object_set_boolean_member(oem, "ClockTrusted",
                                   certd_dict_boolean(properties, "ClockTrusted"));
    certd_set_string(oem, "SealingKey", certd_dict_string(properties, "SealingKey"));
    certd_set_time(oem, "NextRenewal", (gint64)certd_dict_number(properties, "NextRenewal"));
    certd_link(oem, "Certificates", CERTD_REDFISH_PLACES);
    certd_link(oem, "Authority", CERTD_REDFISH_OEM "/Authority");
}

void certd_certificate_service_get(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GVariant) properties =
        certd_redfish_get_all(request, answer, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER);
    if (!properties)
        return;
    JsonObject *service = certd_resource_new(CERTD_REDFISH_CERTIFICATES,
                                             "CertificateService.v1_2_2.CertificateService",
                                             "CertificateService", "Certificate service");
    certd_link(service, "CertificateLocations", LOCATIONS);
    add_actions(service);
    add_oem(service, properties);
    certd_answer_json(answer, 200, service);
}

void certd_certificate_service_reset(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField none[] = {{0}};
    if (!certd_fields_check(request->body, none, FACTORY_RESET, "", answer))
        return;
    g_autoptr(GVariant) reply =
        certd_redfish_call(request, answer, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER,
                           "FactoryReset", g_variant_new("(a{sv})", NULL), "(as)", NULL, NULL);
    if (!reply)
        return;
    g_autofree const char **lost = NULL;
    g_variant_get(reply, "(^a&s)", &lost);
    JsonObject *result = json_object_new();
    certd_set_strings(result, "Lost", lost);
    certd_answer_json(answer, 200, result);
}

void certd_certificate_locations_get(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GPtrArray) rows = certd_lookup_all(request, answer, FALSE, NULL);
    if (!rows)
        return;
    JsonArray *links = json_array_new();
    for (guint i = 0; i < rows->len; i++) {
        const char *name;
        g_autoptr(GVariant) summary = NULL;
        g_variant_get(g_ptr_array_index(rows, i), "(&s&o@a{sv})", &name, NULL, &summary);
        if (g_str_equal(certd_dict_string(summary, "State"), "empty"))
            continue;
        g_autofree char *path = certd_location_certificate(name);
        JsonObject *link = json_object_new();
        certd_set_string(link, "@odata.id", path);
        json_array_add_object_element(links, link);
    }
    JsonObject *locations =
        certd_resource_new(LOCATIONS, "CertificateLocations.v1_0_4.CertificateLocations",
                           "CertificateLocations", "Where certificates are");
    JsonObject *object = certd_child(locations, "Links");
    json_object_set_int_member(object, "Certificates@odata.count", json_array_get_length(links));
    json_object_set_array_member(object, "Certificates", links);
    certd_answer_json(answer, 200, locations);
}

#define OEM_ACTION CERTD_REDFISH_CERTIFICATES "/Actions/Oem/"
#define HTTPS CERTD_REDFISH_HTTPS "/" CERTD_CERTIFICATE_HTTPS

const CertdRoute certd_routes_certificates[] = {
    {.pattern = CERTD_REDFISH_CERTIFICATES, .get = certd_certificate_service_get},
    {.pattern = GENERATE_CSR, .post = certd_generate_csr},
    {.pattern = GENERATE_CSR_INFO, .flags = CERTD_ROUTE_HERE, .get = certd_generate_csr_info},
    {.pattern = REPLACE, .post = certd_replace},
    {.pattern = OEM_ACTION FACTORY_RESET,
     .flags = CERTD_ROUTE_FRESH,
     .post = certd_certificate_service_reset},
    {.pattern = OEM_ACTION INSPECT, .post = certd_import_inspect},
    {.pattern = LOCATIONS, .get = certd_certificate_locations_get},
    {.pattern = CERTD_REDFISH_HTTPS,
     .get = certd_certificates_get_https,
     .post = certd_certificates_post_https},
    {.pattern = HTTPS, .get = certd_certificate_get_https},
    {.pattern = HTTPS "/Actions/Certificate.Rekey",
     .post = certd_certificate_rekey_https,
     .of = certd_certificate_get_https},
    {.pattern = HTTPS "/Actions/Certificate.Renew",
     .post = certd_certificate_renew_https,
     .of = certd_certificate_get_https},
    {0},
};
