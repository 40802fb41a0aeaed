/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device's own authority (R26, R27), a resource of our own below the certificate service. */
#include <gio/gunixfdlist.h>
#include <string.h>

#include "common/dict.h"
#include "model/names.h"
#include "web/redfish/bus.h"
#include "web/redfish/location.h"
#include "web/redfish/lookup.h"
#include "web/redfish/names.h"
#include "web/redfish/oem.h"
#include "web/redfish/terms.h"
#include "web/route.h"

#define AUTHORITY CERTD_REDFISH_OEM "/Authority"
#define REGENERATE "CertdAuthority.Regenerate"
#define SIGN "CertdAuthority.Sign"

static const char *const scopes[] = {"local", "device", "any", NULL};

/* What can be downloaded: below AUTHORITY, for Export, and the member of the resource that names it. */
static const struct {
    const char *member;
    const char *file;
    const char *format;
    const char *content_type;
    const char *disposition;
} downloads[] = {
    {"PEM", AUTHORITY "/ca.crt", "pem", "application/x-pem-file",
     "attachment; filename=\"ca.crt\""},
    {"DER", AUTHORITY "/ca.cer", "der", "application/pkix-cert", "attachment; filename=\"ca.cer\""},
    {"AppleProfile", AUTHORITY "/ca.mobileconfig", "mobileconfig",
     "application/x-apple-aspen-config", "attachment; filename=\"ca.mobileconfig\""},
};

static void set_certificate(JsonObject *resource, GVariant *properties)
{
    const char *pem = certd_dict_string(properties, "Certificate");
    const char *fingerprint = certd_dict_string(properties, "Fingerprint");
    g_autofree char *octets = *fingerprint != '\0' ? certd_term_octets(fingerprint) : NULL;
    if (*pem != '\0') {
        certd_set_string(resource, "CertificateString", pem);
        certd_set_string(resource, "CertificateType", "PEM");
    }
    certd_set_string(resource, "Fingerprint", octets);
    if (octets)
        certd_set_string(resource, "FingerprintHashAlgorithm", CERTD_TERM_SHA256);
    certd_set_time(resource, "ValidNotBefore", (gint64)certd_dict_number(properties, "NotBefore"));
    certd_set_time(resource, "ValidNotAfter", (gint64)certd_dict_number(properties, "NotAfter"));
}

static void set_subject(JsonObject *resource, GVariant *properties)
{
    g_autoptr(GVariant) subject = certd_dict_array(properties, "Subject", "a(ss)");
    g_autofree char *dn = certd_names_print(subject);
    if (*dn != '\0')
        certd_set_string(resource, "Subject", dn);
}

/* Actions of a resource of our own stand among the Actions themselves. */
static void set_actions(JsonObject *resource)
{
    certd_set_action(resource, "#" REGENERATE, AUTHORITY "/Actions/" REGENERATE);
    certd_set_action(resource, "#" SIGN, AUTHORITY "/Actions/" SIGN);
    JsonObject *actions = json_object_get_object_member(resource, "Actions");
    certd_set_strings(json_object_get_object_member(actions, "#" REGENERATE),
                      "Scope@Redfish.AllowableValues", scopes);
}

static void get_authority(const CertdRequest *request, CertdAnswer *answer)
{
    g_autoptr(GVariant) properties =
        certd_redfish_get_all(request, answer, CERTD_PATH_AUTHORITY, CERTD_INTERFACE_AUTHORITY);
    if (!properties)
        return;
    JsonObject *resource = certd_resource_new(AUTHORITY, "CertdAuthority.v1_0_0.Authority",
                                              "Authority", "The device's own authority");
    set_certificate(resource, properties);
    set_subject(resource, properties);
    certd_oem_set_words(resource, "PermittedNames", properties, "PermittedNames");
    const char *scope = certd_dict_string(properties, "Scope");
    if (*scope != '\0')
        certd_set_string(resource, "Scope", scope);
    JsonObject *files = certd_child(resource, "Downloads");
    for (size_t i = 0; i < G_N_ELEMENTS(downloads); i++)
        certd_set_string(files, downloads[i].member, downloads[i].file);
    set_actions(resource);
    certd_answer_json(answer, 200, resource);
}

/* Adds the option days u, from Days; FALSE, with the answer filled, where it is no number of days at all. certd knows
 * how many are too many. */
static gboolean add_days(const CertdRequest *request, const char *action, GVariantDict *options,
                         CertdAnswer *answer)
{
    gint64 days = certd_field_integer(request->body, "Days", -1);
    if (!json_object_has_member(request->body, "Days") ||
        json_object_get_null_member(request->body, "Days"))
        return TRUE;
    if (days < 1 || days > G_MAXUINT32) {
        g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT, days);
        certd_answer_property(answer, "/Days", CERTD_MESSAGE_ACTION_PARAMETER_VALUE_OUT_OF_RANGE,
                              text, "Days", action);
        return FALSE;
    }
    g_variant_dict_insert(options, "days", "u", (guint32)days);
    return TRUE;
}

static void regenerate(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {{"Subject", CERTD_FIELD_STRING, FALSE},
                                        {"Days", CERTD_FIELD_INTEGER, FALSE},
                                        {"Scope", CERTD_FIELD_STRING, FALSE},
                                        {"ReuseKey", CERTD_FIELD_BOOLEAN, FALSE},
                                        {0}};
    g_auto(GVariantDict) options = G_VARIANT_DICT_INIT(NULL);
    if (!certd_fields_check(request->body, fields, REGENERATE, "", answer) ||
        !add_days(request, REGENERATE, &options, answer))
        return;
    const char *subject = certd_field_string(request->body, "Subject");
    const char *scope = certd_field_string(request->body, "Scope");
    if (scope && !g_strv_contains(scopes, scope)) {
        certd_answer_property(answer, "/Scope", CERTD_MESSAGE_ACTION_PARAMETER_VALUE_NOT_IN_LIST,
                              scope, "Scope", REGENERATE);
        return;
    }
    if (subject)
        g_variant_dict_insert(&options, "subject", "s", subject);
    if (scope)
        g_variant_dict_insert(&options, "authority-scope", "s", scope);
    if (certd_field_boolean(request->body, "ReuseKey", FALSE))
        g_variant_dict_insert(&options, "reuse-key", "b", TRUE);
    g_autoptr(GVariant) reply = certd_redfish_call(
        request, answer, CERTD_PATH_AUTHORITY, CERTD_INTERFACE_AUTHORITY, "Regenerate",
        g_variant_new("(@a{sv})", g_variant_dict_end(&options)), "()", NULL, NULL);
    if (reply)
        certd_answer_nothing(answer);
}

static void sign(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {{"CSRString", CERTD_FIELD_STRING, TRUE},
                                        {"Days", CERTD_FIELD_INTEGER, FALSE},
                                        {"AlternativeNames", CERTD_FIELD_STRINGS, FALSE},
                                        {"CopyCommonName", CERTD_FIELD_BOOLEAN, FALSE},
                                        {0}};
    g_auto(GVariantDict) options = G_VARIANT_DICT_INIT(NULL);
    if (!certd_fields_check(request->body, fields, SIGN, "", answer) ||
        !add_days(request, SIGN, &options, answer))
        return;
    const char *text = certd_field_string(request->body, "CSRString");
    g_auto(GStrv) names = certd_field_strings(request->body, "AlternativeNames");
    if (names)
        g_variant_dict_insert_value(&options, "subject-alt-names",
                                    g_variant_new_strv((const char *const *)names, -1));
    if (!certd_field_boolean(request->body, "CopyCommonName", TRUE))
        g_variant_dict_insert(&options, "copy-common-name", "b", FALSE);
    GVariant *bytes = g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, text ? text : "",
                                                text ? strlen(text) : 0, 1);
    g_autoptr(GVariant) reply = certd_redfish_call(
        request, answer, CERTD_PATH_AUTHORITY, CERTD_INTERFACE_AUTHORITY, "Sign",
        g_variant_new("(@ay@a{sv})", bytes, g_variant_dict_end(&options)), "(s)", NULL, NULL);
    if (!reply)
        return;
    const char *chain;
    g_variant_get(reply, "(&s)", &chain);
    JsonObject *result = json_object_new();
    certd_set_string(result, "@odata.type", "#CertdAuthority.v1_0_0.SignResponse");
    certd_set_string(result, "CertificateString", chain);
    certd_set_string(result, "CertificateType", "PEMchain");
    certd_answer_json(answer, 200, result);
}

static void download(const CertdRequest *request, CertdAnswer *answer)
{
    size_t row = 0;
    while (!g_str_equal(downloads[row].file, request->path))
        row++;
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GVariant) reply = certd_redfish_call(
        request, answer, CERTD_PATH_AUTHORITY, CERTD_INTERFACE_AUTHORITY, "Export",
        g_variant_new("(s)", downloads[row].format), "(h)", NULL, &fds);
    if (!reply)
        return;
    gint32 index;
    g_variant_get(reply, "(h)", &index);
    GBytes *bytes = certd_redfish_read_fd(fds, index, answer);
    if (!bytes)
        return;
    certd_answer_header(answer, "Content-Disposition", downloads[row].disposition);
    certd_answer_bytes(answer, 200, downloads[row].content_type, bytes);
}

const CertdRoute certd_routes_authority[] = {
    {.pattern = AUTHORITY, .get = get_authority},
    {.pattern = AUTHORITY "/Actions/" REGENERATE,
     .flags = CERTD_ROUTE_FRESH,
     .post = regenerate,
     .of = get_authority},
    {.pattern = AUTHORITY "/Actions/" SIGN, .post = sign, .of = get_authority},
    {.pattern = AUTHORITY "/ca.crt", .get = download},
    {.pattern = AUTHORITY "/ca.cer", .get = download},
    {.pattern = AUTHORITY "/ca.mobileconfig", .get = download},
    {0},
};
