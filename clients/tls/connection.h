/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One client's connection, from its first byte to its last: the handshake, then a connection to certd-web of its own
 * with a header that says who it is, then bytes both ways, then an orderly end.
 */
#pragma once

#include <glib.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "tls/credentials.h"
#include "tls/seats.h"

G_BEGIN_DECLS

/* What TLS carries in one record; a read takes no more. */
#define CERTD_RECORD_BYTES 16384u

typedef struct CertdConnection CertdConnection;

/* What a connection begins with; whoever takes it owns all of it. */
typedef struct {
    int fd; /* accepted, doesn't block */
    struct sockaddr_storage client;
    struct sockaddr_storage server;
    CertdSeat *seat;
    CertdCredentials *credentials; /* NULL: the plain port */
    guint16 https_port;
} CertdArrival;

/* Gives all of @arrival back. */
void certd_arrival_clear(CertdArrival *arrival);

/* What the connections of one thread share. */
typedef struct {
    sd_event *event;
    const char *web_socket; /* certd-web's */
    /* The client has been through HTTPS by now, with the credentials of @serial: see proof.h. */
    void (*proven)(guint64 serial, gboolean certified, void *userdata);
    /* certd-web can't be reached: errno, or 0: it can again. */
    void (*web)(int problem, void *userdata);
    void *userdata;
    GQueue connections; /* of CertdConnection */
    guint8 scratch[CERTD_RECORD_BYTES];
} CertdConnectionHost;

/* Begins with @arrival, which is the connection's own then; it is in @host's list until it ends by itself. */
void certd_connection_begin(CertdConnectionHost *host, const CertdArrival *arrival);
/* Ends it where its time is up, and tries again what could not be had before. */
void certd_connection_tick(CertdConnection *connection, guint64 now);
/* Ends it at once. */
void certd_connection_free(CertdConnection *connection);

G_END_DECLS
