/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where clients begin: versions, the service root, and OData's two documents (DSP0266 sections 6.4 and 8.1). */
#include <systemd/sd-id128.h>

#include "web/redfish/resource.h"
#include "web/route.h"

#define APPLICATION_ID SD_ID128_MAKE(6e, 0c, 4d, 2a, 5b, 1f, 47, 93, a8, d2, 3c, 77, 90, 1b, e4, 5d)
#define PUBLICATION "http://redfish.dmtf.org/schemas/v1/"
#define ANYBODYS (CERTD_ROUTE_PUBLIC | CERTD_ROUTE_HERE)
/* With the slash, DSP0266 says; without it, it is the same. */
#define ROOT CERTD_REDFISH "/"

/* What the root links; the singletons of the OData service document, too. */
static const struct {
    const char *member;
    const char *path;
} services[] = {
    {"CertificateService", CERTD_REDFISH "/CertificateService"},
    {"EventService", CERTD_REDFISH "/EventService"},
    {"JsonSchemas", CERTD_REDFISH "/JsonSchemas"},
    {"Managers", CERTD_REDFISH "/Managers"},
    {"Registries", CERTD_REDFISH "/Registries"},
    {"SessionService", CERTD_REDFISH "/SessionService"},
    {"Tasks", CERTD_REDFISH "/TaskService"},
};

static const struct {
    const char *name;
    const char *version;
} types[] = {
#define CERTD_TYPE_ROW(name, version) {name, version},
#include "web/redfish/types.def"
#undef CERTD_TYPE_ROW
};

static void get_versions(const CertdRequest *request, CertdAnswer *answer)
{
    JsonObject *object = json_object_new();
    json_object_set_string_member(object, "v1", ROOT);
    certd_answer_json(answer, 200, object);
}

/* The machine's id is not for the network; what is made of it stays the same, and does not tell it. */
static void set_uuid(JsonObject *object)
{
    sd_id128_t id;
    char text[SD_ID128_UUID_STRING_MAX];
    if (sd_id128_get_machine_app_specific(APPLICATION_ID, &id) >= 0)
        json_object_set_string_member(object, "UUID", sd_id128_to_uuid_string(id, text));
}

static void set_features(JsonObject *root)
{
    JsonObject *features = certd_child(root, "ProtocolFeaturesSupported");
    json_object_set_boolean_member(features, "ExcerptQuery", FALSE);
    json_object_set_boolean_member(features, "FilterQuery", FALSE);
    json_object_set_boolean_member(features, "OnlyMemberQuery", FALSE);
    json_object_set_boolean_member(features, "SelectQuery", FALSE);
    json_object_set_boolean_member(features, "TopSkipQuery", TRUE);
}

static void get_root(const CertdRequest *request, CertdAnswer *answer)
{
    JsonObject *root =
        certd_resource_new(ROOT, "ServiceRoot.v1_21_0.ServiceRoot", "RootService", "Root Service");
    json_object_set_string_member(root, "RedfishVersion", "1.21.0");
    json_object_set_string_member(root, "Product", "certd");
    set_uuid(root);
    for (guint i = 0; i < G_N_ELEMENTS(services); i++)
        certd_link(root, services[i].member, services[i].path);
    set_features(root);
    JsonObject *links = certd_child(root, "Links");
    certd_link(links, "Sessions", CERTD_REDFISH "/SessionService/Sessions");
    certd_link(links, "ManagerProvidingService", CERTD_REDFISH_MANAGER);
    certd_answer_json(answer, 200, root);
}

static void add_singleton(JsonArray *value, const char *name, const char *path)
{
    JsonObject *singleton = json_object_new();
    json_object_set_string_member(singleton, "name", name);
    json_object_set_string_member(singleton, "kind", "Singleton");
    json_object_set_string_member(singleton, "url", path);
    json_array_add_object_element(value, singleton);
}

static void get_odata(const CertdRequest *request, CertdAnswer *answer)
{
    JsonObject *object = json_object_new();
    json_object_set_string_member(object, "@odata.context", CERTD_REDFISH "/$metadata");
    JsonArray *value = json_array_new();
    add_singleton(value, "Service", ROOT);
    for (guint i = 0; i < G_N_ELEMENTS(services); i++)
        add_singleton(value, services[i].member, services[i].path);
    json_object_set_array_member(object, "value", value);
    certd_answer_json(answer, 200, object);
}

/* One schema file, and the namespaces that are used of it. */
static void add_reference(GString *xml, const char *file, const char *name, const char *version)
{
    g_string_append_printf(xml, "  <edmx:Reference Uri=\"" PUBLICATION "%s.xml\">\n", file);
    g_string_append_printf(xml, "    <edmx:Include Namespace=\"%s\"/>\n", name);
    if (*version != '\0')
        g_string_append_printf(xml, "    <edmx:Include Namespace=\"%s.%s\"/>\n", name, version);
    g_string_append(xml, "  </edmx:Reference>\n");
}

static void get_metadata(const CertdRequest *request, CertdAnswer *answer)
{
    GString *xml = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                "<edmx:Edmx xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\""
                                " Version=\"4.0\">\n");
    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *file = g_strconcat(types[i].name, "_v1", NULL);
        add_reference(xml, file, types[i].name, types[i].version);
    }
    add_reference(xml, "RedfishExtensions_v1", "RedfishExtensions.v1_0_0", "");
    g_string_append(xml, "  <edmx:DataServices>\n"
                         "    <Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\""
                         " Namespace=\"Service\">\n"
                         "      <EntityContainer Name=\"Service\""
                         " Extends=\"ServiceRoot.v1_21_0.ServiceContainer\"/>\n"
                         "    </Schema>\n"
                         "  </edmx:DataServices>\n"
                         "</edmx:Edmx>\n");
    certd_answer_bytes(answer, 200, "application/xml", g_string_free_to_bytes(xml));
}

const CertdRoute certd_routes_service[] = {
    {.pattern = "/redfish", .flags = ANYBODYS, .get = get_versions},
    {.pattern = CERTD_REDFISH, .flags = ANYBODYS, .get = get_root},
    {.pattern = CERTD_REDFISH "/odata", .flags = ANYBODYS, .get = get_odata},
    {.pattern = CERTD_REDFISH "/$metadata", .flags = ANYBODYS, .get = get_metadata},
    {0},
};
