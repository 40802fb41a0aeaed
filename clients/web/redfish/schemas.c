/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the answers are written in: DMTF's schemas and registry, which are at DMTF's, and those of our own, which are here
 * (redfish/schemas/, messages.def and model/errors.def).
 */
#include <string.h>

#include "model/error.h"
#include "web/redfish/resource.h"
#include "web/resources.h"
#include "web/route.h"

#define SCHEMAS CERTD_REDFISH "/JsonSchemas"
#define REGISTRIES CERTD_REDFISH "/Registries"
#define PUBLICATION "http://redfish.dmtf.org/schemas/v1/"
#define BASE_PUBLICATION "https://redfish.dmtf.org/registries/Base.1.19.0.json"
#define EVENTS_REGISTRY "ResourceEvent.1.3"
#define EVENTS_PUBLICATION "https://redfish.dmtf.org/registries/ResourceEvent.1.3.0.json"
#define OWN_FILE "Certd.1.0.0.json"
#define FOLDER "schemas"
#define SUFFIX ".json"

static const struct {
    const char *name;
    const char *version;
} types[] = {
#define CERTD_TYPE_ROW(name, version) {name, version},
#include "web/redfish/types.def"
#undef CERTD_TYPE_ROW
};

static const struct {
    const char *name;
} errors[] = {
#define CERTD_ERROR_ROW(code, name, http, exit) {name},
#include "model/errors.def"
#undef CERTD_ERROR_ROW
};

/* Those of our own that only events have. */
static const struct {
    const char *name;
    const char *severity;
    guint n_args;
    const char *text;
    const char *resolution;
} events[] = {
#define CERTD_EVENT_ROW(...)
#define CERTD_EVENT_OWN_ROW(code, name, type, severity, n_args, text, resolution)                  \
    {name, severity, n_args, text, resolution},
#include "web/redfish/events.def"
#undef CERTD_EVENT_ROW
};

/* "Manager.v1_25_0"; caller frees. */
static char *type_id(guint i)
{
    return *types[i].version ? g_strconcat(types[i].name, ".", types[i].version, NULL)
                             : g_strdup(types[i].name);
}

static void get_schemas(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GStrvBuilder) paths = g_strv_builder_new();
    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *id = type_id(i);
        g_autofree char *path = g_strconcat(SCHEMAS "/", id, NULL);
        g_strv_builder_add(paths, path);
    }
    g_auto(GStrv) own = certd_resources_names(FOLDER);
    for (guint i = 0; own[i]; i++) {
        g_autofree char *path = g_strconcat(SCHEMAS "/", own[i], NULL);
        path[strlen(path) - strlen(SUFFIX)] = '\0';
        g_strv_builder_add(paths, path);
    }
    g_auto(GStrv) all = g_strv_builder_end(paths);
    JsonObject *collection =
        certd_collection_new(request, answer, "#JsonSchemaFileCollection.JsonSchemaFileCollection",
                             "JSON Schema File Collection", (const char *const *)all);
    if (collection)
        certd_answer_json(answer, 200, collection);
}

/* Where a schema or registry is: here, or at @publication. */
static void set_location(JsonObject *file, const char *uri, const char *publication)
{
    JsonObject *location = json_object_new();
    json_object_set_string_member(location, "Language", "en");
    certd_set_string(location, "Uri", uri);
    certd_set_string(location, "PublicationUri", publication);
    JsonArray *locations = json_array_new();
    json_array_add_object_element(locations, location);
    json_object_set_array_member(file, "Location", locations);
    certd_set_strings(file, "Languages", (const char *const[]){"en", NULL});
}

/* The JsonSchemaFile @id, whose type is "#Manager.v1_25_0.Manager". */
static JsonObject *describe_schema(const CertdRequest *request, const char *id, const char *type)
{
    JsonObject *file =
        certd_resource_new(request->path, "JsonSchemaFile.v1_1_5.JsonSchemaFile", id, id);
    g_autofree char *schema = g_strdup_printf("#%s.%s", id, type);
    json_object_set_string_member(file, "Schema", schema);
    return file;
}

static gboolean answer_standard(const CertdRequest *request, const char *id, CertdAnswer *answer)
{
    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *known = type_id(i);
        if (!g_str_equal(known, id))
            continue;
        JsonObject *file = describe_schema(request, id, types[i].name);
        g_autofree char *publication = g_strconcat(PUBLICATION, id, SUFFIX, NULL);
        set_location(file, NULL, publication);
        certd_answer_json(answer, 200, file);
        return TRUE;
    }
    return FALSE;
}

/* "CertdManager.v1_0_0" describes, "CertdManager.v1_0_0.json" is the schema. */
static gboolean answer_own(const CertdRequest *request, const char *id, CertdAnswer *answer)
{
    gboolean whole = g_str_has_suffix(id, SUFFIX);
    g_autofree char *name = whole ? g_strdup(id) : g_strconcat(id, SUFFIX, NULL);
    g_autoptr(GBytes) bytes = certd_resources_file(FOLDER, name);
    if (!bytes)
        return FALSE;
    if (whole) {
        certd_answer_bytes(answer, 200, "application/json", g_steal_pointer(&bytes));
        return TRUE;
    }
    const char *prefix = "Certd";
    g_autofree char *type = g_strndup(id + strlen(prefix), strcspn(id + strlen(prefix), "."));
    JsonObject *file = describe_schema(request, id, type);
    g_autofree char *uri = g_strconcat(SCHEMAS "/", name, NULL);
    set_location(file, uri, NULL);
    certd_answer_json(answer, 200, file);
    return TRUE;
}

static void get_schema(const CertdRequest *request, CertdAnswer *answer)
{
    const char *id = request->parts[0];
    if (!answer_standard(request, id, answer) && !answer_own(request, id, answer))
        certd_answer_message(answer, CERTD_MESSAGE_RESOURCE_NOT_FOUND, "JsonSchemaFile", id);
}

static void get_registries(const CertdRequest *request, CertdAnswer *answer)
{
    static const char *const paths[] = {REGISTRIES "/Base", REGISTRIES "/ResourceEvent",
                                        REGISTRIES "/Certd", NULL};
    JsonObject *collection = certd_collection_new(
        request, answer, "#MessageRegistryFileCollection.MessageRegistryFileCollection",
        "Message Registry File Collection", paths);
    if (collection)
        certd_answer_json(answer, 200, collection);
}

static void answer_registry(const CertdRequest *request, const char *name, const char *registry,
                            const char *uri, const char *publication, CertdAnswer *answer)
{
    JsonObject *file = certd_resource_new(
        request->path, "MessageRegistryFile.v1_1_5.MessageRegistryFile", request->parts[0], name);
    json_object_set_string_member(file, "Registry", registry);
    set_location(file, uri, publication);
    certd_answer_json(answer, 200, file);
}

static void add_message(JsonObject *messages, const char *name, const char *text, guint n_args,
                        const char *severity, const char *resolution)
{
    JsonObject *message = certd_child(messages, name);
    json_object_set_string_member(message, "Description", text);
    json_object_set_string_member(message, "Message", text);
    json_object_set_string_member(message, "Severity", severity);
    json_object_set_string_member(message, "MessageSeverity", severity);
    json_object_set_int_member(message, "NumberOfArgs", n_args);
    JsonArray *arguments = json_array_new();
    for (guint i = 0; i < n_args; i++)
        json_array_add_string_element(arguments, "string");
    json_object_set_array_member(message, "ParamTypes", arguments);
    json_object_set_string_member(message, "Resolution", resolution);
}

static void get_own_registry(CertdAnswer *answer)
{
    JsonObject *registry = json_object_new();
    json_object_set_string_member(registry, "@odata.type",
                                  "#MessageRegistry.v1_8_0.MessageRegistry");
    json_object_set_string_member(registry, "Id", "Certd.1.0.0");
    json_object_set_string_member(registry, "Name", "certd Message Registry");
    json_object_set_string_member(registry, "Language", "en");
    json_object_set_string_member(registry, "RegistryPrefix", "Certd");
    json_object_set_string_member(registry, "RegistryVersion", "1.0.0");
    json_object_set_string_member(registry, "OwningEntity", "certd");
    JsonObject *messages = certd_child(registry, "Messages");
    for (guint i = 0; i < CERTD_MESSAGE_COUNT_; i++) {
        if (certd_message_is_own(i))
            add_message(messages, certd_message_name(i), certd_message_template(i),
                        certd_message_args(i), certd_message_severity(i),
                        certd_message_resolution(i));
    }
    for (guint i = 0; i < G_N_ELEMENTS(errors); i++)
        add_message(messages, errors[i].name, "%1", 1, "Warning", "Do what the message says.");
    for (guint i = 0; i < G_N_ELEMENTS(events); i++)
        add_message(messages, events[i].name, events[i].text, events[i].n_args, events[i].severity,
                    events[i].resolution);
    certd_answer_json(answer, 200, registry);
}

static void get_registry(const CertdRequest *request, CertdAnswer *answer)
{
    const char *id = request->parts[0];
    if (g_str_equal(id, "Base"))
        answer_registry(request, "Base Message Registry File", certd_message_registry, NULL,
                        BASE_PUBLICATION, answer);
    else if (g_str_equal(id, "ResourceEvent"))
        answer_registry(request, "Resource Event Message Registry File", EVENTS_REGISTRY, NULL,
                        EVENTS_PUBLICATION, answer);
    else if (g_str_equal(id, "Certd"))
        answer_registry(request, "certd Message Registry File", certd_message_own_registry,
                        REGISTRIES "/" OWN_FILE, NULL, answer);
    else if (g_str_equal(id, OWN_FILE))
        get_own_registry(answer);
    else
        certd_answer_message(answer, CERTD_MESSAGE_RESOURCE_NOT_FOUND, "MessageRegistryFile", id);
}

const CertdRoute certd_routes_schemas[] = {
    {.pattern = SCHEMAS, .flags = CERTD_ROUTE_HERE, .get = get_schemas},
    {.pattern = SCHEMAS "/{}", .flags = CERTD_ROUTE_HERE, .get = get_schema},
    {.pattern = REGISTRIES, .flags = CERTD_ROUTE_HERE, .get = get_registries},
    {.pattern = REGISTRIES "/{}", .flags = CERTD_ROUTE_HERE, .get = get_registry},
    {0},
};
