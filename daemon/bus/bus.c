/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the interfaces share: calls that are answered later, errors, paths. */

#include "bus/bus-private.h"

#include <string.h>
#include <unistd.h>

#include "model/error.h"
#include "model/name.h"
#include "model/names.h"
#include "wire/memfd.h"

int certd_bus_fail(sd_bus_error *error, const GError *failure)
{
    const char *name = failure->domain == CERTD_ERROR
                           ? certd_error_dbus_name((CertdError)failure->code)
                           : SD_BUS_ERROR_FAILED;
    return sd_bus_error_set(error, name, failure->message);
}

CertdCaller certd_bus_caller(CertdBus *bus, sd_bus_message *message)
{
    CertdCaller caller = {.uid = CERTD_UID_UNKNOWN, .sender = ""};
    /* The gate has identified the sender already: this only looks it up. */
    if (!certd_gate_identify(bus->gate, message, &caller, NULL))
        caller.administrator = FALSE;
    return caller;
}

CertdBusCall *certd_bus_call_new(CertdBus *bus, sd_bus_message *message, GError **error)
{
    CertdCaller caller = certd_bus_caller(bus, message);
    if (!certd_gate_enter(bus->gate, caller.uid, caller.administrator, error))
        return NULL;
    CertdBusCall *call = g_new0(CertdBusCall, 1);
    call->bus = bus;
    call->message = sd_bus_message_ref(message);
    call->uid = caller.uid;
    g_queue_push_tail(&bus->calls, call);
    return call;
}

void certd_bus_call_free(CertdBusCall *call)
{
    g_queue_remove(&call->bus->calls, call);
    certd_gate_leave(call->bus->gate, call->uid);
    sd_bus_message_unref(call->message);
    g_free(call);
}

void certd_bus_call_fail(CertdBusCall *call, const GError *failure)
{
    __attribute__((cleanup(sd_bus_error_free))) sd_bus_error error = SD_BUS_ERROR_NULL;
    certd_bus_fail(&error, failure);
    sd_bus_reply_method_error(call->message, &error);
    certd_gate_refuse(call->bus->gate, call->message, &error);
    certd_bus_call_free(call);
}

void certd_bus_call_reply(CertdBusCall *call, sd_bus_message *reply)
{
    if (reply == NULL || sd_bus_send(call->bus->bus, reply, NULL) < 0)
        sd_bus_reply_method_errorf(call->message, SD_BUS_ERROR_NO_MEMORY,
                                   "The answer could not be sent; look whether it was done");
    sd_bus_message_unref(reply);
    certd_bus_call_free(call);
}

int certd_bus_call_begun(CertdBusCall *call, gboolean begun, const GError *failure,
                         sd_bus_error *error)
{
    if (begun)
        return 1;
    if (call != NULL)
        certd_bus_call_free(call);
    return certd_bus_fail(error, failure);
}

void certd_bus_call_done(const GError *failure, void *userdata)
{
    CertdBusCall *call = userdata;
    if (failure != NULL) {
        certd_bus_call_fail(call, failure);
        return;
    }
    sd_bus_message *reply = NULL;
    if (sd_bus_message_new_method_return(call->message, &reply) < 0)
        reply = NULL;
    certd_bus_call_reply(call, reply);
}

void certd_bus_call_strings(char **strings, const GError *failure, void *userdata)
{
    CertdBusCall *call = userdata;
    if (failure != NULL) {
        certd_bus_call_fail(call, failure);
        return;
    }
    sd_bus_message *reply = NULL;
    if (sd_bus_message_new_method_return(call->message, &reply) < 0 ||
        sd_bus_message_append_strv(reply, strings) < 0)
        reply = sd_bus_message_unref(reply);
    certd_bus_call_reply(call, reply);
}

int certd_bus_reply_bytes(sd_bus_message *message, const char *name, GBytes *bytes, GError *failure,
                          sd_bus_error *error)
{
    g_autoptr(GError) own = NULL;
    size_t size = 0;
    const void *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
    int fd = bytes != NULL ? certd_memfd_new(name, data, size, &own) : -1;
    if (fd < 0)
        return certd_bus_fail(error, bytes != NULL ? own : failure);
    int r = sd_bus_reply_method_return(message, "h", fd);
    close(fd);
    return r;
}

char *certd_path_certificate(const char *name)
{
    char *path = NULL;
    if (sd_bus_path_encode(CERTD_PATH_CERTIFICATE, name, &path) < 0)
        g_error("out of memory");
    return path;
}

/* Ids are decimal and stand as they are: whoever has an id can write the path. */
char *certd_path_request(gint64 id)
{
    return g_strdup_printf(CERTD_PATH_REQUEST "/%" G_GINT64_FORMAT, id);
}

/* The last part of @path below @prefix, decoded; NULL where it is elsewhere. Only the one spelling
 * that encoding gives is taken. */
static char *decode_path(const char *path, const char *prefix)
{
    g_autofree char *part = NULL;
    g_autofree char *again = NULL;
    if (path == NULL || sd_bus_path_decode(path, prefix, &part) <= 0 ||
        sd_bus_path_encode(prefix, part, &again) < 0 || !g_str_equal(path, again))
        return NULL;
    return g_steal_pointer(&part);
}

char *certd_path_certificate_name(const char *path)
{
    g_autofree char *name = decode_path(path, CERTD_PATH_CERTIFICATE);
    return name != NULL && certd_name_validate(name, NULL) ? g_steal_pointer(&name) : NULL;
}

gboolean certd_request_id_parse(const char *text, gint64 *id)
{
    guint64 value;
    if (text == NULL || *text == '0' ||
        !g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT64, &value, NULL))
        return FALSE;
    *id = (gint64)value;
    return TRUE;
}

gboolean certd_path_request_id(const char *path, gint64 *id)
{
    static const char prefix[] = CERTD_PATH_REQUEST "/";
    return path != NULL && g_str_has_prefix(path, prefix) &&
           certd_request_id_parse(path + strlen(prefix), id);
}

char *certd_hex(GBytes *bytes)
{
    GString *text = g_string_new(NULL);
    size_t size = 0;
    const guint8 *data = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL;
    for (size_t i = 0; i < size; i++)
        g_string_append_printf(text, "%02x", data[i]);
    return g_string_free(text, FALSE);
}

int certd_bus_add_slot(CertdBus *bus, int r, sd_bus_slot *slot)
{
    if (r >= 0)
        g_ptr_array_add(bus->slots, slot);
    return r;
}

void certd_bus_refuse(CertdBus *bus, const CertdCaller *caller, const CertdRefusal *refusal)
{
    certd_refusals_note(certd_gate_refusals(bus->gate), caller, refusal);
}

static void slot_free(void *slot)
{
    sd_bus_slot_unref(slot);
}

CertdBus *certd_bus_new(sd_bus *connection, CertdService *service, GError **error)
{
    g_autoptr(CertdBus) bus = g_new0(CertdBus, 1);
    bus->bus = sd_bus_ref(connection);
    bus->service = service;
    bus->slots = g_ptr_array_new_with_free_func(slot_free);
    g_queue_init(&bus->calls);
    bus->dispatch = certd_dispatch_new();
    /* Before the gate's own filter: the one that was added last is called first. */
    if (certd_dispatch_attach(bus) < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED, "The bus takes no filter");
        return NULL;
    }
    bus->gate = certd_gate_new(connection, service, error);
    if (bus->gate == NULL)
        return NULL;
    int r = certd_manager_register(bus);
    if (r >= 0)
        r = certd_certificate_register(bus);
    if (r >= 0)
        r = certd_request_register(bus);
    if (r >= 0)
        r = certd_authority_register(bus);
    if (r >= 0)
        r = certd_log_register(bus);
    if (r >= 0)
        r = certd_truststore_register(bus);
    if (r >= 0)
        r = certd_https_register(bus);
    if (r < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "The objects could not be put on the bus: %s", g_strerror(-r));
        return NULL;
    }
    bus->units = certd_unit_manager_new(connection);
    const CertdUnits units = certd_unit_manager_table(bus->units);
    certd_service_set_units(service, &units);
    certd_signals_listen(bus);
    return g_steal_pointer(&bus);
}

void certd_bus_free(CertdBus *bus)
{
    if (bus == NULL)
        return;
    const CertdListener nobody = {0};
    const CertdUnits no_units = {0};
    g_autoptr(GError) stopped = g_error_new(CERTD_ERROR, CERTD_ERROR_CANCELLED,
                                            "certd is being stopped; ask again once it is back");
    g_ptr_array_unref(bus->slots);
    certd_dispatch_free(bus->dispatch);
    if (bus->gate != NULL)
        certd_gate_close(bus->gate);
    while (!g_queue_is_empty(&bus->calls))
        certd_bus_call_fail(g_queue_peek_head(&bus->calls), stopped);
    /* Until here the log is told of. */
    certd_gate_free(bus->gate);
    certd_service_set_listener(bus->service, &nobody);
    certd_service_set_units(bus->service, &no_units);
    certd_unit_manager_free(bus->units);
    certd_snapshot_clear(&bus->snapshot);
    g_clear_pointer(&bus->problems, g_variant_unref);
    sd_bus_unref(bus->bus);
    g_free(bus);
}
