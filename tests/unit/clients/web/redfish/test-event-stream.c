/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Streams of events between a certd that is played here, over a real connection, and a client that only listens. */
#include "web/redfish/event-stream.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/socket.h>

#include "model/web-limits.h"

struct CertdSession {
    GDBusConnection *bus;
    guint refs;
};

struct CertdStream {
    GPtrArray *texts;
};

CertdSession *certd_session_ref(CertdSession *session)
{
    session->refs++;
    return session;
}

void certd_session_unref(CertdSession *session)
{
    session->refs--;
}

GDBusConnection *certd_session_bus(CertdSession *session)
{
    return session->bus ? g_object_ref(session->bus) : NULL;
}

void certd_stream_send(CertdStream *stream, const char *text)
{
    g_ptr_array_add(stream->texts, g_strdup(text));
}

typedef struct {
    GDBusConnection *certd;
    CertdSession session;
    CertdStream stream;
    CertdEventStream *events;
    guint asked; /* how often for a request's certificate */
} Fixture;

static GDBusConnection *ends[2];

static void on_connected(GObject *source G_GNUC_UNUSED, GAsyncResult *result, void *userdata)
{
    g_autoptr(GError) error = NULL;
    *(GDBusConnection **)userdata = g_dbus_connection_new_finish(result, &error);
    g_assert_no_error(error);
}

/* Both ends of a connection without a bus; each is the caller's. */
static void connect_both(GDBusConnection **certd, GDBusConnection **client)
{
    int fds[2];
    g_autofree char *guid = g_dbus_generate_guid();
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    ends[0] = ends[1] = NULL;
    for (int i = 0; i < 2; i++) {
        g_autoptr(GSocket) socket = g_socket_new_from_fd(fds[i], NULL);
        g_autoptr(GSocketConnection) stream = g_socket_connection_factory_create_connection(socket);
        g_dbus_connection_new(G_IO_STREAM(stream), i == 0 ? guid : NULL,
                              i == 0 ? G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER
                                     : G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT,
                              NULL, NULL, on_connected, &ends[i]);
    }
    while (!ends[0] || !ends[1])
        g_main_context_iteration(NULL, TRUE);
    *certd = ends[0];
    *client = ends[1];
}

static void on_get(GDBusConnection *bus G_GNUC_UNUSED, const char *sender G_GNUC_UNUSED,
                   const char *path G_GNUC_UNUSED, const char *interface G_GNUC_UNUSED,
                   const char *method G_GNUC_UNUSED, GVariant *parameters G_GNUC_UNUSED,
                   GDBusMethodInvocation *invocation, void *userdata)
{
    Fixture *fixture = userdata;
    fixture->asked++;
    g_dbus_method_invocation_return_value(
        invocation,
        g_variant_new("(v)", g_variant_new_object_path("/org/certd1/certificate/mqtt")));
}

/* Properties of the request 12, which is one of mqtt's; there is no other. */
static void serve_request(Fixture *fixture)
{
    static const char xml[] = "<node><interface name='org.freedesktop.DBus.Properties'>"
                              "<method name='Get'><arg type='s' direction='in'/>"
                              "<arg type='s' direction='in'/><arg type='v' direction='out'/>"
                              "</method></interface></node>";
    static const GDBusInterfaceVTable vtable = {.method_call = on_get};
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(xml, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_dbus_connection_register_object(fixture->certd, "/org/certd1/request/12",
                                                       node->interfaces[0], &vtable, fixture, NULL,
                                                       &error),
                     >, 0);
    g_assert_no_error(error);
}

/* @data: whether the client has had a stream before. */
static void set_up(Fixture *fixture, const void *data)
{
    connect_both(&fixture->certd, &fixture->session.bus);
    fixture->stream.texts = g_ptr_array_new_with_free_func(g_free);
    fixture->events = certd_event_stream_new(&fixture->session, data != NULL);
    certd_event_stream_begin(&fixture->stream, fixture->events);
}

static void tear_down(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    certd_event_stream_free(fixture->events);
    g_assert_cmpuint(fixture->session.refs, ==, 0);
    g_ptr_array_unref(fixture->stream.texts);
    g_clear_object(&fixture->session.bus);
    g_clear_object(&fixture->certd);
}

static void emit(Fixture *fixture, const char *path, const char *interface, const char *signal,
                 GVariant *parameters)
{
    g_autoptr(GError) error = NULL;
    g_dbus_connection_emit_signal(fixture->certd, NULL, path, interface, signal, parameters,
                                  &error);
    g_assert_no_error(error);
}

static void emit_changed(Fixture *fixture, const char *path)
{
    emit(fixture, path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
         g_variant_new("(sa{sv}as)", "x", NULL, NULL));
}

/* How many records with @message_id have come so far, of @origin (NULL: whatever). */
static guint count(const Fixture *fixture, const char *message_id, const char *origin)
{
    guint found = 0;
    for (guint i = 0; i < fixture->stream.texts->len; i++) {
        const char *data = strstr(fixture->stream.texts->pdata[i], "data: ");
        g_autoptr(JsonNode) node = json_from_string(data + strlen("data: "), NULL);
        JsonArray *records = json_object_get_array_member(json_node_get_object(node), "Events");
        for (guint j = 0; j < json_array_get_length(records); j++) {
            JsonObject *record = json_array_get_object_element(records, j);
            JsonObject *link = json_object_has_member(record, "OriginOfCondition")
                                   ? json_object_get_object_member(record, "OriginOfCondition")
                                   : NULL;
            const char *id = link ? json_object_get_string_member(link, "@odata.id") : NULL;
            found += g_str_equal(json_object_get_string_member(record, "MessageId"), message_id) &&
                     (!origin || g_strcmp0(origin, id) == 0);
        }
    }
    return found;
}

/* Waits until at least @wanted have come; the test's own time limit ends what never does. */
static void wait_for(const Fixture *fixture, const char *message_id, const char *origin,
                     guint wanted)
{
    while (count(fixture, message_id, origin) < wanted)
        g_main_context_iteration(NULL, TRUE);
}

static void test_begins(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    g_assert_cmpuint(count(fixture, "Certd.1.0.StreamBegan", NULL), ==, 1);
    g_assert_cmpuint(count(fixture, "Certd.1.0.EventsLost", NULL), ==, 0);
}

/* Who has had a stream before is told that something may be lost, once. */
static void test_resumed(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    emit_changed(fixture, "/org/certd1");
    wait_for(fixture, "ResourceEvent.1.3.ResourceChanged", "/redfish/v1/Managers/device", 1);
    g_assert_cmpuint(count(fixture, "Certd.1.0.StreamBegan", NULL), ==, 0);
    g_assert_cmpuint(count(fixture, "Certd.1.0.EventsLost", NULL), ==, 1);
}

/* The same resource 1,000 times: one event. */
static void test_flood(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    static const char policy[] = "/redfish/v1/Managers/device/SecurityPolicy";
    for (int i = 0; i < 1000; i++)
        emit_changed(fixture, "/org/certd1/https");
    emit_changed(fixture, "/org/certd1/truststore");
    wait_for(fixture, "ResourceEvent.1.3.ResourceChanged",
             "/redfish/v1/Managers/device/SecurityPolicy/TrustedCertificates", 1);
    g_assert_cmpuint(count(fixture, "ResourceEvent.1.3.ResourceChanged", policy), <=, 3);
    g_assert_cmpuint(count(fixture, "ResourceEvent.1.3.ResourceChanged", policy), >=, 1);
    g_assert_cmpuint(count(fixture, "Certd.1.0.EventsLost", NULL), ==, 0);
}

/* As many different ones as may wait, and one more. */
static void test_lost(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    static const char removed[] = "ResourceEvent.1.3.ResourceRemoved";
    for (guint more = 0; more < 2; more++) {
        guint before = count(fixture, removed, NULL);
        for (guint i = 0; i < CERTD_LIMIT_WEB_EVENTS + more; i++) {
            g_autofree char *name = g_strdup_printf("c%u", i);
            emit(fixture, "/org/certd1", "org.certd1.Manager", "CertificateRemoved",
                 g_variant_new("(so)", name, "/x"));
        }
        wait_for(fixture, removed, NULL, before + CERTD_LIMIT_WEB_EVENTS);
        if (more > 0)
            wait_for(fixture, "Certd.1.0.EventsLost", NULL, 1);
        g_assert_cmpuint(count(fixture, removed, NULL), ==, before + CERTD_LIMIT_WEB_EVENTS);
        g_assert_cmpuint(count(fixture, "Certd.1.0.EventsLost", NULL), ==, more);
    }
}

/* A request's certificate is asked for once; of one that has gone there is nothing to tell. */
static void test_requests(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    static const char origin[] =
        "/redfish/v1/CertificateService/Oem/Certd/Certificates/mqtt/Requests/12";
    serve_request(fixture);
    for (guint i = 1; i <= 2; i++) {
        emit_changed(fixture, "/org/certd1/request/13");
        emit_changed(fixture, "/org/certd1/request/12");
        emit(fixture, "/org/certd1", "org.certd1.Manager", "RequestFinished",
             g_variant_new("(os)", "/org/certd1/request/12", "ready"));
        wait_for(fixture, "Certd.1.0.RequestFinished", origin, i);
        wait_for(fixture, "ResourceEvent.1.3.ResourceChanged", origin, i);
    }
    g_assert_cmpuint(fixture->asked, ==, 1);
    g_assert_cmpuint(count(fixture, "ResourceEvent.1.3.ResourceChanged", NULL), ==, 2);
}

/* The user has given the password again: there is another connection, and it is told that something may be lost. */
static void test_another_connection(Fixture *fixture, const void *data G_GNUC_UNUSED)
{
    g_autoptr(GDBusConnection) old = fixture->certd;
    GDBusConnection *old_client = fixture->session.bus;
    connect_both(&fixture->certd, &fixture->session.bus);
    g_object_unref(old_client);
    g_dbus_connection_close_sync(old, NULL, NULL);
    wait_for(fixture, "Certd.1.0.EventsLost", NULL, 1);
    emit_changed(fixture, "/org/certd1");
    wait_for(fixture, "ResourceEvent.1.3.ResourceChanged", "/redfish/v1/Managers/device", 1);
}

#define ADD(name, function)                                                                        \
    g_test_add("/web/event-stream/" name, Fixture, NULL, set_up, function, tear_down)

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    ADD("begins", test_begins);
    g_test_add("/web/event-stream/resumed", Fixture, GUINT_TO_POINTER(TRUE), set_up, test_resumed,
               tear_down);
    ADD("flood", test_flood);
    ADD("lost", test_lost);
    ADD("requests", test_requests);
    ADD("another-connection", test_another_connection);
    return g_test_run();
}
