/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The manager that Redfish has for a device: here the certificate service itself, its version, what it supports (R43) and
 * what is wrong. And the table of routes of what lies directly below it.
 */
#include "common/dict.h"
#include "model/names.h"
#include "web/redfish/bus.h"
#include "web/redfish/conditions.h"
#include "web/redfish/details.h"
#include "web/redfish/lookup.h"
#include "web/redfish/network-protocol.h"
#include "web/redfish/oem.h"
#include "web/redfish/security-policy.h"
#include "web/route.h"

#define RESET CERTD_REDFISH_MANAGER "/Actions/Manager.ResetToDefaults"

static void get_collection(const CertdRequest *request, CertdAnswer *answer)
{
    static const char *const members[] = {CERTD_REDFISH_MANAGER, NULL};
    JsonObject *collection = certd_collection_new(
        request, answer, "#ManagerCollection.ManagerCollection", "Managers", members);
    if (collection)
        certd_answer_json(answer, 200, collection);
}

static void set_status(JsonObject *resource, GVariant *problems)
{
    JsonObject *status = certd_child(resource, "Status");
    certd_set_string(status, "State", "Enabled");
    certd_set_string(status, "Health", certd_conditions_health(problems));
    json_object_set_array_member(
        status, "Conditions", certd_conditions_new(problems, g_get_real_time() / G_USEC_PER_SEC));
}

static void set_oem(JsonObject *resource, GVariant *properties)
{
    g_autoptr(GVariant) names = certd_dict_array(properties, "DeviceNames", "a(ss)");
    JsonObject *oem = certd_oem_new(resource, "CertdManager.v1_0_0.Manager");
    certd_set_string(oem, "State", certd_dict_string(properties, "State"));
    certd_set_string(oem, "SealingKey", certd_dict_string(properties, "SealingKey"));
    json_object_set_boolean_member(oem, "ClockTrusted",
                                   certd_dict_boolean(properties, "ClockTrusted"));
    certd_set_time(oem, "NextRenewal", (gint64)certd_dict_number(properties, "NextRenewal"));
    certd_oem_set_words(oem, "Features", properties, "Features");
    json_object_set_array_member(oem, "DeviceNames", certd_details_pairs(names, ':'));
    certd_oem_set_problems(oem, properties);
}

static void get_manager(const CertdRequest *request, CertdAnswer *answer)
{
    static const char *const kinds[] = {"ResetAll", NULL};
    g_autoptr(GVariant) properties =
        certd_redfish_get_all(request, answer, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER);
    if (!properties)
        return;
    g_autoptr(GVariant) problems = certd_dict_array(properties, "Problems", "a(ssss)");
    JsonObject *resource = certd_resource_new(CERTD_REDFISH_MANAGER, "Manager.v1_25_0.Manager",
                                              "device", "Certificate service");
    certd_set_string(resource, "ManagerType", "Service");
    certd_set_string(resource, "FirmwareVersion", certd_dict_string(properties, "Version"));
    certd_set_time(resource, "DateTime", g_get_real_time() / G_USEC_PER_SEC);
    certd_set_string(resource, "DateTimeLocalOffset", "+00:00");
    set_status(resource, problems);
    certd_link(resource, "NetworkProtocol", CERTD_REDFISH_NETWORK_PROTOCOL);
    certd_link(resource, "SecurityPolicy", CERTD_REDFISH_SECURITY_POLICY);
    certd_link(resource, "LogServices", CERTD_REDFISH_MANAGER "/LogServices");
    certd_set_action(resource, "#Manager.ResetToDefaults", RESET);
    JsonObject *action = json_object_get_object_member(
        json_object_get_object_member(resource, "Actions"), "#Manager.ResetToDefaults");
    certd_set_strings(action, "ResetType@Redfish.AllowableValues", kinds);
    set_oem(resource, properties);
    certd_answer_json(answer, 200, resource);
}

/* The factory reset (R54): which certificates had something that is lost now. */
static void reset(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {{"ResetType", CERTD_FIELD_STRING, TRUE}, {0}};
    if (!certd_fields_check(request->body, fields, "Manager.ResetToDefaults", "", answer))
        return;
    const char *kind = certd_field_string(request->body, "ResetType");
    if (g_strcmp0(kind, "ResetAll") != 0) {
        certd_answer_property(answer, "/ResetType",
                              CERTD_MESSAGE_ACTION_PARAMETER_VALUE_NOT_IN_LIST,
                              kind ? kind : "null", "ResetType", "Manager.ResetToDefaults");
        return;
    }
    g_autoptr(GVariant) reply =
        certd_redfish_call(request, answer, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER,
                           "FactoryReset", g_variant_new("(a{sv})", NULL), "(as)", NULL, NULL);
    if (!reply)
        return;
    g_autofree const char **lost = NULL;
    g_variant_get(reply, "(^a&s)", &lost);
    JsonObject *result = json_object_new();
    certd_set_string(result, "@odata.type", "#CertdManager.v1_0_0.ResetResponse");
    certd_set_strings(result, "LostCertificates", lost);
    certd_answer_json(answer, 200, result);
}

const CertdRoute certd_routes_managers[] = {
    {.pattern = CERTD_REDFISH "/Managers", .get = get_collection},
    {.pattern = CERTD_REDFISH_MANAGER, .get = get_manager},
    {.pattern = RESET, .flags = CERTD_ROUTE_FRESH, .post = reset},
    {.pattern = CERTD_REDFISH_NETWORK_PROTOCOL,
     .get = certd_network_protocol_get,
     .patch = certd_network_protocol_patch},
    {.pattern = CERTD_REDFISH_NETWORK_PROTOCOL "/Actions/Oem/CertdNetworkProtocol.Confirm",
     .post = certd_network_protocol_confirm,
     .of = certd_network_protocol_get},
    {.pattern = CERTD_REDFISH_NETWORK_PROTOCOL "/Actions/Oem/CertdNetworkProtocol.Rollback",
     .post = certd_network_protocol_roll_back,
     .of = certd_network_protocol_get},
    {.pattern = CERTD_REDFISH_SECURITY_POLICY,
     .get = certd_security_policy_get,
     .patch = certd_security_policy_patch},
    {0},
};
