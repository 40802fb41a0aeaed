/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long a connection may last in each stage, and how much is kept of what a side does not take: at each limit, and
 * one beyond it. The plain port's, whose bytes both ends can count. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tls/connection-private.h"

#define SECOND ((guint64)G_USEC_PER_SEC)

typedef struct {
    CertdConnectionHost host;
    CertdSeats *seats;
    char *folder;
    char *path;
    int listener; /* certd-web's */
    int client;
    int web; /* certd-web's end; -1: not yet */
} Fixture;

static void fixture_begin(Fixture *f)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int pair[2];
    memset(f, 0, sizeof *f);
    f->folder = g_dir_make_tmp("certd-tls-XXXXXX", NULL);
    f->path = g_build_filename(f->folder, "web.sock", NULL);
    g_strlcpy(address.sun_path, f->path, sizeof address.sun_path);
    f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(f->listener, (const struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(f->listener, 4), ==, 0);
    g_assert_cmpint(sd_event_new(&f->host.event), >=, 0);
    f->host.web_socket = f->path;
    f->seats = certd_seats_new();
    f->web = -1;
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==,
                    0);
    f->client = pair[1];
    CertdArrival arrival = {.fd = pair[0], .https_port = 443};
    arrival.client.ss_family = arrival.server.ss_family = AF_INET;
    arrival.seat = certd_seats_take(f->seats, pair[0], &arrival.client, 1);
    certd_connection_begin(&f->host, &arrival);
}

static void fixture_end(Fixture *f)
{
    while (f->host.connections.head != NULL)
        certd_connection_free(f->host.connections.head->data);
    sd_event_unref(f->host.event);
    certd_seats_free(f->seats);
    close(f->client);
    if (f->web >= 0)
        close(f->web);
    close(f->listener);
    (void)g_unlink(f->path);
    (void)g_rmdir(f->folder);
    g_free(f->path);
    g_free(f->folder);
}

/* The one connection, which must be there. */
static CertdConnection *connection_of(Fixture *f)
{
    return f->host.connections.head->data;
}

static gboolean is_over(Fixture *f)
{
    return f->host.connections.length == 0;
}

/* Until nothing happens any more. */
static void settle(Fixture *f)
{
    while (sd_event_run(f->host.event, 0) > 0)
        continue;
}

static void on_web(int problem, void *userdata)
{
    g_assert_cmpint(problem, ==, 0);
}

/* The client has sent something, and certd-web has it behind the header. */
static void carry(Fixture *f)
{
    char bytes[CERTD_LIMIT_PROXY_BYTES];
    f->host.web = on_web;
    g_assert_cmpint(send(f->client, "x", 1, 0), ==, 1);
    settle(f);
    g_assert_cmpint(connection_of(f)->stage, ==, CERTD_STAGE_CARRY);
    f->web = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    g_assert_cmpint(f->web, >=, 0);
    g_assert_cmpint(recv(f->web, bytes, sizeof bytes, 0), >, 16);
}

/* It is there just before @limit seconds after @begun, and over then. */
static void check_deadline(Fixture *f, guint64 begun, guint limit)
{
    certd_connection_tick(connection_of(f), begun + limit * SECOND - 1);
    g_assert_false(is_over(f));
    certd_connection_tick(connection_of(f), begun + limit * SECOND);
    g_assert_true(is_over(f));
}

/* CERTD_LIMIT_HANDSHAKE_SECONDS */
static void test_first_bytes(void)
{
    __attribute__((cleanup(fixture_end))) Fixture f;
    fixture_begin(&f);
    settle(&f);
    check_deadline(&f, connection_of(&f)->begun, CERTD_LIMIT_HANDSHAKE_SECONDS);
}

/* CERTD_LIMIT_TLS_IDLE_SECONDS */
static void test_idle(void)
{
    __attribute__((cleanup(fixture_end))) Fixture f;
    fixture_begin(&f);
    carry(&f);
    check_deadline(&f, connection_of(&f)->active, CERTD_LIMIT_TLS_IDLE_SECONDS);
}

/* As much as @fd takes, which carries to another side that does not read. */
static void fill(Fixture *f, int fd)
{
    char bytes[CERTD_RECORD_BYTES] = {0};
    ssize_t sent;
    do {
        sent = send(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
        settle(f);
    } while (sent > 0);
    g_assert_cmpint(errno, ==, EAGAIN);
}

/* CERTD_LIMIT_TLS_WRITE_SECONDS and CERTD_LIMIT_TLS_BUFFER_BYTES, of a client that does not read. */
static void test_client_takes_nothing(void)
{
    __attribute__((cleanup(fixture_end))) Fixture f;
    fixture_begin(&f);
    carry(&f);
    fill(&f, f.web);
    const CertdConnection *connection = connection_of(&f);
    g_assert_true(certd_client_waits(connection));
    g_assert_cmpuint(connection->down.length, <=, CERTD_LIMIT_TLS_BUFFER_BYTES);
    check_deadline(&f, connection->taken, CERTD_LIMIT_TLS_WRITE_SECONDS);
}

/* The same of a certd-web that does not. */
static void test_web_takes_nothing(void)
{
    __attribute__((cleanup(fixture_end))) Fixture f;
    fixture_begin(&f);
    carry(&f);
    fill(&f, f.client);
    const CertdConnection *connection = connection_of(&f);
    g_assert_nonnull(connection->up.data);
    g_assert_cmpuint(connection->up.length, <=, CERTD_LIMIT_TLS_BUFFER_BYTES);
    check_deadline(&f, connection->taken, CERTD_LIMIT_TLS_WRITE_SECONDS);
}

/* Reads all that there is; the bytes. */
static gsize drain(Fixture *f, int fd)
{
    char bytes[CERTD_RECORD_BYTES];
    gsize all = 0;
    ssize_t got;
    while ((got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
        all += (gsize)got;
        settle(f);
    }
    return all;
}

/* A client that has said all still gets its answer, and nothing of it is lost on the way. */
static void test_half_closed(void)
{
    const gsize size = 40000;
    g_autofree char *answer = g_strnfill(size, 'a');
    __attribute__((cleanup(fixture_end))) Fixture f;
    char byte;
    fixture_begin(&f);
    carry(&f);
    g_assert_cmpint(shutdown(f.client, SHUT_WR), ==, 0);
    settle(&f);
    g_assert_cmpint(recv(f.web, &byte, 1, MSG_DONTWAIT), ==, 0);
    g_assert_cmpint(send(f.web, answer, size, 0), ==, (ssize_t)size);
    close(f.web);
    f.web = -1;
    settle(&f);
    g_assert_cmpuint(drain(&f, f.client), ==, size);
    g_assert_cmpint(recv(f.client, &byte, 1, MSG_DONTWAIT), ==, 0);
    g_assert_true(is_over(&f));
}

/* A client that does not end after certd-web has: its time is CERTD_LIMIT_TLS_WRITE_SECONDS too. */
static void test_client_stays(void)
{
    __attribute__((cleanup(fixture_end))) Fixture f;
    fixture_begin(&f);
    carry(&f);
    close(f.web);
    f.web = -1;
    settle(&f);
    g_assert_cmpint(connection_of(&f)->stage, ==, CERTD_STAGE_END);
    check_deadline(&f, connection_of(&f)->begun, CERTD_LIMIT_TLS_WRITE_SECONDS);
}

/* CERTD_LIMIT_TLS_WARNINGS */
static void test_warnings(void)
{
    CertdConnection connection = {0};
    for (guint i = 0; i < CERTD_LIMIT_TLS_WARNINGS; i++)
        g_assert_true(certd_client_may_warn(&connection, GNUTLS_E_WARNING_ALERT_RECEIVED));
    g_assert_false(certd_client_may_warn(&connection, GNUTLS_E_WARNING_ALERT_RECEIVED));
    connection.warnings = 0;
    g_assert_false(certd_client_may_warn(&connection, GNUTLS_E_FATAL_ALERT_RECEIVED));
    g_assert_false(certd_client_may_warn(&connection, GNUTLS_E_AGAIN));
    g_assert_cmpuint(connection.warnings, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tls/connection/first-bytes", test_first_bytes);
    g_test_add_func("/tls/connection/idle", test_idle);
    g_test_add_func("/tls/connection/client-takes-nothing", test_client_takes_nothing);
    g_test_add_func("/tls/connection/web-takes-nothing", test_web_takes_nothing);
    g_test_add_func("/tls/connection/half-closed", test_half_closed);
    g_test_add_func("/tls/connection/client-stays", test_client_stays);
    g_test_add_func("/tls/connection/warnings", test_warnings);
    return g_test_run();
}
