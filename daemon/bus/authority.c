/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface org.certd1.Authority. */

#include "service/authority.h"

#include <unistd.h>

#include "bus/bus-private.h"
#include "model/error.h"
#include "model/names.h"
#include "service/export.h"
#include "wire/variant.h"

static int method_regenerate(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    CertdCaller caller = certd_bus_caller(bus, message);
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    CertdBusCall *call = options != NULL ? certd_bus_call_new(bus, message, &failure) : NULL;
    gboolean begun =
        call != NULL && certd_authority_regenerate(bus->service, &caller, options,
                                                   certd_bus_call_done, call, &failure);
    return certd_bus_call_begun(call, begun, failure, error);
}

static void on_signed(const char *chain, const GError *failure, void *userdata)
{
    CertdBusCall *call = userdata;
    if (failure != NULL) {
        certd_bus_call_fail(call, failure);
        return;
    }
    sd_bus_message *reply = NULL;
    if (sd_bus_message_new_method_return(call->message, &reply) < 0 ||
        sd_bus_message_append(reply, "s", chain) < 0)
        reply = sd_bus_message_unref(reply);
    certd_bus_call_reply(call, reply);
}

static int method_sign(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    CertdCaller caller = certd_bus_caller(bus, message);
    int request_fd = certd_read_data(message, 'y', &failure);
    if (request_fd < 0)
        return certd_bus_fail(error, failure);
    g_autoptr(GVariant) options = certd_read_options(message, &failure);
    CertdBusCall *call = options != NULL ? certd_bus_call_new(bus, message, &failure) : NULL;
    gboolean begun = call != NULL && certd_authority_sign(bus->service, &caller, request_fd,
                                                          options, on_signed, call, &failure);
    close(request_fd);
    return certd_bus_call_begun(call, begun, failure, error);
}

static int method_export(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const char *format;
    int r = sd_bus_message_read(message, "s", &format);
    if (r < 0)
        return r;
    g_autoptr(GBytes) bytes = certd_authority_export(bus->service, format, &failure);
    return certd_bus_reply_bytes(message, "authority", bytes, failure, error);
}

/* Each getter gives a floating variant; @authority is NULL where there is none. */
typedef GVariant *(*Getter)(const CertdAuthorityRecord *authority);

static GVariant *get_certificate(const CertdAuthorityRecord *authority)
{
    if (authority == NULL)
        return g_variant_new_string("");
    return g_variant_new_take_string(certd_to_pem("CERTIFICATE", authority->certificate));
}

static GVariant *get_subject(const CertdAuthorityRecord *authority)
{
    return authority != NULL ? certd_subject_to_variant(authority->subject)
                             : g_variant_new("a(ss)", NULL);
}

static GVariant *get_not_before(const CertdAuthorityRecord *authority)
{
    gint64 when = authority != NULL ? authority->validity.not_before : 0;
    return g_variant_new_uint64((guint64)MAX(when, 0));
}

static GVariant *get_not_after(const CertdAuthorityRecord *authority)
{
    gint64 when = authority != NULL ? authority->validity.not_after : 0;
    return g_variant_new_uint64((guint64)MAX(when, 0));
}

static GVariant *get_fingerprint(const CertdAuthorityRecord *authority)
{
    return g_variant_new_string(authority != NULL ? authority->fingerprint : "");
}

static GVariant *get_permitted(const CertdAuthorityRecord *authority)
{
    return certd_permitted_to_variant(authority != NULL ? authority->permitted : NULL);
}

static GVariant *get_scope(const CertdAuthorityRecord *authority)
{
    return g_variant_new_string(authority != NULL ? certd_scope_name(authority->scope) : "");
}

static const struct {
    const char *name;
    Getter get;
} getters[] = {
    {"Certificate", get_certificate},
    {"Subject", get_subject},
    {"NotBefore", get_not_before},
    {"NotAfter", get_not_after},
    {"Fingerprint", get_fingerprint},
    {"PermittedNames", get_permitted},
    {"Scope", get_scope},
};

static int get_property(sd_bus *connection, const char *path, const char *interface,
                        const char *property, sd_bus_message *reply, void *userdata,
                        sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    g_autoptr(CertdAuthorityRecord) authority = certd_authority_get(bus->service, &failure);
    /* That there is none is nothing wrong with a property. */
    if (authority == NULL && !g_error_matches(failure, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE))
        return certd_bus_fail(error, failure);
    for (size_t i = 0; i < G_N_ELEMENTS(getters); i++) {
        if (g_str_equal(getters[i].name, property)) {
            g_autoptr(GVariant) value = g_variant_take_ref(getters[i].get(authority));
            return certd_variant_append(reply, value);
        }
    }
    return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_PROPERTY, "There is no property %s",
                             property);
}

#define METHOD SD_BUS_VTABLE_UNPRIVILEGED
/* A request can carry a challenge password. */
#define SECRET_METHOD (SD_BUS_VTABLE_UNPRIVILEGED | SD_BUS_VTABLE_SENSITIVE)
#define CHANGING(name, type)                                                                       \
    SD_BUS_PROPERTY(name, type, get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Regenerate", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT,
                            method_regenerate, METHOD),
    SD_BUS_METHOD_WITH_ARGS("Sign", SD_BUS_ARGS("ay", request, "a{sv}", options),
                            SD_BUS_RESULT("s", chain), method_sign, SECRET_METHOD),
    SD_BUS_METHOD_WITH_ARGS("Export", SD_BUS_ARGS("s", format), SD_BUS_RESULT("h", data),
                            method_export, METHOD),
    CHANGING("Certificate", "s"),
    CHANGING("Subject", "a(ss)"),
    CHANGING("NotBefore", "t"),
    CHANGING("NotAfter", "t"),
    CHANGING("Fingerprint", "s"),
    CHANGING("PermittedNames", "as"),
    CHANGING("Scope", "s"),
    SD_BUS_VTABLE_END,
};

int certd_authority_register(CertdBus *bus)
{
    return certd_bus_add_object(bus, CERTD_PATH_AUTHORITY, CERTD_INTERFACE_AUTHORITY, vtable);
}
