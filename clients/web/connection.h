/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One client's connection, and the time that it has for what it is at. All on the main thread. */
#pragma once

#include <gio/gio.h>

#include "web/peer.h"
#include "web/screen.h"

G_BEGIN_DECLS

typedef struct CertdExchange CertdExchange;
typedef struct CertdConnections CertdConnections;
typedef struct CertdServer CertdServer;

typedef enum {
    CERTD_CONNECTION_IDLE,   /* between requests */
    CERTD_CONNECTION_HEAD,   /* a head comes */
    CERTD_CONNECTION_BODY,   /* a body comes */
    CERTD_CONNECTION_WORK,   /* it is worked on */
    CERTD_CONNECTION_ANSWER, /* the answer goes */
    CERTD_CONNECTION_STREAM, /* the answer is a stream of events */
} CertdConnectionState;

typedef struct {
    grefcount references;
    CertdServer *server;
    CertdConnections *connections; /* NULL: closed */
    GSocketConnection *stream;
    CertdPeer *peer;
    char *source; /* what of its address counts as one */
    CertdScreen *screen;
    CertdConnectionState state;
    gint64 since;            /* when the state, or the request, has begun, monotonic usec */
    gint64 active;           /* when the last byte came or went */
    gboolean cut;            /* it is as good as closed */
    char *user;              /* who had signed in and sent the last request; NULL: nobody */
    CertdExchange *exchange; /* what is at hand */
    GSource *hangup;
    void (*gone)(void *data); /* where somebody wants to know */
    void *gone_data;
} CertdConnection;

CertdConnections *certd_connections_new(void);
/* Cuts them all. */
void certd_connections_free(CertdConnections *connections);

/* A new one; where there are more than CERTD_LIMIT_WEB_STRANGERS of nobody who has signed in, one of the source with most
 * of them is cut: the one that has been quiet for longest. @peer is taken. */
CertdConnection *certd_connection_new(CertdConnections *connections, CertdServer *server,
                                      GSocketConnection *stream, CertdPeer *peer);
CertdConnection *certd_connection_ref(CertdConnection *connection);
void certd_connection_unref(CertdConnection *connection);
/* Ends it at once, whatever it is at: who reads or writes it finds it closed. */
void certd_connection_cut(CertdConnection *connection);
/* Closes what has been cut, or has ended, and drops the list's reference. */
void certd_connection_closed(CertdConnection *connection);
void certd_connection_enter(CertdConnection *connection, CertdConnectionState state);
/* The request at hand is of @user, who has signed in; NULL: of nobody who has. Where there are more than
 * CERTD_LIMIT_WEB_USER_CONNECTIONS of that user, one is cut likewise. */
void certd_connection_know(CertdConnection *connection, const char *user);
/* A byte came or went. */
void certd_connection_touch(CertdConnection *connection);
/* Calls @gone once when the client goes away; NULL: not any more. */
void certd_connection_watch(CertdConnection *connection, void (*gone)(void *data), void *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdConnection, certd_connection_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdConnections, certd_connections_free)

G_END_DECLS
