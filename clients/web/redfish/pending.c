/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "web/redfish/pending.h"

#include "common/dict.h"
#include "model/names.h"
#include "model/state.h"
#include "model/web-limits.h"
#include "web/redfish/await.h"
#include "web/redfish/bus.h"
#include "web/redfish/location.h"
#include "web/redfish/lookup.h"
#include "web/redfish/place-request.h"
#include "web/redfish/task-service.h"
#include "web/redfish/tasks.h"

static const char *const names[CERTD_PENDING_COUNT_] = {
    [CERTD_PENDING_GENERATE_CSR] = "CertificateService.GenerateCSR",
    [CERTD_PENDING_REKEY] = "Certificate.Rekey",
    [CERTD_PENDING_RENEW] = "Certificate.Renew",
    [CERTD_PENDING_REQUEST] = "CertdCertificate.Request",
};

const char *certd_pending_name(CertdPendingKind kind)
{
    return names[kind];
}

gboolean certd_pending_is_over(GVariant *properties)
{
    CertdRequestState state;
    if (!certd_request_state_parse(certd_dict_string(properties, "State"), &state))
        return FALSE;
    if (state == CERTD_REQUEST_READY)
        return g_str_equal(certd_dict_string(properties, "Issuer"), "external");
    return state != CERTD_REQUEST_QUEUED && state != CERTD_REQUEST_GENERATING;
}

static JsonObject *make_result(CertdPendingKind kind, const char *name, GVariant *properties)
{
    static const char *const types[] = {
        [CERTD_PENDING_GENERATE_CSR] = "#CertificateService.v1_2_2.GenerateCSRResponse",
        [CERTD_PENDING_REKEY] = "#Certificate.v1_11_0.RekeyResponse",
        [CERTD_PENDING_RENEW] = "#Certificate.v1_11_0.RenewResponse",
    };
    JsonObject *result = json_object_new();
    gboolean generated = kind == CERTD_PENDING_GENERATE_CSR;
    g_autofree char *link =
        generated ? certd_location_collection(name) : certd_location_certificate(name);
    certd_set_string(result, "@odata.type", types[kind]);
    certd_set_string(result, "CSRString", certd_dict_string(properties, "Pem"));
    certd_link(result, generated ? "CertificateCollection" : "Certificate", link);
    return result;
}

/* Why there is no request: its own error, or that it was cancelled. */
static void answer_failure(CertdAnswer *answer, GVariant *properties)
{
    const char *name = "", *message = "";
    (void)g_variant_lookup(properties, "Error", "(&s&s)", &name, &message);
    g_autoptr(GError) error =
        g_dbus_is_name(name)
            ? g_dbus_error_new_for_dbus_error(name, message)
            : g_dbus_error_new_for_dbus_error(CERTD_ERROR_PREFIX "Cancelled",
                                              "The request was cancelled; make another");
    certd_answer_error(answer, error);
}

void certd_pending_result(const CertdRequest *request, CertdAnswer *answer, CertdPendingKind kind,
                          const char *name, const char *id, GVariant *properties)
{
    CertdRequestState state = CERTD_REQUEST_FAILED;
    (void)certd_request_state_parse(certd_dict_string(properties, "State"), &state);
    if (state != CERTD_REQUEST_READY && state != CERTD_REQUEST_ISSUED)
        answer_failure(answer, properties);
    else if (kind == CERTD_PENDING_REQUEST)
        certd_answer_json(answer, 200, certd_place_request_resource(name, id, properties));
    else
        certd_answer_json(answer, 200, make_result(kind, name, properties));
}

void certd_pending_begin(const CertdRequest *request, CertdAnswer *answer, CertdPendingKind kind,
                         const char *name, const char *issuer, GVariant *options)
{
    g_autofree char *certificate = certd_redfish_certificate_path(name);
    g_autoptr(GVariant) reply = certd_redfish_call(
        request, answer, certificate, CERTD_INTERFACE_CERTIFICATE, "CreateRequest",
        g_variant_new("(s@a{sv})", issuer, options), "(o)", NULL, NULL);
    if (!reply)
        return;
    const char *object;
    g_variant_get(reply, "(&o)", &object);
    g_autofree char *id = certd_location_id(object);
    gint64 started = g_get_real_time() / G_USEC_PER_SEC;
    g_autoptr(GVariant) properties = certd_await(request, answer, object, CERTD_INTERFACE_REQUEST,
                                                 certd_pending_is_over, CERTD_WEB_WAIT_MSEC);
    if (!properties)
        return;
    if (certd_pending_is_over(properties)) {
        certd_pending_result(request, answer, kind, name, id, properties);
        return;
    }
    certd_tasks_add(id, name, kind, started);
    certd_task_service_accept(answer, id, properties);
}
