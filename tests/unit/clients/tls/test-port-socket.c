/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A port hears both families, is closed for everybody who holds its socket, and can be opened again. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/port-socket.h"

/* Whether somebody listens on @port of loopback. */
static gboolean is_open(int family, guint16 port)
{
    const struct sockaddr_in four = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(fd, >=, 0);
    int r = family == AF_INET ? connect(fd, (const struct sockaddr *)&four, sizeof four)
                              : connect(fd, (const struct sockaddr *)&six, sizeof six);
    close(fd);
    return r == 0;
}

static void test_both_families(void) /* R62 */
{
    int fd = certd_port_socket_open(0);
    g_assert_cmpint(fd, >=, 0);
    const guint16 port = certd_port_socket_port(fd);
    g_assert_cmpuint(port, !=, 0);
    g_assert_true(is_open(AF_INET, port));
    if (is_open(AF_INET6, port) == FALSE)
        g_test_message("the machine has no IPv6");
    close(fd);
}

static void test_silenced(void) /* R62 */
{
    /* Only a port that was asked for by its number stays the socket's. */
    int free_now = certd_port_socket_open(0);
    const guint16 port = certd_port_socket_port(free_now);
    close(free_now);
    int fd = certd_port_socket_open(port);
    int other = dup(fd);
    certd_port_socket_silence(fd);
    g_assert_false(is_open(AF_INET, port));
    g_assert_true(certd_port_socket_listen(fd));
    g_assert_true(is_open(AF_INET, port));
    close(fd);
    close(other);
}

static void test_in_use(void)
{
    int fd = certd_port_socket_open(0);
    g_assert_cmpint(certd_port_socket_open(certd_port_socket_port(fd)), ==, -1);
    g_assert_cmpint(errno, ==, EADDRINUSE);
    close(fd);
}

static void test_no_port(void)
{
    int pair[2];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
    g_assert_cmpuint(certd_port_socket_port(pair[0]), ==, 0);
    close(pair[0]);
    close(pair[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tls/port-socket/both-families", test_both_families);
    g_test_add_func("/tls/port-socket/silenced", test_silenced);
    g_test_add_func("/tls/port-socket/in-use", test_in_use);
    g_test_add_func("/tls/port-socket/no-port", test_no_port);
    return g_test_run();
}
