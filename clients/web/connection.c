/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of connections, looked over once a second: what takes too long is cut at its socket, which is what ends a
 * connection whatever libsoup waits for. */
#include "web/connection.h"

#include "model/web-limits.h"

/* How long a connection of somebody who has signed in is kept between requests. */
#define IDLE_SECONDS 60
#define TICK_MSEC 1000

struct CertdConnections {
    GQueue list;
    guint tick;
};

static gint64 seconds_allowed(const CertdConnection *connection)
{
    switch (connection->state) {
    case CERTD_CONNECTION_IDLE:
        return connection->known ? IDLE_SECONDS : (gint64)CERTD_LIMIT_WEB_HEADER_SECONDS;
    case CERTD_CONNECTION_HEAD:
        return (gint64)CERTD_LIMIT_WEB_HEADER_SECONDS;
    case CERTD_CONNECTION_BODY:
    case CERTD_CONNECTION_ANSWER:
        return (gint64)CERTD_LIMIT_WEB_REQUEST_SECONDS;
    case CERTD_CONNECTION_WORK:
    case CERTD_CONNECTION_STREAM:
        return G_MAXINT32;
    }
    g_return_val_if_reached(0);
}

static gboolean look_over(void *data)
{
    CertdConnections *connections = data;
    gint64 now = g_get_monotonic_time();
    for (GList *link = connections->list.head, *next; link; link = next) {
        CertdConnection *connection = link->data;
        next = link->next;
        if (now - connection->since > seconds_allowed(connection) * G_USEC_PER_SEC)
            certd_connection_cut(connection);
    }
    return G_SOURCE_CONTINUE;
}

CertdConnections *certd_connections_new(void)
{
    CertdConnections *connections = g_new0(CertdConnections, 1);
    g_queue_init(&connections->list);
    connections->tick = g_timeout_add(TICK_MSEC, look_over, connections);
    return connections;
}

void certd_connections_free(CertdConnections *connections)
{
    if (!connections)
        return;
    g_source_remove(connections->tick);
    CertdConnection *connection;
    while ((connection = g_queue_peek_head(&connections->list)))
        certd_connection_closed(connection);
    g_free(connections);
}

/* At most so many strangers: one that is worked on is the last to go. */
static void make_room(CertdConnections *connections)
{
    guint strangers = 0;
    CertdConnection *quietest = NULL;
    for (GList *link = connections->list.head; link; link = link->next) {
        CertdConnection *connection = link->data;
        if (connection->known || connection->cut)
            continue;
        strangers++;
        if (connection->state != CERTD_CONNECTION_WORK &&
            (!quietest || connection->active < quietest->active))
            quietest = connection;
    }
    if (strangers > CERTD_LIMIT_WEB_STRANGERS && quietest)
        certd_connection_cut(quietest);
}

CertdConnection *certd_connection_new(CertdConnections *connections, CertdServer *server,
                                      GSocketConnection *stream, CertdPeer *peer)
{
    CertdConnection *connection = g_new0(CertdConnection, 1);
    g_ref_count_init(&connection->references);
    connection->server = server;
    connection->connections = connections;
    connection->stream = g_object_ref(stream);
    connection->peer = peer;
    certd_connection_enter(connection, CERTD_CONNECTION_IDLE);
    g_queue_push_tail(&connections->list, connection);
    make_room(connections);
    return connection;
}

CertdConnection *certd_connection_ref(CertdConnection *connection)
{
    g_ref_count_inc(&connection->references);
    return connection;
}

void certd_connection_unref(CertdConnection *connection)
{
    if (!connection || !g_ref_count_dec(&connection->references))
        return;
    g_clear_object(&connection->stream);
    certd_peer_free(connection->peer);
    g_free(connection);
}

void certd_connection_cut(CertdConnection *connection)
{
    connection->cut = TRUE;
    (void)g_socket_shutdown(g_socket_connection_get_socket(connection->stream), TRUE, TRUE, NULL);
}

void certd_connection_closed(CertdConnection *connection)
{
    if (!connection->connections)
        return;
    (void)g_queue_remove(&connection->connections->list, connection);
    connection->connections = NULL;
    certd_connection_watch(connection, NULL, NULL);
    (void)g_io_stream_close(G_IO_STREAM(connection->stream), NULL, NULL);
    certd_connection_unref(connection);
}

void certd_connection_enter(CertdConnection *connection, CertdConnectionState state)
{
    connection->active = g_get_monotonic_time();
    /* The time for the body is the request's, from its first byte. */
    if (state != CERTD_CONNECTION_BODY)
        connection->since = connection->active;
    connection->state = state;
}

void certd_connection_touch(CertdConnection *connection)
{
    connection->active = g_get_monotonic_time();
    if (connection->state == CERTD_CONNECTION_ANSWER)
        connection->since = connection->active;
}

static gboolean hung_up(GSocket *socket, GIOCondition condition, void *data)
{
    g_autoptr(CertdConnection) connection = certd_connection_ref(data);
    void (*gone)(void *) = connection->gone;
    void *gone_data = connection->gone_data;
    certd_connection_watch(connection, NULL, NULL);
    gone(gone_data);
    return G_SOURCE_REMOVE;
}

void certd_connection_watch(CertdConnection *connection, void (*gone)(void *data), void *data)
{
    if (connection->hangup) {
        g_source_destroy(connection->hangup);
        g_clear_pointer(&connection->hangup, g_source_unref);
    }
    connection->gone = gone;
    connection->gone_data = data;
    if (!gone)
        return;
    GSocket *socket = g_socket_connection_get_socket(connection->stream);
    connection->hangup = g_socket_create_source(socket, G_IO_HUP, NULL);
    g_source_set_callback(connection->hangup, G_SOURCE_FUNC(hung_up), connection, NULL);
    (void)g_source_attach(connection->hangup, NULL);
}
