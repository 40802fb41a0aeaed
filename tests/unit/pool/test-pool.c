/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every kind of job, done for real by certd-worker; and how jobs share the workers. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/san.h"

static Fixture fixture;

static CertdJobId read_start(const void *data, size_t size, const char *passphrase, Answer *answer)
{
    int fd = memfd_of(data, size);
    int passphrase_fd = passphrase ? memfd_of(passphrase, strlen(passphrase)) : -1;
    CertdJobId id = fixture.workers->read(fixture.workers, fd, passphrase_fd, on_read, answer);

    /* The pool has its own. */
    close(fd);
    if (passphrase_fd >= 0)
        close(passphrase_fd);
    return id;
}

static void judge_wait(CertdJobId read, Answer *answer)
{
    g_autoptr(CertdJudgeJob) job = g_new0(CertdJudgeJob, 1);

    job->key_known = TRUE;
    job->want_key = TRUE;
    job->names = certd_san_list_new();
    job->now = 1790000000;
    job->clock_trusted = TRUE;
    fixture.workers->judge(fixture.workers, read, job, on_judge, answer);
    g_assert_cmpuint(answer->n_calls, ==, 0);
    fixture_wait(&fixture, answer);
}

/* R1, R9: a request with a new key, and another with the same. */
static void test_issue(const void *data)
{
    CertdKeyType type = (CertdKeyType)GPOINTER_TO_UINT(data);
    g_auto(Answer) first = {0};
    g_auto(Answer) second = {0};
    g_autoptr(CertdIssueJob) job = issue_job_new(type);

    issue_wait(&fixture, type, &first);
    g_assert_no_error(first.error);
    g_assert_nonnull(first.request);
    g_assert_null(first.certificate);
    g_assert_cmpuint(g_bytes_get_size(first.hash), ==, 32);
    /* R20 */
    job->sealed_key = g_bytes_ref(first.sealed_key);
    job->kind = CERTD_ISSUE_SELF_SIGNED;
    fixture.workers->issue(fixture.workers, job, on_issue, &second);
    fixture_wait(&fixture, &second);
    g_assert_no_error(second.error);
    g_assert_nonnull(second.certificate);
    g_assert_null(second.request);
    g_assert_true(second.has_details);
    g_assert_true(g_bytes_equal(first.hash, second.hash));
    g_assert_true(g_bytes_equal(first.sealed_key, second.sealed_key));
}

static void test_wrong_key_id(void)
{
    g_auto(Answer) first = {0};
    g_auto(Answer) second = {0};
    g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_ED25519);

    issue_wait(&fixture, CERTD_KEY_ED25519, &first);
    job->sealed_key = g_bytes_ref(first.sealed_key);
    job->key_id[0] = 'f';
    fixture.workers->issue(fixture.workers, job, on_issue, &second);
    fixture_wait(&fixture, &second);
    g_assert_error(second.error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
}

/* R34: the key of a bundle is sealed, without the daemon seeing it. */
static void test_import(void)
{
    g_auto(Answer) read = {0};
    g_auto(Answer) judged = {0};
    g_auto(Answer) sealed = {0};
    g_auto(Answer) again = {0};
    CertdJobId id = read_start(fixture_bundle, strlen(fixture_bundle), NULL, &read);

    fixture_wait(&fixture, &read);
    g_assert_no_error(read.error);
    g_assert_true(read.has_key);
    g_assert_cmpuint(read.n_certificates, ==, 1);
    judge_wait(id, &judged);
    g_assert_no_error(judged.error);
    g_assert_cmpuint(judged.n_certificates, ==, 1);
    g_assert_true(judged.has_fd);
    fixture.workers->seal(fixture.workers, "k1", judged.fd, on_seal, &sealed);
    fixture_wait(&fixture, &sealed);
    g_assert_no_error(sealed.error);
    g_assert_cmpstr(sealed.text, ==, "ec:secp256r1");
    g_assert_true(g_bytes_equal(sealed.hash, read.hash));
    /* Judged once. */
    judge_wait(id, &again);
    g_assert_error(again.error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
}

static void test_read_fails(void)
{
    g_auto(Answer) read = {0};
    g_auto(Answer) judged = {0};
    CertdJobId id = read_start("nothing known", 13, NULL, &read);

    fixture_wait(&fixture, &read);
    g_assert_error(read.error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT);
    judge_wait(id, &judged);
    g_assert_error(judged.error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
}

/* The whole of @fd. */
static size_t read_all(int fd, char *buffer, size_t size)
{
    ssize_t n = pread(fd, buffer, size, 0);

    g_assert_cmpint(n, >, 0);
    return (size_t)n;
}

/* R42: what is exported reads again, with its pass phrase. */
static void test_export(void)
{
    static const char passphrase[] = "correct horse";
    g_autoptr(GPtrArray) chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_EC_SECP256R1);
    g_auto(Answer) issued = {0};
    g_auto(Answer) p12 = {0};
    g_auto(Answer) p7 = {0};
    g_auto(Answer) read_p12 = {0};
    g_auto(Answer) read_p7 = {0};
    g_autofree char *buffer = g_malloc(65536);
    int fd = memfd_of(passphrase, strlen(passphrase));

    job->kind = CERTD_ISSUE_SELF_SIGNED;
    fixture.workers->issue(fixture.workers, job, on_issue, &issued);
    fixture_wait(&fixture, &issued);
    g_assert_no_error(issued.error);
    g_ptr_array_add(chain, g_bytes_ref(issued.certificate));
    fixture.workers->export_pkcs12(fixture.workers, job->key_id, issued.sealed_key, chain, "dev1",
                                   fd, on_fd, &p12);
    close(fd);
    fixture_wait(&fixture, &p12);
    g_assert_no_error(p12.error);
    read_start(buffer, read_all(p12.fd, buffer, 65536), passphrase, &read_p12);
    fixture_wait(&fixture, &read_p12);
    g_assert_no_error(read_p12.error);
    g_assert_true(g_bytes_equal(read_p12.hash, issued.hash));
    fixture.workers->export_pkcs7(fixture.workers, chain, on_bytes, &p7);
    fixture_wait(&fixture, &p7);
    g_assert_no_error(p7.error);
    read_start(g_bytes_get_data(p7.request, NULL), g_bytes_get_size(p7.request), NULL, &read_p7);
    fixture_wait(&fixture, &read_p7);
    g_assert_no_error(read_p7.error);
    g_assert_cmpuint(read_p7.n_certificates, ==, 1);
    g_assert_false(read_p7.has_key);
}

/* R11: no number of slow jobs makes a quick one wait. */
static void test_quick_beside_slow(void)
{
    Answer slow[8] = {0};
    CertdJobId ids[8];
    g_auto(Answer) quick = {0};

    for (size_t i = 0; i < G_N_ELEMENTS(slow); i++)
        ids[i] = issue_start(&fixture, CERTD_KEY_RSA_8192, &slow[i]);
    fixture_wait_busy(&fixture, CERTD_PROCESS_KEYS);
    issue_wait(&fixture, CERTD_KEY_EC_SECP256R1, &quick);
    g_assert_no_error(quick.error);
    for (size_t i = 0; i < G_N_ELEMENTS(slow); i++)
        fixture.workers->cancel(fixture.workers, ids[i]);
    /* Cancelled jobs are silent; the workers are there again. */
    answer_clear(&quick);
    issue_wait(&fixture, CERTD_KEY_RSA_2048, &quick);
    g_assert_no_error(quick.error);
    for (size_t i = 0; i < G_N_ELEMENTS(slow); i++)
        g_assert_cmpuint(slow[i].n_calls, ==, 0);
}

/* At most so many parse workers at once, and all jobs get their turn. */
static void test_many_reads(void)
{
    Answer answers[12] = {0};
    CertdJobId ids[12];

    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++)
        ids[i] = read_start(fixture_bundle, strlen(fixture_bundle), NULL, &answers[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        g_autoptr(GArray) pids = certd_pool_pids(fixture.pool, CERTD_PROCESS_PARSE, FALSE);

        g_assert_cmpuint(pids->len, <=, 4);
        fixture_wait(&fixture, &answers[i]);
        g_assert_no_error(answers[i].error);
        fixture.workers->cancel(fixture.workers, ids[i]);
        answer_clear(&answers[i]);
    }
}

/* Workers are replaced after their number of jobs, and nobody notices. */
static void test_recycled(void)
{
    const unsigned int n = 3 * CERTD_LIMIT_JOBS_PER_WORKER + 100;
    g_autofree Answer *answers = g_new0(Answer, n);
    g_autoptr(GArray) before = certd_pool_pids(fixture.pool, CERTD_PROCESS_KEYS, FALSE);
    g_autoptr(GArray) after = NULL;
    gint64 start = g_get_monotonic_time();
    unsigned int n_left = 0;

    for (unsigned int i = 0; i < n; i++)
        issue_start(&fixture, CERTD_KEY_EC_SECP256R1, &answers[i]);
    for (unsigned int i = 0; i < n; i++) {
        fixture_wait(&fixture, &answers[i]);
        g_assert_no_error(answers[i].error);
        answer_clear(&answers[i]);
    }
    g_test_message("%.0f P-256 requests a second",
                   n * 1e6 / (double)(g_get_monotonic_time() - start));
    after = certd_pool_pids(fixture.pool, CERTD_PROCESS_KEYS, FALSE);
    for (unsigned int i = 0; i < before->len; i++) {
        for (unsigned int j = 0; j < after->len; j++)
            n_left += g_array_index(after, pid_t, j) == g_array_index(before, pid_t, i);
    }
    /* Three workers had to do more than 1,000 jobs each: those there were have been replaced. */
    g_assert_cmpuint(n_left, <, before->len);
    g_assert_cmpuint(after->len, >=, 2);
}

static void test_queue_limit(void)
{
    const unsigned int n = CERTD_LIMIT_JOBS_QUEUED;
    g_autofree CertdJobId *ids = g_new0(CertdJobId, n + 64);
    Answer unheard = {0};
    g_auto(Answer) beyond = {0};
    g_auto(Answer) after = {0};

    /* Slow ones, of which only those on a worker leave the queue: at the limit none is refused. */
    for (unsigned int i = 0; i < n; i++)
        ids[i] = issue_start(&fixture, CERTD_KEY_RSA_8192, &unheard);
    for (unsigned int i = n; i < n + 64; i++)
        ids[i] = issue_start(&fixture, CERTD_KEY_RSA_8192, &beyond);
    while (beyond.n_calls == 0)
        fixture_turn(&fixture);
    g_assert_error(beyond.error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
    g_assert_cmpuint(unheard.n_calls, ==, 0);
    for (unsigned int i = n + 64; i > 0; i--)
        fixture.workers->cancel(fixture.workers, ids[i - 1]);
    issue_wait(&fixture, CERTD_KEY_EC_SECP256R1, &after);
    g_assert_no_error(after.error);
    g_assert_cmpuint(unheard.n_calls, ==, 0);
}

int main(int argc, char *argv[])
{
    static const CertdKeyType types[] = {
        CERTD_KEY_EC_SECP256R1, CERTD_KEY_EC_SECP384R1, CERTD_KEY_EC_SECP521R1,
        CERTD_KEY_ED25519,      CERTD_KEY_RSA_2048,
    };
    int status;

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *path = g_strconcat("/pool/issue/", certd_key_type_name(types[i]), NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(types[i]), test_issue);
    }
    g_test_add_func("/pool/issue/wrong-key-id", test_wrong_key_id);
    g_test_add_func("/pool/import", test_import);
    g_test_add_func("/pool/read-fails", test_read_fails);
    g_test_add_func("/pool/export", test_export);
    g_test_add_func("/pool/quick-beside-slow", test_quick_beside_slow);
    g_test_add_func("/pool/many-reads", test_many_reads);
    g_test_add_func("/pool/recycled", test_recycled);
    g_test_add_func("/pool/queue-limit", test_queue_limit);
    fixture_start(&fixture, NULL);
    status = g_test_run();
    fixture_stop(&fixture);
    fixture_remove(&fixture);
    return status;
}
