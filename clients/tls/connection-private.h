/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection's inside, for the files that make it: connection.c its stages, client.c and carry.c its bytes. */
#pragma once

#include "model/web-limits.h"
#include "tls/connection.h"
#include "tls/proof.h"

G_BEGIN_DECLS

typedef enum {
    CERTD_STAGE_HANDSHAKE, /* TLS; or the first bytes of the plain port */
    CERTD_STAGE_QUIET,     /* TLS is there, and nothing was said over it yet */
    CERTD_STAGE_CONNECT,   /* to certd-web */
    CERTD_STAGE_CARRY,     /* bytes both ways */
    CERTD_STAGE_END,       /* certd-web has ended: the client is told, and ends too */
} CertdStage;

/* What one side has sent and the other does not take yet. */
typedef struct {
    guint8 *data; /* NULL: nothing */
    gsize start;
    gsize length;
} CertdPending;

struct CertdConnection {
    CertdConnectionHost *host;
    GList link;
    CertdArrival arrival;
    sd_event_source *client_source;
    sd_event_source *web_source;
    int web;
    gnutls_session_t session; /* NULL: the plain port */
    CertdStage stage;
    guint64 begun;  /* this stage; all times are CLOCK_MONOTONIC's */
    guint64 active; /* bytes went either way */
    guint64 taken;  /* a side took bytes, or nothing had to be taken */
    gboolean certified;
    char *common_name;
    CertdProof proof;
    CertdPending up;        /* to certd-web */
    CertdPending down;      /* to the client, on the plain port */
    gboolean client_writes; /* GnuTLS has something for the client that it did not take */
    gboolean client_ended;  /* nothing more comes from it */
    gboolean end_told;      /* and certd-web knows; or it takes no more */
    gboolean web_ended;     /* nothing more comes from certd-web */
    gboolean web_gone;      /* seen while it was not read */
    gboolean bye_sent;
    guint warnings;  /* alerts that end nothing */
    gsize discarded; /* bytes of the client behind certd-web's end */
};

/* What reading and writing give beside a number of bytes. */
#define CERTD_IO_AGAIN (-1)
#define CERTD_IO_BROKEN (-2)

/* Whether @r, GnuTLS's, is a warning alert, and the client has not sent too many of them: then it is asked again. */
gboolean certd_client_may_warn(CertdConnection *connection, gssize r);
/* Up to @size bytes of what the client has sent: 0 where it has ended in order. */
gssize certd_client_read(CertdConnection *connection, guint8 *data, gsize size);
/* Has the client sent all of @data, now or by certd_client_flush(); FALSE where it is broken. Nothing may be waiting
 * from before. */
gboolean certd_client_write(CertdConnection *connection, const guint8 *data, gsize size);
/* Whether something waits for the client to take it. */
gboolean certd_client_waits(const CertdConnection *connection);
/* Sends on what waits; FALSE where the client is broken. */
gboolean certd_client_flush(CertdConnection *connection);
/* Tells the client that nothing more comes, once; FALSE where it is broken. It may take another call. */
gboolean certd_client_bye(CertdConnection *connection);
/* For GnuTLS: sends, and notes that the client takes. */
ssize_t certd_client_push(gnutls_transport_ptr_t transport, const giovec_t *parts, int count);

/* Carries what there is, with what epoll has told of both sides; FALSE where the connection is over. */
gboolean certd_carry(CertdConnection *connection, guint32 client_events, guint32 web_events);
/* Has the client hear the end, and waits for its own; FALSE where the connection is over. */
gboolean certd_carry_end(CertdConnection *connection, guint32 client_events);
/* What to wait for on each side. */
void certd_carry_wanted(const CertdConnection *connection, guint32 *client_events,
                        guint32 *web_events);

/* Now, as the event loop has it. */
guint64 certd_connection_now(const CertdConnection *connection);

void certd_pending_clear(CertdPending *pending);
/* Keeps a copy of @data, where nothing is pending. */
void certd_pending_keep(CertdPending *pending, const guint8 *data, gsize length);
/* Sends it to @fd as far as that takes it: the bytes that went, or CERTD_IO_BROKEN. */
gssize certd_pending_send(CertdPending *pending, int fd);

G_END_DECLS
