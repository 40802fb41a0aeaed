/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Somebody whom certd asks, in a thread. */

#include "fixture-peer.h"

#include <sys/socket.h>
#include <systemd/sd-id128.h>

#define UNITS "/org/freedesktop/systemd1/unit"

static const struct {
    guint32 pid;
    const char *path;
} processes[] = {
    {PEER_WEB, UNITS "/web_2eservice"},
    {PEER_ROOT, UNITS "/root_2eservice"},
    {PEER_USER, UNITS "/user_401000_2eservice"},
    {PEER_OUTSIDE, "/org/freedesktop/systemd1/job/1"},
    {PEER_EMPTY, UNITS},
    {PEER_HOSTILE, UNITS "/a_0ab_2eservice"},
    {PEER_SLOW_USER, UNITS "/slow_2eservice"},
    {PEER_STARTING, UNITS "/starting_2eservice"},
};

static const struct {
    guint32 pid;
    const char *error;
} failures[] = {
    {PEER_GONE, "org.freedesktop.systemd1.NoSuchProcess"},
    {PEER_UNKNOWN, SD_BUS_ERROR_UNIX_PROCESS_ID_UNKNOWN},
};

static const struct {
    const char *path;
    guint32 uid;
} services[] = {
    {UNITS "/web_2eservice", PEER_UID},
    {UNITS "/root_2eservice", G_MAXUINT32},
    {UNITS "/user_401000_2eservice", 1000},
};

static int on_get_unit(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
    Peer *peer = userdata;
    guint32 pid;
    int r = sd_bus_message_read(call, "u", &pid);
    if (r < 0)
        return r;
    /* Nobody is to be started for the sake of it. */
    g_assert_cmpint(sd_bus_message_get_auto_start(call), ==, 0);
    g_atomic_int_inc(&peer->asked);
    if (pid == PEER_STARTING && !peer->started++)
        return sd_bus_error_set(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER, "not there");
    for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
        if (failures[i].pid == pid)
            return sd_bus_error_set(error, failures[i].error, "none");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(processes); i++) {
        if (processes[i].pid == pid)
            return sd_bus_reply_method_return(call, "o", processes[i].path);
    }
    return pid == PEER_SILENT
               ? 1
               : sd_bus_error_set(error, "org.freedesktop.systemd1.NoUnitForPID", "none");
}

/* Get of Properties, as a method: so it can leave an answer out. */
static int on_get(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
    const char *path = sd_bus_message_get_path(call), *interface, *property;
    int r = sd_bus_message_read(call, "ss", &interface, &property);
    if (r < 0)
        return r;
    g_assert_cmpstr(interface, ==, "org.freedesktop.systemd1.Service");
    g_assert_cmpstr(property, ==, "UID");
    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        if (g_str_equal(services[i].path, path))
            return sd_bus_reply_method_return(call, "v", "u", services[i].uid);
    }
    return g_str_has_suffix(path, "/slow_2eservice")
               ? 1
               : sd_bus_error_set(error, SD_BUS_ERROR_UNKNOWN_PROPERTY, "none");
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    return sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Properties", "Get")
               ? on_get(message, userdata, error)
               : 0;
}

static const sd_bus_vtable manager_vtable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("GetUnitByPID", "u", "o", on_get_unit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

/* Until the other side closes. */
static void *serve(void *data)
{
    Peer *peer = data;
    sd_bus *bus = NULL;
    sd_id128_t id;
    g_assert_cmpint(sd_id128_randomize(&id), >=, 0);
    g_assert_cmpint(sd_bus_new(&bus), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(bus, peer->fd, peer->fd), >=, 0);
    g_assert_cmpint(sd_bus_set_server(bus, 1, id), >=, 0);
    g_assert_cmpint(sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/systemd1",
                                             "org.freedesktop.systemd1.Manager", manager_vtable,
                                             peer),
                    >=, 0);
    g_assert_cmpint(sd_bus_add_filter(bus, NULL, on_message, peer), >=, 0);
    if (peer->path != NULL)
        g_assert_cmpint(sd_bus_add_object_vtable(bus, NULL, peer->path, peer->interface,
                                                 peer->vtable, peer->userdata),
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

void peer_start(Peer *peer, const char *path, const char *interface, const sd_bus_vtable *vtable,
                void *userdata)
{
    int pair[2];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==,
                    0);
    *peer = (Peer){.fd = pair[0],
                   .path = path,
                   .interface = interface,
                   .vtable = vtable,
                   .userdata = userdata};
    g_assert_cmpint(sd_bus_new(&peer->certd), >=, 0);
    g_assert_cmpint(sd_bus_set_fd(peer->certd, pair[1], pair[1]), >=, 0);
    g_assert_cmpint(sd_bus_start(peer->certd), >=, 0);
    peer->thread = g_thread_new("peer", serve, peer);
}

void peer_stop(Peer *peer)
{
    sd_bus_close_unref(peer->certd);
    g_thread_join(peer->thread);
}
