/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is asked for is checked as a whole before anything is changed. Then what the state may refuse goes first, and what
 * was changed is put back where the rest fails after all, so that a PATCH is done or not done.
 */
#include "web/redfish/network-protocol.h"

#include <string.h>
#include <unistd.h>

#include "common/dict.h"
#include "model/names.h"
#include "model/web-limits.h"
#include "web/redfish/await.h"
#include "web/redfish/bus.h"
#include "web/redfish/lookup.h"
#include "web/redfish/oem.h"

#define CONFIRM "CertdNetworkProtocol.Confirm"
#define ROLL_BACK "CertdNetworkProtocol.Rollback"

/* The settings, as they are or are to be. */
typedef struct {
    gboolean force;
    guint16 port;
    guint16 plain_port;
} Settings;

static void read_settings(GVariant *properties, Settings *settings)
{
    g_variant_lookup(properties, "Force", "b", &settings->force);
    g_variant_lookup(properties, "Port", "q", &settings->port);
    g_variant_lookup(properties, "PlainPort", "q", &settings->plain_port);
}

/* The host's name, and its fully qualified one where the system's name is one. */
static void set_names(JsonObject *resource)
{
    char name[HOST_NAME_MAX + 1] = "";
    if (gethostname(name, sizeof name - 1) < 0 || !g_utf8_validate(name, -1, NULL))
        return;
    size_t label = strcspn(name, ".");
    g_autofree char *host = g_strndup(name, label);
    certd_set_string(resource, "HostName", host);
    if (name[label] != '\0')
        certd_set_string(resource, "FQDN", name);
}

void certd_network_protocol_get(const CertdRequest *request, CertdAnswer *answer)
{
    Settings settings = {0};
    g_autoptr(GVariant) properties =
        certd_redfish_get_all(request, answer, CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS);
    if (!properties)
        return;
    read_settings(properties, &settings);
    JsonObject *resource = certd_resource_new(
        CERTD_REDFISH_NETWORK_PROTOCOL, "ManagerNetworkProtocol.v1_13_0.ManagerNetworkProtocol",
        "NetworkProtocol", "Network protocols");
    set_names(resource);
    JsonObject *http = certd_child(resource, "HTTP");
    json_object_set_boolean_member(http, "ProtocolEnabled", !settings.force);
    json_object_set_int_member(http, "Port", settings.plain_port);
    JsonObject *https = certd_child(resource, "HTTPS");
    json_object_set_boolean_member(https, "ProtocolEnabled", TRUE);
    json_object_set_int_member(https, "Port", settings.port);
    certd_link(https, "Certificates", CERTD_REDFISH_NETWORK_PROTOCOL "/HTTPS/Certificates");
    certd_oem_set_trial(certd_oem_new(resource, "CertdNetworkProtocol.v1_0_0.NetworkProtocol"),
                        properties);
    certd_oem_action(resource, CERTD_REDFISH_NETWORK_PROTOCOL, CONFIRM);
    certd_oem_action(resource, CERTD_REDFISH_NETWORK_PROTOCOL, ROLL_BACK);
    certd_answer_json(answer, 200, resource);
}

/* Reads the port and the switch of the protocol @name; @enabled and @port stay where they are not there. */
static gboolean read_protocol(JsonObject *body, const char *name, gboolean *enabled, guint16 *port,
                              CertdAnswer *answer)
{
    static const CertdField fields[] = {
        {"ProtocolEnabled", CERTD_FIELD_BOOLEAN, FALSE}, {"Port", CERTD_FIELD_INTEGER, FALSE}, {0}};
    g_autofree char *pointer = g_strconcat("/", name, NULL);
    JsonObject *protocol = certd_field_object(body, name);
    if (!protocol)
        return TRUE;
    if (!certd_fields_check(protocol, fields, NULL, pointer, answer))
        return FALSE;
    gint64 value = certd_field_integer(protocol, "Port", *port);
    if (value < 1 || value > G_MAXUINT16) {
        g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, value);
        g_autofree char *place = g_strconcat(pointer, "/Port", NULL);
        certd_answer_property(answer, place, CERTD_MESSAGE_PROPERTY_VALUE_OUT_OF_RANGE, text,
                              place + 1);
        return FALSE;
    }
    *port = (guint16)value;
    *enabled = certd_field_boolean(protocol, "ProtocolEnabled", *enabled);
    return TRUE;
}

/* Annotations are no property, and null is no value of one. */
static gboolean asks_nothing(JsonObject *body, const CertdField *fields)
{
    while (fields->name && !certd_field_object(body, fields->name))
        fields++;
    return !fields->name;
}

/* The settings that the body asks for, which begin as they are, and the options of forcing. */
static gboolean read_body(const CertdRequest *request, Settings *settings, GVariantDict *options,
                          CertdAnswer *answer)
{
    static const CertdField fields[] = {{"HTTP", CERTD_FIELD_OBJECT, FALSE},
                                        {"HTTPS", CERTD_FIELD_OBJECT, FALSE},
                                        {"Oem", CERTD_FIELD_OBJECT, FALSE},
                                        {0}};
    static const CertdField own[] = {{"Trial", CERTD_FIELD_INTEGER, FALSE}, {0}};
    JsonObject *oem = NULL;
    gboolean http = !settings->force, https = TRUE;
    if (!certd_fields_check(request->body, fields, NULL, "", answer))
        return FALSE;
    if (asks_nothing(request->body, fields)) {
        certd_answer_message(answer, CERTD_MESSAGE_NO_OPERATION);
        return FALSE;
    }
    if (!certd_oem_read(request->body, own, answer, &oem) ||
        !certd_oem_add_trial(oem, options, answer) ||
        !read_protocol(request->body, "HTTP", &http, &settings->plain_port, answer) ||
        !read_protocol(request->body, "HTTPS", &https, &settings->port, answer))
        return FALSE;
    if (!https)
        certd_answer_property(answer, "/HTTPS/ProtocolEnabled",
                              CERTD_MESSAGE_PROPERTY_VALUE_INCORRECT, "HTTPS/ProtocolEnabled",
                              "false");
    else if (settings->port == settings->plain_port)
        certd_answer_property(answer, "/HTTPS/Port", CERTD_MESSAGE_PROPERTY_VALUE_CONFLICT,
                              "HTTPS/Port", "HTTP/Port");
    else if (g_variant_dict_contains(options, "trial") && http)
        certd_answer_property(answer, "/Oem/Certd/Trial", CERTD_MESSAGE_PROPERTY_VALUE_CONFLICT,
                              "Oem/Certd/Trial", "HTTP/ProtocolEnabled");
    settings->force = !http;
    return !certd_answer_is_error(answer);
}

static gboolean call(const CertdRequest *request, const char *method, GVariant *arguments,
                     CertdAnswer *answer)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply = certd_redfish_try(request, CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS,
                                                  method, arguments, "()", NULL, &error);
    if (!reply && answer)
        certd_answer_error(answer, error);
    return reply != NULL;
}

static gboolean set_ports(const CertdRequest *request, const Settings *settings,
                          CertdAnswer *answer)
{
    return call(request, "SetPorts", g_variant_new("(qq)", settings->port, settings->plain_port),
                answer);
}

static gboolean set_force(const CertdRequest *request, gboolean force, GVariantDict *options,
                          CertdAnswer *answer)
{
    return call(request, "SetForce", g_variant_new("(b@a{sv})", force, g_variant_dict_end(options)),
                answer);
}

/* From @now to @wanted; what may be refused first, and what was done is undone where the rest fails. */
static gboolean apply(const CertdRequest *request, const Settings *now, const Settings *wanted,
                      GVariantDict *options, CertdAnswer *answer)
{
    gboolean ports = now->port != wanted->port || now->plain_port != wanted->plain_port;
    if (now->force == wanted->force)
        return !ports || set_ports(request, wanted, answer);
    if (wanted->force) {
        if (!set_force(request, TRUE, options, answer))
            return FALSE;
        if (!ports || set_ports(request, wanted, answer))
            return TRUE;
        /* It is on trial: where this fails too, it ends by itself. */
        (void)call(request, "Rollback", NULL, NULL);
        return FALSE;
    }
    if (ports && !set_ports(request, wanted, answer))
        return FALSE;
    if (set_force(request, FALSE, options, answer))
        return TRUE;
    if (ports && !set_ports(request, now, NULL))
        certd_answer_message(answer, CERTD_MESSAGE_OPERATION_FAILED);
    return FALSE;
}

void certd_network_protocol_patch(const CertdRequest *request, CertdAnswer *answer)
{
    Settings now = {0};
    g_auto(GVariantDict) options = G_VARIANT_DICT_INIT(NULL);
    g_autoptr(GVariant) properties =
        certd_redfish_get_all(request, answer, CERTD_PATH_HTTPS, CERTD_INTERFACE_HTTPS);
    if (!properties)
        return;
    read_settings(properties, &now);
    Settings wanted = now;
    if (read_body(request, &wanted, &options, answer) &&
        apply(request, &now, &wanted, &options, answer))
        certd_network_protocol_get(request, answer);
}

static gboolean is_decided(GVariant *properties)
{
    return certd_dict_number(properties, "TrialDeadline") == 0 ||
           certd_dict_boolean(properties, "Proven");
}

/* What certd-tls has to tell certd of this connection may be on its way still, for this request is part of the proof. */
static gboolean await_proof(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GVariant) https = certd_await(request, answer, CERTD_PATH_HTTPS,
                                            CERTD_INTERFACE_HTTPS, is_decided, CERTD_WEB_WAIT_MSEC);
    return https != NULL;
}

void certd_network_protocol_confirm(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {{"Tested", CERTD_FIELD_BOOLEAN, FALSE}, {0}};
    g_auto(GVariantDict) options = G_VARIANT_DICT_INIT(NULL);
    if (!certd_fields_check(request->body, fields, CONFIRM, "", answer))
        return;
    if (certd_field_boolean(request->body, "Tested", FALSE))
        g_variant_dict_insert(&options, "tested", "b", TRUE);
    else if (!await_proof(request, answer))
        return;
    if (call(request, "Confirm", g_variant_new("(@a{sv})", g_variant_dict_end(&options)), answer))
        certd_answer_nothing(answer);
}

void certd_network_protocol_roll_back(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {{0}};
    if (certd_fields_check(request->body, fields, ROLL_BACK, "", answer) &&
        call(request, "Rollback", NULL, answer))
        certd_answer_nothing(answer);
}
