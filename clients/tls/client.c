/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The client's side, through TLS or not. GnuTLS keeps a record that was not taken whole, and wants to be asked again
 * with nothing new; the plain port's rest waits in the connection.
 */
#include <errno.h>
#include <sys/socket.h>

#include "tls/connection-private.h"

ssize_t certd_client_push(gnutls_transport_ptr_t transport, const giovec_t *parts, int count)
{
    CertdConnection *connection = transport;
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
    ssize_t sent = sendmsg(connection->arrival.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
        connection->taken = connection->active = certd_connection_now(connection);
    return sent;
}

static gssize read_plain(CertdConnection *connection, guint8 *data, gsize size)
{
    ssize_t r;
    do
        r = recv(connection->arrival.fd, data, size, MSG_DONTWAIT);
    while (r < 0 && errno == EINTR);
    if (r >= 0)
        return r;
    return errno == EAGAIN ? CERTD_IO_AGAIN : CERTD_IO_BROKEN;
}

gboolean certd_client_may_warn(CertdConnection *connection, gssize r)
{
    return r == GNUTLS_E_WARNING_ALERT_RECEIVED &&
           connection->warnings++ < CERTD_LIMIT_TLS_WARNINGS;
}

/* An end without close_notify is one too: many programs do it so, and HTTP says itself where a request ends. */
static gssize read_tls(CertdConnection *connection, guint8 *data, gsize size)
{
    ssize_t r;
    do
        r = gnutls_record_recv(connection->session, data, size);
    while (r == GNUTLS_E_INTERRUPTED || certd_client_may_warn(connection, r));
    if (r >= 0)
        return r;
    if (r == GNUTLS_E_PREMATURE_TERMINATION)
        return 0;
    if (r == GNUTLS_E_AGAIN)
        return CERTD_IO_AGAIN;
    if (r == GNUTLS_E_REHANDSHAKE)
        (void)gnutls_alert_send(connection->session, GNUTLS_AL_FATAL, GNUTLS_A_NO_RENEGOTIATION);
    else
        (void)gnutls_alert_send_appropriate(connection->session, (int)r);
    return CERTD_IO_BROKEN;
}

gssize certd_client_read(CertdConnection *connection, guint8 *data, gsize size)
{
    return connection->session != NULL ? read_tls(connection, data, size)
                                       : read_plain(connection, data, size);
}

/* What GnuTLS says to a record that it took, or to asking again. */
static gboolean sent_tls(CertdConnection *connection, ssize_t r)
{
    connection->client_writes = r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED;
    return r >= 0 || connection->client_writes;
}

static gboolean flush_plain(CertdConnection *connection)
{
    gssize sent = certd_pending_send(&connection->down, connection->arrival.fd);
    if (sent > 0)
        connection->taken = connection->active = certd_connection_now(connection);
    return sent != CERTD_IO_BROKEN;
}

gboolean certd_client_write(CertdConnection *connection, const guint8 *data, gsize size)
{
    connection->taken = certd_connection_now(connection);
    if (connection->session != NULL)
        return sent_tls(connection, gnutls_record_send(connection->session, data, size));
    certd_pending_keep(&connection->down, data, size);
    return flush_plain(connection);
}

gboolean certd_client_waits(const CertdConnection *connection)
{
    return connection->client_writes || connection->down.data != NULL;
}

gboolean certd_client_flush(CertdConnection *connection)
{
    if (connection->session == NULL)
        return flush_plain(connection);
    if (!connection->client_writes)
        return TRUE;
    return sent_tls(connection, gnutls_record_send(connection->session, NULL, 0));
}

gboolean certd_client_bye(CertdConnection *connection)
{
    if (connection->bye_sent)
        return TRUE;
    if (connection->session != NULL &&
        !sent_tls(connection, gnutls_bye(connection->session, GNUTLS_SHUT_WR)))
        return FALSE;
    connection->bye_sent = !connection->client_writes;
    return !connection->bye_sent || shutdown(connection->arrival.fd, SHUT_WR) == 0;
}
