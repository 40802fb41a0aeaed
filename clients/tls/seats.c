/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A few hundred seats in two lists, strangers and others, oldest first. Looking through them happens only where
 * they are full, and costs less than the handshake that it makes room for.
 */
#include "tls/seats.h"

#include <netinet/in.h>
#include <string.h>

#include "model/web-limits.h"

struct CertdSeats {
    GMutex lock;
    GQueue strangers; /* of CertdSeat */
    GQueue others;
};

struct CertdSeat {
    CertdSeats *seats;
    GList link;
    int fd;
    guint8 address[16]; /* IPv4 as mapped */
    CertdSeatStage stage;
    gboolean taken; /* in no list any more */
    guint64 active; /* when bytes went over it last, of CLOCK_MONOTONIC */
};

CertdSeats *certd_seats_new(void)
{
    CertdSeats *seats = g_new0(CertdSeats, 1);
    g_mutex_init(&seats->lock);
    g_queue_init(&seats->strangers);
    g_queue_init(&seats->others);
    return seats;
}

void certd_seats_free(CertdSeats *seats)
{
    if (seats == NULL)
        return;
    g_mutex_clear(&seats->lock);
    g_free(seats);
}

/* One network of IPv6 counts as one: whoever has one has all of its addresses. */
static void set_address(CertdSeat *seat, const struct sockaddr_storage *address)
{
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    if (address->ss_family == AF_INET) {
        memcpy(&four, address, sizeof four);
        seat->address[10] = seat->address[11] = 0xFF;
        memcpy(seat->address + 12, &four.sin_addr, 4);
    } else if (address->ss_family == AF_INET6) {
        memcpy(&six, address, sizeof six);
        const gboolean mapped = IN6_IS_ADDR_V4MAPPED(&six.sin6_addr);
        memcpy(seat->address, six.sin6_addr.s6_addr, mapped ? 16 : 8);
    }
}

static GQueue *list_of(CertdSeat *seat)
{
    return seat->stage == CERTD_SEAT_STRANGER ? &seat->seats->strangers : &seat->seats->others;
}

/* The oldest stranger of the address with most of them; with several such addresses the oldest of all. */
static CertdSeat *choose_stranger(CertdSeats *seats)
{
    CertdSeat *chosen = NULL;
    guint most = 0;
    for (GList *one = seats->strangers.head; one != NULL; one = one->next) {
        const CertdSeat *seat = one->data;
        guint count = 0;
        for (GList *other = one; other != NULL; other = other->next) {
            const CertdSeat *compared = other->data;
            count += memcmp(seat->address, compared->address, sizeof seat->address) == 0;
        }
        if (count > most) {
            chosen = one->data;
            most = count;
        }
    }
    return chosen;
}

static CertdSeat *choose_waiting(CertdSeats *seats)
{
    CertdSeat *chosen = NULL;
    for (GList *one = seats->others.head; one != NULL; one = one->next) {
        CertdSeat *seat = one->data;
        if (seat->stage == CERTD_SEAT_WAITING && (chosen == NULL || seat->active < chosen->active))
            chosen = seat;
    }
    return chosen;
}

/* With the lock: @seat is free for another; its socket is open as long as its lock can't be had. */
static gboolean take(CertdSeat *seat)
{
    if (seat == NULL)
        return FALSE;
    g_queue_unlink(list_of(seat), &seat->link);
    seat->taken = TRUE;
    (void)shutdown(seat->fd, SHUT_RDWR);
    return TRUE;
}

static gboolean make_room(CertdSeats *seats)
{
    gboolean room = TRUE;
    if (seats->strangers.length >= CERTD_LIMIT_HANDSHAKES)
        room = take(choose_stranger(seats));
    if (room && seats->strangers.length + seats->others.length >= CERTD_LIMIT_TLS_CONNECTIONS)
        room = take(choose_waiting(seats));
    return room;
}

CertdSeat *certd_seats_take(CertdSeats *seats, int fd, const struct sockaddr_storage *address,
                            guint64 now)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locked = g_mutex_locker_new(&seats->lock);
    if (!make_room(seats))
        return NULL;
    CertdSeat *seat = g_new0(CertdSeat, 1);
    seat->seats = seats;
    seat->fd = fd;
    seat->active = now;
    seat->link.data = seat;
    set_address(seat, address);
    g_queue_push_tail_link(&seats->strangers, &seat->link);
    return seat;
}

void certd_seat_move(CertdSeat *seat, CertdSeatStage stage)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locked = g_mutex_locker_new(&seat->seats->lock);
    if (seat->stage == stage)
        return;
    if (!seat->taken)
        g_queue_unlink(list_of(seat), &seat->link);
    seat->stage = stage;
    if (!seat->taken)
        g_queue_push_tail_link(list_of(seat), &seat->link);
}

void certd_seat_touch(CertdSeat *seat, guint64 now)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locked = g_mutex_locker_new(&seat->seats->lock);
    seat->active = now;
}

gboolean certd_seat_is_taken(CertdSeat *seat)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locked = g_mutex_locker_new(&seat->seats->lock);
    return seat->taken;
}

void certd_seat_free(CertdSeat *seat)
{
    if (seat == NULL)
        return;
    g_mutex_lock(&seat->seats->lock);
    if (!seat->taken)
        g_queue_unlink(list_of(seat), &seat->link);
    g_mutex_unlock(&seat->seats->lock);
    g_free(seat);
}

void certd_seats_count(CertdSeats *seats, guint *all, guint *strangers)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locked = g_mutex_locker_new(&seats->lock);
    *all = seats->strangers.length + seats->others.length;
    *strangers = seats->strangers.length;
}
