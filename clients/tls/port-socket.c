/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One IPv6 socket hears both families. Where the kernel has no IPv6, an IPv4 one does.
 */
#include "tls/port-socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static gboolean set_flag(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

gboolean certd_port_socket_listen(int fd)
{
    return listen(fd, SOMAXCONN) == 0;
}

/* For those that are accepted: what is written is a whole piece of an answer. */
static gboolean prepare(int fd)
{
    return set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1) && set_flag(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static gboolean bind_six(int fd, guint16 port)
{
    const struct sockaddr_in6 address = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_ANY_INIT};
    return set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) &&
           bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

static gboolean bind_four(int fd, guint16 port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY)};
    return bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

static int open_family(int family, gboolean (*bind_to)(int fd, guint16 port), guint16 port)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (prepare(fd) && bind_to(fd, port) && certd_port_socket_listen(fd))
        return fd;
    const int problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

int certd_port_socket_open(guint16 port)
{
    int fd = open_family(AF_INET6, bind_six, port);
    if (fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
        fd = open_family(AF_INET, bind_four, port);
    return fd;
}

void certd_port_socket_silence(int fd)
{
    (void)shutdown(fd, SHUT_RDWR);
}

guint16 certd_port_socket_port(int fd)
{
    struct sockaddr_storage address = {0};
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    socklen_t length = sizeof address;
    if ((sd_is_socket_inet(fd, AF_INET, SOCK_STREAM, -1, 0) <= 0 &&
         sd_is_socket_inet(fd, AF_INET6, SOCK_STREAM, -1, 0) <= 0) ||
        getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return 0;
    if (address.ss_family == AF_INET) {
        memcpy(&four, &address, sizeof four);
        return ntohs(four.sin_port);
    }
    memcpy(&six, &address, sizeof six);
    return ntohs(six.sin6_port);
}
