/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Accepts, reads one PROXY header within its time, and hands the rest over. What begins with anything else is closed. */
#include "web/listener.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "model/web-limits.h"

#define START_BYTES 16u
#define BACKLOG 128
/* Until accepting is tried again, where there were no descriptors: what waits does so in the socket. */
#define PAUSE_MSEC 500u

struct CertdListener {
    GSocket *socket;
    GSource *source; /* NULL: paused */
    guint pause;
    gboolean short_of; /* it has been told */
    CertdServer *server;
    char *path; /* to be removed; NULL: handed over */
    GQueue arriving;
};

/* A connection whose header is not there yet. */
typedef struct {
    CertdListener *listener;
    GSocketConnection *stream;
    GCancellable *deadline;
    guint timer;
    guint8 header[CERTD_LIMIT_PROXY_BYTES];
    gsize length;
} Arrival;

static void arrival_free(Arrival *arrival)
{
    (void)g_queue_remove(&arrival->listener->arriving, arrival);
    if (arrival->timer)
        g_source_remove(arrival->timer);
    g_clear_object(&arrival->deadline);
    g_clear_object(&arrival->stream);
    g_free(arrival);
}

static gboolean too_late(void *data)
{
    Arrival *arrival = data;
    arrival->timer = 0;
    g_cancellable_cancel(arrival->deadline);
    return G_SOURCE_REMOVE;
}

/* The bytes that were asked for; FALSE: they did not come. */
static gboolean read_finish(Arrival *arrival, GObject *source, GAsyncResult *result, gsize wanted)
{
    gsize got = 0;
    return g_input_stream_read_all_finish(G_INPUT_STREAM(source), result, &got, NULL) &&
           got == wanted;
}

static void header_whole(Arrival *arrival)
{
    g_autoptr(GError) error = NULL;
    CertdPeer *peer = certd_peer_parse(arrival->header, arrival->length, &error);
    if (peer)
        certd_server_accept(arrival->listener->server, arrival->stream, peer);
    else
        g_warning("%s", error->message);
    arrival_free(arrival);
}

static void rest_came(GObject *source, GAsyncResult *result, void *data)
{
    Arrival *arrival = data;
    if (read_finish(arrival, source, result, arrival->length - START_BYTES))
        header_whole(arrival);
    else
        arrival_free(arrival);
}

static void start_came(GObject *source, GAsyncResult *result, void *data)
{
    Arrival *arrival = data;
    g_autoptr(GError) error = NULL;
    if (!read_finish(arrival, source, result, START_BYTES)) {
        arrival_free(arrival);
        return;
    }
    arrival->length = certd_peer_length(arrival->header, &error);
    if (arrival->length == 0) {
        g_warning("%s", error->message);
        arrival_free(arrival);
    } else if (arrival->length == START_BYTES) {
        header_whole(arrival);
    } else {
        g_input_stream_read_all_async(G_INPUT_STREAM(source), arrival->header + START_BYTES,
                                      arrival->length - START_BYTES, G_PRIORITY_DEFAULT,
                                      arrival->deadline, rest_came, arrival);
    }
}

static void arrive(CertdListener *listener, GSocket *accepted)
{
    if (g_queue_get_length(&listener->arriving) >= CERTD_LIMIT_WEB_STRANGERS) {
        /* Each goes on to be in the queue until its read has ended; then another is the oldest. */
        Arrival *oldest = g_queue_peek_head(&listener->arriving);
        g_cancellable_cancel(oldest->deadline);
    }
    Arrival *arrival = g_new0(Arrival, 1);
    arrival->listener = listener;
    arrival->stream = g_socket_connection_factory_create_connection(accepted);
    arrival->deadline = g_cancellable_new();
    arrival->timer = g_timeout_add_seconds(CERTD_LIMIT_PROXY_SECONDS, too_late, arrival);
    g_queue_push_tail(&listener->arriving, arrival);
    g_input_stream_read_all_async(g_io_stream_get_input_stream(G_IO_STREAM(arrival->stream)),
                                  arrival->header, START_BYTES, G_PRIORITY_DEFAULT,
                                  arrival->deadline, start_came, arrival);
}

static void stop_accepting(CertdListener *listener)
{
    if (listener->source)
        g_source_destroy(listener->source);
    g_clear_pointer(&listener->source, g_source_unref);
}

static gboolean pause_over(void *data);

/* Without descriptors the socket stays readable: to try at once again would take the whole processor. */
static gboolean incoming(GSocket *socket, GIOCondition condition, void *data)
{
    CertdListener *listener = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocket) accepted = g_socket_accept(socket, NULL, &error);
    if (accepted) {
        listener->short_of = FALSE;
        arrive(listener, accepted);
    } else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
        if (!listener->short_of)
            g_warning("Connections can't be accepted: %s; it is tried again until they can",
                      error->message);
        listener->short_of = TRUE;
        stop_accepting(listener);
        listener->pause = g_timeout_add(PAUSE_MSEC, pause_over, listener);
    }
    return listener->source ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void start_accepting(CertdListener *listener)
{
    listener->source = g_socket_create_source(listener->socket, G_IO_IN, NULL);
    g_source_set_callback(listener->source, G_SOURCE_FUNC(incoming), listener, NULL);
    (void)g_source_attach(listener->source, NULL);
}

static gboolean pause_over(void *data)
{
    CertdListener *listener = data;
    listener->pause = 0;
    start_accepting(listener);
    return G_SOURCE_REMOVE;
}

/* Nobody can connect before it listens: by then its mode is what it is to be. */
static GSocket *open_path(const char *path, GError **error)
{
    g_autoptr(GSocket) socket =
        g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode))
        (void)unlink(path);
    if (!socket || !g_socket_bind(socket, address, FALSE, error))
        return NULL;
    if (chmod(path, 0660) < 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
                    "The mode of %s can't be set: %s", path, g_strerror(errno));
        return NULL;
    }
    g_socket_set_listen_backlog(socket, BACKLOG);
    return g_socket_listen(socket, error) ? g_steal_pointer(&socket) : NULL;
}

static GSocket *take_handed_over(GError **error)
{
    if (sd_listen_fds(TRUE) != 1 ||
        sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                            "The service manager has not handed over one Unix stream socket that "
                            "listens; mend certd-web.socket, or give --socket");
        return NULL;
    }
    return g_socket_new_from_fd(SD_LISTEN_FDS_START, error);
}

CertdListener *certd_listener_new(const char *path, CertdServer *server, GError **error)
{
    g_autoptr(GSocket) socket = path ? open_path(path, error) : take_handed_over(error);
    if (!socket)
        return NULL;

    CertdListener *listener = g_new0(CertdListener, 1);
    g_queue_init(&listener->arriving);
    listener->server = server;
    listener->path = g_strdup(path);
    g_socket_set_blocking(socket, FALSE);
    listener->socket = g_steal_pointer(&socket);
    start_accepting(listener);
    return listener;
}

void certd_listener_free(CertdListener *listener)
{
    if (!listener)
        return;
    stop_accepting(listener);
    if (listener->pause)
        g_source_remove(listener->pause);
    for (GList *link = listener->arriving.head; link; link = link->next)
        g_cancellable_cancel(((Arrival *)link->data)->deadline);
    while (!g_queue_is_empty(&listener->arriving))
        (void)g_main_context_iteration(NULL, TRUE);
    if (listener->path)
        (void)unlink(listener->path);
    g_free(listener->path);
    g_clear_object(&listener->socket);
    g_free(listener);
}
