/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * No change is missed: the signal is subscribed to before the properties are read. The handler's thread has a main
 * context of its own for as long as it waits.
 */
#include "web/redfish/await.h"

#include "web/redfish/bus.h"

typedef struct {
    const CertdRequest *request;
    CertdAnswer *answer;
    const char *object;
    const char *interface;
    gboolean (*done)(GVariant *properties);
    GMainContext *context;
    gboolean changed;
    gboolean late;
} Wait;

static void on_changed(GDBusConnection *connection, const char *sender, const char *path,
                       const char *interface, const char *signal, GVariant *parameters,
                       void *userdata)
{
    Wait *wait = userdata;
    wait->changed = TRUE;
}

static gboolean on_late(void *userdata)
{
    Wait *wait = userdata;
    wait->late = TRUE;
    return G_SOURCE_REMOVE;
}

static GVariant *read_until_done(Wait *wait)
{
    for (;;) {
        wait->changed = FALSE;
        g_autoptr(GVariant) properties =
            certd_redfish_get_all(wait->request, wait->answer, wait->object, wait->interface);
        if (!properties || wait->late || wait->done(properties))
            return g_steal_pointer(&properties);
        while (!wait->changed && !wait->late)
            g_main_context_iteration(wait->context, TRUE);
    }
}

GVariant *certd_await(const CertdRequest *request, CertdAnswer *answer, const char *object,
                      const char *interface, gboolean (*done)(GVariant *properties), guint msec)
{
    g_autoptr(GDBusConnection) bus = certd_session_bus(request->session);
    g_autoptr(GMainContext) context = g_main_context_new();
    Wait wait = {request, answer, object, interface, done, context, FALSE, FALSE};
    if (!bus)
        return certd_redfish_get_all(request, answer, object, interface);

    g_main_context_push_thread_default(context);
    guint id = g_dbus_connection_signal_subscribe(
        bus, NULL, "org.freedesktop.DBus.Properties", "PropertiesChanged", object, NULL,
        G_DBUS_SIGNAL_FLAGS_NONE, on_changed, &wait, NULL);
    g_autoptr(GSource) timer = g_timeout_source_new(msec);
    g_source_set_callback(timer, on_late, &wait, NULL);
    g_source_attach(timer, context);
    GVariant *properties = read_until_done(&wait);
    g_source_destroy(timer);
    g_dbus_connection_signal_unsubscribe(bus, id);
    /* What is under way for this context finds @wait for the last time here. */
    while (g_main_context_iteration(context, FALSE))
        ;
    g_main_context_pop_thread_default(context);
    return properties;
}
