/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The credential socket. A connection goes one way: whom it is from, whether that is proven, opening,
 * sending, end. While somebody is asked for it (asked), it is kept even where its peer has gone.
 */

#include "socket/credential-server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/name.h"
#include "model/text.h"
#include "socket/peer-address.h"

/* After a connection could not be taken, for want of descriptors or memory. */
#define REST_USEC G_USEC_PER_SEC
#define TIMER_ACCURACY_USEC (100u * 1000u)

typedef struct {
    CertdCredentialServer *server;
    int fd;     /* -1: it has ended, and only the answer is waited for */
    int memfd;  /* what is sent, or -1 */
    off_t sent; /* of @size */
    off_t size;
    guint32 uid;
    guint32 pid;
    char *unit; /* as the address says */
    char *id;
    gboolean proven; /* it is that unit */
    gboolean asked;  /* an answer will come */
    sd_event_source *io;
    sd_event_source *timer;
} Connection;

struct CertdCredentialServer {
    sd_event *event;
    CertdCredentialHooks hooks;
    int listener;
    sd_event_source *io;
    sd_event_source *rest; /* enabled: no connection is taken before its time */
    GQueue connections;    /* of Connection */
    gboolean started;
};

/* Connections beyond the limit wait in the backlog. */
static void update_listener(CertdCredentialServer *server)
{
    int resting = SD_EVENT_OFF;
    (void)sd_event_source_get_enabled(server->rest, &resting);
    gboolean takes = server->started && resting == SD_EVENT_OFF &&
                     server->connections.length < CERTD_LIMIT_CREDENTIAL_CONNECTIONS;
    sd_event_source_set_enabled(server->io, takes ? SD_EVENT_ON : SD_EVENT_OFF);
}

/* The peer has the end of the file. */
static void hang_up(Connection *connection)
{
    connection->io = sd_event_source_disable_unref(connection->io);
    connection->timer = sd_event_source_disable_unref(connection->timer);
    if (connection->fd >= 0)
        close(connection->fd);
    if (connection->memfd >= 0)
        close(connection->memfd);
    connection->fd = connection->memfd = -1;
}

static void connection_free(Connection *connection)
{
    hang_up(connection);
    g_queue_remove(&connection->server->connections, connection);
    g_free(connection->unit);
    g_free(connection->id);
    g_free(connection);
}

/* Frees it, or leaves that to the answer. */
static void end(Connection *connection)
{
    CertdCredentialServer *server = connection->server;
    hang_up(connection);
    if (!connection->asked)
        connection_free(connection);
    update_listener(server);
}

/* What the log calls the thing that @id (nullable) is a part of. Caller frees. */
static char *object_of(const char *id)
{
    const char *dot = id != NULL ? strrchr(id, '.') : NULL;
    g_autofree char *name = dot != NULL ? g_strndup(id, (size_t)(dot - id)) : NULL;
    if (g_strcmp0(id, "trust.pem") == 0)
        return g_strdup("truststore/all");
    return g_strconcat("certificate/", name != NULL && certd_name_validate(name, NULL) ? name : "?",
                       NULL);
}

/* Ends it, and then writes down why: nobody waits for the disk. */
static void refuse(Connection *connection, const GError *why)
{
    const CertdCredentialHooks *hooks = &connection->server->hooks;
    const CertdCaller caller = {
        .uid = connection->uid,
        .administrator = connection->uid == 0,
        .sender = "",
        .unit = connection->proven ? connection->unit : "",
    };
    g_autofree char *object = object_of(connection->id);
    hang_up(connection);
    hooks->refuse(hooks->userdata, &caller, object, why);
    end(connection);
}

static void send_rest(Connection *connection)
{
    while (connection->sent < connection->size) {
        ssize_t n = sendfile(connection->fd, connection->memfd, &connection->sent,
                             (size_t)(connection->size - connection->sent));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN &&
            sd_event_source_set_io_events(connection->io, EPOLLOUT) >= 0)
            return;
        if (n <= 0)
            break;
    }
    end(connection);
}

/* A CertdCredentialDone. */
static void on_opened(int fd, gint64 generation, const GError *error, void *userdata)
{
    Connection *connection = userdata;
    struct stat status;
    connection->asked = FALSE;
    if (connection->fd < 0) {
        end(connection);
        return;
    }
    if (error != NULL) {
        refuse(connection, error);
        return;
    }
    connection->memfd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (connection->memfd < 0 || fstat(connection->memfd, &status) < 0) {
        g_autoptr(GError) failure = g_error_new(
            CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
            "The credential could not be handed on: %s; start the unit again", g_strerror(errno));
        refuse(connection, failure);
        return;
    }
    connection->size = status.st_size;
    send_rest(connection);
}

static void open_credential(Connection *connection)
{
    const CertdCredentialHooks *hooks = &connection->server->hooks;
    const CertdCaller caller = {
        .uid = connection->uid,
        .administrator = connection->uid == 0,
        .sender = "",
        .unit = connection->unit,
    };
    g_autoptr(GError) error = NULL;
    connection->proven = TRUE;
    connection->asked = TRUE;
    /* Where it is opened the connection may be gone by now. */
    if (hooks->open(hooks->userdata, &caller, connection->unit, connection->id, on_opened,
                    connection, &error))
        return;
    connection->asked = FALSE;
    refuse(connection, error);
}

/* A CertdCredentialProven. */
static void on_proven(const char *unit, void *userdata)
{
    Connection *connection = userdata;
    connection->asked = FALSE;
    if (connection->fd < 0) {
        end(connection);
        return;
    }
    if (g_strcmp0(unit, connection->unit) == 0) {
        open_credential(connection);
        return;
    }
    gboolean known = unit != NULL && *unit != '\0';
    g_autofree char *of = certd_text_quote(known ? unit : "no unit that is known");
    g_autofree char *claimed = certd_text_quote(connection->unit);
    g_autoptr(GError) no = g_error_new(CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                                       "Process %u asked in the name of the unit %s and is of %s; "
                                       "only the service manager may ask, "
                                       "for a unit with LoadCredential=",
                                       connection->pid, claimed, of);
    refuse(connection, no);
}

/* A peer that doesn't shut its side down only is gone. */
static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    Connection *connection = userdata;
    if (events & (EPOLLHUP | EPOLLERR))
        end(connection);
    else if (connection->memfd >= 0)
        send_rest(connection);
    return 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata)
{
    Connection *connection = userdata;
    g_autoptr(GError) no =
        g_error_new(CERTD_ERROR, CERTD_ERROR_CANCELLED,
                    "The credential was not taken within %u seconds; start the unit again",
                    CERTD_LIMIT_CREDENTIAL_SECONDS);
    refuse(connection, no);
    return 0;
}

static gboolean watch(Connection *connection)
{
    CertdCredentialServer *server = connection->server;
    return sd_event_add_io(server->event, &connection->io, connection->fd, 0, on_io, connection) >=
               0 &&
           sd_event_add_time_relative(server->event, &connection->timer, CLOCK_MONOTONIC,
                                      server->hooks.usec, TIMER_ACCURACY_USEC, on_time,
                                      connection) >= 0;
}

static GError *judge(const Connection *connection)
{
    if (connection->uid != connection->server->hooks.manager_uid)
        return g_error_new(CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                           "User %u asked in the name of the unit %s; only the service manager may "
                           "ask, and a program calls OpenCredential on the bus",
                           connection->uid, connection->unit != NULL ? connection->unit : "?");
    if (connection->unit == NULL)
        return g_error_new(CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                           "A process of root's asked from an address that names no service and "
                           "credential; give the service LoadCredential=");
    return NULL;
}

static void begin(Connection *connection)
{
    const CertdCredentialHooks *hooks = &connection->server->hooks;
    g_autoptr(GError) no = judge(connection);
    if (no != NULL) {
        refuse(connection, no);
    } else if (!watch(connection)) {
        end(connection);
    } else if (hooks->prove == NULL) {
        open_credential(connection);
    } else {
        connection->asked = TRUE;
        hooks->prove(hooks->userdata, connection->pid, on_proven, connection);
    }
}

/* Whom the connection is from. */
static gboolean identify(Connection *connection)
{
    struct ucred credentials;
    struct sockaddr_un address;
    socklen_t size = sizeof credentials;
    if (getsockopt(connection->fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
        return FALSE;
    connection->uid = credentials.uid;
    connection->pid = (guint32)MAX(credentials.pid, 0);
    size = sizeof address;
    /* The kernel may say more than there is room for. */
    if (getpeername(connection->fd, (struct sockaddr *)&address, &size) < 0 ||
        size > sizeof address || size < offsetof(struct sockaddr_un, sun_path) ||
        !certd_peer_address_parse(address.sun_path, size - offsetof(struct sockaddr_un, sun_path),
                                  &connection->unit, &connection->id))
        connection->unit = connection->id = NULL;
    return TRUE;
}

static int on_rested(sd_event_source *source, uint64_t usec, void *userdata)
{
    update_listener(userdata);
    return 0;
}

static void rest(CertdCredentialServer *server)
{
    if (sd_event_source_set_time_relative(server->rest, REST_USEC) >= 0)
        sd_event_source_set_enabled(server->rest, SD_EVENT_ONESHOT);
    update_listener(server);
}

/* One at a time: others wait for the loop too. */
static int on_connection(sd_event_source *source, int listener, uint32_t events, void *userdata)
{
    CertdCredentialServer *server = userdata;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            rest(server);
        return 0;
    }
    Connection *connection = g_new0(Connection, 1);
    connection->server = server;
    connection->fd = fd;
    connection->memfd = -1;
    g_queue_push_tail(&server->connections, connection);
    if (identify(connection))
        begin(connection);
    else
        end(connection);
    update_listener(server);
    return 0;
}

CertdCredentialServer *certd_credential_server_new(sd_event *event, int listener,
                                                   const CertdCredentialHooks *hooks,
                                                   GError **error)
{
    g_autoptr(CertdCredentialServer) server = g_new0(CertdCredentialServer, 1);
    server->event = sd_event_ref(event);
    server->hooks = *hooks;
    server->listener = listener;
    g_queue_init(&server->connections);
    int flags = fcntl(listener, F_GETFL);
    int r = flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
    if (r >= 0)
        r = sd_event_add_time(event, &server->rest, CLOCK_MONOTONIC, 0, 0, on_rested, server);
    if (r >= 0)
        r = sd_event_source_set_enabled(server->rest, SD_EVENT_OFF);
    if (r >= 0)
        r = sd_event_add_io(event, &server->io, listener, EPOLLIN, on_connection, server);
    if (r >= 0)
        r = sd_event_source_set_enabled(server->io, SD_EVENT_OFF);
    if (r < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "The credential socket can't be watched: %s", g_strerror(-r));
        return NULL;
    }
    return g_steal_pointer(&server);
}

void certd_credential_server_start(CertdCredentialServer *server)
{
    server->started = TRUE;
    update_listener(server);
}

void certd_credential_server_free(CertdCredentialServer *server)
{
    if (server == NULL)
        return;
    while (!g_queue_is_empty(&server->connections))
        connection_free(g_queue_peek_head(&server->connections));
    sd_event_source_disable_unref(server->io);
    sd_event_source_disable_unref(server->rest);
    close(server->listener);
    sd_event_unref(server->event);
    g_free(server);
}
