/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events go to whoever reads the stream. Nothing is pushed anywhere: certd-web has no network. */
#include "web/redfish/event-stream.h"
#include "web/redfish/resource.h"
#include "web/route.h"

#define SERVICE CERTD_REDFISH "/EventService"

static void get_service(const CertdRequest *request G_GNUC_UNUSED, CertdAnswer *answer)
{
    static const char *const formats[] = {"Event", NULL};
    static const char *const registries[] = {"ResourceEvent", "Certd", NULL};
    static const char *const filters[] = {
        "EventFormatType", "MessageId",    "MetricReportDefinition", "OriginResource",
        "RegistryPrefix",  "ResourceType", "SubordinateResources",   NULL};
    JsonObject *resource =
        certd_resource_new(SERVICE, "EventService.v1_12_0.EventService", "EventService", "Events");
    json_object_set_boolean_member(resource, "ServiceEnabled", TRUE);
    certd_set_string(certd_child(resource, "Status"), "State", "Enabled");
    certd_set_string(resource, "ServerSentEventUri", SERVICE "/SSE");
    certd_set_strings(resource, "EventFormatTypes", formats);
    certd_set_strings(resource, "RegistryPrefixes", registries);
    json_object_set_boolean_member(resource, "IncludeOriginOfConditionSupported", FALSE);
    json_object_set_boolean_member(resource, "SSEIncludeOriginOfConditionSupported", FALSE);
    JsonObject *supported = certd_child(resource, "SSEFilterPropertiesSupported");
    for (size_t i = 0; filters[i]; i++)
        json_object_set_boolean_member(supported, filters[i], FALSE);
    certd_link(resource, "Subscriptions", SERVICE "/Subscriptions");
    certd_answer_json(answer, 200, resource);
}

/* Always empty, and nobody can add to it: DSP0266 section 12.1 allows the stream alone. */
static void get_subscriptions(const CertdRequest *request, CertdAnswer *answer)
{
    static const char *const none[] = {NULL};
    JsonObject *collection = certd_collection_new(
        request, answer, "#EventDestinationCollection.EventDestinationCollection", "Subscriptions",
        none);
    if (collection)
        certd_answer_json(answer, 200, collection);
}

static void get_stream(const CertdRequest *request, CertdAnswer *answer)
{
    if (request->query && g_hash_table_contains(request->query, "$filter")) {
        certd_answer_message(answer, CERTD_MESSAGE_QUERY_PARAMETER_UNSUPPORTED, "$filter");
        return;
    }
    /* WHATWG HTML, "Server-sent events": an empty id is none. */
    const char *last = request->last_event_id;
    gboolean resumed = last && *last != '\0';
    certd_answer_events(answer, certd_event_stream_begin,
                        certd_event_stream_new(request->session, resumed), certd_event_stream_free);
}

const CertdRoute certd_routes_events[] = {
    {.pattern = SERVICE, .flags = CERTD_ROUTE_HERE, .get = get_service},
    {.pattern = SERVICE "/Subscriptions", .flags = CERTD_ROUTE_HERE, .get = get_subscriptions},
    {.pattern = SERVICE "/SSE", .flags = CERTD_ROUTE_HERE, .get = get_stream},
    {0},
};
