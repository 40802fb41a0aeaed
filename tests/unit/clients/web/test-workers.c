/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads for requests: so many in all, so many of one owner, and everybody's turn comes. */
#include "model/web-limits.h"
#include "web/workers.h"

typedef struct {
    GMutex lock;
    GCond changed;
    gboolean open; /* those at work may end */
    guint begun;
    guint of_first; /* begun, of the owner who asked first */
    guint done;
    guint most;
    guint at_work;
} Gate;

typedef struct {
    Gate *gate;
    gboolean first;
} Job;

static void work(void *data)
{
    Job *job = data;
    Gate *gate = job->gate;
    g_mutex_lock(&gate->lock);
    gate->begun++;
    gate->of_first += job->first ? 1 : 0;
    gate->at_work++;
    gate->most = MAX(gate->most, gate->at_work);
    g_cond_broadcast(&gate->changed);
    while (!gate->open)
        g_cond_wait(&gate->changed, &gate->lock);
    gate->at_work--;
    g_mutex_unlock(&gate->lock);
}

static void done(void *data)
{
    Job *job = data;
    job->gate->done++;
    g_free(job);
}

static void submit(CertdWorkers *workers, Gate *gate, const void *owner, gboolean first)
{
    Job *job = g_new0(Job, 1);
    *job = (Job){gate, first};
    g_assert_true(certd_workers_do(workers, owner, work, done, job));
}

static void wait_for(Gate *gate, guint begun)
{
    g_mutex_lock(&gate->lock);
    while (gate->begun < begun)
        g_cond_wait(&gate->changed, &gate->lock);
    g_assert_cmpuint(gate->begun, ==, begun);
    g_mutex_unlock(&gate->lock);
}

static void let_go(Gate *gate, guint all)
{
    g_mutex_lock(&gate->lock);
    gate->open = TRUE;
    g_cond_broadcast(&gate->changed);
    g_mutex_unlock(&gate->lock);
    while (gate->done < all)
        (void)g_main_context_iteration(NULL, TRUE);
}

/* R66: one session, with one request more than may be at a time, leaves room for others. */
static void test_one_owner(void)
{
    g_autoptr(CertdWorkers) workers =
        certd_workers_new(CERTD_LIMIT_WEB_THREADS, CERTD_LIMIT_WEB_SESSION_THREADS);
    Gate gate = {0};
    int first;
    int second;
    for (guint i = 0; i <= CERTD_LIMIT_WEB_SESSION_THREADS; i++)
        submit(workers, &gate, &first, TRUE);
    submit(workers, &gate, &second, FALSE);
    wait_for(&gate, CERTD_LIMIT_WEB_SESSION_THREADS + 1);
    g_assert_cmpuint(gate.of_first, ==, CERTD_LIMIT_WEB_SESSION_THREADS);
    let_go(&gate, CERTD_LIMIT_WEB_SESSION_THREADS + 2);
    g_assert_cmpuint(gate.of_first, ==, CERTD_LIMIT_WEB_SESSION_THREADS + 1);
}

/* R66: at the limit all are at work, and one more waits. */
static void test_all(void)
{
    g_autoptr(CertdWorkers) workers =
        certd_workers_new(CERTD_LIMIT_WEB_THREADS, CERTD_LIMIT_WEB_SESSION_THREADS);
    Gate gate = {0};
    char owners[CERTD_LIMIT_WEB_THREADS + 1];
    for (guint i = 0; i <= CERTD_LIMIT_WEB_THREADS; i++)
        submit(workers, &gate, &owners[i], FALSE);
    wait_for(&gate, CERTD_LIMIT_WEB_THREADS);
    let_go(&gate, CERTD_LIMIT_WEB_THREADS + 1);
    g_assert_cmpuint(gate.begun, ==, CERTD_LIMIT_WEB_THREADS + 1);
    g_assert_cmpuint(gate.most, ==, CERTD_LIMIT_WEB_THREADS);
}

/* What has no end is refused at some point. */
static void test_queue(void)
{
    g_autoptr(CertdWorkers) workers = certd_workers_new(1, 1);
    Gate gate = {0};
    guint taken = 0;
    Job *job = g_new0(Job, 1);
    *job = (Job){&gate, FALSE};
    while (certd_workers_do(workers, NULL, work, done, job)) {
        job = g_new0(Job, 1);
        *job = (Job){&gate, FALSE};
        g_assert_cmpuint(++taken, <, 10000);
    }
    g_free(job);
    let_go(&gate, taken);
}

/* One owner's requests don't fill it. */
static void test_queue_of_one(void)
{
    g_autoptr(CertdWorkers) workers = certd_workers_new(1, 1);
    Gate gate = {0};
    int first;
    int second;
    guint taken = 0;
    Job *job = g_new0(Job, 1);
    *job = (Job){&gate, FALSE};
    while (certd_workers_do(workers, &first, work, done, job)) {
        job = g_new0(Job, 1);
        *job = (Job){&gate, FALSE};
        taken++;
    }
    g_free(job);
    g_assert_cmpuint(taken, ==, 1 + CERTD_LIMIT_WEB_STRANGERS);
    submit(workers, &gate, &second, FALSE);
    let_go(&gate, taken + 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/workers/one-owner", test_one_owner);
    g_test_add_func("/web/workers/all", test_all);
    g_test_add_func("/web/workers/queue", test_queue);
    g_test_add_func("/web/workers/queue-of-one", test_queue_of_one);
    return g_test_run();
}
