/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libsoup's server, which gets heads of our making, tells when a body is there, and writes the answers. Whatever a client
 * can send goes through the screen first.
 */
#include "web/server.h"

#include <sys/socket.h>

#include "model/web-limits.h"
#include "web/exchange.h"
#include "web/server-private.h"

#define CONNECTION_KEY "certd-connection"
/* certd-session is asked by CERTD_LIMIT_SIGN_INS at a time; the others wait out a refusal. One source's are more than it
 * has tries a minute, and leave room for others. */
#define SIGN_IN_THREADS (CERTD_LIMIT_SIGN_INS_A_MINUTE * 4)
#define SIGN_IN_THREADS_OF_ONE (CERTD_LIMIT_SIGN_INS_A_MINUTE + 2)

static void head_started(void *data)
{
    CertdConnection *connection = data;
    if (connection->state == CERTD_CONNECTION_IDLE)
        certd_connection_enter(connection, CERTD_CONNECTION_HEAD);
}

static void head_whole(const char *bytes, gsize length, gboolean whole, void *data)
{
    certd_exchange_begin(data, bytes, length, whole);
}

static void no_head(void *data)
{
    certd_exchange_end(data);
}

static void bytes_came(void *data)
{
    certd_connection_touch(data);
}

static void stream_closed(void *data)
{
    CertdConnection *connection = data;
    connection->screen = NULL;
    g_clear_pointer(&connection->exchange, certd_exchange_unref);
    certd_connection_closed(connection);
}

static const CertdScreenWatcher watcher = {head_started, head_whole, no_head, bytes_came,
                                           stream_closed};

static CertdConnection *connection_of(SoupServerMessage *msg)
{
    return g_object_get_data(G_OBJECT(soup_server_message_get_remote_address(msg)), CONNECTION_KEY);
}

static void got_chunk(SoupServerMessage *msg, GBytes *chunk, void *data)
{
    CertdExchange *exchange = data;
    /* libsoup's rest of a request that is not the one at hand is none of ours. */
    if (exchange->body->len + g_bytes_get_size(chunk) <= CERTD_LIMIT_WEB_BODY_BYTES)
        g_byte_array_append(exchange->body, g_bytes_get_data(chunk, NULL),
                            (guint)g_bytes_get_size(chunk));
    /* There may be a password in it, and libsoup, which keeps nothing of it, would free it as it is. */
    explicit_bzero((void *)g_bytes_get_data(chunk, NULL), g_bytes_get_size(chunk));
}

static void wrote_data(SoupServerMessage *msg, guint bytes, void *data)
{
    CertdExchange *exchange = data;
    certd_connection_touch(exchange->connection);
}

static void finished(SoupServerMessage *msg, void *data)
{
    CertdExchange *exchange = data;
    CertdConnection *connection = exchange->connection;
    exchange->msg = NULL;
    certd_connection_watch(connection, NULL, NULL);
    if (connection->exchange == exchange)
        g_clear_pointer(&connection->exchange, certd_exchange_unref);
    certd_connection_enter(connection, CERTD_CONNECTION_IDLE);
}

static void exchange_released(void *data, GClosure *closure)
{
    certd_exchange_unref(data);
}

static void connect_signal(SoupServerMessage *msg, const char *name, GCallback callback,
                           CertdExchange *exchange)
{
    (void)g_signal_connect_data(msg, name, callback, certd_exchange_ref(exchange),
                                exchange_released, 0);
}

static void head_seen(SoupServer *soup, SoupServerMessage *msg, const char *path, GHashTable *query,
                      void *data)
{
    CertdConnection *connection = connection_of(msg);
    soup_message_body_set_accumulate(soup_server_message_get_request_body(msg), FALSE);
    connect_signal(msg, "got-chunk", G_CALLBACK(got_chunk), connection->exchange);
    connect_signal(msg, "wrote-body-data", G_CALLBACK(wrote_data), connection->exchange);
    connect_signal(msg, "finished", G_CALLBACK(finished), connection->exchange);
}

static void body_seen(SoupServer *soup, SoupServerMessage *msg, const char *path, GHashTable *query,
                      void *data)
{
    certd_exchange_run(connection_of(msg)->exchange, msg);
}

/* libsoup keeps a connection for the next request only where it listens somewhere: on one end of a pair of sockets, then, of
 * which nobody ever uses the other. */
static gboolean listen_nowhere(CertdServer *server, GError **error)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, "There are no sockets left");
        return FALSE;
    }
    server->quiet = g_socket_new_from_fd(pair[0], error);
    g_autoptr(GSocket) end = g_socket_new_from_fd(pair[1], error);
    return server->quiet && end && soup_server_listen_socket(server->soup, end, 0, error);
}

CertdServer *certd_server_new(const char *session_socket, GError **error)
{
    g_autoptr(CertdServer) server = g_new0(CertdServer, 1);
    server->soup = soup_server_new("raw-paths", TRUE, NULL);
    soup_server_add_early_handler(server->soup, NULL, head_seen, server, NULL);
    soup_server_add_handler(server->soup, NULL, body_seen, server, NULL);
    server->sessions = certd_sessions_new(session_socket);
    server->connections = certd_connections_new();
    server->workers = certd_workers_new(CERTD_LIMIT_WEB_THREADS, CERTD_LIMIT_WEB_SESSION_THREADS);
    server->sign_ins = certd_workers_new(SIGN_IN_THREADS, SIGN_IN_THREADS_OF_ONE);
    return listen_nowhere(server, error) ? g_steal_pointer(&server) : NULL;
}

void certd_server_free(CertdServer *server)
{
    if (!server)
        return;
    soup_server_disconnect(server->soup);
    certd_workers_free(server->workers);
    certd_workers_free(server->sign_ins);
    certd_connections_free(server->connections);
    certd_sessions_free(server->sessions);
    g_clear_object(&server->quiet);
    g_clear_object(&server->soup);
    g_free(server);
}

static void connection_released(void *data)
{
    certd_connection_unref(data);
}

void certd_server_accept(CertdServer *server, GSocketConnection *stream, CertdPeer *peer)
{
    CertdConnection *connection = certd_connection_new(server->connections, server, stream, peer);
    g_autoptr(CertdScreen) screen =
        certd_screen_new(g_io_stream_get_input_stream(G_IO_STREAM(stream)), &watcher, connection);
    connection->screen = screen;
    g_autoptr(GIOStream) both = g_simple_io_stream_new(
        G_INPUT_STREAM(screen), g_io_stream_get_output_stream(G_IO_STREAM(stream)));
    /* libsoup hands this on to each message: the way from there to the connection. */
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new_from_string("127.0.0.1", 0);
    g_object_set_data_full(G_OBJECT(address), CONNECTION_KEY, certd_connection_ref(connection),
                           connection_released);
    g_autoptr(GError) error = NULL;
    if (!soup_server_accept_iostream(server->soup, both, address, address, &error))
        certd_connection_closed(connection);
}
