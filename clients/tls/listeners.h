/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The TCP ports (R62). A socket is the service manager's, where that handed one over for the port, or made here for
 * all addresses of both families. What can't be opened is tried again; until then the port of before goes on.
 */
#pragma once

#include <glib.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

G_BEGIN_DECLS

typedef enum {
    CERTD_PORT_HTTPS,
    CERTD_PORT_HTTP,
    CERTD_PORT_COUNT_,
} CertdPort;

typedef struct CertdListeners CertdListeners;

/* A connection was accepted on a port; @fd doesn't block and is the callee's. */
typedef void (*CertdAccepted)(CertdPort port, int fd, const struct sockaddr_storage *client,
                              void *userdata);
/* What can't be opened, a sentence; NULL: nothing. Told after each try. */
typedef void (*CertdPortProblem)(CertdPort port, const char *sentence, void *userdata);

/* With the listening sockets that the service manager has handed over, which are left as they are until ports are
 * set. */
CertdListeners *certd_listeners_new(sd_event *event, CertdAccepted accepted,
                                    CertdPortProblem problem, void *userdata);
/* Serves @ports from now on; 0: that one is closed. */
void certd_listeners_set(CertdListeners *listeners, const guint16 ports[CERTD_PORT_COUNT_]);
/* NULL is allowed. */
void certd_listeners_free(CertdListeners *listeners);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdListeners, certd_listeners_free)

G_END_DECLS
