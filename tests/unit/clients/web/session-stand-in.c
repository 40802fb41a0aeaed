/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session-stand-in.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PACKET_BYTES 4096
#define FDS_MAX 2

struct StandIn {
    char *directory;
    char *path;
    int listener;
    GThread *thread;
    GThreadPool *pool; /* one each connection: those that are held do not hold up the others */
    GMutex lock;
    GCond changed;
    StandInManner manner;
    guint allowed;
    guint asked;
    guint waiting;
    guint opening; /* connections whose handshake is under way */
    gboolean ended;
    GBytes *packet;
    char *first; /* the member of the last connection's first message */
    GPtrArray *served;
};

static void send_answer(int fd, const char *word, const int *fds, guint n_fds)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
    } control = {0};
    struct iovec part = {(char *)word, strlen(word)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (n_fds > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(header), fds, n_fds * sizeof(int));
    }
    (void)sendmsg(fd, &message, MSG_NOSIGNAL);
}

/* Notes what comes first, and lets go on what comes, unless the stand-in is deaf. In the connection's thread. */
static GDBusMessage *on_message(GDBusConnection *bus, GDBusMessage *message, gboolean incoming,
                                void *data)
{
    StandIn *stand_in = data;
    if (!incoming)
        return message;
    g_mutex_lock(&stand_in->lock);
    if (!stand_in->first)
        stand_in->first = g_strdup(g_dbus_message_get_member(message));
    gboolean deaf = stand_in->manner == STAND_IN_DEAF;
    g_mutex_unlock(&stand_in->lock);
    if (deaf)
        g_clear_object(&message);
    return message;
}

/* "ok", and a D-Bus server at the other end of what comes with it. */
static void serve(StandIn *stand_in, int fd, gboolean mute)
{
    int ends[2];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
    g_mutex_lock(&stand_in->lock);
    stand_in->opening++;
    g_clear_pointer(&stand_in->first, g_free);
    g_mutex_unlock(&stand_in->lock);
    send_answer(fd, "ok", &ends[0], 1);
    close(ends[0]);
    g_autoptr(GSocket) socket = g_socket_new_from_fd(ends[1], NULL);
    g_autoptr(GSocketConnection) stream = g_socket_connection_factory_create_connection(socket);
    GObject *served = G_OBJECT(g_object_ref(stream));
    if (!mute) {
        g_autofree char *guid = g_dbus_generate_guid();
        GDBusConnection *bus =
            g_dbus_connection_new_sync(G_IO_STREAM(stream), guid,
                                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                                           G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
                                       NULL, NULL, NULL);
        if (bus) {
            (void)g_dbus_connection_add_filter(bus, on_message, stand_in, NULL);
            g_dbus_connection_start_message_processing(bus);
        }
        g_object_unref(served);
        served = bus ? G_OBJECT(bus) : NULL;
    }
    g_mutex_lock(&stand_in->lock);
    if (served)
        g_ptr_array_add(stand_in->served, served);
    stand_in->opening--;
    g_cond_broadcast(&stand_in->changed);
    g_mutex_unlock(&stand_in->lock);
}

static void answer_by_name(StandIn *stand_in, int fd, const char *packet, gsize size)
{
    static const struct {
        const char *user;
        const char *word;
    } words[] = {
        {"expired", "account-expired"},
        {"old-password", "password-expired"},
        {"out-of-order", "unavailable"},
    };
    const char *password = packet + strlen(packet) + 1;
    if (strlen(packet) + 1 >= size || !g_str_equal(password, STAND_IN_PASSWORD)) {
        send_answer(fd, "refused", NULL, 0);
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_str_equal(words[i].user, packet)) {
            send_answer(fd, words[i].word, NULL, 0);
            return;
        }
    }
    serve(stand_in, fd, FALSE);
}

static void answer(StandIn *stand_in, StandInManner manner, int fd, const char *packet, gsize size)
{
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int files[FDS_MAX] = {file, file};
    char byte;
    switch (manner) {
    case STAND_IN_HELD:
    case STAND_IN_DEAF:
    case STAND_IN_BY_NAME:
        answer_by_name(stand_in, fd, packet, size);
        break;
    case STAND_IN_SILENT:
        (void)recv(fd, &byte, 1, 0); /* until who asked has gone */
        break;
    case STAND_IN_CLOSES:
        break;
    case STAND_IN_NONSENSE:
        send_answer(fd, "okay", NULL, 0);
        break;
    case STAND_IN_TOO_LONG:
        send_answer(fd, "refused, and there is far more to say of that", NULL, 0);
        break;
    case STAND_IN_OK_WITHOUT_FD:
        send_answer(fd, "ok", NULL, 0);
        break;
    case STAND_IN_OK_WITH_TWO:
        send_answer(fd, "ok", files, 2);
        break;
    case STAND_IN_OK_WITH_FILE:
        send_answer(fd, "ok", files, 1);
        break;
    case STAND_IN_REFUSED_WITH_FD:
        send_answer(fd, "refused", files, 1);
        break;
    case STAND_IN_MUTE:
        serve(stand_in, fd, TRUE);
        break;
    }
    close(file);
}

/* Counts who asks, and holds them where that is wanted; TRUE: answer. */
static gboolean hold(StandIn *stand_in, const char *packet, gsize size, StandInManner *manner)
{
    g_mutex_lock(&stand_in->lock);
    stand_in->asked++;
    stand_in->waiting++;
    g_clear_pointer(&stand_in->packet, g_bytes_unref);
    stand_in->packet = g_bytes_new(packet, size);
    *manner = stand_in->manner;
    g_cond_broadcast(&stand_in->changed);
    while (*manner == STAND_IN_HELD && stand_in->allowed == 0 && !stand_in->ended)
        g_cond_wait(&stand_in->changed, &stand_in->lock);
    if (*manner == STAND_IN_HELD && stand_in->allowed > 0)
        stand_in->allowed--;
    stand_in->waiting--;
    gboolean go_on = !stand_in->ended;
    g_mutex_unlock(&stand_in->lock);
    return go_on;
}

static void on_connection(void *data, void *userdata)
{
    StandIn *stand_in = userdata;
    int fd = GPOINTER_TO_INT(data);
    char packet[PACKET_BYTES + 1];
    gssize size = recv(fd, packet, PACKET_BYTES, 0);
    StandInManner manner;
    if (size > 0) {
        packet[size] = '\0';
        if (hold(stand_in, packet, (gsize)size, &manner))
            answer(stand_in, manner, fd, packet, (gsize)size);
    }
    close(fd);
}

static void *accept_all(void *data)
{
    StandIn *stand_in = data;
    for (;;) {
        int fd = accept4(stand_in->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            return NULL; /* the socket was shut down */
        g_thread_pool_push(stand_in->pool, GINT_TO_POINTER(fd), NULL);
    }
}

StandIn *stand_in_new(void)
{
    StandIn *stand_in = g_new0(StandIn, 1);
    stand_in->directory = g_dir_make_tmp("certd-session-XXXXXX", NULL);
    g_assert_nonnull(stand_in->directory);
    stand_in->path = g_build_filename(stand_in->directory, "session.sock", NULL);
    stand_in->served = g_ptr_array_new_with_free_func(g_object_unref);
    g_mutex_init(&stand_in->lock);
    g_cond_init(&stand_in->changed);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, stand_in->path, sizeof address.sun_path);
    stand_in->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(stand_in->listener, (const struct sockaddr *)&address, sizeof address), ==,
                    0);
    g_assert_cmpint(listen(stand_in->listener, 64), ==, 0);
    stand_in->pool = g_thread_pool_new(on_connection, stand_in, -1, FALSE, NULL);
    stand_in->thread = g_thread_new("stand-in", accept_all, stand_in);
    return stand_in;
}

void stand_in_free(StandIn *stand_in)
{
    g_mutex_lock(&stand_in->lock);
    stand_in->ended = TRUE;
    g_cond_broadcast(&stand_in->changed);
    g_mutex_unlock(&stand_in->lock);
    (void)shutdown(stand_in->listener, SHUT_RDWR);
    g_thread_join(stand_in->thread);
    g_thread_pool_free(stand_in->pool, FALSE, TRUE);
    stand_in_end_all(stand_in);
    g_ptr_array_unref(stand_in->served);
    close(stand_in->listener);
    (void)g_unlink(stand_in->path);
    (void)g_rmdir(stand_in->directory);
    g_clear_pointer(&stand_in->packet, g_bytes_unref);
    g_free(stand_in->first);
    g_mutex_clear(&stand_in->lock);
    g_cond_clear(&stand_in->changed);
    g_free(stand_in->directory);
    g_free(stand_in->path);
    g_free(stand_in);
}

const char *stand_in_path(const StandIn *stand_in)
{
    return stand_in->path;
}

void stand_in_set_manner(StandIn *stand_in, StandInManner manner)
{
    g_mutex_lock(&stand_in->lock);
    stand_in->manner = manner;
    g_mutex_unlock(&stand_in->lock);
}

void stand_in_let(StandIn *stand_in)
{
    g_mutex_lock(&stand_in->lock);
    stand_in->allowed++;
    g_cond_broadcast(&stand_in->changed);
    g_mutex_unlock(&stand_in->lock);
}

guint stand_in_asked(StandIn *stand_in)
{
    g_mutex_lock(&stand_in->lock);
    guint asked = stand_in->asked;
    g_mutex_unlock(&stand_in->lock);
    return asked;
}

guint stand_in_waiting(StandIn *stand_in)
{
    g_mutex_lock(&stand_in->lock);
    guint waiting = stand_in->waiting;
    g_mutex_unlock(&stand_in->lock);
    return waiting;
}

GBytes *stand_in_packet(StandIn *stand_in)
{
    g_mutex_lock(&stand_in->lock);
    GBytes *packet = stand_in->packet ? g_bytes_ref(stand_in->packet) : NULL;
    g_mutex_unlock(&stand_in->lock);
    return packet;
}

char *stand_in_first(StandIn *stand_in)
{
    g_mutex_lock(&stand_in->lock);
    char *first = g_strdup(stand_in->first);
    g_mutex_unlock(&stand_in->lock);
    return first;
}

guint stand_in_serves(StandIn *stand_in)
{
    guint serves = 0;
    g_mutex_lock(&stand_in->lock);
    for (guint i = 0; i < stand_in->served->len; i++) {
        GObject *served = stand_in->served->pdata[i];
        serves +=
            G_IS_DBUS_CONNECTION(served) && !g_dbus_connection_is_closed(G_DBUS_CONNECTION(served));
    }
    g_mutex_unlock(&stand_in->lock);
    return serves;
}

void stand_in_end_all(StandIn *stand_in)
{
    g_mutex_lock(&stand_in->lock);
    while (stand_in->opening > 0)
        g_cond_wait(&stand_in->changed, &stand_in->lock);
    for (guint i = 0; i < stand_in->served->len; i++) {
        GObject *served = stand_in->served->pdata[i];
        if (G_IS_DBUS_CONNECTION(served))
            (void)g_dbus_connection_close_sync(G_DBUS_CONNECTION(served), NULL, NULL);
    }
    g_mutex_unlock(&stand_in->lock);
}
