/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is still done while the sealing key cannot be used. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"

/* A self-signed certificate with a temporary key. */
static CertdJobId temporary_start(Fixture *fixture, CertdKeyType type, Answer *answer)
{
    g_autoptr(CertdIssueJob) job = issue_job_new(type);

    job->kind = CERTD_ISSUE_SELF_SIGNED;
    job->temporary = TRUE;
    return fixture->workers->issue(fixture->workers, job, on_issue, answer);
}

static void temporary_wait(Fixture *fixture, Answer *answer)
{
    temporary_start(fixture, CERTD_KEY_EC_SECP256R1, answer);
    g_assert_cmpuint(answer->n_calls, ==, 0);
    fixture_wait(fixture, answer);
    g_assert_no_error(answer->error);
    g_assert_nonnull(answer->certificate);
    g_assert_nonnull(answer->sealed_key);
}

static CertdJobId open_start(Fixture *fixture, GBytes *sealed, Answer *answer)
{
    CertdJobId id = fixture->workers->open_key(fixture->workers, "0123456789abcdef0123456789abcdef",
                                               sealed, on_fd, answer);

    g_assert_cmpuint(answer->n_calls, ==, 0);
    return id;
}

static void open_wait(Fixture *fixture, GBytes *sealed, Answer *answer)
{
    open_start(fixture, sealed, answer);
    fixture_wait(fixture, answer);
}

/* The temporary worker there is, or 0. */
static pid_t temporary_pid(const Fixture *fixture)
{
    g_autoptr(GArray) pids = certd_pool_pids(fixture->pool, CERTD_PROCESS_TEMPORARY, FALSE);

    g_assert_cmpuint(pids->len, <=, 1);
    return pids->len > 0 ? g_array_index(pids, pid_t, 0) : 0;
}

static void kill_temporary(Fixture *fixture)
{
    pid_t pid = temporary_pid(fixture);

    g_assert_cmpint(pid, >, 0);
    g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
    while (kill(pid, 0) == 0)
        fixture_turn(fixture);
}

/* Our descriptor of the memfd with the temporary sealing key, or -1. */
static int find_memfd(void)
{
    g_autoptr(GDir) directory = g_dir_open("/proc/self/fd", 0, NULL);
    const char *name;
    int found = -1;

    g_assert_nonnull(directory);
    while ((name = g_dir_read_name(directory))) {
        g_autofree char *path = g_build_filename("/proc/self/fd", name, NULL);
        g_autofree char *target = g_file_read_link(path, NULL);

        if (!target || !g_str_has_prefix(target, "/memfd:temporary-sealing-key"))
            continue;
        g_assert_cmpint(found, ==, -1);
        found = (int)g_ascii_strtoll(name, NULL, 10);
    }
    return found;
}

/* What is in it, which nobody can change. */
static GBytes *key_content(void)
{
    int fd = find_memfd();
    unsigned char buffer[256];
    ssize_t n = pread(fd, buffer, sizeof(buffer), 0);

    g_assert_cmpint(n, >=, 32);
    g_assert_cmpint(fcntl(fd, F_GET_SEALS), ==,
                    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    return g_bytes_new(buffer, (size_t)n);
}

static void assert_same_time(const struct timespec *a, const struct timespec *b)
{
    g_assert_cmpint(a->tv_sec, ==, b->tv_sec);
    g_assert_cmpint(a->tv_nsec, ==, b->tv_nsec);
}

/* R55: certificates with keys of their own while the sealing key is broken, across the end of
 * their worker; and the state directory is not touched. */
static void test_broken(void)
{
    Fixture fixture = {0};
    g_auto(Answer) first = {0};
    g_auto(Answer) second = {0};
    g_auto(Answer) stored = {0};
    g_autoptr(GBytes) before = NULL;
    g_autoptr(GBytes) after = NULL;
    g_autofree char *path = NULL;
    struct stat directory_before, directory_after, file_before, file_after;

    fixture_start_broken(&fixture);
    path = fixture_key_path(&fixture);
    g_assert_cmpint(stat(fixture.directory, &directory_before), ==, 0);
    g_assert_cmpint(stat(path, &file_before), ==, 0);
    temporary_wait(&fixture, &first);
    before = key_content();
    kill_temporary(&fixture);
    temporary_wait(&fixture, &second);
    after = key_content();
    g_assert_true(g_bytes_equal(before, after));
    g_assert_false(g_bytes_equal(first.hash, second.hash));
    /* The others fail as before. */
    issue_wait(&fixture, CERTD_KEY_ED25519, &stored);
    g_assert_error(stored.error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    g_assert_cmpint(stat(fixture.directory, &directory_after), ==, 0);
    g_assert_cmpint(stat(path, &file_after), ==, 0);
    assert_same_time(&directory_before.st_mtim, &directory_after.st_mtim);
    assert_same_time(&file_before.st_ctim, &file_after.st_ctim);
    g_assert_cmpuint(fixture_count_files(&fixture, ""), ==, 1);
    fixture_stop_and_remove(&fixture);
}

/* R55: the key is another than the stored one, is made on demand only, and ends with the pool. */
static void test_ends(void)
{
    Fixture fixture = {0};
    g_auto(Answer) first = {0};
    g_auto(Answer) stored = {0};

    fixture_start(&fixture, NULL);
    fixture_assert_sealing_key(&fixture, TRUE);
    g_assert_cmpint(temporary_pid(&fixture), ==, 0);
    g_assert_cmpint(find_memfd(), ==, -1);
    temporary_wait(&fixture, &first);
    g_assert_cmpint(find_memfd(), >=, 0);
    issue_again(&fixture, &first, &stored);
    g_assert_error(stored.error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    fixture_stop(&fixture);
    g_assert_cmpint(find_memfd(), ==, -1);
    fixture_remove(&fixture);
}

/* R55, R29: an emergency's key opens for its consumer, beside the stored ones and without them. */
static void test_open(void)
{
    Fixture fixtures[2] = {0};
    g_auto(Answer) stored = {0};

    fixture_start(&fixtures[0], NULL);
    fixture_assert_sealing_key(&fixtures[0], TRUE);
    issue_wait(&fixtures[0], CERTD_KEY_EC_SECP256R1, &stored);
    fixture_start_broken(&fixtures[1]);
    for (size_t i = 0; i < G_N_ELEMENTS(fixtures); i++) {
        g_auto(Answer) before = {0};
        g_auto(Answer) made = {0};
        g_auto(Answer) opened = {0};
        g_auto(Answer) foreign = {0};
        g_auto(Answer) own = {0};
        g_autoptr(GBytes) damaged = g_bytes_new_static("damaged", 7);

        open_wait(&fixtures[i], damaged, &before);
        g_assert_error(before.error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
        g_assert_cmpint(temporary_pid(&fixtures[i]), ==, 0);
        temporary_wait(&fixtures[i], &made);
        open_wait(&fixtures[i], made.sealed_key, &opened);
        g_assert_no_error(opened.error);
        g_assert_true(opened.has_fd);
        open_wait(&fixtures[i], damaged, &foreign);
        /* It says what was wrong with the stored sealing key, not with the temporary one. */
        g_assert_error(foreign.error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
        g_assert_cmpstr(foreign.error->message, ==, before.error->message);
        open_wait(&fixtures[i], stored.sealed_key, &own);
        g_assert_cmpint(own.has_fd, ==, i == 0);
        fixture_stop_and_remove(&fixtures[i]);
    }
}

/* R55: an emergency's key opens also where the sealing key can't be made for want of room. */
static void test_open_disk_full(void)
{
    Fixture fixture = {.directory = g_dir_make_tmp("certd-pool-XXXXXX", NULL)};
    g_autofree char *beside = g_build_filename(fixture.directory, CERTD_SEALING_KEY_NEW_FILE, NULL);
    g_autoptr(GError) error = NULL;
    g_auto(Answer) made = {0};
    g_auto(Answer) opened = {0};

    g_assert_true(g_file_set_contents(beside, "half", -1, NULL));
    fixture_fail_fsync(S_IFDIR, ENOSPC);
    fixture_start(&fixture, NULL);
    g_assert_false(certd_pool_check_sealing_key(fixture.pool, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_FULL);
    temporary_wait(&fixture, &made);
    open_wait(&fixture, made.sealed_key, &opened);
    g_assert_no_error(opened.error);
    g_assert_true(opened.has_fd);
    fixture_fail_fsync(S_IFDIR, 0);
    fixture_stop_and_remove(&fixture);
}

/* One that has gone on to the temporary worker is silent after it was cancelled, too. */
static void test_open_cancelled(void)
{
    Fixture fixture = {0};
    g_auto(Answer) made = {0};
    g_auto(Answer) next = {0};
    Answer slow = {0}, cancelled = {0};
    CertdJobId ids[2];

    fixture_start_broken(&fixture);
    temporary_wait(&fixture, &made);
    ids[0] = temporary_start(&fixture, CERTD_KEY_RSA_8192, &slow);
    fixture_wait_busy(&fixture, CERTD_PROCESS_TEMPORARY);
    ids[1] = open_start(&fixture, made.sealed_key, &cancelled);
    open_start(&fixture, made.sealed_key, &next);
    /* Both go on from the broken key to the worker, behind the slow one. */
    fixture_turn(&fixture);
    for (int i = 1; i >= 0; i--)
        fixture.workers->cancel(fixture.workers, ids[i]);
    fixture_wait(&fixture, &next);
    g_assert_no_error(next.error);
    g_assert_cmpuint(cancelled.n_calls + slow.n_calls, ==, 0);
    fixture_stop_and_remove(&fixture);
}

/* R55: a renewal of the sealing key costs no temporary job, waiting or under way. */
static void test_renewal(void)
{
    Fixture fixture = {0};
    g_auto(Answer) running = {0};
    Answer waiting[3] = {0};
    g_auto(Answer) renewed = {0};
    pid_t pid;

    fixture_start_broken(&fixture);
    temporary_start(&fixture, CERTD_KEY_RSA_2048, &running);
    pid = fixture_wait_busy(&fixture, CERTD_PROCESS_TEMPORARY);
    for (size_t i = 0; i < G_N_ELEMENTS(waiting); i++)
        temporary_start(&fixture, CERTD_KEY_EC_SECP256R1, &waiting[i]);
    fixture.workers->renew_sealing_key(fixture.workers, FALSE, on_renewed, &renewed);
    fixture_wait(&fixture, &renewed);
    g_assert_no_error(renewed.error);
    fixture_wait(&fixture, &running);
    g_assert_no_error(running.error);
    for (size_t i = 0; i < G_N_ELEMENTS(waiting); i++) {
        fixture_wait(&fixture, &waiting[i]);
        g_assert_no_error(waiting[i].error);
        answer_clear(&waiting[i]);
    }
    g_assert_cmpint(temporary_pid(&fixture), ==, pid);
    fixture_stop_and_remove(&fixture);
}

/* A job that its worker's end takes along fails alone, and one that is cancelled is silent. */
static void test_killed(void)
{
    Fixture fixture = {0};
    g_auto(Answer) killed = {0};
    g_auto(Answer) next = {0};
    Answer cancelled = {0};
    CertdJobId id;

    fixture_start_broken(&fixture);
    temporary_start(&fixture, CERTD_KEY_RSA_8192, &killed);
    g_assert_cmpint(kill(fixture_wait_busy(&fixture, CERTD_PROCESS_TEMPORARY), SIGKILL), ==, 0);
    fixture_wait(&fixture, &killed);
    g_assert_error(killed.error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    id = temporary_start(&fixture, CERTD_KEY_RSA_8192, &cancelled);
    fixture_wait_busy(&fixture, CERTD_PROCESS_TEMPORARY);
    fixture.workers->cancel(fixture.workers, id);
    temporary_wait(&fixture, &next);
    g_assert_cmpuint(cancelled.n_calls, ==, 0);
    fixture_stop_and_remove(&fixture);
}

/* A worker that ends before it has made the key leaves nothing that the next one takes for it. */
static void test_killed_at_start(void)
{
    Fixture fixture = {0};
    g_auto(Answer) first = {0};
    g_auto(Answer) second = {0};
    g_autoptr(GBytes) content = NULL;

    fixture_start_broken(&fixture);
    temporary_start(&fixture, CERTD_KEY_EC_SECP256R1, &first);
    kill_temporary(&fixture);
    fixture_wait(&fixture, &first);
    g_assert_no_error(first.error);
    content = key_content();
    kill_temporary(&fixture);
    temporary_wait(&fixture, &second);
    fixture_stop_and_remove(&fixture);
}

/* No process stays when nothing asks for it any more, and the next one has the same key; one worker
 * does more jobs than one is for. */
static void test_idle(void)
{
    const unsigned int n = CERTD_LIMIT_JOBS_PER_WORKER + 1;
    g_autofree Answer *answers = g_new0(Answer, n);
    Fixture fixture = {0};
    g_auto(Answer) again = {0};
    g_autoptr(GBytes) before = NULL;
    g_autoptr(GBytes) after = NULL;
    pid_t first;

    fixture_start_broken(&fixture);
    for (unsigned int i = 0; i < n; i++)
        temporary_start(&fixture, CERTD_KEY_ED25519, &answers[i]);
    first = temporary_pid(&fixture);
    for (unsigned int i = 0; i < n; i++) {
        fixture_wait(&fixture, &answers[i]);
        g_assert_no_error(answers[i].error);
        answer_clear(&answers[i]);
    }
    g_assert_cmpint(temporary_pid(&fixture), !=, first);
    while (temporary_pid(&fixture) != 0)
        fixture_turn(&fixture);
    before = key_content();
    temporary_wait(&fixture, &again);
    after = key_content();
    g_assert_true(g_bytes_equal(before, after));
    fixture_stop_and_remove(&fixture);
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/temporary-key/broken", test_broken);
    g_test_add_func("/pool/temporary-key/ends", test_ends);
    g_test_add_func("/pool/temporary-key/open", test_open);
    g_test_add_func("/pool/temporary-key/open-disk-full", test_open_disk_full);
    g_test_add_func("/pool/temporary-key/open-cancelled", test_open_cancelled);
    g_test_add_func("/pool/temporary-key/renewal", test_renewal);
    g_test_add_func("/pool/temporary-key/killed", test_killed);
    g_test_add_func("/pool/temporary-key/killed-at-start", test_killed_at_start);
    g_test_add_func("/pool/temporary-key/idle", test_idle);
    return g_test_run();
}
