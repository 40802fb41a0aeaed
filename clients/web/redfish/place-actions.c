/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/place-actions.h"

#include <gio/gunixfdlist.h>

#include "common/dict.h"
#include "model/error.h"
#include "model/names.h"
#include "model/web-limits.h"
#include "web/redfish/await.h"
#include "web/redfish/bus.h"
#include "web/redfish/download.h"
#include "web/redfish/install.h"
#include "web/redfish/location.h"
#include "web/redfish/lookup.h"
#include "web/redfish/pending.h"
#include "web/redfish/place-settings.h"
#include "web/redfish/place.h"

#define ACTION(name) "CertdCertificate." name

const char *const certd_place_actions[] = {"Request", "Import", "Confirm", "Rollback",
                                           "Reset",   "Export", NULL};

/* Adds the option "trial" where the body has a Trial. */
static void add_trial(JsonObject *body, GVariantBuilder *options)
{
    gint64 trial = certd_field_integer(body, "Trial", G_MININT64);
    if (trial != G_MININT64)
        g_variant_builder_add(options, "{sv}", "trial", g_variant_new_int64(trial));
}

void certd_place_request(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField more[] = {
        {"ChallengePassword", CERTD_FIELD_STRING, FALSE},
        {"Trial", CERTD_FIELD_INTEGER, FALSE},
        {"UnstructuredName", CERTD_FIELD_STRING, FALSE},
        {0},
    };
    static const struct {
        const char *member;
        const char *option;
    } texts[] = {
        {"ChallengePassword", "challenge-password"},
        {"UnstructuredName", "unstructured-name"},
    };
    JsonObject *body = request->body;
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    if (!certd_place_settings_check(body, more, ACTION("Request"), "", answer))
        return;
    g_autoptr(GVariant) there = certd_lookup_certificate(request, answer, request->parts[0]);
    if (!there)
        return;
    /* Who issues it is an argument: left out, it is the setting, which stays as it is. */
    const char *issuer = certd_field_string(body, "Issuer");
    certd_place_settings_read_but_issuer(body, &options);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *text = certd_field_string(body, texts[i].member);
        if (text)
            g_variant_builder_add(&options, "{sv}", texts[i].option, g_variant_new_string(text));
    }
    add_trial(body, &options);
    certd_pending_begin(request, answer, CERTD_PENDING_REQUEST, request->parts[0],
                        issuer ? issuer : "", g_variant_builder_end(&options));
}

static gboolean confirm(const CertdRequest *request, gboolean tested, GError **error)
{
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    g_autofree char *path = certd_redfish_certificate_path(request->parts[0]);
    if (tested)
        g_variant_builder_add(&options, "{sv}", "tested", g_variant_new_boolean(TRUE));
    g_autoptr(GVariant) reply =
        certd_redfish_try(request, path, CERTD_INTERFACE_CERTIFICATE, "Confirm",
                          g_variant_new("(a{sv})", &options), "()", NULL, error);
    return reply != NULL;
}

static gboolean is_proven(GVariant *properties)
{
    return certd_dict_boolean(properties, "Proven");
}

/* Over a connection that uses what is on trial. What certd-tls has to tell certd of that may be on its way still, for
 * this request is part of the proof. */
static gboolean confirm_here(const CertdRequest *request, CertdAnswer *answer, GError **error)
{
    g_autoptr(GVariant) https = certd_await(request, answer, CERTD_PATH_HTTPS,
                                            CERTD_INTERFACE_HTTPS, is_proven, CERTD_WEB_WAIT_MSEC);
    return https && confirm(request, FALSE, error);
}

void certd_place_confirm(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {{"Tested", CERTD_FIELD_BOOLEAN, FALSE}, {0}};
    const char *name = request->parts[0];
    if (!certd_fields_check(request->body, fields, ACTION("Confirm"), "", answer))
        return;
    g_autoptr(GVariant) properties = certd_lookup_certificate(request, answer, name);
    if (!properties)
        return;
    g_autoptr(GError) error = NULL;
    gboolean done = FALSE;
    gboolean on_trial = certd_dict_number(properties, "TrialDeadline") != 0;
    gboolean here = certd_place_is_used(request, name, properties);
    if (certd_field_boolean(request->body, "Tested", FALSE) || !on_trial)
        done = confirm(request, on_trial, &error);
    else if (here)
        done = confirm_here(request, answer, &error);
    else
        g_set_error(&error, CERTD_ERROR, CERTD_ERROR_NOT_PROVEN,
                    "This connection does not use the certificate that is on trial; connect again "
                    "and confirm over the new connection, or say that you have Tested it");
    if (done)
        certd_place_answer(request, answer, name);
    else if (error)
        certd_answer_error(answer, error);
}

void certd_place_roll_back(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField none[] = {{0}};
    if (certd_fields_check(request->body, none, ACTION("Rollback"), "", answer))
        certd_place_call(request, answer, "Rollback", NULL);
}

void certd_place_reset(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {
        {"Digest", CERTD_FIELD_STRING, FALSE},
        {"Trial", CERTD_FIELD_INTEGER, FALSE},
        {0},
    };
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    if (!certd_fields_check(request->body, fields, ACTION("Reset"), "", answer))
        return;
    const char *digest = certd_field_string(request->body, "Digest");
    if (digest)
        g_variant_builder_add(&options, "{sv}", "digest", g_variant_new_string(digest));
    add_trial(request->body, &options);
    certd_place_call(request, answer, "Reset", g_variant_new("(a{sv})", &options));
}

/* What is in use, in @format; NULL with the answer filled. */
static GBytes *export(const CertdRequest *request, CertdAnswer *answer, const char *format,
                      const char *passphrase)
{
    const char *name = request->parts[0];
    g_autoptr(GVariant) there = certd_lookup_certificate(request, answer, name);
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    g_autoptr(GUnixFDList) received = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(GVariantBuilder) options = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);
    if (!there)
        return NULL;
    if (passphrase) {
        GVariant *handle = certd_install_add_secret(fds, passphrase, &error);
        if (!handle) {
            certd_answer_error(answer, error);
            return NULL;
        }
        g_variant_builder_add(&options, "{sv}", "passphrase-fd", handle);
    }
    g_autofree char *path = certd_redfish_certificate_path(name);
    g_autoptr(GVariant) reply =
        certd_redfish_call(request, answer, path, CERTD_INTERFACE_CERTIFICATE, "Export",
                           g_variant_new("(sa{sv})", format, &options), "(h)", fds, &received);
    if (!reply)
        return NULL;
    gint32 index;
    g_variant_get(reply, "(h)", &index);
    return certd_redfish_read_fd(received, index, answer);
}

void certd_place_export(const CertdRequest *request, CertdAnswer *answer)
{
    static const CertdField fields[] = {
        {"Format", CERTD_FIELD_STRING, TRUE},
        {"Passphrase", CERTD_FIELD_STRING, FALSE},
        {0},
    };
    if (!certd_fields_check(request->body, fields, ACTION("Export"), "", answer))
        return;
    const char *format = certd_field_string(request->body, "Format");
    g_autoptr(GBytes) bytes =
        export(request, answer, format, certd_field_string(request->body, "Passphrase"));
    if (!bytes)
        return;
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_autofree char *text = g_base64_encode(data, size);
    JsonObject *result = json_object_new();
    certd_set_string(result, "Format", format);
    certd_set_string(result, "Data", text);
    certd_answer_json(answer, 200, result);
}

static void hand_out(const CertdRequest *request, CertdAnswer *answer, const char *format,
                     const char *suffix, const char *content_type)
{
    GBytes *bytes = export(request, answer, format, NULL);
    if (bytes)
        certd_download(answer, request->parts[0], suffix, content_type, bytes);
}

void certd_place_pem(const CertdRequest *request, CertdAnswer *answer)
{
    hand_out(request, answer, "pem", "pem", "application/x-pem-file");
}

/* RFC 2585. */
void certd_place_der(const CertdRequest *request, CertdAnswer *answer)
{
    hand_out(request, answer, "der", "cer", "application/pkix-cert");
}

void certd_place_p7b(const CertdRequest *request, CertdAnswer *answer)
{
    hand_out(request, answer, "p7b", "p7b", "application/x-pkcs7-certificates");
}
