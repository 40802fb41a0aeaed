/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The credential socket's server: who gets what, who gets nothing, and that nobody keeps others waiting. */
#include "socket/credential-server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "model/error.h"
#include "model/limits.h"

#define SHORT_USEC (200u * 1000u)
#define TURN_USEC (20u * 1000u)
#define DEADLINE_USEC (20 * G_USEC_PER_SEC)

typedef struct {
    sd_event *event;
    struct sockaddr_un address; /* of the server; abstract */
    socklen_t address_size;
    CertdCredentialServer *server;
    CertdCredentialHooks hooks;
    /* What the hooks do. */
    const char *unit_of_all; /* whom every process is of; NULL: nobody knows */
    gboolean holds;          /* answers wait in held */
    CertdError fails;        /* CERTD_ERROR_COUNT_: not */
    CertdError fails_later;  /* the same, of the answer */
    size_t size;             /* of what is opened */
    GQueue held;             /* connections that wait for it */
    GString *opened;         /* "unit id " each */
    GString *refused;        /* "object|unit|uid|error " each */
    guint proofs;
    CertdCredentialDone done;
} Side;

static int make_memfd(size_t size)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    g_autofree char *bytes = g_strnfill(size, 'k');
    g_assert_cmpint(write(fd, bytes, size), ==, (ssize_t)size);
    return fd;
}

static void answer(Side *side, void *connection)
{
    int fd = make_memfd(side->size);
    g_autoptr(GError) error = side->fails_later != CERTD_ERROR_COUNT_
                                  ? g_error_new(CERTD_ERROR, (int)side->fails_later, "later")
                                  : NULL;
    side->done(error == NULL ? fd : -1, 7, error, connection);
    close(fd);
}

static gboolean hook_open(void *userdata, const CertdCaller *caller, const char *unit,
                          const char *id, CertdCredentialDone done, void *connection,
                          GError **error)
{
    Side *side = userdata;
    g_assert_cmpuint(caller->uid, ==, getuid());
    g_assert_cmpstr(caller->unit, ==, unit);
    g_string_append_printf(side->opened, "%s %s ", unit, id);
    side->done = done;
    if (side->fails != CERTD_ERROR_COUNT_) {
        g_set_error(error, CERTD_ERROR, (int)side->fails, "at once");
        return FALSE;
    }
    if (side->holds)
        g_queue_push_tail(&side->held, connection);
    else
        answer(side, connection);
    return TRUE;
}

static void hook_prove(void *userdata, guint32 pid, CertdCredentialProven done, void *connection)
{
    Side *side = userdata;
    g_assert_cmpuint(pid, ==, (guint32)getpid());
    side->proofs++;
    done(side->unit_of_all, connection);
}

static void hook_refuse(void *userdata, const CertdCaller *caller, const char *object,
                        const GError *why)
{
    Side *side = userdata;
    g_assert_cmpuint(caller->uid, ==, getuid());
    g_string_append_printf(side->refused, "%s|%s|%s ", object, caller->unit,
                           certd_error_dbus_name((CertdError)why->code));
}

static void begin(Side *side)
{
    g_autoptr(GError) error = NULL;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    side->address.sun_family = AF_UNIX;
    /* The kernel chooses an abstract address. */
    g_assert_cmpint(bind(listener, (struct sockaddr *)&side->address, sizeof(sa_family_t)), ==, 0);
    side->address_size = sizeof side->address;
    g_assert_cmpint(getsockname(listener, (struct sockaddr *)&side->address, &side->address_size),
                    ==, 0);
    g_assert_cmpint(listen(listener, SOMAXCONN), ==, 0);
    side->server = certd_credential_server_new(side->event, listener, &side->hooks, &error);
    g_assert_no_error(error);
}

static void set_up(Side *side, const void *data)
{
    g_assert_cmpint(sd_event_new(&side->event), >=, 0);
    side->hooks = (CertdCredentialHooks){
        .prove = hook_prove,
        .open = hook_open,
        .refuse = hook_refuse,
        .userdata = side,
        .manager_uid = getuid(),
        .usec = DEADLINE_USEC,
    };
    side->unit_of_all = "web.service";
    side->fails = side->fails_later = CERTD_ERROR_COUNT_;
    side->size = 1000;
    side->opened = g_string_new(NULL);
    side->refused = g_string_new(NULL);
    g_queue_init(&side->held);
}

static void tear_down(Side *side, const void *data)
{
    certd_credential_server_free(side->server);
    g_queue_clear(&side->held);
    g_string_free(side->opened, TRUE);
    g_string_free(side->refused, TRUE);
    sd_event_unref(side->event);
}

/* A connection from "\0NUMBER/unit/UNIT/ID", each number once; from none where @from is NULL. */
static int connect_from(Side *side, const char *from)
{
    static guint64 number;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (from != NULL) {
        /* No other test that runs now has that. */
        int length = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "%x%08x/%s",
                              (unsigned)getpid(), (unsigned)number++, from);
        g_assert_cmpint(
            bind(fd, (struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)),
            ==, 0);
    }
    g_assert_cmpint(connect(fd, (struct sockaddr *)&side->address, side->address_size), ==, 0);
    return fd;
}

static void turn(Side *side)
{
    g_assert_cmpint(sd_event_run(side->event, TURN_USEC), >=, 0);
}

/* Turns the loop until nothing is left to do. */
static void settle(Side *side)
{
    while (sd_event_run(side->event, TURN_USEC) > 0)
        continue;
}

/* What there is to read until the end of the file: so many bytes, all that they should be. */
static size_t read_all(Side *side, int fd)
{
    char bytes[4096];
    size_t all = 0;
    gint64 deadline = g_get_monotonic_time() + DEADLINE_USEC;
    while (g_get_monotonic_time() < deadline) {
        ssize_t n = read(fd, bytes, sizeof bytes);
        for (ssize_t i = 0; i < n; i++)
            g_assert_cmpint(bytes[i], ==, 'k');
        if (n == 0) {
            close(fd);
            return all;
        }
        if (n < 0)
            turn(side);
        else
            all += (size_t)n;
    }
    g_assert_not_reached();
}

static gboolean is_waiting(int fd)
{
    char byte;
    return read(fd, &byte, 1) < 0 && errno == EAGAIN;
}

static void assert_nothing(Side *side, const char *from, const char *row)
{
    g_string_truncate(side->refused, 0);
    g_assert_cmpuint(read_all(side, connect_from(side, from)), ==, 0);
    settle(side);
    g_assert_cmpstr(side->refused->str, ==, row);
}

#define DENIED "org.freedesktop.DBus.Error.AccessDenied "

/* Before the start connections wait; afterwards each gets its answer. */
static void test_given(Side *side, const void *data)
{
    begin(side);
    int early = connect_from(side, "unit/web.service/web.pem");
    settle(side);
    g_assert_true(is_waiting(early));
    certd_credential_server_start(side->server);
    g_assert_cmpuint(read_all(side, early), ==, 1000);
    g_assert_cmpuint(read_all(side, connect_from(side, "unit/web.service/tls.key")), ==, 1000);
    g_assert_cmpstr(side->opened->str, ==, "web.service web.pem web.service tls.key ");
    g_assert_cmpuint(side->proofs, ==, 2);
    g_assert_cmpstr(side->refused->str, ==, "");
}

/* Without anybody to prove it, what root says is believed. */
static void test_without_proof(Side *side, const void *data)
{
    side->hooks.prove = NULL;
    begin(side);
    certd_credential_server_start(side->server);
    g_assert_cmpuint(read_all(side, connect_from(side, "unit/any.service/a.crt")), ==, 1000);
    g_assert_cmpstr(side->opened->str, ==, "any.service a.crt ");
}

static void test_refused(Side *side, const void *data)
{
    begin(side);
    certd_credential_server_start(side->server);
    assert_nothing(side, NULL, "certificate/?||" DENIED);
    assert_nothing(side, "unit/web.service", "certificate/?||" DENIED);
    assert_nothing(side, "unit/web.socket/a.key", "certificate/?||" DENIED);
    assert_nothing(side, "unit/other.service/a.key", "certificate/a||" DENIED);
    assert_nothing(side, "unit/other.service/trust.pem", "truststore/all||" DENIED);
    assert_nothing(side, "unit/other.service/..%key", "certificate/?||" DENIED);
    side->unit_of_all = NULL;
    assert_nothing(side, "unit/web.service/a.b.key", "certificate/a.b||" DENIED);
    g_assert_cmpstr(side->opened->str, ==, "");
    side->unit_of_all = "web.service";
    side->fails = CERTD_ERROR_NO_SUCH_CERTIFICATE;
    assert_nothing(side, "unit/web.service/a.key",
                   "certificate/a|web.service|org.certd1.Error.NoSuchCertificate ");
    side->fails = CERTD_ERROR_COUNT_;
    side->fails_later = CERTD_ERROR_KEY_UNAVAILABLE;
    assert_nothing(side, "unit/web.service/a.key",
                   "certificate/a|web.service|org.certd1.Error.KeyUnavailable ");
}

/* Whoever is not the service manager's user is refused at once, and is in nobody's way. */
static void test_strangers(Side *side, const void *data)
{
    side->hooks.manager_uid = getuid() + 1;
    begin(side);
    certd_credential_server_start(side->server);
    assert_nothing(side, "unit/web.service/web.key", "certificate/web||" DENIED);
    assert_nothing(side, NULL, "certificate/?||" DENIED);
    int fds[CERTD_LIMIT_CREDENTIAL_CONNECTIONS * 2];
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = connect_from(side, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        g_assert_cmpuint(read_all(side, fds[i]), ==, 0);
    g_assert_cmpuint(side->proofs, ==, 0);
    g_assert_cmpstr(side->opened->str, ==, "");
}

/* At CERTD_LIMIT_CREDENTIAL_CONNECTIONS the next one waits until one of them ends, however it does. */
static void test_limit(Side *side, const void *data)
{
    int fds[CERTD_LIMIT_CREDENTIAL_CONNECTIONS + 2];
    const guint most = CERTD_LIMIT_CREDENTIAL_CONNECTIONS;
    side->holds = TRUE;
    begin(side);
    certd_credential_server_start(side->server);
    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = connect_from(side, "unit/web.service/web.key");
    settle(side);
    g_assert_cmpuint(side->held.length, ==, most);
    answer(side, g_queue_pop_head(&side->held));
    g_assert_cmpuint(read_all(side, fds[0]), ==, 1000);
    settle(side);
    g_assert_cmpuint(side->held.length, ==, most);
    /* One that leaves keeps its place for as long as its key is being opened. */
    close(fds[1]);
    settle(side);
    g_assert_cmpuint(side->held.length, ==, most);
    answer(side, g_queue_pop_head(&side->held));
    settle(side);
    g_assert_cmpuint(side->held.length, ==, most);
    while (!g_queue_is_empty(&side->held))
        answer(side, g_queue_pop_head(&side->held));
    for (guint i = 2; i < G_N_ELEMENTS(fds); i++)
        g_assert_cmpuint(read_all(side, fds[i]), ==, 1000);
    g_assert_cmpstr(side->refused->str, ==, "");
}

/* More than a socket takes at once: it goes out as it is read, and others are served meanwhile. */
static void test_slow_reader(Side *side, const void *data)
{
    const size_t size = 4u * 1024u * 1024u;
    side->size = size;
    begin(side);
    certd_credential_server_start(side->server);
    int slow = connect_from(side, "unit/web.service/web.pem");
    settle(side);
    side->size = 10;
    g_assert_cmpuint(read_all(side, connect_from(side, "unit/web.service/web.crt")), ==, 10);
    g_assert_cmpuint(read_all(side, slow), ==, size);
    side->size = size;
    slow = connect_from(side, "unit/web.service/web.pem");
    settle(side);
    close(slow);
    settle(side);
    g_assert_cmpstr(side->refused->str, ==, "");
}

/* CERTD_LIMIT_CREDENTIAL_SECONDS, made shorter here: with an answer before it all is well; at it whoever
 * doesn't read is cut off, and so is who waits for a key that doesn't come. */
static void test_time(Side *side, const void *data)
{
    side->hooks.usec = SHORT_USEC;
    begin(side);
    certd_credential_server_start(side->server);
    g_assert_cmpuint(read_all(side, connect_from(side, "unit/web.service/web.key")), ==, 1000);
    side->size = 4u * 1024u * 1024u;
    int unread = connect_from(side, "unit/web.service/web.key");
    gint64 begun = g_get_monotonic_time();
    while (side->refused->len == 0 && g_get_monotonic_time() < begun + DEADLINE_USEC)
        turn(side);
    g_assert_cmpint(g_get_monotonic_time() - begun, >=, SHORT_USEC / 2);
    g_assert_cmpstr(side->refused->str, ==,
                    "certificate/web|web.service|org.certd1.Error.Cancelled ");
    g_assert_cmpuint(read_all(side, unread), <, side->size);
    side->holds = TRUE;
    assert_nothing(side, "unit/web.service/web.key",
                   "certificate/web|web.service|org.certd1.Error.Cancelled ");
    /* The answer that comes after that is for nobody. */
    answer(side, g_queue_pop_head(&side->held));
    settle(side);
}

/* A server that ends leaves nothing, whatever its connections wait for. */
static void test_end(Side *side, const void *data)
{
    side->holds = TRUE;
    begin(side);
    certd_credential_server_start(side->server);
    int waiting = connect_from(side, "unit/web.service/web.key");
    settle(side);
    int backlog = connect_from(side, "unit/web.service/web.key");
    g_clear_pointer(&side->server, certd_credential_server_free);
    g_assert_cmpuint(read_all(side, waiting), ==, 0);
    char byte;
    g_assert_cmpint(read(backlog, &byte, 1), <=, 0);
    close(backlog);
}

#define server_add(path, function) g_test_add(path, Side, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    signal(SIGPIPE, SIG_IGN);
    server_add("/credential-server/given", test_given);
    server_add("/credential-server/without-proof", test_without_proof);
    server_add("/credential-server/refused", test_refused);
    server_add("/credential-server/strangers", test_strangers);
    server_add("/credential-server/limit", test_limit);
    server_add("/credential-server/slow-reader", test_slow_reader);
    server_add("/credential-server/time", test_time);
    server_add("/credential-server/end", test_end);
    return g_test_run();
}
