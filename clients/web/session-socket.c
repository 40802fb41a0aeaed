/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One sign-in with certd-session. Its answer is not trusted more than needed: a packet that is not one of the words, or
 * comes with other descriptors than it should, is no answer.
 */
#include "web/session-socket.h"

#include <gio/gunixconnection.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "common/fd.h"
#include "model/names.h"
#include "model/web-limits.h"

#define ADDRESS_BYTES 64
#define PACKET_BYTES (CERTD_LIMIT_USER_NAME_BYTES + CERTD_LIMIT_PASSWORD_BYTES + ADDRESS_BYTES + 2)
#define WORD_BYTES 32
/* More than one is wrong, and has to be seen and closed. */
#define FDS_MAX 4

static const char *const words[CERTD_SIGN_IN_COUNT_] = {
    [CERTD_SIGN_IN_OK] = "ok",
    [CERTD_SIGN_IN_REFUSED] = "refused",
    [CERTD_SIGN_IN_ACCOUNT_EXPIRED] = "account-expired",
    [CERTD_SIGN_IN_PASSWORD_EXPIRED] = "password-expired",
    [CERTD_SIGN_IN_UNAVAILABLE] = "unavailable",
};

const char *certd_sign_in_word(CertdSignIn result)
{
    return words[result];
}

/* The time that is left until @deadline (monotonic) for the next call on the socket; FALSE: none. */
static gboolean set_timeout(int fd, gint64 deadline)
{
    gint64 left = deadline - g_get_monotonic_time();
    if (left <= 0)
        return FALSE;
    struct timeval timeout = {.tv_sec = left / G_USEC_PER_SEC, .tv_usec = left % G_USEC_PER_SEC};
    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) == 0;
}

static int open_socket(const char *path, gint64 deadline)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path, strlen(path));
    CERTD_AUTO_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 || !set_timeout(fd, deadline) ||
        connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return -1;
    int connected = fd;
    fd = -1;
    return connected;
}

/* "user\0password\0address", in memory that is wiped. */
static gboolean send_packet(int fd, const char *user, const char *password, const char *address)
{
    char packet[PACKET_BYTES];
    const char *const parts[] = {user, password, address};
    const gsize limits[] = {CERTD_LIMIT_USER_NAME_BYTES, CERTD_LIMIT_PASSWORD_BYTES, ADDRESS_BYTES};
    gsize size = 0;
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        gsize length = strlen(parts[i]);
        if (length > limits[i]) {
            explicit_bzero(packet, sizeof packet);
            return FALSE;
        }
        if (i > 0)
            packet[size++] = '\0';
        memcpy(packet + size, parts[i], length);
        size += length;
    }
    gssize sent;
    do {
        sent = send(fd, packet, size, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    explicit_bzero(packet, sizeof packet);
    return sent == (gssize)size;
}

/* The descriptors that came with @message. */
static guint take_fds(struct msghdr *message, int fds[FDS_MAX])
{
    guint n_fds = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        n_fds = (guint)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(fds, CMSG_DATA(c), n_fds * sizeof(int));
    }
    return n_fds;
}

/* The answer, and the one descriptor that belongs to it, else -1. */
static CertdSignIn receive_answer(int fd, int *connection)
{
    char word[WORD_BYTES];
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
    } control;
    struct iovec part = {word, sizeof word};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    gssize size;
    do {
        size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size <= 0)
        return CERTD_SIGN_IN_UNAVAILABLE;

    int fds[FDS_MAX];
    guint n_fds = take_fds(&message, fds);
    gboolean whole = !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC));
    for (int result = 0; whole && result < CERTD_SIGN_IN_COUNT_; result++) {
        if ((gsize)size != strlen(words[result]) || memcmp(word, words[result], (gsize)size) != 0)
            continue;
        if (n_fds != (result == CERTD_SIGN_IN_OK ? 1 : 0))
            break;
        if (n_fds == 1)
            *connection = fds[0];
        return (CertdSignIn)result;
    }
    for (guint i = 0; i < n_fds; i++)
        (void)g_close(fds[i], NULL);
    return CERTD_SIGN_IN_UNAVAILABLE;
}

static gboolean on_deadline(void *data)
{
    g_cancellable_cancel(data);
    return G_SOURCE_REMOVE;
}

/* Whether the other end answers; what, does not matter. sd-bus ends a connection on which a message with a descriptor comes
 * in one piece with the end of the handshake: nothing else is sent before. */
static gboolean ping(GDBusConnection *connection, gint64 deadline, GCancellable *cancellable)
{
    g_autoptr(GError) error = NULL;
    gint64 left = (deadline - g_get_monotonic_time()) / 1000;
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
        connection, CERTD_BUS_NAME, CERTD_PATH_MANAGER, "org.freedesktop.DBus.Peer", "Ping", NULL,
        NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, (int)MAX(left, 1), cancellable, &error);
    return reply || g_dbus_error_is_remote_error(error);
}

/* The D-Bus connection over @fd, which is taken; NULL where the other end does not speak it before @deadline. */
static GDBusConnection *open_connection(int fd, gint64 deadline)
{
    g_autoptr(GSocket) socket = g_socket_new_from_fd(fd, NULL);
    if (!socket) {
        (void)g_close(fd, NULL);
        return NULL;
    }
    if (g_socket_get_family(socket) != G_SOCKET_FAMILY_UNIX ||
        g_socket_get_socket_type(socket) != G_SOCKET_TYPE_STREAM)
        return NULL;

    /* A timeout of the socket would last, so that the deadline is the main loop's. */
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    gint64 left = MAX(deadline - g_get_monotonic_time(), 0);
    g_autoptr(GSource) timer = g_timeout_source_new((guint)(left / 1000));
    g_source_set_callback(timer, on_deadline, g_object_ref(cancellable), g_object_unref);
    (void)g_source_attach(timer, NULL);
    g_autoptr(GSocketConnection) stream = g_socket_connection_factory_create_connection(socket);
    g_autoptr(GDBusConnection) connection = g_dbus_connection_new_sync(
        G_IO_STREAM(stream), NULL, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, cancellable,
        NULL);
    if (connection)
        g_dbus_connection_set_exit_on_close(connection, FALSE);
    gboolean good = connection && ping(connection, deadline, cancellable);
    g_source_destroy(timer);
    if (connection && !good)
        (void)g_dbus_connection_close_sync(connection, NULL, NULL);
    return good ? g_steal_pointer(&connection) : NULL;
}

CertdSignIn certd_session_socket_ask(const char *path, const char *user, const char *password,
                                     const char *address, gint64 timeout_usec,
                                     GDBusConnection **connection)
{
    gint64 deadline = g_get_monotonic_time() + timeout_usec;
    CERTD_AUTO_FD int fd = open_socket(path, deadline);
    if (fd < 0 || !send_packet(fd, user, password, address) || !set_timeout(fd, deadline))
        return CERTD_SIGN_IN_UNAVAILABLE;
    int stream = -1;
    CertdSignIn result = receive_answer(fd, &stream);
    if (result != CERTD_SIGN_IN_OK)
        return result;
    GDBusConnection *opened = open_connection(stream, deadline);
    if (!opened)
        return CERTD_SIGN_IN_UNAVAILABLE;
    *connection = opened;
    return CERTD_SIGN_IN_OK;
}
