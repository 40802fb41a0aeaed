/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes both ways. A side is read only while nothing waits for the other: so a client that does not read, or a
 * certd-web that is busy, stops whoever sends to it, and one record is all that is ever kept. Each side may end on its
 * own: a client that has said all still gets its answer.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "tls/connection-private.h"

/* Reads of one side in a row, before others have their turn. */
#define TURNS 4

static void note(CertdConnection *connection, CertdExchange what)
{
    if (connection->session == NULL || certd_seat_is_taken(connection->arrival.seat))
        return;
    if (certd_proof_step(&connection->proof, what))
        connection->host->proven(certd_credentials_serial(connection->arrival.credentials),
                                 connection->certified, connection->host->userdata);
}

static void touch(CertdConnection *connection)
{
    connection->active = certd_connection_now(connection);
    certd_seat_touch(connection->arrival.seat, connection->active);
}

/* certd-web takes no more, which is its right: it may have answered already. */
static void give_up_web(CertdConnection *connection)
{
    certd_pending_clear(&connection->up);
    connection->end_told = TRUE;
}

static void flush_web(CertdConnection *connection)
{
    gssize sent = certd_pending_send(&connection->up, connection->web);
    if (sent > 0)
        connection->taken = connection->active = certd_connection_now(connection);
    if (sent == CERTD_IO_BROKEN)
        give_up_web(connection);
    if (connection->client_ended && connection->up.data == NULL && !connection->end_told) {
        connection->end_told = TRUE;
        (void)shutdown(connection->web, SHUT_WR);
    }
}

static void send_web(CertdConnection *connection, const guint8 *data, gsize size)
{
    ssize_t r;
    do
        r = send(connection->web, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (r < 0 && errno == EINTR);
    if (r < 0 && errno != EAGAIN) {
        give_up_web(connection);
        return;
    }
    const gsize sent = r > 0 ? (gsize)r : 0;
    connection->taken = certd_connection_now(connection);
    if (sent < size)
        certd_pending_keep(&connection->up, data + sent, size - sent);
}

static gboolean reads_client(const CertdConnection *connection)
{
    return !connection->client_ended && !connection->end_told && connection->up.data == NULL;
}

static gboolean reads_web(const CertdConnection *connection)
{
    return !connection->web_ended && !certd_client_waits(connection);
}

static gboolean carry_up(CertdConnection *connection)
{
    guint8 *scratch = connection->host->scratch;
    for (int turn = 0; turn < TURNS && reads_client(connection); turn++) {
        gssize got = certd_client_read(connection, scratch, CERTD_RECORD_BYTES);
        if (got == CERTD_IO_BROKEN)
            return FALSE;
        if (got == CERTD_IO_AGAIN)
            return TRUE;
        note(connection, got > 0 ? CERTD_EXCHANGE_RECEIVED : CERTD_EXCHANGE_ENDED);
        if (got > 0) {
            touch(connection);
            send_web(connection, scratch, (gsize)got);
        } else {
            connection->client_ended = TRUE;
            flush_web(connection);
        }
        if (connection->session == NULL || gnutls_record_check_pending(connection->session) == 0)
            return TRUE;
    }
    return TRUE;
}

static void sent_whole(CertdConnection *connection)
{
    if (!certd_client_waits(connection))
        note(connection, CERTD_EXCHANGE_SENT);
}

static gboolean carry_down(CertdConnection *connection)
{
    guint8 *scratch = connection->host->scratch;
    for (int turn = 0; turn < TURNS && reads_web(connection); turn++) {
        ssize_t got = recv(connection->web, scratch, CERTD_RECORD_BYTES, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return TRUE;
        if (got <= 0) {
            connection->web_ended = TRUE;
            return TRUE;
        }
        touch(connection);
        certd_seat_move(connection->arrival.seat, CERTD_SEAT_CARRIED);
        if (!certd_client_write(connection, scratch, (gsize)got))
            return FALSE;
        sent_whole(connection);
        if ((gsize)got < CERTD_RECORD_BYTES)
            return TRUE;
    }
    return TRUE;
}

static gboolean flush_client(CertdConnection *connection)
{
    if (!certd_client_waits(connection))
        return TRUE;
    if (!certd_client_flush(connection))
        return FALSE;
    sent_whole(connection);
    return TRUE;
}

gboolean certd_carry(CertdConnection *connection, guint32 client_events, guint32 web_events)
{
    /* A reset, or a place that was needed: nobody is there to be told anything. */
    if ((client_events & (EPOLLERR | EPOLLHUP)) != 0 || !flush_client(connection))
        return FALSE;
    flush_web(connection);
    if ((client_events & EPOLLIN) != 0 && !carry_up(connection))
        return FALSE;
    if ((web_events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 || connection->web_gone) {
        /* It would be told again and again while it isn't read; the time to take the rest begins. */
        connection->web_gone |= (web_events & (EPOLLHUP | EPOLLERR)) != 0;
        if (!carry_down(connection))
            return FALSE;
    }
    /* A client that does not take the rest, or does not end too, keeps its place only while nobody else needs it. */
    if (connection->web_ended || connection->web_gone)
        certd_seat_move(connection->arrival.seat, CERTD_SEAT_WAITING);
    if (!connection->web_ended)
        return TRUE;
    if (connection->stage == CERTD_STAGE_CARRY && !certd_client_waits(connection)) {
        connection->stage = CERTD_STAGE_END;
        connection->begun = certd_connection_now(connection);
        return certd_carry_end(connection, client_events);
    }
    return TRUE;
}

/* What a client sends behind the answer is read and thrown away: with bytes unread its socket would be reset, and
 * the answer lost on its way. */
gboolean certd_carry_end(CertdConnection *connection, guint32 client_events)
{
    guint8 *scratch = connection->host->scratch;
    if (!certd_client_bye(connection))
        return FALSE;
    for (int turn = 0; turn < TURNS && connection->bye_sent && !connection->client_ended; turn++) {
        gssize got = certd_client_read(connection, scratch, CERTD_RECORD_BYTES);
        if (got == CERTD_IO_AGAIN)
            break;
        connection->discarded += got > 0 ? (gsize)got : 0;
        if (got == CERTD_IO_BROKEN || connection->discarded > CERTD_LIMIT_WEB_BODY_BYTES)
            return FALSE;
        if (got == 0) {
            note(connection, CERTD_EXCHANGE_ENDED);
            connection->client_ended = TRUE;
        }
    }
    const gboolean over = connection->bye_sent && connection->client_ended;
    return !over && (client_events & (EPOLLERR | EPOLLHUP)) == 0;
}

void certd_carry_wanted(const CertdConnection *connection, guint32 *client_events,
                        guint32 *web_events)
{
    const gboolean ending = connection->stage == CERTD_STAGE_END;
    const gboolean reads = ending ? !connection->client_ended : reads_client(connection);
    *client_events = (reads ? EPOLLIN : 0) | (certd_client_waits(connection) ? EPOLLOUT : 0);
    *web_events = ending ? 0
                         : (reads_web(connection) ? EPOLLIN : 0) |
                               (connection->up.data != NULL ? EPOLLOUT : 0);
}
