/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface org.certd1.Request. */

#include "service/request.h"

#include <string.h>

#include "bus/bus-private.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "service/export.h"
#include "wire/variant.h"

static int method_get(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const char *format;
    gint64 id = 0;
    int r = sd_bus_message_read(message, "s", &format);
    if (r < 0)
        return r;
    certd_path_request_id(sd_bus_message_get_path(message), &id);
    g_autoptr(GBytes) bytes = certd_request_export(bus->service, id, format, &failure);
    if (bytes == NULL)
        return certd_bus_fail(error, failure);
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *reply = NULL;
    size_t size;
    const void *data = g_bytes_get_data(bytes, &size);
    r = sd_bus_message_new_method_return(message, &reply);
    if (r >= 0)
        r = sd_bus_message_append_array(reply, 'y', data, size);
    return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static int method_cancel(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    gint64 id = 0;
    certd_path_request_id(sd_bus_message_get_path(message), &id);
    CertdCaller caller = certd_bus_caller(bus, message);
    if (!certd_request_cancel(bus->service, &caller, id, &failure))
        return certd_bus_fail(error, failure);
    return sd_bus_reply_method_return(message, NULL);
}

/* Each getter gives a floating variant. */
typedef GVariant *(*Getter)(CertdBus *bus, const CertdRequestRecord *record);

static GVariant *get_certificate(CertdBus *bus, const CertdRequestRecord *record)
{
    g_autofree char *path = certd_path_certificate(record->certificate);
    return g_variant_new_object_path(path);
}

static GVariant *get_state(CertdBus *bus, const CertdRequestRecord *record)
{
    return g_variant_new_string(certd_request_state_name(record->state));
}

static GVariant *get_issuer(CertdBus *bus, const CertdRequestRecord *record)
{
    return g_variant_new_string(certd_issuer_name(record->issuer));
}

static GVariant *get_created(CertdBus *bus, const CertdRequestRecord *record)
{
    return g_variant_new_uint64((guint64)MAX(record->created, 0));
}

static GVariant *get_key_type(CertdBus *bus, const CertdRequestRecord *record)
{
    return g_variant_new_string(record->key_type);
}

static GVariant *get_public_key_hash(CertdBus *bus, const CertdRequestRecord *record)
{
    return g_variant_new_take_string(certd_hex(record->public_hash));
}

static GVariant *get_subject(CertdBus *bus, const CertdRequestRecord *record)
{
    return certd_subject_to_variant(record->subject);
}

static GVariant *get_sans(CertdBus *bus, const CertdRequestRecord *record)
{
    return certd_san_list_to_variant(record->sans);
}

static GVariant *get_pem(CertdBus *bus, const CertdRequestRecord *record)
{
    if (record->request == NULL)
        return g_variant_new_string("");
    return g_variant_new_take_string(certd_to_pem("CERTIFICATE REQUEST", record->request));
}

static GVariant *get_out_of_date(CertdBus *bus, const CertdRequestRecord *record)
{
    g_autoptr(CertdCertificateRecord) certificate =
        certd_look_certificate(bus->service, record->certificate, NULL);
    return g_variant_new_boolean(certificate != NULL &&
                                 certd_request_out_of_date(record, certificate->settings));
}

static GVariant *get_error(CertdBus *bus, const CertdRequestRecord *record)
{
    return g_variant_new("(ss)", record->error_name != NULL ? record->error_name : "",
                         record->error_message != NULL ? record->error_message : "");
}

static const struct {
    const char *name;
    Getter get;
} getters[] = {
    {"Certificate", get_certificate},
    {"State", get_state},
    {"Issuer", get_issuer},
    {"Created", get_created},
    {"KeyType", get_key_type},
    {"PublicKeyHash", get_public_key_hash},
    {"Subject", get_subject},
    {"SubjectAltNames", get_sans},
    {"Pem", get_pem},
    {"OutOfDate", get_out_of_date},
    {"Error", get_error},
};

/* A GetAll, and each signal, asks for several properties in one turn of the event loop. */
static const CertdRequestRecord *load(CertdBus *bus, gint64 id, GError **error)
{
    CertdSnapshot *snapshot = &bus->snapshot;
    uint64_t iteration = 0;
    sd_event_get_iteration(sd_bus_get_event(bus->bus), &iteration);
    if (snapshot->request != NULL && snapshot->request->id == id &&
        snapshot->request_iteration == iteration)
        return snapshot->request;
    g_clear_pointer(&snapshot->request, certd_request_record_free);
    snapshot->request = certd_request_get(bus->service, id, error);
    snapshot->request_iteration = iteration;
    return snapshot->request;
}

static int get_property(sd_bus *connection, const char *path, const char *interface,
                        const char *property, sd_bus_message *reply, void *userdata,
                        sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    gint64 id = 0;
    certd_path_request_id(path, &id);
    const CertdRequestRecord *record = load(bus, id, &failure);
    if (record == NULL)
        return certd_bus_fail(error, failure);
    for (size_t i = 0; i < G_N_ELEMENTS(getters); i++) {
        if (g_str_equal(getters[i].name, property)) {
            g_autoptr(GVariant) value = g_variant_take_ref(getters[i].get(bus, record));
            return certd_variant_append(reply, value);
        }
    }
    return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_PROPERTY, "There is no property %s",
                             property);
}

#define CONSTANT(name, type)                                                                       \
    SD_BUS_PROPERTY(name, type, get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST)
#define CHANGING(name, type)                                                                       \
    SD_BUS_PROPERTY(name, type, get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("GetRequest", SD_BUS_ARGS("s", format), SD_BUS_RESULT("ay", request),
                            method_get, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Cancel", NULL, NULL, method_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
    CONSTANT("Certificate", "o"),
    CHANGING("State", "s"),
    CONSTANT("Issuer", "s"),
    CONSTANT("Created", "t"),
    CONSTANT("KeyType", "s"),
    CHANGING("PublicKeyHash", "s"),
    CONSTANT("Subject", "a(ss)"),
    CONSTANT("SubjectAltNames", "a(ss)"),
    CHANGING("Pem", "s"),
    CHANGING("OutOfDate", "b"),
    CHANGING("Error", "(ss)"),
    SD_BUS_VTABLE_END,
};

static int find(sd_bus *connection, const char *path, const char *interface, void *userdata,
                void **found, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    gint64 id;
    if (g_str_equal(path, CERTD_PATH_REQUEST))
        return 0;
    if (!certd_path_request_id(path, &id))
        return sd_bus_error_setf(error, certd_error_dbus_name(CERTD_ERROR_NO_SUCH_REQUEST),
                                 "%s is no request's path; take one from ListRequests", path);
    if (load(bus, id, &failure) == NULL)
        return certd_bus_fail(error, failure);
    *found = bus;
    return 1;
}

static int enumerate(sd_bus *connection, const char *prefix, void *userdata, char ***nodes,
                     sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const CertdRequestFilter all = {0};
    gboolean more;
    g_autoptr(GPtrArray) rows = certd_look_requests(
        bus->service, &all, 0, CERTD_LIMIT_INTROSPECTED_CHILDREN, &more, &failure);
    if (rows == NULL)
        return certd_bus_fail(error, failure);
    char **paths = g_new0(char *, rows->len + 1);
    for (guint i = 0; i < rows->len; i++)
        paths[i] = certd_path_request(((const CertdRequestRecord *)g_ptr_array_index(rows, i))->id);
    *nodes = paths;
    return 0;
}

int certd_request_register(CertdBus *bus)
{
    return certd_bus_add_objects(bus, CERTD_PATH_REQUEST, CERTD_INTERFACE_REQUEST, vtable, find,
                                 enumerate);
}
