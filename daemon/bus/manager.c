/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface org.certd1.Manager. */

#include <unistd.h>

#include "bus/bus-private.h"
#include "config.h"
#include "model/error.h"
#include "model/name.h"
#include "model/names.h"
#include "model/options.h"
#include "service/configure.h"
#include "service/features.h"
#include "service/import.h"
#include "service/reset.h"
#include "wire/variant.h"

/* As what it passed the gate: who is asked again could say something else by now. */
static gboolean create(CertdBus *bus, sd_bus_message *message, const char *name, GVariant *settings,
                       GError **error)
{
    CertdCaller caller = certd_bus_caller(bus, message);
    const char *action = certd_gate_passed(bus->gate, message);
    return g_strcmp0(action, CERTD_ACTION_CONFIGURE) == 0
               ? certd_create(bus->service, &caller, name, settings, error)
               : certd_create_own(bus->service, &caller, name, settings, error);
}

static int method_create(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const char *name;
    int r = sd_bus_message_read(message, "s", &name);
    if (r < 0)
        return r;
    g_autoptr(GVariant) settings = certd_read_options(message, &failure);
    if (settings == NULL || !create(bus, message, name, settings, &failure))
        return certd_bus_fail(error, failure);
    g_autofree char *path = certd_path_certificate(name);
    return sd_bus_reply_method_return(message, "o", path);
}

static int method_get(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const char *name;
    int r = sd_bus_message_read(message, "s", &name);
    if (r < 0)
        return r;
    if (!certd_name_validate(name, &failure))
        return certd_bus_fail(error, failure);
    g_autoptr(CertdCertificateRecord) record = certd_look_certificate(bus->service, name, &failure);
    if (record == NULL)
        return certd_bus_fail(error, failure);
    g_autofree char *path = certd_path_certificate(name);
    return sd_bus_reply_method_return(message, "o", path);
}

static void on_inspected(GVariant *details, GPtrArray *findings, const GError *failure,
                         void *userdata)
{
    CertdBusCall *call = userdata;
    if (failure != NULL) {
        certd_bus_call_fail(call, failure);
        return;
    }
    sd_bus_message *reply = NULL;
    if (sd_bus_message_new_method_return(call->message, &reply) < 0 ||
        certd_variant_append(reply, details) < 0 ||
        certd_variant_append(reply, certd_finding_list_to_variant(findings)) < 0)
        reply = sd_bus_message_unref(reply);
    certd_bus_call_reply(call, reply);
}

/* The rest of both inspections; the descriptors are the caller's. */
static gboolean inspect(CertdBus *bus, sd_bus_message *message, int data_fd, int passphrase_fd,
                        GVariant *options, GError **error)
{
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    const char *name = NULL;
    if (!certd_options_take_string(reader, "certificate", &name, error) ||
        !certd_options_finish(reader, error) || (name != NULL && !certd_name_validate(name, error)))
        return FALSE;
    CertdBusCall *call = certd_bus_call_new(bus, message, error);
    if (call == NULL)
        return FALSE;
    if (certd_inspect(bus->service, name, data_fd, passphrase_fd, on_inspected, call, error))
        return TRUE;
    certd_bus_call_free(call);
    return FALSE;
}

static int inspect_as(sd_bus_message *message, CertdBus *bus, char type, sd_bus_error *error)
{
    g_autoptr(GError) failure = NULL;
    int passphrase_fd = -1;
    int data_fd = certd_read_data(message, type, &failure);
    if (data_fd < 0)
        return certd_bus_fail(error, failure);
    g_autoptr(GVariant) options = certd_read_secret_options(message, &passphrase_fd, &failure);
    gboolean begun =
        options != NULL && inspect(bus, message, data_fd, passphrase_fd, options, &failure);
    close(data_fd);
    if (passphrase_fd >= 0)
        close(passphrase_fd);
    return begun ? 1 : certd_bus_fail(error, failure);
}

static int method_inspect(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    return inspect_as(message, userdata, 'y', error);
}

static int method_inspect_fd(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    return inspect_as(message, userdata, 'h', error);
}

static int method_factory_reset(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    CertdCaller caller = certd_bus_caller(bus, message);
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    CertdBusCall *call = options != NULL ? certd_bus_call_new(bus, message, &failure) : NULL;
    gboolean begun = call != NULL && certd_factory_reset(bus->service, &caller, options,
                                                         certd_bus_call_strings, call, &failure);
    return certd_bus_call_begun(call, begun, failure, error);
}

static int append_features(CertdBus *bus, sd_bus_message *reply)
{
    g_auto(GStrv) features = certd_features(certd_service_policy(bus->service));
    return sd_bus_message_append_strv(reply, features);
}

static int append_device_names(const CertdDevice *device, sd_bus_message *reply)
{
    g_autoptr(GPtrArray) names = device->names(device->userdata);
    return certd_variant_append(reply, certd_san_list_to_variant(names));
}

static int get_property(sd_bus *connection, const char *path, const char *interface,
                        const char *property, sd_bus_message *reply, void *userdata,
                        sd_bus_error *error)
{
    CertdBus *bus = userdata;
    CertdService *service = bus->service;
    const CertdDevice *device = certd_service_device(service);
    if (g_str_equal(property, "Version"))
        return sd_bus_message_append(reply, "s", CERTD_VERSION);
    if (g_str_equal(property, "Features"))
        return append_features(bus, reply);
    if (g_str_equal(property, "State"))
        return sd_bus_message_append(reply, "s",
                                     certd_service_is_degraded(service) ? "degraded" : "ready");
    if (g_str_equal(property, "Problems"))
        return certd_variant_append(reply, certd_service_problems(service));
    if (g_str_equal(property, "ProblemCertificates"))
        return certd_variant_append(reply, certd_service_problem_certificates(service));
    if (g_str_equal(property, "DeviceNames"))
        return append_device_names(device, reply);
    if (g_str_equal(property, "SealingKey"))
        return sd_bus_message_append(reply, "s", certd_service_sealing_key(service));
    if (g_str_equal(property, "ClockTrusted"))
        return sd_bus_message_append(reply, "b", device->clock_trusted(device->userdata));
    g_autoptr(GError) failure = NULL;
    gint64 when;
    if (!certd_look_next_renewal(service, &when, &failure))
        return certd_bus_fail(error, failure);
    return sd_bus_message_append(reply, "t", (uint64_t)MAX(when, 0));
}

#define METHOD SD_BUS_VTABLE_UNPRIVILEGED
#define SECRET_METHOD (SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE)

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("CreateCertificate", SD_BUS_ARGS("s", name, "a{sv}", settings),
                            SD_BUS_RESULT("o", certificate), method_create, METHOD),
    SD_BUS_METHOD_WITH_ARGS("GetCertificate", SD_BUS_ARGS("s", name),
                            SD_BUS_RESULT("o", certificate), method_get, METHOD),
    SD_BUS_METHOD_WITH_ARGS("ListCertificates",
                            SD_BUS_ARGS("a{sv}", filter, "s", cursor, "u", limit),
                            SD_BUS_RESULT("a(soa{sv})", certificates, "s", next),
                            certd_method_list_certificates, METHOD),
    SD_BUS_METHOD_WITH_ARGS("ListRequests", SD_BUS_ARGS("a{sv}", filter, "s", cursor, "u", limit),
                            SD_BUS_RESULT("a(soa{sv})", requests, "s", next),
                            certd_method_list_requests, METHOD),
    SD_BUS_METHOD_WITH_ARGS("Inspect", SD_BUS_ARGS("ay", data, "a{sv}", options),
                            SD_BUS_RESULT("a{sv}", details, "a(ssss)", findings), method_inspect,
                            SECRET_METHOD),
    SD_BUS_METHOD_WITH_ARGS("InspectFd", SD_BUS_ARGS("h", data, "a{sv}", options),
                            SD_BUS_RESULT("a{sv}", details, "a(ssss)", findings), method_inspect_fd,
                            SECRET_METHOD),
    SD_BUS_METHOD_WITH_ARGS("FactoryReset", SD_BUS_ARGS("a{sv}", options),
                            SD_BUS_RESULT("as", lost), method_factory_reset, METHOD),
    SD_BUS_SIGNAL_WITH_ARGS("CertificateAdded", SD_BUS_ARGS("s", name, "o", certificate), 0),
    SD_BUS_SIGNAL_WITH_ARGS("CertificateRemoved", SD_BUS_ARGS("s", name, "o", certificate), 0),
    SD_BUS_SIGNAL_WITH_ARGS("CertificateChanged",
                            SD_BUS_ARGS("s", name, "o", certificate, "s", cause), 0),
    SD_BUS_SIGNAL_WITH_ARGS("CertificateExpiring",
                            SD_BUS_ARGS("s", name, "o", certificate, "t", not_after), 0),
    SD_BUS_SIGNAL_WITH_ARGS("RequestAdded", SD_BUS_ARGS("o", certificate, "o", request), 0),
    SD_BUS_SIGNAL_WITH_ARGS("RequestFinished", SD_BUS_ARGS("o", request, "s", result), 0),
    SD_BUS_PROPERTY("Version", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Features", "as", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("State", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Problems", "a(ssss)", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("ProblemCertificates", "as", get_property, 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("DeviceNames", "a(ss)", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("SealingKey", "s", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("ClockTrusted", "b", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("NextRenewal", "t", get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_VTABLE_END,
};

int certd_manager_register(CertdBus *bus)
{
    return certd_bus_add_object(bus, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, vtable);
}
