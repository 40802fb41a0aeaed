/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Putting interfaces on the bus. Each method is called through one function, so that whatever it
 * answers with an error is in the log, whoever found the error: the method itself, the look for its
 * object, or the check of its path and arguments.
 */

#include <string.h>

#include "bus/bus-private.h"

typedef struct {
    sd_bus_message_handler_t handler;
    const char *signature; /* of the arguments; static */
    const char *path;      /* of the object, or of the node that the objects are below; static */
    gboolean below;
} Method;

/* Objects below a prefix. */
typedef struct {
    CertdBus *bus;
    sd_bus_object_find_t find;
} Objects;

struct CertdDispatch {
    GHashTable *methods; /* "interface.member" → Method */
    GPtrArray *memory;   /* the tables and Objects, which the slots refer to */
    sd_bus_slot *filter;
    sd_bus_message *missing; /* whose object is not there, with the answer to it; or NULL */
    sd_bus_error answer;
};

CertdDispatch *certd_dispatch_new(void)
{
    CertdDispatch *dispatch = g_new0(CertdDispatch, 1);
    dispatch->methods = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    dispatch->memory = g_ptr_array_new_with_free_func(g_free);
    return dispatch;
}

void certd_dispatch_free(CertdDispatch *dispatch)
{
    if (dispatch == NULL)
        return;
    sd_bus_slot_unref(dispatch->filter);
    sd_bus_message_unref(dispatch->missing);
    sd_bus_error_free(&dispatch->answer);
    g_hash_table_unref(dispatch->methods);
    g_ptr_array_unref(dispatch->memory);
    g_free(dispatch);
}

static const Method *find_method(const CertdDispatch *dispatch, sd_bus_message *message)
{
    g_autofree char *name = g_strdup_printf("%s.%s", sd_bus_message_get_interface(message),
                                            sd_bus_message_get_member(message));
    return g_hash_table_lookup(dispatch->methods, name);
}

/* Answers with @error, which it frees, and then writes that down. */
static int refuse(CertdBus *bus, sd_bus_message *message, sd_bus_error *error)
{
    int r = sd_bus_reply_method_error(message, error);
    certd_gate_refuse(bus->gate, message, error);
    sd_bus_error_free(error);
    return r < 0 ? r : 1;
}

static int call_method(sd_bus_message *message, void *userdata, sd_bus_error *unused)
{
    CertdBus *bus = userdata;
    CertdDispatch *dispatch = bus->dispatch;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    if (dispatch->missing == message) {
        dispatch->missing = sd_bus_message_unref(dispatch->missing);
        error = dispatch->answer;
        dispatch->answer = SD_BUS_ERROR_NULL;
        return refuse(bus, message, &error);
    }
    int r = find_method(dispatch, message)->handler(message, bus, &error);
    if (r >= 0 && !sd_bus_error_is_set(&error))
        return r;
    if (!sd_bus_error_is_set(&error))
        sd_bus_error_set_errno(&error, r);
    return refuse(bus, message, &error);
}

/* The call of a method of an object that is not there goes to call_method() with its answer: what finds
 * objects knows of no calls. */
static int find_object(sd_bus *connection, const char *path, const char *interface, void *userdata,
                       void **found, sd_bus_error *error)
{
    const Objects *objects = userdata;
    CertdBus *bus = objects->bus;
    CertdDispatch *dispatch = bus->dispatch;
    sd_bus_message *message = sd_bus_get_current_message(connection);
    int r = objects->find(connection, path, interface, bus, found, error);
    if (!sd_bus_error_is_set(error) || message == NULL ||
        !sd_bus_message_is_method_call(message, interface, NULL) ||
        g_strcmp0(sd_bus_message_get_path(message), path) != 0 ||
        !certd_gate_is_logged(bus->gate, message))
        return r;
    sd_bus_message_unref(dispatch->missing);
    sd_bus_error_free(&dispatch->answer);
    dispatch->missing = sd_bus_message_ref(message);
    sd_bus_error_move(&dispatch->answer, error);
    *found = bus;
    return 1;
}

static gboolean is_at(const Method *method, const char *path)
{
    size_t length = strlen(method->path);
    return method->below ? strncmp(path, method->path, length) == 0 && path[length] == '/'
                         : g_str_equal(path, method->path);
}

/* Behind the gate's filter: sd-bus would refuse wrong paths and arguments too, and tell nobody. */
static int check_call(sd_bus_message *message, void *userdata, sd_bus_error *unused)
{
    CertdBus *bus = userdata;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    if (!sd_bus_message_is_method_call(message, NULL, NULL) ||
        sd_bus_message_get_interface(message) == NULL)
        return 0;
    const Method *method = find_method(bus->dispatch, message);
    if (method == NULL || !certd_gate_is_logged(bus->gate, message))
        return 0;
    if (!is_at(method, sd_bus_message_get_path(message))) {
        sd_bus_error_setf(&error, SD_BUS_ERROR_UNKNOWN_OBJECT,
                          "There is no object %s with the interface %s.",
                          sd_bus_message_get_path(message), sd_bus_message_get_interface(message));
        return refuse(bus, message, &error);
    }
    if (sd_bus_message_has_signature(message, method->signature))
        return 0;
    sd_bus_error_setf(&error, SD_BUS_ERROR_INVALID_ARGS,
                      "Invalid arguments '%s' to call %s.%s(), expecting '%s'.",
                      sd_bus_message_get_signature(message, TRUE),
                      sd_bus_message_get_interface(message), sd_bus_message_get_member(message),
                      method->signature);
    return refuse(bus, message, &error);
}

int certd_dispatch_attach(CertdBus *bus)
{
    return sd_bus_add_filter(bus->bus, &bus->dispatch->filter, check_call, bus);
}

/* @vtable with all its methods called through call_method(); of the object @path, or of those @below it. */
static const sd_bus_vtable *wrap(CertdDispatch *dispatch, const char *path, gboolean below,
                                 const char *interface, const sd_bus_vtable *vtable)
{
    size_t count = 1;
    while (vtable[count - 1].type != _SD_BUS_VTABLE_END)
        count++;
    sd_bus_vtable *copy = g_memdup2(vtable, count * sizeof *vtable);
    g_ptr_array_add(dispatch->memory, copy);
    for (size_t i = 0; i < count; i++) {
        if (copy[i].type != _SD_BUS_VTABLE_METHOD)
            continue;
        Method *method = g_new0(Method, 1);
        const char *signature = copy[i].x.method.signature;
        method->handler = copy[i].x.method.handler;
        method->signature = signature != NULL ? signature : "";
        method->path = path;
        method->below = below;
        copy[i].x.method.handler = call_method;
        g_hash_table_insert(dispatch->methods,
                            g_strdup_printf("%s.%s", interface, copy[i].x.method.member), method);
    }
    return copy;
}

int certd_bus_add_object(CertdBus *bus, const char *path, const char *interface,
                         const sd_bus_vtable *vtable)
{
    sd_bus_slot *slot = NULL;
    int r = sd_bus_add_object_vtable(bus->bus, &slot, path, interface,
                                     wrap(bus->dispatch, path, FALSE, interface, vtable), bus);
    return certd_bus_add_slot(bus, r, slot);
}

int certd_bus_add_objects(CertdBus *bus, const char *prefix, const char *interface,
                          const sd_bus_vtable *vtable, sd_bus_object_find_t find,
                          sd_bus_node_enumerator_t enumerate)
{
    sd_bus_slot *slot = NULL, *nodes = NULL;
    Objects *objects = g_new0(Objects, 1);
    objects->bus = bus;
    objects->find = find;
    g_ptr_array_add(bus->dispatch->memory, objects);
    int r = sd_bus_add_fallback_vtable(bus->bus, &slot, prefix, interface,
                                       wrap(bus->dispatch, prefix, TRUE, interface, vtable),
                                       find_object, objects);
    r = certd_bus_add_slot(bus, r, slot);
    if (r < 0)
        return r;
    r = sd_bus_add_node_enumerator(bus->bus, &nodes, prefix, enumerate, bus);
    return certd_bus_add_slot(bus, r, nodes);
}
