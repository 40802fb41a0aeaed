/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A list of sockets, each with the port that it serves, or none. What the service manager handed over is never
 * closed, for that holds it too: it is silenced, and may listen again. The new socket is there before the old one goes.
 */
#include "tls/listeners.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "model/web-limits.h"
#include "tls/port-socket.h"

/* What could not be opened is tried again so often; and accepting, where there were no descriptors. */
#define RETRY_USEC (3 * G_USEC_PER_SEC)
#define PAUSE_USEC (G_USEC_PER_SEC / 2)
/* Connections in a row, before others have their turn. */
#define ACCEPTED_AT_ONCE 16
#define UNUSED CERTD_PORT_COUNT_

typedef struct {
    CertdListeners *listeners;
    int fd;
    guint16 number;
    gboolean handed_over;
    CertdPort port; /* UNUSED: for nothing */
    sd_event_source *source;
} Socket;

struct CertdListeners {
    sd_event *event;
    CertdAccepted accepted;
    CertdPortProblem problem;
    void *userdata;
    GPtrArray *sockets; /* of Socket */
    guint16 wanted[CERTD_PORT_COUNT_];
    sd_event_source *retry;
    sd_event_source *pause;
};

static const char *const names[CERTD_PORT_COUNT_] = {
    [CERTD_PORT_HTTPS] = "HTTPS",
    [CERTD_PORT_HTTP] = "HTTP",
};

static void socket_free(Socket *socket)
{
    sd_event_source_disable_unref(socket->source);
    close(socket->fd);
    g_free(socket);
}

static Socket *add(CertdListeners *listeners, int fd, guint16 number, gboolean handed_over)
{
    Socket *socket = g_new0(Socket, 1);
    *socket = (Socket){listeners, fd, number, handed_over, UNUSED, NULL};
    g_ptr_array_add(listeners->sockets, socket);
    return socket;
}

static void take_handed_over(CertdListeners *listeners)
{
    const int count = sd_listen_fds(TRUE);
    for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; fd++) {
        const guint16 number = certd_port_socket_port(fd);
        if (number == 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
            close(fd);
        else
            add(listeners, fd, number, TRUE);
    }
}

static void pause_all(CertdListeners *listeners)
{
    for (guint i = 0; i < listeners->sockets->len; i++) {
        Socket *socket = g_ptr_array_index(listeners->sockets, i);
        if (socket->source != NULL)
            (void)sd_event_source_set_enabled(socket->source, SD_EVENT_OFF);
    }
    (void)sd_event_source_set_time_relative(listeners->pause, PAUSE_USEC);
    (void)sd_event_source_set_enabled(listeners->pause, SD_EVENT_ONESHOT);
}

static int on_pause_over(sd_event_source *source, guint64 usec, void *userdata)
{
    CertdListeners *listeners = userdata;
    for (guint i = 0; i < listeners->sockets->len; i++) {
        Socket *socket = g_ptr_array_index(listeners->sockets, i);
        if (socket->source != NULL)
            (void)sd_event_source_set_enabled(socket->source, SD_EVENT_ON);
    }
    return 0;
}

static gboolean is_shortage(int problem)
{
    return problem == EMFILE || problem == ENFILE || problem == ENOBUFS || problem == ENOMEM;
}

static int on_readable(sd_event_source *source, int fd, guint32 events, void *userdata)
{
    Socket *socket = userdata;
    CertdListeners *listeners = socket->listeners;
    for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
        struct sockaddr_storage client = {0};
        socklen_t length = sizeof client;
        int accepted =
            accept4(fd, (struct sockaddr *)&client, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (accepted >= 0) {
            listeners->accepted(socket->port, accepted, &client, listeners->userdata);
            continue;
        }
        /* Others are of one connection that has gone already. */
        if (is_shortage(errno))
            pause_all(listeners);
        break;
    }
    return 0;
}

static gboolean use(Socket *socket, CertdPort port)
{
    socket->port = port;
    if (socket->source != NULL)
        return TRUE;
    return certd_port_socket_listen(socket->fd) &&
           sd_event_add_io(socket->listeners->event, &socket->source, socket->fd, EPOLLIN,
                           on_readable, socket) >= 0;
}

/* The sockets for @number, both families' perhaps; how many there are. */
static guint use_all(CertdListeners *listeners, CertdPort port, guint16 number)
{
    guint used = 0;
    for (guint i = 0; i < listeners->sockets->len; i++) {
        Socket *socket = g_ptr_array_index(listeners->sockets, i);
        if (socket->number == number)
            used += use(socket, port);
    }
    return used;
}

/* Whether @port is served as wanted. */
static gboolean serve(CertdListeners *listeners, CertdPort port)
{
    const guint16 number = listeners->wanted[port];
    if (number == 0 || use_all(listeners, port, number) > 0)
        return TRUE;
    int fd = certd_port_socket_open(number);
    if (fd >= 0)
        return use(add(listeners, fd, number, FALSE), port);
    g_autofree char *sentence =
        g_strdup_printf("Port %u can't be opened for %s: %s; end what uses it, or choose another "
                        "port with certctl https ports.",
                        number, names[port], g_strerror(errno));
    listeners->problem(port, sentence, listeners->userdata);
    return FALSE;
}

static void retire(CertdListeners *listeners, Socket *socket)
{
    socket->source = sd_event_source_disable_unref(socket->source);
    socket->port = UNUSED;
    certd_port_socket_silence(socket->fd);
    if (!socket->handed_over)
        g_ptr_array_remove(listeners->sockets, socket);
}

/* Closes what serves another number than is wanted; where that could not be had, the old one stays. */
static void close_others(CertdListeners *listeners, const gboolean served[CERTD_PORT_COUNT_])
{
    for (guint i = listeners->sockets->len; i > 0; i--) {
        Socket *socket = g_ptr_array_index(listeners->sockets, i - 1);
        const CertdPort port = socket->port;
        if (port == UNUSED || (served[port] && socket->number != listeners->wanted[port]))
            retire(listeners, socket);
    }
}

static void apply(CertdListeners *listeners)
{
    gboolean served[CERTD_PORT_COUNT_];
    gboolean all = TRUE;
    for (CertdPort port = 0; port < CERTD_PORT_COUNT_; port++) {
        served[port] = serve(listeners, port);
        if (served[port])
            listeners->problem(port, NULL, listeners->userdata);
        all = all && served[port];
    }
    close_others(listeners, served);
    (void)sd_event_source_set_time_relative(listeners->retry, RETRY_USEC);
    (void)sd_event_source_set_enabled(listeners->retry, all ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static int on_retry(sd_event_source *source, guint64 usec, void *userdata)
{
    apply(userdata);
    return 0;
}

CertdListeners *certd_listeners_new(sd_event *event, CertdAccepted accepted,
                                    CertdPortProblem problem, void *userdata)
{
    g_autoptr(CertdListeners) listeners = g_new0(CertdListeners, 1);
    listeners->event = sd_event_ref(event);
    listeners->accepted = accepted;
    listeners->problem = problem;
    listeners->userdata = userdata;
    listeners->sockets = g_ptr_array_new_with_free_func((GDestroyNotify)socket_free);
    if (sd_event_add_time_relative(event, &listeners->retry, CLOCK_MONOTONIC, 0, 0, on_retry,
                                   listeners) < 0 ||
        sd_event_add_time_relative(event, &listeners->pause, CLOCK_MONOTONIC, 0, 0, on_pause_over,
                                   listeners) < 0)
        return NULL;
    (void)sd_event_source_set_enabled(listeners->retry, SD_EVENT_OFF);
    (void)sd_event_source_set_enabled(listeners->pause, SD_EVENT_OFF);
    take_handed_over(listeners);
    return g_steal_pointer(&listeners);
}

void certd_listeners_set(CertdListeners *listeners, const guint16 ports[CERTD_PORT_COUNT_])
{
    for (CertdPort port = 0; port < CERTD_PORT_COUNT_; port++)
        listeners->wanted[port] = ports[port];
    apply(listeners);
}

void certd_listeners_free(CertdListeners *listeners)
{
    if (listeners == NULL)
        return;
    g_ptr_array_unref(listeners->sockets);
    sd_event_source_disable_unref(listeners->retry);
    sd_event_source_disable_unref(listeners->pause);
    sd_event_unref(listeners->event);
    g_free(listeners);
}
