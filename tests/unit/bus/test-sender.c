/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is behind a bus name: what the bus says, how it can fail, and how much is remembered. */
#include "bus/sender.h"

#include <sys/socket.h>
#include <systemd/sd-id128.h>

#include "model/error.h"
#include "model/limits.h"

/* Names that the bus of this test answers for in its own way; all others are uid 1000. */
#define ROOT ":1.root"
#define GONE ":1.gone"
#define WITHOUT_UID ":1.without-uid"
#define ODD ":1.odd"
#define UID 1000u

typedef struct {
    int fd;
    int asked; /* atomic */
    GThread *thread;
    sd_bus *certd;
    CertdSenders *senders;
} Sides;

static int answer_uid(sd_bus_message *call, const char *name)
{
    static const guint32 groups[] = {27, 1000};
    __attribute__((cleanup(sd_bus_message_unrefp))) sd_bus_message *reply = NULL;
    gboolean has_uid = !g_str_equal(name, WITHOUT_UID);
    guint32 uid = g_str_equal(name, ROOT) ? 0 : UID;
    sd_bus_message_new_method_return(call, &reply);
    sd_bus_message_open_container(reply, 'a', "{sv}");
    sd_bus_message_append(reply, "{sv}", "ProcessID", "u", 1);
    if (has_uid && g_str_equal(name, ODD))
        sd_bus_message_append(reply, "{sv}", "UnixUserID", "s", "0");
    else if (has_uid)
        sd_bus_message_append(reply, "{sv}", "UnixUserID", "u", uid);
    sd_bus_message_open_container(reply, 'e', "sv");
    sd_bus_message_append(reply, "s", "UnixGroupIDs");
    sd_bus_message_open_container(reply, 'v', "au");
    sd_bus_message_append_array(reply, 'u', groups, sizeof groups);
    sd_bus_message_close_container(reply);
    sd_bus_message_close_container(reply);
    sd_bus_message_close_container(reply);
    return sd_bus_send(NULL, reply, NULL);
}

static int on_credentials(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
    Sides *sides = userdata;
    const char *name;
    int r = sd_bus_message_read(call, "s", &name);
    if (r < 0)
        return r;
    g_atomic_int_inc(&sides->asked);
    if (g_str_equal(name, GONE))
        return sd_bus_error_set(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER, "gone");
    return answer_uid(call, name);
}

static const sd_bus_vtable bus_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("GetConnectionCredentials", "s", "a{sv}", on_credentials,
                  SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

/* The bus's side: certd asks and waits, so it answers in a thread, until the other side closes. */
static void *serve(void *data)
{
    Sides *sides = data;
    sd_bus *bus = NULL;
    sd_id128_t id;
    g_assert_cmpint(sd_id128_randomize(&id), >=, 0);
    g_assert_cmpint(sd_bus_new(&bus), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(bus, sides->fd, sides->fd), >=, 0);
    g_assert_cmpint(sd_bus_set_server(bus, 1, id), >=, 0);
    g_assert_cmpint(sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/DBus",
                                             "org.freedesktop.DBus", bus_vtable, sides),
                    >=, 0);
    g_assert_cmpint(sd_bus_start(bus), >=, 0);
    int r;
    while ((r = sd_bus_process(bus, NULL)) >= 0) {
        if (r == 0 && sd_bus_wait(bus, UINT64_MAX) < 0)
            break;
    }
    sd_bus_close_unref(bus);
    return NULL;
}

static void set_up(Sides *sides, const void *data)
{
    int pair[2];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==,
                    0);
    sides->fd = pair[0];
    g_assert_cmpint(sd_bus_new(&sides->certd), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(sides->certd, pair[1], pair[1]), >=, 0);
    g_assert_cmpint(sd_bus_start(sides->certd), >=, 0);
    sides->thread = g_thread_new("bus", serve, sides);
    sides->senders = certd_senders_new(sides->certd);
}

static void tear_down(Sides *sides, const void *data)
{
    certd_senders_free(sides->senders);
    sd_bus_close_unref(sides->certd);
    g_thread_join(sides->thread);
}

static void assert_user(Sides *sides, const char *name, guint32 expected)
{
    g_autoptr(GError) error = NULL;
    CertdCaller caller = {.uid = G_MAXUINT32, .administrator = 77};
    g_assert_true(certd_senders_get(sides->senders, name, &caller, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(caller.uid, ==, expected);
    g_assert_cmpint(caller.administrator, ==, expected == 0);
    /* The bus of this test names no process. */
    g_assert_cmpstr(caller.unit, ==, "");
}

static void test_users(Sides *sides, const void *data)
{
    assert_user(sides, ":1.1", UID);
    assert_user(sides, ROOT, 0);
    assert_user(sides, ":1.1", UID);
    g_assert_cmpint(g_atomic_int_get(&sides->asked), ==, 2);
}

/* Whom the bus doesn't know is nobody, each time anew. */
static void test_nobody(Sides *sides, const void *data)
{
    static const char *const names[] = {GONE, GONE, WITHOUT_UID, ODD, NULL};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        CertdCaller caller = {.uid = 77, .administrator = 77, .unit = "before"};
        g_assert_false(certd_senders_get(sides->senders, names[i], &caller, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED);
        g_assert_cmpuint(caller.uid, ==, 77);
        g_assert_cmpint(caller.administrator, ==, 77);
        g_assert_cmpstr(caller.unit, ==, "before");
    }
    g_assert_cmpint(g_atomic_int_get(&sides->asked), ==, 4);
}

/* At CERTD_LIMIT_KNOWN_SENDERS all are remembered; one more, and they are asked about again. */
static void test_limit(Sides *sides, const void *data)
{
    for (guint round = 0; round < 2; round++) {
        for (guint i = 0; i < CERTD_LIMIT_KNOWN_SENDERS; i++) {
            g_autofree char *name = g_strdup_printf(":1.%u", i);
            assert_user(sides, name, UID);
        }
        g_assert_cmpint(g_atomic_int_get(&sides->asked), ==, CERTD_LIMIT_KNOWN_SENDERS);
    }
    assert_user(sides, ROOT, 0);
    assert_user(sides, ":1.0", UID);
    g_assert_cmpint(g_atomic_int_get(&sides->asked), ==, CERTD_LIMIT_KNOWN_SENDERS + 2);
}

#define sender_add(path, function) g_test_add(path, Sides, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    sender_add("/sender/users", test_users);
    sender_add("/sender/nobody", test_nobody);
    sender_add("/sender/limit", test_limit);
    return g_test_run();
}
