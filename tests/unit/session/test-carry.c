/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is carried, between GIO's D-Bus, which certd-web speaks, and a real bus with a stand-in for certd, which
 * answers a call with what it got.
 */
#include "session/carry.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "model/names.h"
#include "model/web-limits.h"

#define CERTIFICATE_PATH CERTD_PATH_CERTIFICATE "/https"
#define DEADLINE_MSEC 60000
#define TTY_FLAG G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION

typedef struct {
    guint64 age_seconds; /* of the sign-in */
    GTestDBus *daemon;
    GDBusConnection *certd;
    GDBusConnection *web; /* the peer */
    GThread *thread;
    int fd;
    GMutex lock;
    GPtrArray *held; /* calls of Inspect, which are not answered at once */
    GDBusMessageFlags flags;
    char *sender;
} Sides;

/* As certd-session, until one of its connections ends. */
static void *carry(void *data)
{
    Sides *sides = data;
    g_autoptr(GError) error = NULL;
    sd_event *event = NULL;
    sd_bus *bus = NULL;
    struct timespec now;
    g_assert_cmpint(clock_gettime(CLOCK_BOOTTIME, &now), ==, 0);
    guint64 signed_in = (guint64)now.tv_sec * G_USEC_PER_SEC + (guint64)now.tv_nsec / 1000 -
                        sides->age_seconds * G_USEC_PER_SEC;
    g_assert_cmpint(sd_event_new(&event), >=, 0);
    g_assert_cmpint(sd_bus_new(&bus), >=, 0);
    g_assert_cmpint(sd_bus_set_address(bus, g_test_dbus_get_bus_address(sides->daemon)), >=, 0);
    g_assert_cmpint(sd_bus_set_bus_client(bus, 1), >=, 0);
    g_assert_cmpint(sd_bus_negotiate_fds(bus, 1), >=, 0);
    g_assert_cmpint(sd_bus_start(bus), >=, 0);
    CertdCarry *made = certd_carry_new(event, bus, sides->fd, signed_in, &error);
    g_assert_no_error(error);
    (void)sd_event_loop(event);
    certd_carry_free(made);
    sd_bus_close_unref(bus);
    sd_event_unref(event);
    return NULL;
}

static void answer(GDBusConnection *certd, GDBusMessage *call, GVariant *body)
{
    g_autoptr(GDBusMessage) reply = g_dbus_message_new_method_reply(call);
    GUnixFDList *fds = g_dbus_message_get_unix_fd_list(call);
    if (fds != NULL)
        g_dbus_message_set_unix_fd_list(reply, fds);
    g_dbus_message_set_body(reply, body);
    g_assert_true(
        g_dbus_connection_send_message(certd, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL));
}

/* The stand-in: in GIO's thread. */
static GDBusMessage *on_message(GDBusConnection *certd, GDBusMessage *message, gboolean incoming,
                                gpointer userdata)
{
    Sides *sides = userdata;
    const char *member = g_dbus_message_get_member(message);
    if (!incoming || g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        return message;
    g_mutex_lock(&sides->lock);
    sides->flags = g_dbus_message_get_flags(message);
    g_free(sides->sender);
    sides->sender = g_strdup(g_dbus_message_get_sender(message));
    if (g_str_equal(member, "Inspect"))
        g_ptr_array_add(sides->held, g_object_ref(message));
    g_mutex_unlock(&sides->lock);
    if (g_str_equal(member, "Cancel")) {
        g_autoptr(GDBusMessage) reply = g_dbus_message_new_method_error_literal(
            message, "org.certd1.Error.Cancelled", "It \"was\" cancelled");
        g_assert_true(g_dbus_connection_send_message(certd, reply, G_DBUS_SEND_MESSAGE_FLAGS_NONE,
                                                     NULL, NULL));
    } else if (!g_str_equal(member, "Inspect")) {
        GVariant *body = g_dbus_message_get_body(message);
        answer(certd, message, body != NULL ? body : g_variant_new("()"));
    }
    g_object_unref(message);
    return NULL;
}

static GDBusConnection *new_connection(Sides *sides)
{
    g_autoptr(GError) error = NULL;
    GDBusConnection *connection =
        g_dbus_connection_new_for_address_sync(g_test_dbus_get_bus_address(sides->daemon),
                                               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                               NULL, NULL, &error);
    g_assert_no_error(error);
    return connection;
}

/* RequestName, with the flag to replace, or ReleaseName. */
static void own(GDBusConnection *connection, gboolean owned)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
        connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        owned ? "RequestName" : "ReleaseName",
        owned ? g_variant_new("(su)", CERTD_BUS_NAME, 4) : g_variant_new("(s)", CERTD_BUS_NAME),
        G_VARIANT_TYPE("(u)"), G_DBUS_CALL_FLAGS_NONE, DEADLINE_MSEC, NULL, &error);
    guint32 result;
    g_assert_no_error(error);
    g_variant_get(reply, "(u)", &result);
    g_assert_cmpuint(result, ==, 1);
}

/* With a first call without descriptors, see carry.h. */
static void connect_web(Sides *sides, int fd)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocket) socket = g_socket_new_from_fd(fd, &error);
    g_assert_no_error(error);
    g_autoptr(GSocketConnection) stream = g_socket_connection_factory_create_connection(socket);
    sides->web = g_dbus_connection_new_sync(G_IO_STREAM(stream), NULL,
                                            G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                            NULL, &error);
    g_assert_no_error(error);
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
        sides->web, CERTD_BUS_NAME, CERTD_PATH_MANAGER, "org.freedesktop.DBus.Peer", "Ping", NULL,
        NULL, G_DBUS_CALL_FLAGS_NONE, DEADLINE_MSEC, NULL, &error);
    g_assert_no_error(error);
    g_assert_nonnull(reply);
    g_clear_pointer(&sides->sender, g_free);
}

static void set_up(Sides *sides, const void *age_seconds)
{
    int pair[2];
    *sides = (Sides){.age_seconds = GPOINTER_TO_UINT(age_seconds)};
    sides->held = g_ptr_array_new_with_free_func(g_object_unref);
    g_mutex_init(&sides->lock);
    sides->daemon = g_test_dbus_new(G_TEST_DBUS_NONE);
    g_test_dbus_up(sides->daemon);
    sides->certd = new_connection(sides);
    g_dbus_connection_add_filter(sides->certd, on_message, sides, NULL);
    own(sides->certd, TRUE);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==,
                    0);
    sides->fd = pair[0];
    sides->thread = g_thread_new("carry", carry, sides);
    connect_web(sides, pair[1]);
}

static void tear_down(Sides *sides, const void *data)
{
    (void)g_dbus_connection_close_sync(sides->web, NULL, NULL);
    if (sides->thread != NULL)
        g_thread_join(sides->thread);
    g_clear_object(&sides->web);
    (void)g_dbus_connection_close_sync(sides->certd, NULL, NULL);
    g_clear_object(&sides->certd);
    if (sides->daemon != NULL)
        g_test_dbus_stop(sides->daemon);
    g_clear_object(&sides->daemon);
    g_ptr_array_unref(sides->held);
    g_mutex_clear(&sides->lock);
    g_free(sides->sender);
}

static GVariant *call(Sides *sides, const char *path, const char *interface, const char *member,
                      GVariant *arguments, GError **error)
{
    return g_dbus_connection_call_sync(
        sides->web, CERTD_BUS_NAME, path, interface, member, arguments, NULL,
        G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, DEADLINE_MSEC, NULL, error);
}

/* A call of the manager that is echoed, or fails with the D-Bus error @name. */
static void check(Sides *sides, const char *path, const char *interface, const char *member,
                  const char *arguments, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) sent = g_variant_parse(NULL, arguments, NULL, NULL, NULL);
    g_autoptr(GVariant) reply = call(sides, path, interface, member, sent, &error);
    if (name == NULL) {
        g_assert_no_error(error);
        g_assert_true(g_variant_equal(reply, sent));
        return;
    }
    g_assert_null(reply);
    g_autofree char *found = g_dbus_error_get_remote_error(error);
    g_assert_cmpstr(found, ==, name);
}

static void test_echo(Sides *sides, const void *data)
{
    check(sides, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, "CreateCertificate",
          "('mqtt', {'days': <uint32 90>, 'names': <[('DNS', 'a')]>, 'x': <<[byte 1, 2]>>})", NULL);
    check(sides, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Rollback", "()", NULL);
    g_assert_cmpint(sides->flags & TTY_FLAG, ==, 0);
}

static void test_error(Sides *sides, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply = call(sides, CERTD_PATH_REQUEST "/1", CERTD_INTERFACE_REQUEST,
                                     "Cancel", g_variant_new("()"), &error);
    g_assert_null(reply);
    g_autofree char *name = g_dbus_error_get_remote_error(error);
    g_assert_cmpstr(name, ==, "org.certd1.Error.Cancelled");
    g_dbus_error_strip_remote_error(error);
    g_assert_cmpstr(error->message, ==, "It \"was\" cancelled");
}

static void test_descriptor(Sides *sides, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new(), back = NULL;
    int ends[2];
    char byte = 0;
    g_assert_cmpint(pipe(ends), ==, 0);
    g_assert_cmpint(g_unix_fd_list_append(fds, ends[1], NULL), ==, 0);
    g_autoptr(GVariant) reply = g_dbus_connection_call_with_unix_fd_list_sync(
        sides->web, CERTD_BUS_NAME, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, "InspectFd",
        g_variant_new_parsed("(handle 0, @a{sv} {})"), NULL, G_DBUS_CALL_FLAGS_NONE, DEADLINE_MSEC,
        fds, &back, NULL, &error);
    g_assert_no_error(error);
    g_assert_nonnull(reply);
    int fd = g_unix_fd_list_get(back, 0, NULL);
    g_assert_cmpint(write(fd, "x", 1), ==, 1);
    g_assert_cmpint(read(ends[0], &byte, 1), ==, 1);
    g_assert_cmpint(byte, ==, 'x');
    (void)close(fd);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void test_refused(Sides *sides, const void *data)
{
    static const char denied[] = "org.freedesktop.DBus.Error.AccessDenied";
    check(sides, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "OpenCredential", "('key',)",
          denied);
    check(sides, CERTD_PATH_MANAGER, "org.freedesktop.DBus.Introspectable", "Introspect", "()",
          denied);
    check(sides, CERTD_PATH_MANAGER, "org.freedesktop.DBus.Peer", "GetMachineId", "()", denied);
    g_assert_null(sides->sender);
}

#define OLD_CALLS_FAIL CERTD_ERROR_SIGN_IN_AGAIN

/* Soon after the sign-in what destroys is carried, and later only the rest. */
static void test_age(Sides *sides, const void *data)
{
    const char *error = sides->age_seconds < CERTD_FRESH_SECONDS ? NULL : OLD_CALLS_FAIL;
    check(sides, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, "FactoryReset", "(@a{sv} {},)",
          error);
    check(sides, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Import",
          "([byte 1], {'trial': <uint32 60>})", error);
    check(sides, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Export", "('p12', @a{sv} {})",
          error);
    check(sides, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Export", "('pem', @a{sv} {})",
          NULL);
    check(sides, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Import",
          "([byte 1], {'certificates-only': <true>})", NULL);
    check(sides, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Confirm", "(@a{sv} {},)", NULL);
}

static void count_answer(GObject *web, GAsyncResult *result, gpointer userdata)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(web), result, &error);
    g_assert_no_error(error);
    *(guint *)userdata += reply != NULL ? 1 : 0;
}

/* So many calls wait, and one more is told at once; what has been answered makes room. */
static void test_waiting(Sides *sides, const void *data)
{
    guint answered = 0;
    for (guint i = 0; i < CERTD_LIMIT_SESSION_CALLS; i++)
        g_dbus_connection_call(
            sides->web, CERTD_BUS_NAME, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, "Inspect",
            g_variant_new_parsed("([byte 1], @a{sv} {})"), NULL, G_DBUS_CALL_FLAGS_NONE,
            DEADLINE_MSEC, NULL, count_answer, &answered);
    check(sides, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, "GetCertificate", "('https',)",
          "org.freedesktop.DBus.Error.LimitsExceeded");
    for (gboolean all = FALSE; !all; g_thread_yield()) {
        g_mutex_lock(&sides->lock);
        all = sides->held->len == CERTD_LIMIT_SESSION_CALLS;
        g_mutex_unlock(&sides->lock);
    }
    for (guint i = 0; i < CERTD_LIMIT_SESSION_CALLS; i++)
        answer(sides->certd, g_ptr_array_index(sides->held, i), g_variant_new("()"));
    while (answered < CERTD_LIMIT_SESSION_CALLS)
        g_main_context_iteration(NULL, TRUE);
    check(sides, CERTD_PATH_MANAGER, CERTD_INTERFACE_MANAGER, "GetCertificate", "('https',)", NULL);
}

static void on_signal(GDBusConnection *web, const char *sender, const char *path,
                      const char *interface, const char *member, GVariant *parameters,
                      gpointer userdata)
{
    GString *heard = userdata;
    g_string_append_printf(heard, "%s ", member);
}

static void emit(GDBusConnection *from, const char *to, const char *member)
{
    g_assert_true(g_dbus_connection_emit_signal(from, to, CERTD_PATH_MANAGER,
                                                CERTD_INTERFACE_MANAGER, member,
                                                g_variant_new("(s)", "x"), NULL));
    g_assert_true(g_dbus_connection_flush_sync(from, NULL, NULL));
}

/* Only who has certd's name is heard, also where it changes hands. */
static void test_signals(Sides *sides, const void *data)
{
    g_autoptr(GString) heard = g_string_new(NULL);
    g_autoptr(GDBusConnection) other = new_connection(sides);
    guint id = g_dbus_connection_signal_subscribe(sides->web, NULL, NULL, NULL, NULL, NULL,
                                                  G_DBUS_SIGNAL_FLAGS_NONE, on_signal, heard, NULL);
    check(sides, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Rollback", "()", NULL);
    g_autofree char *session = g_strdup(sides->sender);
    emit(other, NULL, "Forged");
    emit(other, session, "Forged");
    emit(sides->certd, NULL, "First");
    own(sides->certd, FALSE);
    own(other, TRUE);
    emit(sides->certd, session, "Late");
    emit(other, NULL, "Second");
    while (strstr(heard->str, "Second") == NULL)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpstr(heard->str, ==, "First Second ");
    g_dbus_connection_signal_unsubscribe(sides->web, id);
}

/* A session is one user's connection to one bus: it ends with that. */
static void test_bus_gone(Sides *sides, const void *data)
{
    check(sides, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Rollback", "()", NULL);
    g_test_dbus_stop(sides->daemon);
    g_clear_object(&sides->daemon);
    g_thread_join(g_steal_pointer(&sides->thread));
    while (!g_dbus_connection_is_closed(sides->web))
        g_main_context_iteration(NULL, TRUE);
}

static void test_peer_gone(Sides *sides, const void *data)
{
    g_assert_true(g_dbus_connection_close_sync(sides->web, NULL, NULL));
    g_thread_join(g_steal_pointer(&sides->thread));
}

/* Without certd calls fail as on the bus, and the session goes on. */
static void test_no_certd(Sides *sides, const void *data)
{
    own(sides->certd, FALSE);
    check(sides, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Rollback", "()",
          "org.freedesktop.DBus.Error.ServiceUnknown");
    own(sides->certd, TRUE);
    check(sides, CERTIFICATE_PATH, CERTD_INTERFACE_CERTIFICATE, "Rollback", "()", NULL);
}

#define add(name, age, function)                                                                   \
    g_test_add("/carry/" name, Sides, GUINT_TO_POINTER(age), set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("echo", 0, test_echo);
    add("error", 0, test_error);
    add("descriptor", 0, test_descriptor);
    add("refused", 0, test_refused);
    add("fresh", CERTD_FRESH_SECONDS - 60, test_age);
    add("old", CERTD_FRESH_SECONDS + 1, test_age);
    add("waiting", 0, test_waiting);
    add("signals", 0, test_signals);
    add("bus-gone", 0, test_bus_gone);
    add("peer-gone", 0, test_peer_gone);
    add("no-certd", 0, test_no_certd);
    return g_test_run();
}
