/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signals of requests do not say which certificate they are of, which is part of the request's path: it is asked for, one
 * request after another, and their events wait. Whatever can't be told is told to be lost.
 */
#include "web/redfish/event-stream.h"

#include "model/names.h"
#include "model/web-limits.h"
#include "web/redfish/event.h"
#include "web/redfish/resource.h"

/* How long events are gathered. */
#define GATHER_MSEC 250u
/* Requests whose certificates are remembered. */
#define REQUESTS_MAX 1000u

struct CertdEventStream {
    CertdSession *session;
    CertdStream *stream;  /* NULL until it has begun */
    GDBusConnection *bus; /* NULL while there is none */
    guint subscription;
    gulong closed;
    GHashTable *waiting; /* key -> CertdEvent */
    GPtrArray *order;    /* their keys, which they own */
    gboolean resumed;
    gboolean lost;
    GHashTable *origins; /* a request's object -> its resource's path, "" where it has gone */
    char *asked;         /* the request whose certificate is being asked for */
    GCancellable *cancellable;
    guint gather; /* the timer's source */
    guint64 last_id;
};

static void gather(CertdEventStream *self);
static void listen(CertdEventStream *self);

CertdEventStream *certd_event_stream_new(CertdSession *session, gboolean resumed)
{
    CertdEventStream *self = g_new0(CertdEventStream, 1);
    self->session = certd_session_ref(session);
    self->resumed = resumed;
    self->waiting =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)certd_event_free);
    self->order = g_ptr_array_new_with_free_func(g_free);
    self->origins = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    self->cancellable = g_cancellable_new();
    return self;
}

static void stop_listening(CertdEventStream *self)
{
    if (!self->bus)
        return;
    g_dbus_connection_signal_unsubscribe(self->bus, self->subscription);
    g_signal_handler_disconnect(self->bus, self->closed);
    g_clear_object(&self->bus);
}

void certd_event_stream_free(void *userdata)
{
    CertdEventStream *self = userdata;
    g_cancellable_cancel(self->cancellable);
    stop_listening(self);
    if (self->gather)
        g_source_remove(self->gather);
    g_hash_table_unref(self->waiting);
    g_ptr_array_unref(self->order);
    g_hash_table_unref(self->origins);
    g_object_unref(self->cancellable);
    g_free(self->asked);
    certd_session_unref(self->session);
    g_free(self);
}

/* @event is taken. */
static void add_event(CertdEventStream *self, CertdEvent *event)
{
    char *key = certd_event_key(event);
    if (g_hash_table_contains(self->waiting, key) ||
        g_hash_table_size(self->waiting) >= CERTD_LIMIT_WEB_EVENTS) {
        self->lost = self->lost || !g_hash_table_contains(self->waiting, key);
        certd_event_free(event);
        g_free(key);
    } else {
        g_ptr_array_add(self->order, key);
        g_hash_table_insert(self->waiting, key, event);
    }
    gather(self);
}

static void on_signal(GDBusConnection *bus G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED,
                      const char *path, const char *interface, const char *signal,
                      GVariant *parameters, void *userdata)
{
    CertdEventStream *self = userdata;
    g_autoptr(GPtrArray) events = certd_events_of_signal(path, interface, signal, parameters);
    g_ptr_array_set_free_func(events, NULL);
    for (guint i = 0; i < events->len; i++)
        add_event(self, events->pdata[i]);
}

/* The user has given the password again, and there is another connection; or the session ends. */
static void on_closed(GDBusConnection *bus G_GNUC_UNUSED, gboolean vanished G_GNUC_UNUSED,
                      GError *error G_GNUC_UNUSED, void *userdata)
{
    CertdEventStream *self = userdata;
    stop_listening(self);
    listen(self);
    self->lost = TRUE;
    gather(self);
}

static void listen(CertdEventStream *self)
{
    g_autoptr(GDBusConnection) bus = certd_session_bus(self->session);
    if (self->bus || !bus || g_dbus_connection_is_closed(bus))
        return;
    self->bus = g_steal_pointer(&bus);
    self->subscription = g_dbus_connection_signal_subscribe(
        self->bus, NULL, NULL, NULL, NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_signal, self, NULL);
    self->closed = g_signal_connect(self->bus, "closed", G_CALLBACK(on_closed), self);
}

static void on_certificate(GObject *bus, GAsyncResult *result, void *userdata)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(bus), result, &error);
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    CertdEventStream *self = userdata;
    g_autoptr(GVariant) value = NULL;
    if (reply)
        g_variant_get(reply, "(v)", &value);
    char *origin = value && g_variant_is_of_type(value, G_VARIANT_TYPE_OBJECT_PATH)
                       ? certd_event_request_origin(g_variant_get_string(value, NULL), self->asked)
                       : g_strdup("");
    if (g_hash_table_size(self->origins) >= REQUESTS_MAX)
        g_hash_table_remove_all(self->origins);
    g_hash_table_replace(self->origins, g_steal_pointer(&self->asked), origin);
    gather(self);
}

/* Asks which certificate @request is of, unless another one is being asked for. */
static void ask(CertdEventStream *self, const char *request)
{
    if (self->asked || !self->bus)
        return;
    self->asked = g_strdup(request);
    g_dbus_connection_call(self->bus, CERTD_BUS_NAME, request, "org.freedesktop.DBus.Properties",
                           "Get", g_variant_new("(ss)", CERTD_INTERFACE_REQUEST, "Certificate"),
                           G_VARIANT_TYPE("(v)"), G_DBUS_CALL_FLAGS_NONE,
                           (int)CERTD_LIMIT_WEB_CALL_SECONDS * 1000, self->cancellable,
                           on_certificate, self);
}

/* Whether @event can be told, or has to be forgotten: then its origin is still NULL, and *@wait FALSE. */
static void locate(CertdEventStream *self, CertdEvent *event, gboolean *wait)
{
    const char *origin = event->request ? g_hash_table_lookup(self->origins, event->request) : NULL;
    *wait = event->request && !event->origin && !origin;
    if (*wait)
        ask(self, event->request);
    else if (origin && *origin != '\0' && !event->origin)
        event->origin = g_strdup(origin);
}

/* Takes what can be told out of what waits. */
static GPtrArray *take_ready(CertdEventStream *self)
{
    GPtrArray *ready = g_ptr_array_new_with_free_func((GDestroyNotify)certd_event_free);
    guint kept = 0;
    for (guint i = 0; i < self->order->len; i++) {
        gboolean wait;
        g_autofree char *key = self->order->pdata[i];
        CertdEvent *event = g_hash_table_lookup(self->waiting, key);
        locate(self, event, &wait);
        if (wait) {
            self->order->pdata[kept++] = g_steal_pointer(&key);
            continue;
        }
        g_hash_table_steal(self->waiting, key);
        if (event->origin)
            g_ptr_array_add(ready, event);
        else
            certd_event_free(event);
    }
    /* What is behind was moved or freed. */
    g_ptr_array_set_free_func(self->order, NULL);
    g_ptr_array_set_size(self->order, (int)kept);
    g_ptr_array_set_free_func(self->order, g_free);
    if (self->lost)
        g_ptr_array_add(ready, certd_event_new(CERTD_EVENT_EVENTS_LOST, NULL));
    self->lost = FALSE;
    return ready;
}

static gboolean on_gathered(void *userdata)
{
    CertdEventStream *self = userdata;
    self->gather = 0;
    listen(self);
    /* Where there is no connection yet, or any more, this is looked at again. */
    if (!self->bus)
        gather(self);
    g_autoptr(GPtrArray) ready = take_ready(self);
    if (ready->len == 0)
        return G_SOURCE_REMOVE;
    g_autofree char *text =
        certd_events_text(ready, ++self->last_id, g_get_real_time() / G_USEC_PER_SEC);
    certd_stream_send(self->stream, text);
    return G_SOURCE_REMOVE;
}

static void gather(CertdEventStream *self)
{
    if (self->stream && !self->gather)
        self->gather = g_timeout_add(GATHER_MSEC, on_gathered, self);
}

void certd_event_stream_begin(CertdStream *stream, void *userdata)
{
    CertdEventStream *self = userdata;
    g_autoptr(GPtrArray) first = g_ptr_array_new_with_free_func((GDestroyNotify)certd_event_free);
    self->stream = stream;
    listen(self);
    g_ptr_array_add(
        first,
        certd_event_new(self->resumed ? CERTD_EVENT_EVENTS_LOST : CERTD_EVENT_STREAM_BEGAN, NULL));
    g_autofree char *text =
        certd_events_text(first, ++self->last_id, g_get_real_time() / G_USEC_PER_SEC);
    certd_stream_send(self->stream, text);
}
