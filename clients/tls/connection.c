/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stages of a connection, and how long each may last. */

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tls/connection-private.h"
#include "tls/proxy-header.h"
#include "tls/web-socket.h"

/* The first byte of a record with a handshake in it (RFC 8446 section 5.1): neither HTTP nor SSL 2 begins so. */
#define RECORD_HANDSHAKE 0x16

void certd_arrival_clear(CertdArrival *arrival)
{
    certd_seat_free(g_steal_pointer(&arrival->seat));
    certd_credentials_unref(g_steal_pointer(&arrival->credentials));
    if (arrival->fd >= 0)
        close(arrival->fd);
    arrival->fd = -1;
}

guint64 certd_connection_now(const CertdConnection *connection)
{
    guint64 now = 0;
    (void)sd_event_now(connection->host->event, CLOCK_MONOTONIC, &now);
    return now;
}

void certd_connection_free(CertdConnection *connection)
{
    g_queue_unlink(&connection->host->connections, &connection->link);
    sd_event_source_disable_unref(connection->client_source);
    sd_event_source_disable_unref(connection->web_source);
    if (connection->session != NULL)
        gnutls_deinit(connection->session);
    if (connection->web >= 0)
        close(connection->web);
    certd_pending_clear(&connection->up);
    certd_pending_clear(&connection->down);
    g_free(connection->common_name);
    certd_arrival_clear(&connection->arrival);
    g_free(connection);
}

static void enter(CertdConnection *connection, CertdStage stage)
{
    connection->stage = stage;
    connection->begun = certd_connection_now(connection);
}

/* The next byte of the client's socket, which stays there: 1, or CERTD_IO_AGAIN, or _BROKEN where there is none. */
static gssize peek(CertdConnection *connection, guint8 *byte)
{
    ssize_t r = recv(connection->arrival.fd, byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (r < 0 && (errno == EAGAIN || errno == EINTR))
        return CERTD_IO_AGAIN;
    return r > 0 ? 1 : CERTD_IO_BROKEN;
}

/* Whether the client has begun as it should: nothing of it is read yet. */
static gssize look_at_first(CertdConnection *connection)
{
    guint8 first = 0;
    const gssize r = peek(connection, &first);
    return r == 1 && connection->session != NULL && first != RECORD_HANDSHAKE ? CERTD_IO_BROKEN : r;
}

/* FALSE where it has failed; the next stage where it is through. */
static gboolean shake_hands(CertdConnection *connection)
{
    int r;
    do
        r = gnutls_handshake(connection->session);
    while (r == GNUTLS_E_INTERRUPTED || certd_client_may_warn(connection, r));
    if (r == GNUTLS_E_AGAIN)
        return TRUE;
    if (r < 0) {
        (void)gnutls_alert_send_appropriate(connection->session, r);
        return FALSE;
    }
    connection->certified =
        certd_credentials_certify(connection->session, &connection->common_name);
    if (!certd_credentials_admit(connection->arrival.credentials, connection->certified)) {
        (void)gnutls_alert_send(connection->session, GNUTLS_AL_FATAL, GNUTLS_A_CERTIFICATE_EXPIRED);
        return FALSE;
    }
    enter(connection, CERTD_STAGE_QUIET);
    return TRUE;
}

/* Who shakes hands and asks nothing is no matter of certd-web's; FALSE where the client has gone. */
static gboolean hear(CertdConnection *connection, guint32 client_events)
{
    guint8 next;
    if ((client_events & (EPOLLERR | EPOLLHUP)) != 0)
        return FALSE;
    const gssize r =
        gnutls_record_check_pending(connection->session) > 0 ? 1 : peek(connection, &next);
    if (r == 1)
        enter(connection, CERTD_STAGE_CONNECT);
    return r != CERTD_IO_BROKEN;
}

static gboolean begin_stage(CertdConnection *connection)
{
    gssize first = connection->active != 0 ? 1 : look_at_first(connection);
    if (first == CERTD_IO_AGAIN)
        return TRUE;
    if (first == CERTD_IO_BROKEN)
        return FALSE;
    connection->active = certd_connection_now(connection);
    if (connection->session != NULL)
        return shake_hands(connection);
    enter(connection, CERTD_STAGE_CONNECT);
    return TRUE;
}

/* The name that HAProxy and others give a version; NULL where the port is the plain one. */
static const char *version_of(gnutls_session_t session)
{
    if (session == NULL)
        return NULL;
    return gnutls_protocol_get_version(session) == GNUTLS_TLS1_3 ? "TLSv1.3" : "TLSv1.2";
}

static gboolean introduce(CertdConnection *connection)
{
    guint8 header[CERTD_LIMIT_PROXY_BYTES];
    const CertdArrival *arrival = &connection->arrival;
    const CertdProxyHeader facts = {
        .client = arrival->client,
        .server = arrival->server,
        .version = version_of(connection->session),
        .cipher = connection->session != NULL ? gnutls_ciphersuite_get(connection->session) : NULL,
        .certified = connection->certified,
        .common_name = connection->common_name,
        .generation =
            arrival->credentials != NULL ? certd_credentials_generation(arrival->credentials) : 0,
        .https_port = arrival->https_port,
    };
    const gsize length = certd_proxy_header_write(&facts, header);
    /* The first thing in an empty socket: it goes whole, or not at all. */
    return send(connection->web, header, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static int on_web(sd_event_source *source, int fd, guint32 events, void *userdata);

/* FALSE where certd-web can't be had; where it is only busy, a tick tries again. */
static gboolean connect_web(CertdConnection *connection)
{
    CertdConnectionHost *host = connection->host;
    connection->web = certd_web_socket_connect(host->web_socket);
    const int problem = connection->web < 0 ? errno : 0;
    if (problem == EAGAIN)
        return TRUE;
    host->web(problem, host->userdata);
    if (problem != 0 || !introduce(connection) ||
        sd_event_add_io(host->event, &connection->web_source, connection->web, EPOLLIN, on_web,
                        connection) < 0)
        return FALSE;
    enter(connection, CERTD_STAGE_CARRY);
    connection->active = connection->taken = connection->begun;
    certd_seat_move(connection->arrival.seat, CERTD_SEAT_WAITING);
    certd_seat_touch(connection->arrival.seat, connection->begun);
    return TRUE;
}

/* One stage after another, as far as they go now; FALSE where the connection is over. */
static gboolean advance(CertdConnection *connection, guint32 client_events, guint32 web_events)
{
    if (connection->stage == CERTD_STAGE_HANDSHAKE && !begin_stage(connection))
        return FALSE;
    if (connection->stage == CERTD_STAGE_QUIET && !hear(connection, client_events))
        return FALSE;
    if (connection->stage == CERTD_STAGE_CONNECT) {
        if ((client_events & (EPOLLERR | EPOLLHUP)) != 0 || !connect_web(connection))
            return FALSE;
        /* What the client has sent behind its handshake may have been read with it. */
        client_events |= EPOLLIN;
    }
    if (connection->stage == CERTD_STAGE_CARRY)
        return certd_carry(connection, client_events, web_events);
    if (connection->stage == CERTD_STAGE_END)
        return certd_carry_end(connection, client_events);
    return TRUE;
}

/* No events wanted leaves errors to be told; those of a side that is not looked at any more would be told for ever. */
static void wait_for(CertdConnection *connection)
{
    guint32 client = EPOLLIN, web = 0;
    if (connection->stage == CERTD_STAGE_HANDSHAKE && connection->session != NULL &&
        connection->active != 0 && gnutls_record_get_direction(connection->session) == 1)
        client = EPOLLOUT;
    if (connection->stage == CERTD_STAGE_CONNECT)
        client = 0;
    if (connection->stage >= CERTD_STAGE_CARRY)
        certd_carry_wanted(connection, &client, &web);
    (void)sd_event_source_set_io_events(connection->client_source, client);
    if (connection->web_source == NULL)
        return;
    const gboolean deaf = connection->web_ended || (connection->web_gone && web == 0);
    (void)sd_event_source_set_io_events(connection->web_source, web);
    (void)sd_event_source_set_enabled(connection->web_source, deaf ? SD_EVENT_OFF : SD_EVENT_ON);
}

static void drive(CertdConnection *connection, guint32 client_events, guint32 web_events)
{
    if (advance(connection, client_events, web_events))
        wait_for(connection);
    else
        certd_connection_free(connection);
}

static int on_client(sd_event_source *source, int fd, guint32 events, void *userdata)
{
    drive(userdata, events, 0);
    return 0;
}

static int on_web(sd_event_source *source, int fd, guint32 events, void *userdata)
{
    drive(userdata, 0, events);
    return 0;
}

static gboolean begin_tls(CertdConnection *connection)
{
    if (connection->arrival.credentials == NULL)
        return TRUE;
    connection->session = certd_credentials_begin(connection->arrival.credentials);
    if (connection->session == NULL)
        return FALSE;
    gnutls_transport_set_ptr2(connection->session, GINT_TO_POINTER(connection->arrival.fd),
                              connection);
    gnutls_transport_set_vec_push_function(connection->session, certd_client_push);
    return TRUE;
}

void certd_connection_begin(CertdConnectionHost *host, const CertdArrival *arrival)
{
    CertdConnection *connection = g_new0(CertdConnection, 1);
    connection->host = host;
    connection->arrival = *arrival;
    connection->web = -1;
    connection->link.data = connection;
    g_queue_push_tail_link(&host->connections, &connection->link);
    enter(connection, CERTD_STAGE_HANDSHAKE);
    if (!begin_tls(connection) ||
        sd_event_add_io(host->event, &connection->client_source, arrival->fd, EPOLLIN, on_client,
                        connection) < 0) {
        certd_connection_free(connection);
        return;
    }
    drive(connection, 0, 0);
}

/* When its time is up. */
static guint64 deadline(const CertdConnection *connection)
{
    if (connection->stage == CERTD_STAGE_QUIET)
        return connection->begun + CERTD_LIMIT_WEB_HEADER_SECONDS * G_USEC_PER_SEC;
    guint64 until = connection->begun + CERTD_LIMIT_HANDSHAKE_SECONDS * G_USEC_PER_SEC;
    if (connection->stage <= CERTD_STAGE_CONNECT)
        return until;
    if (connection->stage == CERTD_STAGE_END)
        return connection->begun + CERTD_LIMIT_TLS_WRITE_SECONDS * G_USEC_PER_SEC;
    until = connection->active + CERTD_LIMIT_TLS_IDLE_SECONDS * G_USEC_PER_SEC;
    if (certd_client_waits(connection) || connection->up.data != NULL)
        until = MIN(until, connection->taken + CERTD_LIMIT_TLS_WRITE_SECONDS * G_USEC_PER_SEC);
    return until;
}

void certd_connection_tick(CertdConnection *connection, guint64 now)
{
    guint64 until = deadline(connection);
    if (connection->arrival.credentials != NULL)
        until = MIN(until, certd_credentials_end(connection->arrival.credentials));
    if (now >= until) {
        const gboolean speaks =
            connection->stage == CERTD_STAGE_QUIET || connection->stage == CERTD_STAGE_CARRY;
        if (speaks && !certd_client_waits(connection))
            (void)certd_client_bye(connection);
        certd_connection_free(connection);
    } else if (connection->stage == CERTD_STAGE_CONNECT) {
        drive(connection, 0, 0);
    }
}
