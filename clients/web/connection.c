/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of connections, looked over once a second: what takes too long is cut at its socket, which is what ends a
 * connection whatever libsoup waits for. */
#include "web/connection.h"

#include "model/web-limits.h"
#include "web/throttle.h"

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
        return connection->user ? IDLE_SECONDS : (gint64)CERTD_LIMIT_WEB_HEADER_SECONDS;
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

static gboolean is_like(const CertdConnection *connection, const CertdConnection *other)
{
    return !connection->cut && g_strcmp0(connection->user, other->user) == 0;
}

/* How many of the same user, or of strangers, have the same source. */
static guint crowd_of(const CertdConnections *connections, const CertdConnection *connection)
{
    guint crowd = 0;
    for (GList *link = connections->list.head; link; link = link->next) {
        const CertdConnection *other = link->data;
        crowd += is_like(other, connection) && g_str_equal(other->source, connection->source);
    }
    return crowd;
}

/* One of the largest crowd goes, so that whoever comes with many keeps nobody else out; one that is worked on is the last of
 * them to go, and else the one that has been quiet for longest. */
static gboolean goes_first(const CertdConnection *one, guint crowd, const CertdConnection *other,
                           guint other_crowd)
{
    if (crowd != other_crowd)
        return crowd > other_crowd;
    const gboolean works = one->state == CERTD_CONNECTION_WORK;
    if (works != (other->state == CERTD_CONNECTION_WORK))
        return !works;
    return one->active < other->active;
}

/* At most @limit of the user of @newest, or of strangers. */
static void make_room(const CertdConnections *connections, const CertdConnection *newest,
                      guint limit)
{
    guint count = 0;
    for (GList *link = connections->list.head; link; link = link->next)
        count += is_like(link->data, newest);
    if (count <= limit)
        return;

    CertdConnection *chosen = NULL;
    guint most = 0;
    for (GList *link = connections->list.head; link; link = link->next) {
        CertdConnection *connection = link->data;
        if (connection == newest || !is_like(connection, newest))
            continue;
        guint crowd = crowd_of(connections, connection);
        if (!chosen || goes_first(connection, crowd, chosen, most)) {
            chosen = connection;
            most = crowd;
        }
    }
    certd_connection_cut(chosen);
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
    connection->source = certd_throttle_source(peer->address);
    certd_connection_enter(connection, CERTD_CONNECTION_IDLE);
    g_queue_push_tail(&connections->list, connection);
    make_room(connections, connection, CERTD_LIMIT_WEB_STRANGERS);
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
    g_free(connection->source);
    g_free(connection->user);
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

void certd_connection_know(CertdConnection *connection, const char *user)
{
    if (g_strcmp0(connection->user, user) == 0)
        return;
    g_free(connection->user);
    connection->user = g_strdup(user);
    make_room(connection->connections, connection,
              user ? CERTD_LIMIT_WEB_USER_CONNECTIONS : CERTD_LIMIT_WEB_STRANGERS);
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
    /* The client of a stream has nothing more to say: where it ends its side, which no hangup tells, it has gone. Any
     * other may still wait for its answer. */
    GIOCondition condition = connection->state == CERTD_CONNECTION_STREAM ? G_IO_IN : 0;
    connection->hangup = g_socket_create_source(socket, condition | G_IO_HUP, NULL);
    g_source_set_callback(connection->hangup, G_SOURCE_FUNC(hung_up), connection, NULL);
    (void)g_source_attach(connection->hangup, NULL);
}
