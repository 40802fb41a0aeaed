/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/certificate.h"

#include "common/dict.h"
#include "model/names.h"
#include "web/redfish/details.h"
#include "web/redfish/generate-csr.h"
#include "web/redfish/identifier.h"
#include "web/redfish/location.h"
#include "web/redfish/lookup.h"
#include "web/redfish/oem.h"
#include "web/redfish/replace.h"
#include "web/redfish/terms.h"

#define TYPE "Certificate.v1_11_0.Certificate"

static void add_usages(JsonArray *usages, GVariant *details, const char *key)
{
    g_autoptr(GVariant) words = certd_dict_array(details, key, "as");
    GVariantIter iter;
    const char *word;
    g_variant_iter_init(&iter, words);
    while (g_variant_iter_next(&iter, "&s", &word)) {
        if (certd_term_usage(word))
            json_array_add_string_element(usages, certd_term_usage(word));
    }
}

static void set_octets(JsonObject *object, const char *member, const char *hex)
{
    g_autofree char *octets = certd_term_octets(hex);
    certd_set_string(object, member, octets);
}

void certd_certificate_describe(JsonObject *object, GVariant *details)
{
    g_autoptr(GVariant) sans = certd_dict_array(details, "subject-alt-names", "a(ss)");
    JsonArray *usages = json_array_new();

    json_object_set_object_member(
        object, "Subject", certd_identifier_new(certd_dict_string(details, "subject"), sans));
    json_object_set_object_member(object, "Issuer",
                                  certd_identifier_new(certd_dict_string(details, "issuer"), NULL));
    certd_set_time(object, "ValidNotBefore", (gint64)certd_dict_number(details, "not-before"));
    certd_set_time(object, "ValidNotAfter", (gint64)certd_dict_number(details, "not-after"));
    add_usages(usages, details, "key-usage");
    add_usages(usages, details, "extended-key-usage");
    json_object_set_array_member(object, "KeyUsage", usages);
    set_octets(object, "SerialNumber", certd_dict_string(details, "serial-number"));
    set_octets(object, "Fingerprint", certd_dict_string(details, "fingerprint-sha256"));
    certd_set_string(object, "FingerprintHashAlgorithm", CERTD_TERM_SHA256);
    certd_set_string(object, "SignatureAlgorithm",
                     certd_term_signature(certd_dict_string(details, "signature-algorithm")));
}

static void add_actions(JsonObject *object, const char *path)
{
    static const char *const actions[] = {"Certificate.Rekey", "Certificate.Renew"};
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        g_autofree char *member = g_strconcat("#", actions[i], NULL);
        g_autofree char *target = g_strconcat(path, "/Actions/", actions[i], NULL);
        certd_set_action(object, member, target);
    }
}

/* The resource of @name with these @properties, which have a chain. */
static JsonObject *make_resource(const char *name, GVariant *properties)
{
    static const char *const web[] = {"Web", NULL};
    gboolean is_https = g_str_equal(name, CERTD_CERTIFICATE_HTTPS);
    g_autofree char *path = certd_location_certificate(name);
    g_autofree char *place = certd_location_place(name);
    g_autofree char *title = g_strdup_printf("Certificate %s", name);
    g_autoptr(GVariant) details = certd_dict_array(properties, "Details", "a{sv}");

    JsonObject *object = certd_resource_new(path, TYPE, is_https ? name : "Certificate", title);
    certd_set_string(object, "CertificateString", certd_dict_string(properties, "Chain"));
    certd_set_string(object, "CertificateType", "PEMchain");
    certd_set_strings(object, "CertificateUsageTypes", is_https ? web : NULL);
    certd_certificate_describe(object, details);
    add_actions(object, path);
    JsonObject *oem = certd_oem_new(object, "CertdCertificate.v1_0_0.CertificateLinks");
    certd_link(oem, "Place", place);
    return object;
}

/* What is in use in @name; NULL with the answer filled, 404 where nothing is. */
static JsonObject *find_resource(const CertdRequest *request, CertdAnswer *answer, const char *name)
{
    g_autoptr(GVariant) properties = certd_lookup_certificate(request, answer, name);
    if (!properties)
        return NULL;
    if (*certd_dict_string(properties, "Chain") != '\0')
        return make_resource(name, properties);
    certd_answer_message(answer, CERTD_MESSAGE_RESOURCE_NOT_FOUND, "Certificate", name);
    return NULL;
}

/* The name in the path: https has its resource elsewhere. */
static const char *name_of(const CertdRequest *request, CertdAnswer *answer)
{
    const char *name = request->parts[0];
    if (!g_str_equal(name, CERTD_CERTIFICATE_HTTPS))
        return name;
    certd_answer_message(answer, CERTD_MESSAGE_INVALID_URI, request->path);
    return NULL;
}

static void get(const CertdRequest *request, CertdAnswer *answer, const char *name)
{
    JsonObject *object = name ? find_resource(request, answer, name) : NULL;
    if (object)
        certd_answer_json(answer, 200, object);
}

void certd_certificate_get_https(const CertdRequest *request, CertdAnswer *answer)
{
    get(request, answer, CERTD_CERTIFICATE_HTTPS);
}

void certd_certificate_get(const CertdRequest *request, CertdAnswer *answer)
{
    get(request, answer, name_of(request, answer));
}

/* An action is one of a resource that is there. */
static void act(const CertdRequest *request, CertdAnswer *answer, const char *name,
                void (*action)(const CertdRequest *request, CertdAnswer *answer, const char *name))
{
    g_autoptr(JsonObject) object = name ? find_resource(request, answer, name) : NULL;
    if (object)
        action(request, answer, name);
}

void certd_certificate_rekey_https(const CertdRequest *request, CertdAnswer *answer)
{
    act(request, answer, CERTD_CERTIFICATE_HTTPS, certd_rekey);
}

void certd_certificate_rekey(const CertdRequest *request, CertdAnswer *answer)
{
    act(request, answer, name_of(request, answer), certd_rekey);
}

void certd_certificate_renew_https(const CertdRequest *request, CertdAnswer *answer)
{
    act(request, answer, CERTD_CERTIFICATE_HTTPS, certd_renew);
}

void certd_certificate_renew(const CertdRequest *request, CertdAnswer *answer)
{
    act(request, answer, name_of(request, answer), certd_renew);
}

static void get_collection(const CertdRequest *request, CertdAnswer *answer, const char *name)
{
    g_autoptr(GVariant) properties = name ? certd_lookup_certificate(request, answer, name) : NULL;
    if (!properties)
        return;
    g_autofree char *path = certd_location_certificate(name);
    gboolean any = *certd_dict_string(properties, "Chain") != '\0';
    const char *const paths[] = {any ? path : NULL, NULL};
    JsonObject *collection = certd_collection_new(
        request, answer, "#CertificateCollection.CertificateCollection", "Certificates", paths);
    if (collection)
        certd_answer_json(answer, 200, collection);
}

void certd_certificates_get_https(const CertdRequest *request, CertdAnswer *answer)
{
    get_collection(request, answer, CERTD_CERTIFICATE_HTTPS);
}

void certd_certificates_get(const CertdRequest *request, CertdAnswer *answer)
{
    get_collection(request, answer, name_of(request, answer));
}

static void post(const CertdRequest *request, CertdAnswer *answer, const char *name)
{
    if (!name || !certd_replace_post(request, answer, name))
        return;
    g_autofree char *path = certd_location_certificate(name);
    JsonObject *object = find_resource(request, answer, name);
    if (object)
        certd_answer_created(answer, path, object);
}

void certd_certificates_post_https(const CertdRequest *request, CertdAnswer *answer)
{
    post(request, answer, CERTD_CERTIFICATE_HTTPS);
}

void certd_certificates_post(const CertdRequest *request, CertdAnswer *answer)
{
    post(request, answer, name_of(request, answer));
}
