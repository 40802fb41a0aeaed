/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/place-request.h"

#include "common/dict.h"
#include "model/names.h"
#include "web/redfish/bus.h"
#include "web/redfish/details.h"
#include "web/redfish/download.h"
#include "web/redfish/location.h"
#include "web/redfish/lookup.h"
#include "web/redfish/names.h"

#define TYPE "CertdRequest.v1_0_0.Request"
#define COLLECTION_TYPE "#CertdRequestCollection.CertdRequestCollection"

static void add_files(JsonObject *object, const char *path)
{
    g_autofree char *pem = g_strconcat(path, "/Request.pem", NULL);
    g_autofree char *der = g_strconcat(path, "/Request.der", NULL);
    JsonObject *files = certd_child(object, "Downloads");
    certd_set_string(files, "PEM", pem);
    certd_set_string(files, "DER", der);
}

static void add_error(JsonObject *object, GVariant *properties)
{
    const char *name = "", *message = "";
    (void)g_variant_lookup(properties, "Error", "(&s&s)", &name, &message);
    if (*name == '\0')
        return;
    JsonObject *error = certd_child(object, "Error");
    certd_set_string(error, "Name", name);
    certd_set_string(error, "Message", message);
}

/* What a request and its row in a list say alike. */
static void add_members(JsonObject *object, GVariant *properties)
{
    g_autoptr(GVariant) subject = certd_dict_array(properties, "Subject", "a(ss)");
    g_autofree char *dn = certd_names_print(subject);
    certd_set_string(object, "State", certd_dict_string(properties, "State"));
    certd_set_string(object, "Issuer", certd_dict_string(properties, "Issuer"));
    certd_set_time(object, "Created", (gint64)certd_dict_number(properties, "Created"));
    certd_set_string(object, "KeyType", certd_dict_string(properties, "KeyType"));
    certd_set_string(object, "PublicKeySha256", certd_dict_string(properties, "PublicKeyHash"));
    certd_set_string(object, "Subject", dn);
    json_object_set_boolean_member(object, "OutOfDate",
                                   certd_dict_boolean(properties, "OutOfDate"));
}

JsonObject *certd_place_request_resource(const char *name, const char *id, GVariant *properties)
{
    g_autofree char *path = certd_location_request(name, id);
    g_autofree char *place = certd_location_place(name);
    g_autofree char *title = g_strdup_printf("Request %s of %s", id, name);
    g_autoptr(GVariant) sans = certd_dict_array(properties, "SubjectAltNames", "a(ss)");
    const char *pem = certd_dict_string(properties, "Pem");

    JsonObject *object = certd_resource_new(path, TYPE, id, title);
    add_members(object, properties);
    json_object_set_array_member(object, "SubjectAltNames", certd_details_pairs(sans, ':'));
    if (*pem != '\0') {
        certd_set_string(object, "CSRString", pem);
        add_files(object, path);
    }
    add_error(object, properties);
    certd_link(object, "Certificate", place);
    g_autofree char *cancel = g_strconcat(path, "/Actions/CertdRequest.Cancel", NULL);
    certd_set_action(object, "#CertdRequest.Cancel", cancel);
    return object;
}

static JsonObject *make_summary(const char *name, GVariant *row)
{
    const char *id;
    g_autoptr(GVariant) summary = g_variant_get_child_value(row, 2);
    g_autoptr(GVariant) names = certd_dict_array(summary, "Names", "a(ss)");
    g_variant_get_child(row, 0, "&s", &id);
    g_autofree char *path = certd_location_request(name, id);
    JsonObject *object = json_object_new();
    certd_set_string(object, "@odata.id", path);
    certd_set_string(object, "Id", id);
    add_members(object, summary);
    json_object_set_array_member(object, "SubjectAltNames", certd_details_pairs(names, ':'));
    json_object_set_int_member(object, "SubjectAltNamesCount",
                               (gint64)certd_dict_number(summary, "NameCount"));
    return object;
}

/* The collection with a summary of each that it lists; @rows from the last on. */
static JsonObject *make_collection(const CertdRequest *request, CertdAnswer *answer,
                                   const GPtrArray *rows, const char *const *paths)
{
    guint first;
    guint length;
    if (!certd_collection_range(request, answer, rows->len, &first, &length))
        return NULL;
    JsonObject *collection =
        certd_collection_new(request, answer, COLLECTION_TYPE, "Requests", paths);
    if (!collection)
        return NULL;
    JsonArray *array = json_array_new();
    for (guint i = first; i < first + length; i++)
        json_array_add_object_element(
            array, make_summary(request->parts[0], g_ptr_array_index(rows, rows->len - 1 - i)));
    json_object_set_array_member(collection, "Summaries", array);
    return collection;
}

void certd_place_requests_get(const CertdRequest *request, CertdAnswer *answer)
{
    const char *name = request->parts[0];
    g_autoptr(GVariant) properties = certd_lookup_certificate(request, answer, name);
    g_autoptr(GPtrArray) rows = properties ? certd_lookup_all(request, answer, TRUE, name) : NULL;
    if (!rows)
        return;
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (guint i = rows->len; i > 0; i--) {
        const char *id;
        g_variant_get_child(g_ptr_array_index(rows, i - 1), 0, "&s", &id);
        g_autofree char *path = certd_location_request(name, id);
        g_strv_builder_add(builder, path);
    }
    g_auto(GStrv) paths = g_strv_builder_end(builder);
    JsonObject *collection = make_collection(request, answer, rows, (const char *const *)paths);
    if (collection)
        certd_answer_json(answer, 200, collection);
}

void certd_place_request_get(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GVariant) properties =
        certd_lookup_request(request, answer, request->parts[0], request->parts[1], NULL);
    if (properties)
        certd_answer_json(
            answer, 200,
            certd_place_request_resource(request->parts[0], request->parts[1], properties));
}

void certd_place_request_cancel(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField none[] = {{0}};
    g_autofree char *object = NULL;
    if (!certd_fields_check(request->body, none, "CertdRequest.Cancel", "", answer))
        return;
    g_autoptr(GVariant) properties =
        certd_lookup_request(request, answer, request->parts[0], request->parts[1], &object);
    if (!properties)
        return;
    g_autoptr(GVariant) reply = certd_redfish_call(request, answer, object, CERTD_INTERFACE_REQUEST,
                                                   "Cancel", NULL, "()", NULL, NULL);
    if (reply)
        certd_answer_nothing(answer);
}

/* The request as a file, which is called NAME.csr in either format. */
static void hand_out(const CertdRequest *request, CertdAnswer *answer, const char *format,
                     const char *content_type)
{
    g_autofree char *object = NULL;
    g_autoptr(GVariant) properties =
        certd_lookup_request(request, answer, request->parts[0], request->parts[1], &object);
    if (!properties)
        return;
    g_autoptr(GVariant) reply =
        certd_redfish_call(request, answer, object, CERTD_INTERFACE_REQUEST, "GetRequest",
                           g_variant_new("(s)", format), "(ay)", NULL, NULL);
    if (!reply)
        return;
    g_autoptr(GVariant) data = g_variant_get_child_value(reply, 0);
    certd_download(answer, request->parts[0], "csr", content_type,
                   g_variant_get_data_as_bytes(data));
}

void certd_place_request_pem(const CertdRequest *request, CertdAnswer *answer)
{
    hand_out(request, answer, "pem", "application/x-pem-file");
}

/* RFC 5967. */
void certd_place_request_der(const CertdRequest *request, CertdAnswer *answer)
{
    hand_out(request, answer, "der", "application/pkcs10");
}
