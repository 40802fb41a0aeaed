/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Somebody whom certd asks and waits for, on the other end of a socketpair: answers in a thread. With a
 * service manager that knows a few processes. */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

G_BEGIN_DECLS

/* Processes of the peer's service manager; others are of no unit. */
#define PEER_WEB 100u       /* of web.service, which runs as PEER_UID */
#define PEER_ROOT 101u      /* of root.service, which has no User= */
#define PEER_USER 102u      /* of user@1000.service */
#define PEER_SILENT 103u    /* it never answers */
#define PEER_OUTSIDE 104u   /* the answer is the path of something else */
#define PEER_EMPTY 105u     /* the answer is the path above all units */
#define PEER_HOSTILE 106u   /* the unit's name has a control character */
#define PEER_SLOW_USER 107u /* of slow.service, whose user it never says */
#define PEER_STARTING 108u  /* of starting.service; at first the manager is not there */
#define PEER_GONE 109u      /* there is no such process, as the manager says */
#define PEER_UNKNOWN 110u   /* the same, as the bus says */
#define PEER_UID 1000u

typedef struct {
    int fd;
    int asked;   /* GetUnitByPID; atomic */
    int started; /* whether PEER_STARTING was asked about; of the thread */
    const char *path;
    const char *interface;
    const sd_bus_vtable *vtable;
    void *userdata;
    GThread *thread;
    sd_bus *certd; /* our side */
} Peer;

/* Has an object of the test's own too, or none where @path is NULL. */
void peer_start(Peer *peer, const char *path, const char *interface, const sd_bus_vtable *vtable,
                void *userdata);
void peer_stop(Peer *peer);

G_END_DECLS
