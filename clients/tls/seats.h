/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How many connections there are, and who makes room when there are too many (DESIGN 7): one table for all
 * threads. Whoever has to go is shut down at its socket; the thread that carries it sees that as an end.
 */
#pragma once

#include <glib.h>
#include <sys/socket.h>

G_BEGIN_DECLS

typedef struct CertdSeats CertdSeats;
typedef struct CertdSeat CertdSeat;

typedef enum {
    CERTD_SEAT_STRANGER, /* the handshake, or the first bytes of the plain port, are not through */
    CERTD_SEAT_WAITING,  /* nothing has come from certd-web yet, or nothing more will */
    CERTD_SEAT_CARRIED,  /* something has */
} CertdSeatStage;

CertdSeats *certd_seats_new(void);
/* There must be no seat any more; NULL is allowed. */
void certd_seats_free(CertdSeats *seats);

/* A seat for the connection @fd, which stays the caller's and open as long as the seat is there, from @address;
 * @now is CLOCK_MONOTONIC's, in microseconds. Beyond CERTD_LIMIT_HANDSHAKES the oldest stranger goes of the address
 * that has most of them; beyond CERTD_LIMIT_TLS_CONNECTIONS the one that has waited for longest with nothing to
 * come from certd-web. NULL where nobody can go. */
CertdSeat *certd_seats_take(CertdSeats *seats, int fd, const struct sockaddr_storage *address,
                            guint64 now);
/* The connection got as far as @stage. */
void certd_seat_move(CertdSeat *seat, CertdSeatStage stage);
/* Bytes went over it, now. */
void certd_seat_touch(CertdSeat *seat, guint64 now);
/* Whether it had to make room: its socket was shut down here, and not by the client. */
gboolean certd_seat_is_taken(CertdSeat *seat);
/* Gives it back; before its descriptor is closed. */
void certd_seat_free(CertdSeat *seat);
/* How many seats are taken now, and how many of them by strangers. */
void certd_seats_count(CertdSeats *seats, guint *all, guint *strangers);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdSeats, certd_seats_free)

G_END_DECLS
