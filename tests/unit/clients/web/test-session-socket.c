/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One packet there, one back: each answer of certd-session, and what is none. */
#include <string.h>

#include "model/web-limits.h"
#include "session-fixture.h"

/* Longer than any answer of the stand-in takes, where there is one. */
#define LONG_USEC (10 * G_USEC_PER_SEC)
#define SHORT_USEC (G_USEC_PER_SEC / 20)

static const struct {
    const char *name;
    StandInManner manner;
    const char *user;
    const char *password;
    gint64 timeout;
    CertdSignIn result;
} answers[] = {
    {"ok", STAND_IN_BY_NAME, "anna", STAND_IN_PASSWORD, LONG_USEC, CERTD_SIGN_IN_OK},
    {"refused", STAND_IN_BY_NAME, "anna", "x", LONG_USEC, CERTD_SIGN_IN_REFUSED},
    {"account-expired", STAND_IN_BY_NAME, "expired", STAND_IN_PASSWORD, LONG_USEC,
     CERTD_SIGN_IN_ACCOUNT_EXPIRED},
    {"password-expired", STAND_IN_BY_NAME, "old-password", STAND_IN_PASSWORD, LONG_USEC,
     CERTD_SIGN_IN_PASSWORD_EXPIRED},
    {"unavailable", STAND_IN_BY_NAME, "out-of-order", STAND_IN_PASSWORD, LONG_USEC,
     CERTD_SIGN_IN_UNAVAILABLE},
    {"silent", STAND_IN_SILENT, "anna", "x", SHORT_USEC, CERTD_SIGN_IN_UNAVAILABLE},
    {"closes", STAND_IN_CLOSES, "anna", "x", LONG_USEC, CERTD_SIGN_IN_UNAVAILABLE},
    {"nonsense", STAND_IN_NONSENSE, "anna", "x", LONG_USEC, CERTD_SIGN_IN_UNAVAILABLE},
    {"too-long", STAND_IN_TOO_LONG, "anna", "x", LONG_USEC, CERTD_SIGN_IN_UNAVAILABLE},
    {"ok-without-fd", STAND_IN_OK_WITHOUT_FD, "anna", "x", LONG_USEC, CERTD_SIGN_IN_UNAVAILABLE},
    {"ok-with-two", STAND_IN_OK_WITH_TWO, "anna", "x", LONG_USEC, CERTD_SIGN_IN_UNAVAILABLE},
    {"ok-with-file", STAND_IN_OK_WITH_FILE, "anna", "x", LONG_USEC, CERTD_SIGN_IN_UNAVAILABLE},
    {"refused-with-fd", STAND_IN_REFUSED_WITH_FD, "anna", "x", LONG_USEC,
     CERTD_SIGN_IN_UNAVAILABLE},
    {"mute", STAND_IN_MUTE, "anna", STAND_IN_PASSWORD, SHORT_USEC, CERTD_SIGN_IN_UNAVAILABLE},
    {"deaf", STAND_IN_DEAF, "anna", STAND_IN_PASSWORD, SHORT_USEC, CERTD_SIGN_IN_UNAVAILABLE},
};

typedef struct {
    size_t row;
    const char *path;
    GDBusConnection *bus;
    CertdSignIn result;
    gboolean done;
} Ask;

static void *ask(void *data)
{
    Ask *job = data;
    job->result =
        certd_session_socket_ask(job->path, answers[job->row].user, answers[job->row].password,
                                 "192.0.2.1", answers[job->row].timeout, &job->bus);
    __atomic_store_n(&job->done, TRUE, __ATOMIC_SEQ_CST);
    return NULL;
}

static gboolean is_done(void *data)
{
    return __atomic_load_n(&((Ask *)data)->done, __ATOMIC_SEQ_CST);
}

static guint count_fds(void)
{
    guint n = 0;
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    while (g_dir_read_name(dir))
        n++;
    return n;
}

/* In a thread, as in the program: the main loop has the deadline. */
static void test_answer(const void *data)
{
    g_autoptr(StandIn) stand_in = stand_in_new();
    Ask job = {.row = GPOINTER_TO_SIZE(data), .path = stand_in_path(stand_in)};
    stand_in_set_manner(stand_in, answers[job.row].manner);
    GThread *thread = g_thread_new("ask", ask, &job);
    fixture_run_until(is_done, &job);
    g_thread_join(thread);
    g_assert_cmpint(job.result, ==, answers[job.row].result);
    g_assert_cmpint(job.bus != NULL, ==, job.result == CERTD_SIGN_IN_OK);
    if (job.bus) {
        /* Nothing may come before it, and it has been answered. */
        g_autofree char *first = stand_in_first(stand_in);
        g_assert_cmpstr(first, ==, "Ping");
        g_assert_false(g_dbus_connection_get_exit_on_close(job.bus));
    }
    g_clear_object(&job.bus);
}

/* Descriptors that should not have come are closed, however often. */
static void test_no_leak(void)
{
    g_autoptr(StandIn) stand_in = stand_in_new();
    const StandInManner manners[] = {STAND_IN_OK_WITH_TWO, STAND_IN_OK_WITH_FILE,
                                     STAND_IN_REFUSED_WITH_FD, STAND_IN_NONSENSE};
    guint before = 0;
    for (guint i = 0; i < 64; i++) {
        GDBusConnection *bus = NULL;
        stand_in_set_manner(stand_in, manners[i % G_N_ELEMENTS(manners)]);
        g_assert_cmpint(certd_session_socket_ask(stand_in_path(stand_in), "anna", "x", "local",
                                                 LONG_USEC, &bus),
                        ==, CERTD_SIGN_IN_UNAVAILABLE);
        if (i == 16)
            before = count_fds();
    }
    /* The stand-in's own come and go. */
    g_assert_cmpuint(count_fds(), <, before + 16);
}

static void test_packet(void)
{
    static const char expected[] = "anna\0se cret\0"
                                   "2001:db8::1";
    g_autoptr(StandIn) stand_in = stand_in_new();
    GDBusConnection *bus = NULL;
    g_assert_cmpint(certd_session_socket_ask(stand_in_path(stand_in), "anna", "se cret",
                                             "2001:db8::1", LONG_USEC, &bus),
                    ==, CERTD_SIGN_IN_REFUSED);
    g_autoptr(GBytes) packet = stand_in_packet(stand_in);
    g_assert_cmpmem(g_bytes_get_data(packet, NULL), g_bytes_get_size(packet), expected,
                    sizeof expected - 1);
}

/* At CERTD_LIMIT_USER_NAME_BYTES, CERTD_LIMIT_PASSWORD_BYTES and 64 bytes of address, and one beyond each. */
static void test_limits(void)
{
    static const struct {
        gsize user, password, address;
        gboolean sent;
    } rows[] = {
        {CERTD_LIMIT_USER_NAME_BYTES, CERTD_LIMIT_PASSWORD_BYTES, 64, TRUE},
        {CERTD_LIMIT_USER_NAME_BYTES + 1, 1, 1, FALSE},
        {1, CERTD_LIMIT_PASSWORD_BYTES + 1, 1, FALSE},
        {1, 1, 65, FALSE},
    };
    g_autoptr(StandIn) stand_in = stand_in_new();
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *user = g_strnfill(rows[i].user, 'u');
        g_autofree char *password = g_strnfill(rows[i].password, 'p');
        g_autofree char *address = g_strnfill(rows[i].address, '1');
        GDBusConnection *bus = NULL;
        guint asked = stand_in_asked(stand_in);
        CertdSignIn result = certd_session_socket_ask(stand_in_path(stand_in), user, password,
                                                      address, LONG_USEC, &bus);
        g_assert_cmpint(result, ==,
                        rows[i].sent ? CERTD_SIGN_IN_REFUSED : CERTD_SIGN_IN_UNAVAILABLE);
        g_assert_cmpuint(stand_in_asked(stand_in), ==, asked + (rows[i].sent ? 1 : 0));
    }
}

static void test_nobody(void)
{
    g_autofree char *long_path = g_strnfill(200, 'a');
    const char *const paths[] = {"/nonexistent/session.sock", "/dev/null", long_path, ""};
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        GDBusConnection *bus = NULL;
        g_assert_cmpint(certd_session_socket_ask(paths[i], "anna", "x", "local", LONG_USEC, &bus),
                        ==, CERTD_SIGN_IN_UNAVAILABLE);
        g_assert_null(bus);
    }
}

static void test_words(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (int i = 0; i < CERTD_SIGN_IN_COUNT_; i++)
        g_assert_true(g_hash_table_add(seen, (char *)certd_sign_in_word((CertdSignIn)i)));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        g_autofree char *path = g_strconcat("/web/session-socket/answer/", answers[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_answer);
    }
    g_test_add_func("/web/session-socket/no-leak", test_no_leak);
    g_test_add_func("/web/session-socket/packet", test_packet);
    g_test_add_func("/web/session-socket/limits", test_limits);
    g_test_add_func("/web/session-socket/nobody", test_nobody);
    g_test_add_func("/web/session-socket/words", test_words);
    return g_test_run();
}
