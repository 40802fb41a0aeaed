/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/place.h"

#include <string.h>

#include "common/dict.h"
#include "model/names.h"
#include "web/redfish/bus.h"
#include "web/redfish/certificate.h"
#include "web/redfish/details.h"
#include "web/redfish/import.h"
#include "web/redfish/location.h"
#include "web/redfish/lookup.h"
#include "web/redfish/oem.h"
#include "web/redfish/place-actions.h"
#include "web/redfish/place-list.h"
#include "web/redfish/place-request.h"
#include "web/redfish/place-settings.h"
#include "web/route.h"

#define TYPE "CertdCertificate.v1_0_0.Certificate"

static void add_links(JsonObject *object, const char *name, gboolean any)
{
    static const struct {
        const char *member;
        const char *file;
    } files[] = {
        {"PEM", "/Chain.pem"},
        {"DER", "/Certificate.der"},
        {"PKCS7", "/Chain.p7b"},
    };
    g_autofree char *path = certd_location_place(name);
    g_autofree char *certificate = certd_location_certificate(name);
    g_autofree char *collection = certd_location_collection(name);
    g_autofree char *requests = g_strconcat(path, "/Requests", NULL);

    certd_link(object, "Certificates", collection);
    certd_link(object, "Requests", requests);
    if (any) {
        certd_link(object, "Certificate", certificate);
        JsonObject *list = certd_child(object, "Downloads");
        for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
            g_autofree char *file = g_strconcat(path, files[i].file, NULL);
            certd_set_string(list, files[i].member, file);
        }
    }
    for (guint i = 0; certd_place_actions[i]; i++) {
        g_autofree char *member = g_strconcat("#CertdCertificate.", certd_place_actions[i], NULL);
        g_autofree char *target =
            g_strconcat(path, "/Actions/CertdCertificate.", certd_place_actions[i], NULL);
        certd_set_action(object, member, target);
    }
}

/* What is in use, whether that is for a time only, and what is to be said of it. */
static void add_state(JsonObject *object, GVariant *properties)
{
    static const struct {
        const char *property;
        const char *member;
    } times[] = {
        {"Renewal", "Renewal"},
        {"NotBefore", "NotBefore"},
        {"NotAfter", "NotAfter"},
        {"TrialDeadline", "TrialDeadline"},
    };
    g_autoptr(GVariant) findings = certd_dict_array(properties, "Findings", "a(ssss)");
    guint64 generation = certd_dict_number(properties, "Generation");

    certd_set_string(object, "State", certd_dict_string(properties, "State"));
    json_object_set_boolean_member(object, "Emergency",
                                   certd_dict_boolean(properties, "Emergency"));
    json_object_set_boolean_member(object, "OnTrial",
                                   certd_dict_number(properties, "TrialDeadline") != 0);
    json_object_set_boolean_member(object, "HasPrevious",
                                   certd_dict_boolean(properties, "HasPrevious"));
    json_object_set_int_member(object, "Generation", (gint64)generation);
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        certd_set_time(object, times[i].member,
                       (gint64)certd_dict_number(properties, times[i].property));
    certd_oem_set_findings(object, "Findings", findings);
}

/* What a rollback goes back to; absent where that is nothing. */
static void add_previous(JsonObject *object, GVariant *properties)
{
    g_autoptr(GVariant) previous = certd_dict_array(properties, "Previous", "a{sv}");
    if (g_variant_n_children(previous) == 0)
        return;
    JsonObject *leaf = certd_details_object(previous);
    certd_set_string(leaf, "Origin", certd_dict_string(previous, "origin"));
    json_object_set_object_member(object, "Previous", leaf);
}

static void add_certificate(JsonObject *object, GVariant *properties)
{
    g_autoptr(GVariant) details = certd_dict_array(properties, "Details", "a{sv}");
    json_object_set_boolean_member(object, "KeyExportable",
                                   certd_dict_boolean(properties, "KeyExportable"));
    certd_set_string(object, "Origin", certd_dict_string(properties, "Origin"));
    certd_set_string(object, "Fingerprint", certd_dict_string(properties, "Fingerprint"));
    certd_set_string(object, "Chain", certd_dict_string(properties, "Chain"));
    json_object_set_object_member(object, "Details", certd_details_object(details));
}

gboolean certd_place_is_used(const CertdRequest *request, const char *name, GVariant *properties)
{
    return g_str_equal(name, CERTD_CERTIFICATE_HTTPS) && request->peer->generation != 0 &&
           request->peer->generation == certd_dict_number(properties, "Generation");
}

static JsonObject *make_resource(const CertdRequest *request, const char *name,
                                 GVariant *properties)
{
    g_autofree char *path = certd_location_place(name);
    gboolean any = *certd_dict_string(properties, "Chain") != '\0';
    JsonObject *object = certd_resource_new(path, TYPE, name, name);
    certd_place_settings_add(object, properties);
    add_state(object, properties);
    add_previous(object, properties);
    if (any)
        add_certificate(object, properties);
    if (g_str_equal(name, CERTD_CERTIFICATE_HTTPS))
        json_object_set_boolean_member(object, "UsedByThisConnection",
                                       certd_place_is_used(request, name, properties));
    certd_place_consumers_add(object, properties);
    add_links(object, name, any);
    return object;
}

void certd_place_answer(const CertdRequest *request, CertdAnswer *answer, const char *name)
{
    g_autoptr(GVariant) properties = certd_lookup_certificate(request, answer, name);
    if (properties)
        certd_answer_json(answer, 200, make_resource(request, name, properties));
}

void certd_place_call(const CertdRequest *request, CertdAnswer *answer, const char *method,
                      GVariant *arguments)
{
    const char *name = request->parts[0];
    g_autofree char *path = certd_redfish_certificate_path(name);
    g_autoptr(GVariant) reply = certd_redfish_call(
        request, answer, path, CERTD_INTERFACE_CERTIFICATE, method, arguments, "()", NULL, NULL);
    if (reply)
        certd_place_answer(request, answer, name);
}

static void get(const CertdRequest *request, CertdAnswer *answer)
{
    certd_place_answer(request, answer, request->parts[0]);
}

/* @body without its consumers, which no field describes. */
static JsonObject *without_consumers(JsonObject *body)
{
    JsonObject *rest = json_object_new();
    JsonObjectIter iter;
    const char *name;
    JsonNode *node;
    json_object_iter_init(&iter, body);
    while (json_object_iter_next(&iter, &name, &node)) {
        if (!g_str_equal(name, "Consumers"))
            json_object_set_member(rest, name, json_node_copy(node));
    }
    return rest;
}

static gboolean check_patch(JsonObject *body, CertdAnswer *answer)
{
    static const CertdField fields[] = {
        {"Settings", CERTD_FIELD_OBJECT, FALSE},
        {"Certificate", CERTD_FIELD_READ_ONLY, FALSE},
        {"Certificates", CERTD_FIELD_READ_ONLY, FALSE},
        {"Chain", CERTD_FIELD_READ_ONLY, FALSE},
        {"Details", CERTD_FIELD_READ_ONLY, FALSE},
        {"Emergency", CERTD_FIELD_READ_ONLY, FALSE},
        {"Downloads", CERTD_FIELD_READ_ONLY, FALSE},
        {"Findings", CERTD_FIELD_READ_ONLY, FALSE},
        {"Fingerprint", CERTD_FIELD_READ_ONLY, FALSE},
        {"Generation", CERTD_FIELD_READ_ONLY, FALSE},
        {"HasPrevious", CERTD_FIELD_READ_ONLY, FALSE},
        {"NotAfter", CERTD_FIELD_READ_ONLY, FALSE},
        {"NotBefore", CERTD_FIELD_READ_ONLY, FALSE},
        {"OnTrial", CERTD_FIELD_READ_ONLY, FALSE},
        {"Origin", CERTD_FIELD_READ_ONLY, FALSE},
        {"Renewal", CERTD_FIELD_READ_ONLY, FALSE},
        {"Requests", CERTD_FIELD_READ_ONLY, FALSE},
        {"State", CERTD_FIELD_READ_ONLY, FALSE},
        {"TrialDeadline", CERTD_FIELD_READ_ONLY, FALSE},
        {"UsedByThisConnection", CERTD_FIELD_READ_ONLY, FALSE},
        {0},
    };
    g_autoptr(JsonObject) rest = without_consumers(body);
    if (!certd_fields_check(rest, fields, NULL, "", answer))
        return FALSE;
    JsonObject *settings = certd_field_object(rest, "Settings");
    return !settings || certd_place_settings_check(settings, NULL, NULL, "/Settings", answer);
}

/* Calls @method with @arguments for @path; FALSE with the answer filled. */
static gboolean change(const CertdRequest *request, CertdAnswer *answer, const char *path,
                       const char *method, GVariant *arguments)
{
    g_autoptr(GVariant) reply = certd_redfish_call(
        request, answer, path, CERTD_INTERFACE_CERTIFICATE, method, arguments, "()", NULL, NULL);
    return reply != NULL;
}

static gboolean configure(const CertdRequest *request, CertdAnswer *answer, const char *path,
                          JsonObject *settings)
{
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    certd_place_settings_read(settings, &options);
    return change(request, answer, path, "Configure", g_variant_new("(a{sv})", &options));
}

/* Those of before, @properties, are back, so that nothing is half done; the failure that is told is the first. */
static void restore_consumers(const CertdRequest *request, const char *path, GVariant *properties)
{
    g_autoptr(GVariant) before = certd_dict_array(properties, "Consumers", "a(sss)");
    g_autoptr(GVariant) reply =
        certd_redfish_try(request, path, CERTD_INTERFACE_CERTIFICATE, "SetConsumers",
                          g_variant_new("(@a(sss))", before), "()", NULL, NULL);
    (void)reply;
}

static void patch(const CertdRequest *request, CertdAnswer *answer)
{
    const char *name = request->parts[0];
    g_autoptr(GVariant) there = certd_lookup_certificate(request, answer, name);
    if (!there || !check_patch(request->body, answer))
        return;
    g_autofree char *path = certd_redfish_certificate_path(name);
    JsonObject *settings = certd_field_object(request->body, "Settings");
    gboolean consumers = json_object_has_member(request->body, "Consumers");
    GVariant *list = consumers ? certd_place_consumers_read(request->body, answer) : NULL;
    if (consumers && !list)
        return;
    g_autoptr(GVariant) kept = list ? g_variant_ref_sink(list) : NULL;
    if (!settings && !kept) {
        certd_answer_message(answer, CERTD_MESSAGE_NO_OPERATION);
        return;
    }
    /* The consumers first: that needs the password, given not long ago. */
    if (kept && !change(request, answer, path, "SetConsumers", g_variant_new("(@a(sss))", kept)))
        return;
    if (settings && !configure(request, answer, path, settings)) {
        if (kept)
            restore_consumers(request, path, there);
        return;
    }
    certd_place_answer(request, answer, name);
}

/* DELETE, which certd refuses for https. */
static void remove_place(const CertdRequest *request, CertdAnswer *answer)
{
    const char *name = request->parts[0];
    g_autoptr(GVariant) there = certd_lookup_certificate(request, answer, name);
    if (!there)
        return;
    g_autofree char *path = certd_redfish_certificate_path(name);
    if (change(request, answer, path, "Remove", g_variant_new("(a{sv})", NULL)))
        certd_answer_nothing(answer);
}

/* The body is {Id, Settings}: a new place. */
static void create(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {
        {"Id", CERTD_FIELD_STRING, TRUE},
        {"Settings", CERTD_FIELD_OBJECT, FALSE},
        {0},
    };
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    if (!certd_fields_check(request->body, fields, NULL, "", answer))
        return;
    const char *name = certd_field_string(request->body, "Id");
    JsonObject *settings = certd_field_object(request->body, "Settings");
    if (settings && !certd_place_settings_check(settings, NULL, NULL, "/Settings", answer))
        return;
    if (settings)
        certd_place_settings_read(settings, &options);
    g_autoptr(GVariant) reply = certd_redfish_call(
        request, answer, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, "CreateCertificate",
        g_variant_new("(sa{sv})", name, &options), "(o)", NULL, NULL);
    g_autoptr(GVariant) properties = reply ? certd_lookup_certificate(request, answer, name) : NULL;
    if (!properties)
        return;
    g_autofree char *path = certd_location_place(name);
    certd_answer_created(answer, path, make_resource(request, name, properties));
}

#define PLACE CERTD_REDFISH_PLACES "/{}"
#define ACTION PLACE "/Actions/CertdCertificate."
#define REQUEST PLACE "/Requests/{}"
#define CERTIFICATE PLACE "/Certificate"

const CertdRoute certd_routes_places[] = {
    {.pattern = CERTD_REDFISH_PLACES, .get = certd_place_list_get, .post = create},
    {.pattern = PLACE, .get = get, .patch = patch, .remove = remove_place},
    {.pattern = ACTION "Request", .post = certd_place_request, .of = get},
    {.pattern = ACTION "Import", .post = certd_import, .of = get},
    {.pattern = ACTION "Confirm", .post = certd_place_confirm, .of = get},
    {.pattern = ACTION "Rollback", .post = certd_place_roll_back, .of = get},
    {.pattern = ACTION "Reset", .flags = CERTD_ROUTE_FRESH, .post = certd_place_reset, .of = get},
    {.pattern = ACTION "Export", .post = certd_place_export},
    {.pattern = PLACE "/Chain.pem", .get = certd_place_pem},
    {.pattern = PLACE "/Certificate.der", .get = certd_place_der},
    {.pattern = PLACE "/Chain.p7b", .get = certd_place_p7b},
    {.pattern = PLACE "/Requests", .get = certd_place_requests_get},
    {.pattern = REQUEST, .get = certd_place_request_get},
    {.pattern = REQUEST "/Actions/CertdRequest.Cancel",
     .post = certd_place_request_cancel,
     .of = certd_place_request_get},
    {.pattern = REQUEST "/Request.pem", .get = certd_place_request_pem},
    {.pattern = REQUEST "/Request.der", .get = certd_place_request_der},
    {.pattern = PLACE "/Certificates",
     .get = certd_certificates_get,
     .post = certd_certificates_post},
    {.pattern = CERTIFICATE, .get = certd_certificate_get},
    {.pattern = CERTIFICATE "/Actions/Certificate.Rekey",
     .post = certd_certificate_rekey,
     .of = certd_certificate_get},
    {.pattern = CERTIFICATE "/Actions/Certificate.Renew",
     .post = certd_certificate_renew,
     .of = certd_certificate_get},
    {0},
};
