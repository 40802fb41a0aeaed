/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/replace.h"

#include "web/redfish/bundle-text.h"
#include "web/redfish/install.h"
#include "web/redfish/location.h"

#define ACTION "CertificateService.ReplaceCertificate"

static const CertdField action_fields[] = {
    {"CertificateString", CERTD_FIELD_STRING, TRUE}, {"CertificateType", CERTD_FIELD_STRING, TRUE},
    {"CertificateUri", CERTD_FIELD_LINK, TRUE},      {"Oem", CERTD_FIELD_OBJECT, FALSE},
    {"Password", CERTD_FIELD_STRING, FALSE},         {0},
};

static const CertdField post_fields[] = {
    {"CertificateString", CERTD_FIELD_STRING, TRUE},
    {"CertificateType", CERTD_FIELD_STRING, TRUE},
    {"Oem", CERTD_FIELD_OBJECT, FALSE},
    {"Password", CERTD_FIELD_STRING, FALSE},
    {0},
};

/* What is in the text is not shown: there may be a key in it. */
static void tell_format(CertdAnswer *answer, const char *action)
{
    const char *pointer = "/CertificateString", *shown = "(not shown)";
    if (action)
        certd_answer_property(answer, pointer, CERTD_MESSAGE_ACTION_PARAMETER_VALUE_FORMAT_ERROR,
                              shown, "CertificateString", action);
    else
        certd_answer_property(answer, pointer, CERTD_MESSAGE_PROPERTY_VALUE_FORMAT_ERROR, shown,
                              "CertificateString");
}

static void tell_type(CertdAnswer *answer, const char *action, const char *type)
{
    if (action)
        certd_answer_property(answer, "/CertificateType",
                              CERTD_MESSAGE_ACTION_PARAMETER_VALUE_NOT_IN_LIST, type,
                              "CertificateType", action);
    else
        certd_answer_property(answer, "/CertificateType", CERTD_MESSAGE_PROPERTY_VALUE_NOT_IN_LIST,
                              type, "CertificateType");
}

/* Installs what the body says into @name; @action: NULL for a POST to a collection. */
static gboolean install(const CertdRequest *request, CertdAnswer *answer, const char *action,
                        const char *name)
{
    JsonObject *body = request->body;
    const char *type_name = certd_field_string(body, "CertificateType");
    const char *password = certd_field_string(body, "Password");
    CertdInstall what = {.certificate = name,
                         .passphrase = password && *password != '\0' ? password : NULL};
    CertdBundleType type;
    if (!certd_bundle_type_parse(type_name, &type)) {
        tell_type(answer, action, type_name);
        return FALSE;
    }
    g_autoptr(GBytes) bytes = certd_bundle_text_decode(
        type, certd_field_string(body, "CertificateString"), &what.with_key);
    if (!bytes) {
        tell_format(answer, action);
        return FALSE;
    }
    what.bytes = bytes;
    g_auto(GStrv) accept = NULL;
    gboolean read = certd_install_read_oem(body, action, &what, &accept, answer);
    g_autoptr(GVariant) findings = read ? certd_install(request, answer, &what) : NULL;
    return findings != NULL;
}

void certd_replace(const CertdRequest *request, CertdAnswer *answer)
{
    if (!certd_fields_check(request->body, action_fields, ACTION, "", answer))
        return;
    const char *link = certd_field_link(request->body, "CertificateUri");
    g_autofree char *name = certd_location_certificate_name(link);
    if (!name) {
        certd_answer_property(answer, "/CertificateUri", CERTD_MESSAGE_RESOURCE_MISSING_AT_URI,
                              link);
        return;
    }
    if (!install(request, answer, ACTION, name))
        return;
    certd_answer_nothing(answer);
    certd_answer_header(answer, "Location", link);
}

gboolean certd_replace_post(const CertdRequest *request, CertdAnswer *answer, const char *name)
{
    return certd_fields_check(request->body, post_fields, NULL, "", answer) &&
           install(request, answer, NULL, name);
}
