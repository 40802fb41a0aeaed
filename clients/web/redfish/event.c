/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/event.h"

#include "common/json.h"
#include "model/names.h"
#include "web/redfish/location.h"
#include "web/redfish/log.h"
#include "web/redfish/network-protocol.h"
#include "web/redfish/security-policy.h"
#include "web/redfish/trust-store.h"

static const struct {
    const char *id;
    const char *type;
    const char *severity;
    guint n_args;
    const char *text;
    const char *resolution;
} rows[] = {
#define CERTD_EVENT_ROW(code, registry, id, type, severity, n_args, text, resolution)              \
    [CERTD_EVENT_##code] = {registry "." id, type, severity, n_args, text, resolution},
#include "web/redfish/events.def"
#undef CERTD_EVENT_ROW
};

CertdEvent *certd_event_new(CertdEventCode code, const char *origin)
{
    CertdEvent *event = g_new0(CertdEvent, 1);
    event->code = code;
    event->origin = g_strdup(origin);
    return event;
}

void certd_event_free(CertdEvent *event)
{
    g_free(event->args[0]);
    g_free(event->args[1]);
    g_free(event->origin);
    g_free(event->request);
    g_free(event);
}

char *certd_event_key(const CertdEvent *event)
{
    const char *about = event->request ? event->request : event->origin;
    return g_strdup_printf("%d\n%s\n%s\n%s", (int)event->code, about ? about : "",
                           event->args[0] ? event->args[0] : "",
                           event->args[1] ? event->args[1] : "");
}

/* Adds an event of the certificate @name; https has a standard resource in a collection of its own, too. */
static CertdEvent *add_place(GPtrArray *events, CertdEventCode code, const char *name)
{
    g_autofree char *place = certd_location_place(name);
    CertdEvent *event = certd_event_new(code, place);
    g_ptr_array_add(events, event);
    if (code == CERTD_EVENT_CHANGED) {
        g_autofree char *standard = certd_location_certificate(name);
        g_ptr_array_add(events, certd_event_new(code, standard));
    }
    return event;
}

static void tell_added(GPtrArray *events, GVariant *parameters)
{
    const char *name;
    g_variant_get(parameters, "(&s&o)", &name, NULL);
    add_place(events, CERTD_EVENT_CREATED, name);
}

static void tell_removed(GPtrArray *events, GVariant *parameters)
{
    const char *name;
    g_variant_get(parameters, "(&s&o)", &name, NULL);
    add_place(events, CERTD_EVENT_REMOVED, name);
}

static void tell_changed(GPtrArray *events, GVariant *parameters)
{
    const char *name, *cause;
    g_variant_get(parameters, "(&s&o&s)", &name, NULL, &cause);
    CertdEvent *event = add_place(events, CERTD_EVENT_CERTIFICATE_CHANGED, name);
    event->args[0] = g_strdup(name);
    event->args[1] = g_strdup(cause);
    add_place(events, CERTD_EVENT_CHANGED, name);
}

static void tell_expiring(GPtrArray *events, GVariant *parameters)
{
    const char *name;
    guint64 not_after;
    g_variant_get(parameters, "(&s&ot)", &name, NULL, &not_after);
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc((gint64)MIN(not_after, G_MAXINT64));
    CertdEvent *event = add_place(events, CERTD_EVENT_CERTIFICATE_EXPIRING, name);
    event->args[0] = g_strdup(name);
    event->args[1] = time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ")
                          : g_strdup_printf("%" G_GUINT64_FORMAT, not_after);
}

static void tell_request_added(GPtrArray *events, GVariant *parameters)
{
    const char *certificate, *request;
    g_variant_get(parameters, "(&o&o)", &certificate, &request);
    g_autofree char *origin = certd_event_request_origin(certificate, request);
    g_ptr_array_add(events, certd_event_new(CERTD_EVENT_CREATED, origin));
}

static void tell_request_finished(GPtrArray *events, GVariant *parameters)
{
    const char *request, *result;
    g_variant_get(parameters, "(&o&s)", &request, &result);
    CertdEvent *event = certd_event_new(CERTD_EVENT_REQUEST_FINISHED, NULL);
    event->request = g_strdup(request);
    event->args[0] = certd_location_id(request);
    event->args[1] = g_strdup(result);
    g_ptr_array_add(events, event);
}

static void tell_entry_added(GPtrArray *events, GVariant *parameters G_GNUC_UNUSED)
{
    g_ptr_array_add(events, certd_event_new(CERTD_EVENT_CHANGED, CERTD_REDFISH_LOG));
}

static const struct {
    const char *interface;
    const char *signal;
    const char *type;
    void (*tell)(GPtrArray *events, GVariant *parameters);
} signals[] = {
    {CERTD_INTERFACE_MANAGER, "CertificateAdded", "(so)", tell_added},
    {CERTD_INTERFACE_MANAGER, "CertificateRemoved", "(so)", tell_removed},
    {CERTD_INTERFACE_MANAGER, "CertificateChanged", "(sos)", tell_changed},
    {CERTD_INTERFACE_MANAGER, "CertificateExpiring", "(sot)", tell_expiring},
    {CERTD_INTERFACE_MANAGER, "RequestAdded", "(oo)", tell_request_added},
    {CERTD_INTERFACE_MANAGER, "RequestFinished", "(os)", tell_request_finished},
    {CERTD_INTERFACE_LOG, "EntryAdded", "(t)", tell_entry_added},
};

/* The resources that show the properties of an object; of certificates and requests there are many. */
static const struct {
    const char *path;
    const char *origin;
} objects[] = {
    {CERTD_PATH_MANAGER, CERTD_REDFISH_MANAGER},
    {CERTD_PATH_AUTHORITY, CERTD_REDFISH_OEM "/Authority"},
    {CERTD_PATH_TRUST_STORE, CERTD_REDFISH_TRUST},
    {CERTD_PATH_HTTPS, CERTD_REDFISH_NETWORK_PROTOCOL},
    {CERTD_PATH_HTTPS, CERTD_REDFISH_SECURITY_POLICY},
};

static void tell_properties(GPtrArray *events, const char *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(objects); i++) {
        if (g_str_equal(objects[i].path, path))
            g_ptr_array_add(events, certd_event_new(CERTD_EVENT_CHANGED, objects[i].origin));
    }
    if (g_str_has_prefix(path, CERTD_PATH_CERTIFICATE "/")) {
        g_autofree char *name = certd_location_id(path);
        if (certd_location_is_name(name))
            add_place(events, CERTD_EVENT_CHANGED, name);
    } else if (g_str_has_prefix(path, CERTD_PATH_REQUEST "/")) {
        CertdEvent *event = certd_event_new(CERTD_EVENT_CHANGED, NULL);
        event->request = g_strdup(path);
        g_ptr_array_add(events, event);
    }
}

GPtrArray *certd_events_of_signal(const char *path, const char *interface, const char *signal,
                                  GVariant *parameters)
{
    GPtrArray *events = g_ptr_array_new_with_free_func((GDestroyNotify)certd_event_free);
    if (g_str_equal(interface, "org.freedesktop.DBus.Properties") &&
        g_str_equal(signal, "PropertiesChanged"))
        tell_properties(events, path);
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
        if (g_str_equal(signals[i].interface, interface) &&
            g_str_equal(signals[i].signal, signal) &&
            g_variant_is_of_type(parameters, G_VARIANT_TYPE(signals[i].type)))
            signals[i].tell(events, parameters);
    }
    return events;
}

char *certd_event_request_origin(const char *certificate, const char *request)
{
    g_autofree char *name = certd_location_id(certificate);
    g_autofree char *id = certd_location_id(request);
    return certd_location_request(name, id);
}

/* The row's text with the arguments in the places of %1 and %2. */
static char *text_of(const CertdEvent *event)
{
    GString *text = g_string_new(NULL);
    for (const char *c = rows[event->code].text; *c != '\0'; c++) {
        guint place = *c == '%' ? (guint)(c[1] - '1') : G_N_ELEMENTS(event->args);
        if (place >= G_N_ELEMENTS(event->args)) {
            g_string_append_c(text, *c);
            continue;
        }
        g_string_append(text, event->args[place] ? event->args[place] : "");
        c++;
    }
    return g_string_free(text, FALSE);
}

static JsonObject *record_new(const CertdEvent *event, guint64 id, guint member, gint64 now)
{
    JsonObject *record = json_object_new();
    JsonArray *args = json_array_new();
    g_autofree char *event_id = g_strdup_printf("%" G_GUINT64_FORMAT ".%u", id, member);
    g_autofree char *member_id = g_strdup_printf("%u", member);
    g_autofree char *text = text_of(event);
    for (guint i = 0; i < rows[event->code].n_args; i++)
        json_array_add_string_element(args, event->args[i] ? event->args[i] : "");
    certd_set_string(record, "MemberId", member_id);
    certd_set_string(record, "EventId", event_id);
    certd_set_string(record, "EventType", rows[event->code].type);
    certd_set_time(record, "EventTimestamp", now);
    certd_set_string(record, "MessageId", rows[event->code].id);
    certd_set_string(record, "Message", text);
    json_object_set_array_member(record, "MessageArgs", args);
    certd_set_string(record, "MessageSeverity", rows[event->code].severity);
    certd_set_string(record, "Resolution", rows[event->code].resolution);
    if (event->origin)
        certd_link(record, "OriginOfCondition", event->origin);
    return record;
}

JsonObject *certd_events_object(const GPtrArray *events, guint64 id, gint64 now)
{
    JsonObject *object = json_object_new();
    JsonArray *records = json_array_new();
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, id);
    for (guint i = 0; i < events->len; i++)
        json_array_add_object_element(records, record_new(events->pdata[i], id, i, now));
    certd_set_string(object, "@odata.type", "#Event.v1_13_0.Event");
    certd_set_string(object, "Id", text);
    certd_set_string(object, "Name", "Events");
    json_object_set_array_member(object, "Events", records);
    return object;
}

char *certd_events_text(const GPtrArray *events, guint64 id, gint64 now)
{
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    json_node_take_object(node, certd_events_object(events, id, now));
    g_autofree char *json = certd_json_print_node(node, FALSE);
    return g_strdup_printf("id: %" G_GUINT64_FORMAT "\ndata: %s\n\n", id, json);
}
