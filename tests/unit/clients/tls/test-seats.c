/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who makes room when there are too many connections: at each limit, and one beyond it. */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model/web-limits.h"
#include "tls/seats.h"

typedef struct {
    int pair[2];
    CertdSeat *seat;
} Guest;

static struct sockaddr_storage address_of(guint32 number)
{
    struct sockaddr_storage address = {0};
    const struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(number)};
    memcpy(&address, &four, sizeof four);
    return address;
}

static Guest *come(CertdSeats *seats, guint32 address, guint64 now)
{
    Guest *guest = g_new0(Guest, 1);
    const struct sockaddr_storage from = address_of(address);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, guest->pair), ==, 0);
    guest->seat = certd_seats_take(seats, guest->pair[0], &from, now);
    return guest;
}

static void leave(Guest *guest)
{
    certd_seat_free(guest->seat);
    close(guest->pair[0]);
    close(guest->pair[1]);
    g_free(guest);
}

/* The other end sees it: the socket was shut down. */
static gboolean had_to_go(const Guest *guest)
{
    char byte;
    const gboolean ended = recv(guest->pair[1], &byte, 1, MSG_DONTWAIT) == 0;
    g_assert_true(guest->seat != NULL);
    g_assert_cmpint(certd_seat_is_taken(guest->seat), ==, ended);
    return ended;
}

static void check_counts(CertdSeats *seats, guint all, guint strangers)
{
    guint all_now, strangers_now;
    certd_seats_count(seats, &all_now, &strangers_now);
    g_assert_cmpuint(all_now, ==, all);
    g_assert_cmpuint(strangers_now, ==, strangers);
}

/* CERTD_LIMIT_HANDSHAKES: whoever has most of them loses the oldest, and nobody else one. */
static void test_handshakes(void)
{
    g_autoptr(CertdSeats) seats = certd_seats_new();
    g_autoptr(GPtrArray) guests = g_ptr_array_new_with_free_func((GDestroyNotify)leave);
    g_ptr_array_add(guests, come(seats, 1, 1));
    for (guint i = 1; i < CERTD_LIMIT_HANDSHAKES; i++)
        g_ptr_array_add(guests, come(seats, 2, i + 1));
    for (guint i = 0; i < guests->len; i++)
        g_assert_false(had_to_go(guests->pdata[i]));
    check_counts(seats, CERTD_LIMIT_HANDSHAKES, CERTD_LIMIT_HANDSHAKES);
    g_ptr_array_add(guests, come(seats, 3, 1000));
    for (guint i = 0; i < guests->len; i++)
        g_assert_cmpint(had_to_go(guests->pdata[i]), ==, i == 1);
    check_counts(seats, CERTD_LIMIT_HANDSHAKES, CERTD_LIMIT_HANDSHAKES);
}

/* Those who are through don't count. */
static void test_handshakes_through(void)
{
    g_autoptr(CertdSeats) seats = certd_seats_new();
    g_autoptr(GPtrArray) guests = g_ptr_array_new_with_free_func((GDestroyNotify)leave);
    for (guint i = 0; i < CERTD_LIMIT_HANDSHAKES; i++)
        g_ptr_array_add(guests, come(seats, 2, i + 1));
    certd_seat_move(((Guest *)guests->pdata[5])->seat, CERTD_SEAT_WAITING);
    g_ptr_array_add(guests, come(seats, 2, 1000));
    for (guint i = 0; i < guests->len; i++)
        g_assert_false(had_to_go(guests->pdata[i]));
    check_counts(seats, CERTD_LIMIT_HANDSHAKES + 1, CERTD_LIMIT_HANDSHAKES);
}

/* As many as there may be, all carried but those at @waiting. */
static GPtrArray *fill(CertdSeats *seats, guint first_waiting, guint second_waiting)
{
    GPtrArray *guests = g_ptr_array_new_with_free_func((GDestroyNotify)leave);
    for (guint i = 0; i < CERTD_LIMIT_TLS_CONNECTIONS; i++) {
        Guest *guest = come(seats, i, i + 1);
        const gboolean waits = i == first_waiting || i == second_waiting;
        g_ptr_array_add(guests, guest);
        certd_seat_move(guest->seat, CERTD_SEAT_WAITING);
        certd_seat_move(guest->seat, waits ? CERTD_SEAT_WAITING : CERTD_SEAT_CARRIED);
    }
    return guests;
}

/* CERTD_LIMIT_TLS_CONNECTIONS: the one that has waited for longest goes, whoever came first. */
static void test_connections(void)
{
    g_autoptr(CertdSeats) seats = certd_seats_new();
    g_autoptr(GPtrArray) guests = fill(seats, 7, 300);
    check_counts(seats, CERTD_LIMIT_TLS_CONNECTIONS, 0);
    certd_seat_touch(((Guest *)guests->pdata[7])->seat, 5000);
    g_ptr_array_add(guests, come(seats, 9, 6000));
    for (guint i = 0; i < guests->len; i++)
        g_assert_cmpint(had_to_go(guests->pdata[i]), ==, i == 300);
    check_counts(seats, CERTD_LIMIT_TLS_CONNECTIONS, 1);
}

/* Where all are in use the next one has to come again. */
static void test_refused(void)
{
    g_autoptr(CertdSeats) seats = certd_seats_new();
    g_autoptr(GPtrArray) guests = fill(seats, G_MAXUINT, G_MAXUINT);
    Guest *late = come(seats, 9, 6000);
    g_assert_null(late->seat);
    leave(late);
    check_counts(seats, CERTD_LIMIT_TLS_CONNECTIONS, 0);
    g_ptr_array_remove_index(guests, 0);
    g_ptr_array_add(guests, come(seats, 9, 6001));
    g_assert_nonnull(((Guest *)guests->pdata[guests->len - 1])->seat);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tls/seats/handshakes", test_handshakes);
    g_test_add_func("/tls/seats/handshakes-through", test_handshakes_through);
    g_test_add_func("/tls/seats/connections", test_connections);
    g_test_add_func("/tls/seats/refused", test_refused);
    return g_test_run();
}
