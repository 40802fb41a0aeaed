/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/import.h"

#include <gio/gunixfdlist.h>

#include "common/pem.h"
#include "model/finding.h"
#include "model/names.h"
#include "web/redfish/bundle-text.h"
#include "web/redfish/bus.h"
#include "web/redfish/details.h"
#include "web/redfish/install.h"
#include "web/redfish/lookup.h"
#include "web/redfish/oem.h"

#define IMPORT "CertdCertificate.Import"
#define INSPECT "CertdCertificateService.Inspect"

static void tell_format(CertdAnswer *answer, const char *action, const char *parameter)
{
    g_autofree char *pointer = g_strconcat("/", parameter, NULL);
    certd_answer_property(answer, pointer, CERTD_MESSAGE_ACTION_PARAMETER_VALUE_FORMAT_ERROR,
                          "(not shown)", parameter, action);
}

/* Data of the body, and KeyPem after it where there is one; NULL with the answer filled. */
static GBytes *read_bytes(JsonObject *body, const char *action, gboolean *with_key,
                          CertdAnswer *answer)
{
    const char *key_text = certd_field_string(body, "KeyPem");
    gboolean key_has_key = FALSE;
    g_autoptr(GBytes) bytes =
        certd_bundle_text_decode_any(certd_field_string(body, "Data"), with_key);
    if (!bytes || !key_text || *key_text == '\0') {
        if (!bytes)
            tell_format(answer, action, "Data");
        return g_steal_pointer(&bytes);
    }
    g_autoptr(GBytes) key = certd_bundle_text_decode_any(key_text, &key_has_key);
    g_autoptr(GError) error = NULL;
    if (!key) {
        tell_format(answer, action, "KeyPem");
        return NULL;
    }
    GBytes *joined = certd_pem_join(bytes, key, &error);
    if (!joined)
        certd_answer_error(answer, error);
    *with_key = TRUE;
    return joined;
}

/* "" is no pass phrase. */
static const char *read_passphrase(JsonObject *body)
{
    const char *passphrase = certd_field_string(body, "Passphrase");
    return passphrase && *passphrase != '\0' ? passphrase : NULL;
}

void certd_import(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {
        {"Accept", CERTD_FIELD_STRINGS, FALSE}, {"Data", CERTD_FIELD_STRING, TRUE},
        {"DryRun", CERTD_FIELD_BOOLEAN, FALSE}, {"Exportable", CERTD_FIELD_BOOLEAN, FALSE},
        {"KeyPem", CERTD_FIELD_STRING, FALSE},  {"Passphrase", CERTD_FIELD_STRING, FALSE},
        {"Trial", CERTD_FIELD_INTEGER, FALSE},  {0},
    };
    JsonObject *body = request->body;
    CertdInstall what = {.certificate = request->parts[0]};
    if (!certd_fields_check(body, fields, IMPORT, "", answer))
        return;
    g_autoptr(GVariant) there = certd_lookup_certificate(request, answer, request->parts[0]);
    g_autoptr(GBytes) bytes = there ? read_bytes(body, IMPORT, &what.with_key, answer) : NULL;
    if (!bytes)
        return;
    g_auto(GStrv) accept = certd_field_strings(body, "Accept");
    what.bytes = bytes;
    what.passphrase = read_passphrase(body);
    what.accept = accept;
    what.trial = certd_field_integer(body, "Trial", G_MININT64);
    what.on_trial = what.trial != G_MININT64;
    what.exportable = certd_field_boolean(body, "Exportable", FALSE);
    what.dry_run = certd_field_boolean(body, "DryRun", FALSE);
    g_autoptr(GVariant) findings = certd_install(request, answer, &what);
    if (!findings)
        return;
    g_autoptr(GPtrArray) list = certd_finding_list_from_variant(findings);
    JsonObject *result = json_object_new();
    certd_oem_set_findings(result, "Findings", findings);
    json_object_set_boolean_member(
        result, "Passes",
        list && certd_finding_list_passes(list, (const char *const *)accept, NULL));
    json_object_set_boolean_member(result, "Installed", !what.dry_run);
    certd_answer_json(answer, 200, result);
}

/* The arguments of InspectFd, with what they point to in @fds; NULL with @error. */
static GVariant *make_arguments(JsonObject *body, GBytes *bytes, GUnixFDList *fds, GError **error)
{
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    const char *passphrase = read_passphrase(body);
    const char *certificate = certd_field_string(body, "Certificate");
    GVariant *data = certd_install_add_bytes(fds, bytes, error);
    g_autoptr(GVariant) kept = data ? g_variant_ref_sink(data) : NULL;
    if (!kept)
        return NULL;
    if (passphrase) {
        GVariant *handle = certd_install_add_secret(fds, passphrase, error);
        if (!handle)
            return NULL;
        g_variant_builder_add(&options, "{sv}", "passphrase-fd", handle);
    }
    if (certificate)
        g_variant_builder_add(&options, "{sv}", "certificate", g_variant_new_string(certificate));
    return g_variant_new("(@ha{sv})", kept, &options);
}

void certd_import_inspect(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {
        {"Certificate", CERTD_FIELD_STRING, FALSE},
        {"Data", CERTD_FIELD_STRING, TRUE},
        {"KeyPem", CERTD_FIELD_STRING, FALSE},
        {"Passphrase", CERTD_FIELD_STRING, FALSE},
        {0},
    };
    gboolean with_key = FALSE;
    if (!certd_fields_check(request->body, fields, INSPECT, "", answer))
        return;
    g_autoptr(GBytes) bytes = read_bytes(request->body, INSPECT, &with_key, answer);
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    g_autoptr(GError) error = NULL;
    if (!bytes)
        return;
    GVariant *arguments = make_arguments(request->body, bytes, fds, &error);
    if (!arguments) {
        certd_answer_error(answer, error);
        return;
    }
    g_autoptr(GVariant) reply =
        certd_redfish_call(request, answer, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER,
                           "InspectFd", arguments, "(a{sv}a(ssss))", fds, NULL);
    if (!reply)
        return;
    g_autoptr(GVariant) details = g_variant_get_child_value(reply, 0);
    g_autoptr(GVariant) findings = g_variant_get_child_value(reply, 1);
    JsonObject *result = json_object_new();
    json_object_set_object_member(result, "Details", certd_details_object(details));
    certd_oem_set_findings(result, "Findings", findings);
    certd_answer_json(answer, 200, result);
}
