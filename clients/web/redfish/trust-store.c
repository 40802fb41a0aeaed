/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collections, what is added and removed, the bundles and the check of a chain; anchor.c has what one anchor looks like. */
#include "web/redfish/trust-store.h"

#include <gio/gunixfdlist.h>
#include <string.h>

#include "model/names.h"
#include "web/redfish/anchor.h"
#include "web/redfish/bus.h"
#include "web/redfish/oem.h"
#include "web/route.h"

#define VERIFY CERTD_TRUST_ACTION_VERIFY

/* The labels of RFC 7468 that each CertificateType allows, and how many of them. */
static const struct {
    const char *type;
    const char *labels[3];
    guint most;
} types[] = {
    {"PEM", {"CERTIFICATE", NULL}, 1},
    {"PEMchain", {"CERTIFICATE", NULL}, G_MAXUINT},
    {"PKCS7", {"PKCS7", "CMS", NULL}, 1},
};

gboolean certd_trust_is_type(const char *text, const char *type)
{
    static const char begin[] = "-----BEGIN ";
    guint count = 0;
    size_t row = 0;
    while (row < G_N_ELEMENTS(types) && !g_str_equal(types[row].type, type))
        row++;
    if (row == G_N_ELEMENTS(types))
        return FALSE;
    for (const char *at = strstr(text, begin); at; at = strstr(at, begin)) {
        at += strlen(begin);
        const char *end = strstr(at, "-----");
        g_autofree char *label = end ? g_strndup(at, (size_t)(end - at)) : NULL;
        if (!label || !g_strv_contains(types[row].labels, label))
            return FALSE;
        count++;
    }
    return count > 0 && count <= types[row].most;
}

gboolean certd_trust_is_id(const char *id)
{
    return strlen(id) == 64 && strspn(id, "0123456789abcdef") == 64;
}

/* The purpose that the collection of @request is about; NULL: all of them. */
static const char *purpose_of(const CertdRequest *request)
{
    if (g_str_equal(request->path, CERTD_REDFISH_TRUST_CLIENT))
        return "server";
    return g_str_equal(request->path, CERTD_REDFISH_TRUST_SERVER) ? "client" : NULL;
}

/* The members that @collection links to, in short: who lists them needs no request for each. */
static void add_summaries(JsonObject *collection, GPtrArray *anchors)
{
    JsonArray *members = json_object_get_array_member(collection, "Members");
    JsonArray *summaries = json_array_new();
    guint next = 0;
    for (guint i = 0; i < anchors->len && next < json_array_get_length(members); i++) {
        GVariant *anchor = g_ptr_array_index(anchors, i);
        g_autofree char *path = certd_anchor_path(certd_anchor_id(anchor));
        JsonObject *link = json_array_get_object_element(members, next);
        if (!g_str_equal(json_object_get_string_member(link, "@odata.id"), path))
            continue;
        json_array_add_object_element(summaries, certd_anchor_summary(anchor));
        next++;
    }
    JsonObject *oem = certd_oem_new(collection, "CertdAnchor.v1_0_0.AnchorCollection");
    json_object_set_array_member(oem, "Anchors", summaries);
}

static void get_collection(const CertdRequest *request, CertdAnswer *answer)
{
    const char *purpose = purpose_of(request);
    g_autoptr(GPtrArray) anchors = certd_anchor_list(request, answer);
    if (!anchors)
        return;
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < anchors->len; i++) {
        GVariant *anchor = g_ptr_array_index(anchors, i);
        if (!purpose || certd_anchor_has_purpose(anchor, purpose))
            g_ptr_array_add(paths, certd_anchor_path(certd_anchor_id(anchor)));
    }
    g_ptr_array_add(paths, NULL);
    JsonObject *collection =
        certd_collection_new(request, answer, "#CertificateCollection.CertificateCollection",
                             "Trusted certificates", (const char *const *)paths->pdata);
    if (!collection)
        return;
    add_summaries(collection, anchors);
    certd_answer_json(answer, 200, collection);
}

/* The purposes that the body or the collection says; FALSE, with the answer filled, where they are none. */
static gboolean read_purposes(const CertdRequest *request, GVariantDict *options,
                              CertdAnswer *answer)
{
    static const CertdField own[] = {
        {"@odata.type", CERTD_FIELD_STRING, FALSE}, {"Purposes", CERTD_FIELD_STRINGS, FALSE}, {0}};
    static const char *const known[] = {"server", "client", NULL};
    const char *implied[] = {purpose_of(request), NULL};
    JsonObject *oem = NULL;
    if (!certd_oem_read(request->body, own, answer, &oem))
        return FALSE;
    g_auto(GStrv) given = oem ? certd_field_strings(oem, "Purposes") : NULL;
    for (size_t i = 0; given && given[i]; i++) {
        if (!g_strv_contains(known, given[i])) {
            certd_answer_property(answer, "/Oem/Certd/Purposes",
                                  CERTD_MESSAGE_PROPERTY_VALUE_NOT_IN_LIST, given[i],
                                  "Oem/Certd/Purposes");
            return FALSE;
        }
    }
    if (given && implied[0] && !g_strv_contains((const char *const *)given, implied[0])) {
        certd_answer_property(answer, "/Oem/Certd/Purposes",
                              CERTD_MESSAGE_PROPERTY_VALUE_RESOURCE_CONFLICT, "Oem/Certd/Purposes",
                              given[0] ? given[0] : "", request->path);
        return FALSE;
    }
    const char *const *purposes = given ? (const char *const *)given : implied;
    if (given || implied[0])
        g_variant_dict_insert_value(options, "purposes", g_variant_new_strv(purposes, -1));
    return TRUE;
}

/* Checks CertificateString against CertificateType, PEM where that is not given. */
static const char *read_certificates(const CertdRequest *request, CertdAnswer *answer)
{
    const char *text = certd_field_string(request->body, "CertificateString");
    const char *type = certd_field_string(request->body, "CertificateType");
    gboolean known = !type;
    for (size_t i = 0; type && i < G_N_ELEMENTS(types); i++)
        known = known || g_str_equal(types[i].type, type);
    if (!known)
        certd_answer_property(answer, "/CertificateType", CERTD_MESSAGE_PROPERTY_VALUE_NOT_IN_LIST,
                              type, "CertificateType");
    else if (!text || !certd_trust_is_type(text, type ? type : "PEM"))
        certd_answer_property(answer, "/CertificateString", CERTD_MESSAGE_PROPERTY_VALUE_ERROR,
                              "CertificateString");
    return certd_answer_is_error(answer) ? NULL : text;
}

static GVariant *bytes_of(const char *text)
{
    return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, text, strlen(text), 1);
}

static void add(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {{"CertificateString", CERTD_FIELD_STRING, TRUE},
                                        {"CertificateType", CERTD_FIELD_STRING, FALSE},
                                        {"Oem", CERTD_FIELD_OBJECT, FALSE},
                                        {0}};
    g_auto(GVariantDict) options = G_VARIANT_DICT_INIT(NULL);
    if (!certd_fields_check(request->body, fields, NULL, "", answer) ||
        !read_purposes(request, &options, answer))
        return;
    const char *text = read_certificates(request, answer);
    if (!text)
        return;
    g_autoptr(GVariant) reply = certd_redfish_call(
        request, answer, CERTD_PATH_TRUST_STORE, CERTD_INTERFACE_TRUST_STORE, "Add",
        g_variant_new("(@ay@a{sv})", bytes_of(text), g_variant_dict_end(&options)), "(as)", NULL,
        NULL);
    if (!reply)
        return;
    g_autofree const char **fingerprints = NULL;
    g_variant_get(reply, "(^a&s)", &fingerprints);
    g_autoptr(GVariant) anchor = certd_anchor_find(request, answer, fingerprints[0]);
    if (!anchor)
        return;
    g_autofree char *path = certd_anchor_path(fingerprints[0]);
    certd_answer_created(answer, path, certd_anchor_resource(anchor));
}

static void get_member(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GVariant) anchor = certd_anchor_find(request, answer, request->parts[0]);
    if (anchor)
        certd_answer_json(answer, 200, certd_anchor_resource(anchor));
}

static void remove_member(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GVariant) anchor = certd_anchor_find(request, answer, request->parts[0]);
    g_autoptr(GVariant) reply =
        anchor ? certd_redfish_call(request, answer, CERTD_PATH_TRUST_STORE,
                                    CERTD_INTERFACE_TRUST_STORE, "Remove",
                                    g_variant_new("(s)", request->parts[0]), "()", NULL, NULL)
               : NULL;
    if (reply)
        certd_answer_nothing(answer);
}

static void get_bundle(const CertdRequest *request, CertdAnswer *answer)
{
    gboolean server = g_str_has_suffix(request->path, "/server.pem");
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GVariant) reply = certd_redfish_call(
        request, answer, CERTD_PATH_TRUST_STORE, CERTD_INTERFACE_TRUST_STORE, "Export",
        g_variant_new("(s)", server ? "pem" : "client-pem"), "(h)", NULL, &fds);
    if (!reply)
        return;
    gint32 index;
    g_variant_get(reply, "(h)", &index);
    GBytes *bytes = certd_redfish_read_fd(fds, index, answer);
    if (!bytes)
        return;
    certd_answer_header(answer, "Content-Disposition",
                        server ? "attachment; filename=\"server.pem\""
                               : "attachment; filename=\"client.pem\"");
    certd_answer_bytes(answer, 200, "application/x-pem-file", bytes);
}

/* Whether no finding of @findings is an error. */
static gboolean is_trusted(GVariant *findings)
{
    GVariantIter iter;
    const char *severity;
    g_variant_iter_init(&iter, findings);
    while (g_variant_iter_next(&iter, "(&s&s&s&s)", NULL, &severity, NULL, NULL)) {
        if (g_str_equal(severity, "error"))
            return FALSE;
    }
    return TRUE;
}

/* Whether a chain can be trusted, and why not (R71): the answer is 200 in either case. */
static void verify(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {{"CertificateString", CERTD_FIELD_STRING, TRUE},
                                        {"HostName", CERTD_FIELD_STRING, FALSE},
                                        {"Purpose", CERTD_FIELD_STRING, FALSE},
                                        {0}};
    g_auto(GVariantDict) options = G_VARIANT_DICT_INIT(NULL);
    if (!certd_fields_check(request->body, fields, VERIFY, "", answer))
        return;
    const char *text = certd_field_string(request->body, "CertificateString");
    const char *name = certd_field_string(request->body, "HostName");
    const char *purpose = certd_field_string(request->body, "Purpose");
    if (purpose && !g_str_equal(purpose, "server") && !g_str_equal(purpose, "client")) {
        certd_answer_property(answer, "/Purpose", CERTD_MESSAGE_ACTION_PARAMETER_VALUE_NOT_IN_LIST,
                              purpose, "Purpose", VERIFY);
        return;
    }
    if (purpose)
        g_variant_dict_insert(&options, "purpose", "s", purpose);
    g_autoptr(GVariant) reply = certd_redfish_call(
        request, answer, CERTD_PATH_TRUST_STORE, CERTD_INTERFACE_TRUST_STORE, "Verify",
        g_variant_new("(@ays@a{sv})", bytes_of(text ? text : ""), name ? name : "",
                      g_variant_dict_end(&options)),
        "(a(ssss))", NULL, NULL);
    if (!reply)
        return;
    g_autoptr(GVariant) findings = g_variant_get_child_value(reply, 0);
    JsonObject *result = json_object_new();
    certd_set_string(result, "@odata.type", "#CertdSecurityPolicy.v1_0_0.VerifyResponse");
    json_object_set_boolean_member(result, "Trusted", is_trusted(findings));
    certd_oem_set_findings(result, "Findings", findings);
    certd_answer_json(answer, 200, result);
}

const CertdRoute certd_routes_trust[] = {
    {.pattern = CERTD_REDFISH_TRUST, .get = get_collection, .post = add},
    {.pattern = CERTD_REDFISH_TRUST_CLIENT, .get = get_collection, .post = add},
    {.pattern = CERTD_REDFISH_TRUST_SERVER, .get = get_collection, .post = add},
    {.pattern = CERTD_REDFISH_TRUST "/{}",
     .flags = CERTD_ROUTE_FRESH,
     .get = get_member,
     .remove = remove_member},
    {.pattern = CERTD_REDFISH_TRUST_BUNDLES "/server.pem", .get = get_bundle},
    {.pattern = CERTD_REDFISH_TRUST_BUNDLES "/client.pem", .get = get_bundle},
    {.pattern = CERTD_REDFISH_MANAGER "/SecurityPolicy/Actions/Oem/" CERTD_TRUST_ACTION_VERIFY,
     .post = verify},
    {0},
};
