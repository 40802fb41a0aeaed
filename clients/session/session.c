/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * certd-session: one user's sign-in on the web, and then that user's way to certd. It starts as root, for PAM, with a
 * connection of certd-web's; what it may not do as the user it has given up before it reads a second byte from there.
 */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <syslog.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "common/fd.h"
#include "model/text.h"
#include "model/web-limits.h"
#include "session/become.h"
#include "session/carry.h"
#include "session/request.h"
#include "session/sign-in.h"

/* Where certd-web's connection is, whoever gave it: SD_LISTEN_FDS_START. */
#define WEB_FD SD_LISTEN_FDS_START
/* Not from the environment, of which nothing is taken. */
#define BUS_ADDRESS "unix:path=/run/dbus/system_bus_socket"

typedef struct {
    sd_event *event;
    sd_bus *bus;
    CertdCarry *carry;
    int peer; /* the end that certd-web gets */
} Session;

/* The password lies here and in PAM alone. */
static char packet[CERTD_SIGN_IN_PACKET_BYTES + 1];

static void session_clear(Session *session)
{
    g_clear_pointer(&session->carry, certd_carry_free);
    session->bus = sd_bus_close_unref(session->bus);
    session->event = sd_event_unref(session->event);
    certd_fd_clear(&session->peer);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Session, session_clear)

/* A line of the journal, see sd-daemon(3). */
static void say(int priority, const char *text)
{
    fprintf(stderr, "<%i>certd-session: %s\n", priority, text);
}

/* PAM or the bus hangs. */
static void on_alarm(int number)
{
    static const char word[] = "unavailable";
    (void)send(WEB_FD, word, sizeof word - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    _exit(EXIT_FAILURE);
}

/* The connection to WEB_FD, and nothing as standard input. */
static gboolean take_connection(void)
{
    int n = sd_listen_fds(TRUE);
    int given = n == 1 ? SD_LISTEN_FDS_START : STDIN_FILENO;
    if (n < 0 || n > 1 || sd_is_socket(given, AF_UNIX, SOCK_SEQPACKET, FALSE) <= 0)
        return FALSE;
    if (given != WEB_FD && dup2(given, WEB_FD) < 0)
        return FALSE;
    CERTD_AUTO_FD int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return null >= 0 && dup2(null, STDIN_FILENO) == STDIN_FILENO;
}

/* The packet's length, or -1 where none comes in time. */
static ssize_t receive(void)
{
    struct pollfd poller = {.fd = WEB_FD, .events = POLLIN};
    if (poll(&poller, 1, (int)CERTD_LIMIT_SESSION_PACKET_SECONDS * 1000) <= 0)
        return -1;
    return recv(WEB_FD, packet, sizeof packet - 1, MSG_TRUNC | MSG_DONTWAIT);
}

/* Tells certd-web @result, and hands it @peer where that is a descriptor. */
static gboolean answer(CertdSignIn result, int peer)
{
    const char *word = certd_sign_in_word(result);
    struct iovec content = {.iov_base = (void *)word, .iov_len = strlen(word)};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1};
    if (peer >= 0) {
        control.header = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof peer), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.header), &peer, sizeof peer);
        message.msg_control = &control;
        message.msg_controllen = sizeof control.space;
    }
    return sendmsg(WEB_FD, &message, MSG_NOSIGNAL) >= 0;
}

/* One line for each sign-in. The name of somebody who does not exist may be a password in the wrong field. */
static void tell(CertdSignIn result, const CertdAccount *account, const char *address)
{
    g_autofree char *name =
        account->name != NULL ? certd_text_quote(account->name) : g_strdup("(unknown user)");
    g_autofree char *text = result == CERTD_SIGN_IN_OK
                                ? g_strdup_printf("%s has signed in from %s", name, address)
                                : g_strdup_printf("Sign-in of %s from %s: %s (%s)", name, address,
                                                  certd_sign_in_word(result), account->reason);
    say(result == CERTD_SIGN_IN_OK ? LOG_INFO : LOG_NOTICE, text);
}

/* Reads the packet and asks PAM. Nothing of the password is left here then. */
static CertdSignIn sign_in(CertdAccount *account)
{
    CertdSignInRequest request;
    CertdSignIn result = CERTD_SIGN_IN_REFUSED;
    (void)mlock(packet, sizeof packet);
    (void)madvise(packet, sizeof packet, MADV_DONTDUMP);
    ssize_t length = receive();
    if (length >= 0 && certd_sign_in_request_parse(packet, (size_t)length, &request)) {
        result = certd_sign_in(&request, account);
        tell(result, account, request.address);
    } else {
        say(LOG_NOTICE, "What certd-web sent is no sign-in, or did not come in time");
    }
    explicit_bzero(packet, sizeof packet);
    return result;
}

/* The user's own connection to the bus, with its unique name. 0 or a negative errno. */
static int connect_bus(sd_bus **bus)
{
    const char *name;
    int r = sd_bus_new(bus);
    if (r >= 0)
        r = sd_bus_set_address(*bus, BUS_ADDRESS);
    if (r >= 0)
        r = sd_bus_set_bus_client(*bus, TRUE);
    if (r >= 0)
        r = sd_bus_negotiate_fds(*bus, TRUE);
    if (r >= 0)
        r = sd_bus_start(*bus);
    return r < 0 ? r : sd_bus_get_unique_name(*bus, &name);
}

static guint64 now_usec(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (guint64)now.tv_sec * G_USEC_PER_SEC + (guint64)now.tv_nsec / 1000;
}

/* As the user: the event loop with both connections, and the end of the session. */
static gboolean open_session(guint64 signed_in, Session *session, GError **error)
{
    int pair[2];
    int r = connect_bus(&session->bus);
    if (r >= 0)
        r = sd_event_new(&session->event);
    if (r >= 0)
        r = sd_event_add_time(session->event, NULL, CLOCK_BOOTTIME,
                              signed_in + CERTD_LIMIT_WEB_SESSION_SECONDS * G_USEC_PER_SEC,
                              G_USEC_PER_SEC, NULL, NULL);
    if (r >= 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        r = -errno;
    if (r < 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-r),
                    "The user's connection to the bus can't be made: %s", g_strerror(-r));
        return FALSE;
    }
    session->peer = pair[0];
    session->carry = certd_carry_new(session->event, session->bus, pair[1], signed_in, error);
    return session->carry != NULL;
}

/* From the packet to the end of the session; the exit status. */
static int run(void)
{
    g_auto(CertdAccount) account = {0};
    g_auto(Session) session = {.peer = -1};
    g_autoptr(GError) error = NULL;
    CertdSignIn result = sign_in(&account);
    guint64 signed_in = now_usec();
    if (result != CERTD_SIGN_IN_OK)
        return answer(result, -1) ? EXIT_SUCCESS : EXIT_FAILURE;
    /* What PAM's modules have opened. */
    if (!certd_become_nobodys(WEB_FD, &error) || !certd_become(&account, &error) ||
        !open_session(signed_in, &session, &error)) {
        say(LOG_ERR, error->message);
        (void)answer(CERTD_SIGN_IN_UNAVAILABLE, -1);
        return EXIT_FAILURE;
    }
    if (!answer(CERTD_SIGN_IN_OK, session.peer))
        return EXIT_FAILURE;
    alarm(0);
    certd_fd_clear(&session.peer);
    session.peer = -1;
    (void)g_close(WEB_FD, NULL);
    /* However it ends, with the peer or with the bus, that is a session's end. */
    (void)sd_event_loop(session.event);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    if (argc != 1 || geteuid() != 0 || !take_connection()) {
        say(LOG_ERR, "certd-session is started by certd-session.socket alone: as root, without "
                     "arguments, with a connection");
        return EXIT_FAILURE;
    }
    if (!certd_become_nobodys(WEB_FD, &error)) {
        say(LOG_ERR, error->message);
        return EXIT_FAILURE;
    }
    (void)signal(SIGALRM, on_alarm);
    (void)signal(SIGPIPE, SIG_IGN);
    alarm(CERTD_LIMIT_SIGN_IN_SECONDS);
    return run();
}
