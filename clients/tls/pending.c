/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* At most one record a direction: while one waits, no other is read. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "tls/connection-private.h"

G_STATIC_ASSERT(CERTD_RECORD_BYTES <= CERTD_LIMIT_TLS_BUFFER_BYTES);

void certd_pending_clear(CertdPending *pending)
{
    if (pending->data == NULL)
        return;
    /* A password may have been in it. */
    explicit_bzero(pending->data, pending->length);
    g_free(pending->data);
    *pending = (CertdPending){NULL, 0, 0};
}

void certd_pending_keep(CertdPending *pending, const guint8 *data, gsize length)
{
    *pending = (CertdPending){g_memdup2(data, length), 0, length};
}

gssize certd_pending_send(CertdPending *pending, int fd)
{
    gssize sent = 0;
    while (pending->data != NULL) {
        ssize_t r = send(fd, pending->data + pending->start, pending->length - pending->start,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return errno == EAGAIN ? sent : CERTD_IO_BROKEN;
        sent += r;
        pending->start += (gsize)r;
        if (pending->start == pending->length)
            certd_pending_clear(pending);
    }
    return sent;
}
