/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes wrong in a worker costs its one job, and nothing else. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/san.h"

static Fixture fixture;

static CertdJobId read_start(Answer *answer)
{
    int fd = memfd_of(fixture_bundle, strlen(fixture_bundle));
    CertdJobId id = fixture.workers->read(fixture.workers, fd, -1, on_read, answer);

    close(fd);
    return id;
}

static CertdJobId read_request_start(Answer *answer)
{
    int fd = memfd_of(fixture_bundle, strlen(fixture_bundle));
    CertdJobId id = fixture.workers->read_request(fixture.workers, fd, CERTD_POLICY_DEFAULT,
                                                  on_read_request, answer);

    close(fd);
    return id;
}

static void judge_start(CertdJobId read, Answer *answer)
{
    g_autoptr(CertdJudgeJob) job = g_new0(CertdJudgeJob, 1);

    job->names = certd_san_list_new();
    fixture.workers->judge(fixture.workers, read, job, on_judge, answer);
}

static void assert_failed(const Answer *answer, const char *cause)
{
    g_assert_error(answer->error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    g_test_message("%s", answer->error->message);
    g_assert_nonnull(strstr(answer->error->message, cause));
    g_assert_nonnull(strstr(answer->error->message, "try again"));
}

static gboolean is_running(pid_t pid)
{
    return kill(pid, 0) == 0;
}

/* R11: a killed worker fails the job on it, not the one beside it and not the next. */
static void test_killed(const void *data)
{
    int signal = GPOINTER_TO_INT(data);
    g_autofree char *cause = g_strdup_printf("ended by signal %d", signal);
    g_auto(Answer) slow = {0};
    g_auto(Answer) quick = {0};
    g_auto(Answer) next = {0};

    issue_start(&fixture, CERTD_KEY_RSA_8192, &slow);
    g_assert_cmpint(kill(fixture_wait_busy(&fixture, CERTD_PROCESS_KEYS), signal), ==, 0);
    issue_start(&fixture, CERTD_KEY_EC_SECP256R1, &quick);
    fixture_wait(&fixture, &slow);
    assert_failed(&slow, cause);
    fixture_wait(&fixture, &quick);
    g_assert_no_error(quick.error);
    issue_wait(&fixture, CERTD_KEY_RSA_2048, &next);
    g_assert_no_error(next.error);
}

/* The second job on a worker has not begun when the first one takes it down. */
static void test_killed_with_two(void)
{
    Answer answers[32] = {0};
    g_autoptr(GArray) pids = NULL;
    unsigned int n_failed = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++)
        issue_start(&fixture, CERTD_KEY_EC_SECP521R1, &answers[i]);
    fixture_wait_busy(&fixture, CERTD_PROCESS_KEYS);
    pids = certd_pool_pids(fixture.pool, CERTD_PROCESS_KEYS, TRUE);
    for (unsigned int i = 0; i < pids->len; i++)
        g_assert_cmpint(kill(g_array_index(pids, pid_t, i), SIGKILL), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        fixture_wait(&fixture, &answers[i]);
        n_failed += answers[i].error != NULL;
        answer_clear(&answers[i]);
    }
    g_assert_cmpuint(n_failed, <=, pids->len);
}

/* R11: a job that is cancelled while it runs costs its process, and answers nothing. */
static void test_cancel_running(void)
{
    Answer slow = {0};
    g_auto(Answer) next = {0};
    CertdJobId id = issue_start(&fixture, CERTD_KEY_RSA_8192, &slow);
    pid_t pid = fixture_wait_busy(&fixture, CERTD_PROCESS_KEYS);

    fixture.workers->cancel(fixture.workers, id);
    while (is_running(pid))
        fixture_turn(&fixture);
    issue_wait(&fixture, CERTD_KEY_RSA_2048, &next);
    g_assert_no_error(next.error);
    g_assert_cmpuint(slow.n_calls, ==, 0);
    /* Once more is no harm. */
    fixture.workers->cancel(fixture.workers, id);
    fixture.workers->cancel(fixture.workers, 0);
}

static void signal_all(int signal)
{
    g_autoptr(GArray) pids = certd_pool_pids(fixture.pool, CERTD_PROCESS_PARSE, FALSE);

    for (unsigned int i = 0; i < pids->len; i++)
        g_assert_cmpint(kill(g_array_index(pids, pid_t, i), signal), ==, 0);
}

static gboolean is_busy(void)
{
    g_autoptr(GArray) pids = certd_pool_pids(fixture.pool, CERTD_PROCESS_PARSE, TRUE);

    return pids->len > 0;
}

static char *time_limit(void)
{
    return g_strdup_printf("ran over its time limit of %u s",
                           (unsigned int)(CERTD_LIMIT_PARSE_WALL_USEC / G_USEC_PER_SEC));
}

typedef CertdJobId (*Start)(Answer *answer);

/* A parse job whose worker stands still before it gets it. */
static void stuck_start(Start start, Answer *answer)
{
    for (;;) {
        CertdJobId id;

        signal_all(SIGSTOP);
        id = start(answer);
        if (is_busy())
            return;
        /* The spare worker isn't ready yet. */
        fixture.workers->cancel(fixture.workers, id);
        signal_all(SIGCONT);
        fixture_turn(&fixture);
    }
}

/* A parse job that doesn't answer is cut at its limit. */
static void check_parse_time(Start start)
{
    g_auto(Answer) stuck = {0};
    g_auto(Answer) next = {0};
    CertdJobId id;

    stuck_start(start, &stuck);
    fixture_wait(&fixture, &stuck);
    g_autofree char *cause = time_limit();
    assert_failed(&stuck, cause);
    signal_all(SIGCONT);
    id = read_start(&next);
    fixture_wait(&fixture, &next);
    g_assert_no_error(next.error);
    fixture.workers->cancel(fixture.workers, id);
}

static void test_read_time(void)
{
    check_parse_time(read_start);
}

static void test_read_request_time(void)
{
    check_parse_time(read_request_start);
}

/* R28: a request that takes its worker down fails alone. */
static void test_read_request_killed(void)
{
    g_auto(Answer) killed = {0};
    g_auto(Answer) next = {0};

    stuck_start(read_request_start, &killed);
    g_assert_cmpint(kill(fixture_wait_busy(&fixture, CERTD_PROCESS_PARSE), SIGABRT), ==, 0);
    signal_all(SIGCONT);
    fixture_wait(&fixture, &killed);
    assert_failed(&killed, "ended by signal 6");
    read_request_start(&next);
    fixture_wait(&fixture, &next);
    /* It is none, which a worker has found out. */
    g_assert_error(next.error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT);
}

/* A keys job has much longer: it may stand still past the limit of a parse job, and goes on. */
static void test_keys_time(void)
{
    g_auto(Answer) slow = {0};
    CertdJobId id = issue_start(&fixture, CERTD_KEY_RSA_4096, &slow);
    pid_t pid = fixture_wait_busy(&fixture, CERTD_PROCESS_KEYS);

    G_STATIC_ASSERT(CERTD_LIMIT_KEYS_WALL_USEC > CERTD_LIMIT_PARSE_WALL_USEC);
    g_assert_cmpuint(id, !=, 0);
    g_assert_cmpint(kill(pid, SIGSTOP), ==, 0);
    check_parse_time(read_start);
    g_assert_cmpuint(slow.n_calls, ==, 0);
    g_assert_cmpint(kill(pid, SIGCONT), ==, 0);
    fixture_wait(&fixture, &slow);
    g_assert_no_error(slow.error);
}

/* Between read and judge the time goes on; the verdict is then that of the clock. */
static void test_held_time(void)
{
    g_auto(Answer) read = {0};
    g_auto(Answer) judged = {0};
    CertdJobId id = read_start(&read);
    pid_t pid;

    fixture_wait(&fixture, &read);
    g_assert_no_error(read.error);
    pid = fixture_wait_busy(&fixture, CERTD_PROCESS_PARSE);
    while (is_running(pid))
        fixture_turn(&fixture);
    judge_start(id, &judged);
    g_assert_cmpuint(judged.n_calls, ==, 0);
    fixture_wait(&fixture, &judged);
    g_autofree char *cause = time_limit();
    assert_failed(&judged, cause);
}

static void test_held_killed(void)
{
    g_auto(Answer) read = {0};
    g_auto(Answer) judged = {0};
    CertdJobId id = read_start(&read);

    fixture_wait(&fixture, &read);
    g_assert_cmpint(kill(fixture_wait_busy(&fixture, CERTD_PROCESS_PARSE), SIGKILL), ==, 0);
    judge_start(id, &judged);
    fixture_wait(&fixture, &judged);
    assert_failed(&judged, "ended by signal 9");
}

static void test_cancel_held(void)
{
    g_auto(Answer) read = {0};
    CertdJobId id = read_start(&read);
    pid_t pid;

    fixture_wait(&fixture, &read);
    pid = fixture_wait_busy(&fixture, CERTD_PROCESS_PARSE);
    fixture.workers->cancel(fixture.workers, id);
    while (is_running(pid))
        fixture_turn(&fixture);
    g_assert_cmpuint(read.n_calls, ==, 1);
}

/* Without a program that starts, every job gets its answer all the same. */
static void test_no_program(const void *data)
{
    const char *program = data;
    Fixture own = {0};
    g_auto(Answer) issued = {0};
    g_auto(Answer) read = {0};
    g_autoptr(GError) error = NULL;
    int fd = memfd_of("x", 1);

    own.directory = g_dir_make_tmp("certd-pool-XXXXXX", &error);
    g_assert_no_error(error);
    g_assert_cmpint(sd_event_new(&own.event), >=, 0);
    own.pool = certd_pool_new(own.event, program, own.directory, NULL, &error);
    g_assert_no_error(error);
    own.workers = certd_pool_workers(own.pool);
    g_assert_false(certd_pool_check_sealing_key(own.pool, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    issue_wait(&own, CERTD_KEY_ED25519, &issued);
    g_assert_error(issued.error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    own.workers->read(own.workers, fd, -1, on_read, &read);
    fixture_wait(&own, &read);
    g_assert_error(read.error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    close(fd);
    fixture_stop(&own);
    fixture_remove(&own);
}

/* A pool that is freed while jobs run leaves no process. */
static void test_free_busy(void)
{
    Fixture own = {0};
    Answer slow = {0};
    pid_t pid;

    fixture_start(&own, NULL);
    issue_start(&own, CERTD_KEY_RSA_8192, &slow);
    pid = fixture_wait_busy(&own, CERTD_PROCESS_KEYS);
    fixture_stop(&own);
    g_assert_false(is_running(pid));
    g_assert_cmpuint(slow.n_calls, ==, 0);
    fixture_remove(&own);
}

int main(int argc, char *argv[])
{
    int status;

    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/pool/killed/SIGKILL", GINT_TO_POINTER(SIGKILL), test_killed);
    g_test_add_data_func("/pool/killed/SIGTERM", GINT_TO_POINTER(SIGTERM), test_killed);
    g_test_add_func("/pool/killed-with-two", test_killed_with_two);
    g_test_add_func("/pool/cancel/running", test_cancel_running);
    g_test_add_func("/pool/cancel/held", test_cancel_held);
    g_test_add_func("/pool/parse/time/read", test_read_time);
    g_test_add_func("/pool/parse/time/read-request", test_read_request_time);
    g_test_add_func("/pool/parse/killed/read-request", test_read_request_killed);
    g_test_add_func("/pool/keys/time", test_keys_time);
    g_test_add_func("/pool/held/time", test_held_time);
    g_test_add_func("/pool/held/killed", test_held_killed);
    g_test_add_data_func("/pool/no-program/missing", "/nonexistent/certd-worker", test_no_program);
    g_test_add_data_func("/pool/no-program/other", "/bin/false", test_no_program);
    g_test_add_func("/pool/free-busy", test_free_busy);
    fixture_start(&fixture, NULL);
    status = g_test_run();
    fixture_stop(&fixture);
    fixture_remove(&fixture);
    return status;
}
