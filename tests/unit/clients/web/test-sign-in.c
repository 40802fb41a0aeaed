/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a sign-in is answered, and when: nothing tells what was wrong (R60). */
#include <string.h>

#include "model/web-limits.h"
#include "session-fixture.h"

#define REFUSED_USEC (CERTD_SIGN_IN_REFUSED_SECONDS * (gint64)G_USEC_PER_SEC)

static const struct {
    const char *name;
    const char *user;
    const char *password;
    gboolean asks; /* certd-session */
    CertdMessage refusal;
} refusals[] = {
    {"wrong-password", "anna", "wrong", TRUE, CERTD_MESSAGE_OWN_SIGN_IN_REFUSED},
    {"unknown-user", "nobody-here", "wrong", TRUE, CERTD_MESSAGE_OWN_SIGN_IN_REFUSED},
    {"empty-user", "", "wrong", FALSE, CERTD_MESSAGE_OWN_SIGN_IN_REFUSED},
    {"empty-password", "anna", "", FALSE, CERTD_MESSAGE_OWN_SIGN_IN_REFUSED},
    {"control-character", "an\nna", "wrong", FALSE, CERTD_MESSAGE_OWN_SIGN_IN_REFUSED},
    {"expired-wrong-password", "expired", "wrong", TRUE, CERTD_MESSAGE_OWN_SIGN_IN_REFUSED},
    {"old-wrong-password", "old-password", "wrong", TRUE, CERTD_MESSAGE_OWN_SIGN_IN_REFUSED},
    {"expired", "expired", STAND_IN_PASSWORD, TRUE, CERTD_MESSAGE_OWN_ACCOUNT_EXPIRED},
    {"old-password", "old-password", STAND_IN_PASSWORD, TRUE, CERTD_MESSAGE_OWN_PASSWORD_EXPIRED},
    {"out-of-order", "out-of-order", STAND_IN_PASSWORD, TRUE,
     CERTD_MESSAGE_OWN_SIGN_IN_UNAVAILABLE},
};

/* The same time for each: CERTD_SIGN_IN_REFUSED_SECONDS. */
static void test_refused(Fixture *fixture, const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    gint64 begun = fixture->now;
    CertdMessage refusal = CERTD_MESSAGE_SUCCESS;
    guint retry_seconds = 7;
    g_assert_null(certd_sessions_sign_in(fixture->sessions, &fixture->peer, refusals[i].user,
                                         refusals[i].password, CERTD_SESSION_TOKEN, &refusal,
                                         &retry_seconds));
    g_assert_cmpint(refusal, ==, refusals[i].refusal);
    g_assert_cmpuint(retry_seconds, ==, 0);
    g_assert_cmpint(fixture->waited_until, ==, begun + REFUSED_USEC);
    g_assert_cmpuint(stand_in_asked(fixture->stand_in), ==, refusals[i].asks ? 1 : 0);
    g_autoptr(GPtrArray) list = certd_sessions_list(fixture->sessions);
    g_assert_cmpuint(list->len, ==, 0);
}

static void test_good(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSession) session = fixture_sign_in(fixture, "anna", CERTD_SESSION_TOKEN);
    g_assert_true(certd_session_is_fresh(session));
    g_assert_cmpint(fixture->waited_until, ==, 0);
    g_autoptr(GBytes) packet = stand_in_packet(fixture->stand_in);
    static const char expected[] = "anna\0" STAND_IN_PASSWORD "\0"
                                   "192.0.2.1";
    g_assert_cmpmem(g_bytes_get_data(packet, NULL), g_bytes_get_size(packet), expected,
                    sizeof expected - 1);
}

typedef struct {
    Fixture *fixture;
    const char *user;
    const char *password;
    CertdSessionKind kind;
    CertdSession *session;
    CertdMessage refusal;
    guint retry_seconds;
    GThread *thread;
} Job;

static void *do_job(void *data)
{
    Job *job = data;
    g_autofree char *basic = fixture_basic(job->user, job->password);
    const CertdCredentials credentials = {
        .method = "GET", .authorization = basic, .peer = &job->fixture->peer};
    if (job->kind == CERTD_SESSION_BASIC)
        job->session = certd_sessions_basic(job->fixture->sessions, &credentials, &job->refusal,
                                            &job->retry_seconds);
    else
        job->session =
            certd_sessions_sign_in(job->fixture->sessions, &job->fixture->peer, job->user,
                                   job->password, job->kind, &job->refusal, &job->retry_seconds);
    return NULL;
}

static void start(Job *jobs, guint n, Fixture *fixture, const char *password, CertdSessionKind kind)
{
    for (guint i = 0; i < n; i++) {
        jobs[i] = (Job){.fixture = fixture, .user = "anna", .password = password, .kind = kind};
        jobs[i].thread = g_thread_new("sign-in", do_job, &jobs[i]);
    }
}

static void finish(Job *jobs, guint n)
{
    for (guint i = 0; i < n; i++)
        g_thread_join(jobs[i].thread);
}

static gboolean all_wait(void *data)
{
    return stand_in_waiting(((Fixture *)data)->stand_in) == CERTD_LIMIT_SIGN_INS;
}

/* CERTD_LIMIT_SIGN_INS at a time; the next waits for its turn. */
static void test_at_a_time(Fixture *fixture, const void *data)
{
    Job jobs[CERTD_LIMIT_SIGN_INS + 1];
    stand_in_set_manner(fixture->stand_in, STAND_IN_HELD);
    start(jobs, G_N_ELEMENTS(jobs), fixture, STAND_IN_PASSWORD, CERTD_SESSION_TOKEN);
    fixture_run_until(all_wait, fixture);
    g_assert_cmpuint(stand_in_asked(fixture->stand_in), ==, CERTD_LIMIT_SIGN_INS);
    for (guint i = 0; i < G_N_ELEMENTS(jobs); i++)
        stand_in_let(fixture->stand_in);
    finish(jobs, G_N_ELEMENTS(jobs));
    g_assert_cmpuint(stand_in_asked(fixture->stand_in), ==, CERTD_LIMIT_SIGN_INS + 1);
    for (guint i = 0; i < G_N_ELEMENTS(jobs); i++) {
        g_assert_nonnull(jobs[i].session);
        certd_session_unref(jobs[i].session);
    }
}

static gboolean one_waits(void *data)
{
    return stand_in_waiting(((Fixture *)data)->stand_in) == 1;
}

/* Of slower ones, the answer comes at the next multiple: that PAM took longer for one does not show. */
static void test_slow(Fixture *fixture, const void *data)
{
    gint64 begun = fixture->now;
    Job job;
    stand_in_set_manner(fixture->stand_in, STAND_IN_HELD);
    start(&job, 1, fixture, "wrong", CERTD_SESSION_TOKEN);
    fixture_run_until(one_waits, fixture);
    fixture_pass(fixture, CERTD_SIGN_IN_REFUSED_SECONDS + 1);
    stand_in_let(fixture->stand_in);
    finish(&job, 1);
    g_assert_null(job.session);
    g_assert_cmpint(fixture->waited_until, ==, begun + 2 * REFUSED_USEC);
}

/* The same name and password, sent by many connections at once, are one sign-in. */
static void test_together(Fixture *fixture, const void *data)
{
    const char *password = data;
    Job jobs[16];
    stand_in_set_manner(fixture->stand_in, STAND_IN_HELD);
    start(jobs, G_N_ELEMENTS(jobs), fixture, password, CERTD_SESSION_BASIC);
    fixture_run_until(one_waits, fixture);
    stand_in_set_manner(fixture->stand_in, STAND_IN_BY_NAME);
    stand_in_let(fixture->stand_in);
    finish(jobs, G_N_ELEMENTS(jobs));
    gboolean right = g_str_equal(password, STAND_IN_PASSWORD);
    if (right)
        g_assert_cmpuint(stand_in_asked(fixture->stand_in), ==, 1);
    for (guint i = 0; i < G_N_ELEMENTS(jobs); i++) {
        g_assert_true(jobs[i].session == jobs[0].session);
        g_assert_cmpint(jobs[i].session != NULL, ==, right);
        if (!right)
            g_assert_true(jobs[i].refusal == CERTD_MESSAGE_OWN_SIGN_IN_REFUSED ||
                          jobs[i].refusal == CERTD_MESSAGE_OWN_TOO_MANY_TRIES);
        certd_session_unref(jobs[i].session);
    }
}

/* CERTD_LIMIT_SIGN_INS_A_MINUTE at once, and one more, which certd-session does not hear of. */
static void test_throttled(Fixture *fixture, const void *data)
{
    Job jobs[CERTD_LIMIT_SIGN_INS_A_MINUTE + 1];
    stand_in_set_manner(fixture->stand_in, STAND_IN_HELD);
    start(jobs, G_N_ELEMENTS(jobs), fixture, "wrong", CERTD_SESSION_TOKEN);
    for (guint i = 0; i < G_N_ELEMENTS(jobs); i++)
        stand_in_let(fixture->stand_in);
    finish(jobs, G_N_ELEMENTS(jobs));
    g_assert_cmpuint(stand_in_asked(fixture->stand_in), <=, CERTD_LIMIT_SIGN_INS_A_MINUTE);
    guint n_told = 0;
    for (guint i = 0; i < G_N_ELEMENTS(jobs); i++) {
        g_assert_null(jobs[i].session);
        if (jobs[i].refusal != CERTD_MESSAGE_OWN_TOO_MANY_TRIES)
            continue;
        n_told++;
        g_assert_cmpuint(jobs[i].retry_seconds, >, 0);
    }
    g_assert_cmpuint(n_told, ==, G_N_ELEMENTS(jobs) - stand_in_asked(fixture->stand_in));
    g_assert_cmpuint(n_told, >=, 1);
}

#define ADD(name, data, function)                                                                  \
    g_test_add("/web/sign-in/" name, Fixture, data, fixture_set_up, function, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *path = g_strconcat("/web/sign-in/refused/", refusals[i].name, NULL);
        g_test_add(path, Fixture, GSIZE_TO_POINTER(i), fixture_set_up, test_refused,
                   fixture_tear_down);
    }
    ADD("good", NULL, test_good);
    ADD("at-a-time", NULL, test_at_a_time);
    ADD("slow", NULL, test_slow);
    ADD("together", STAND_IN_PASSWORD, test_together);
    ADD("together-wrong", "wrong", test_together);
    ADD("throttled", NULL, test_throttled);
    return g_test_run();
}
