/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who does what, and how many workers there are. One keys worker takes quick jobs alone, so that
 * no number of RSA keys makes a P-256 key wait; each quick one may have two in flight, so that it
 * never waits for the daemon. A temporary worker is there only while something asks for one.
 */
#include "model/limits.h"
#include "pool/pool-private.h"

/* Quick jobs on one worker at once. */
#define QUICK_IN_FLIGHT 2u
/* Jobs before its last at which a worker's replacement is started. */
#define REPLACE_AHEAD 16u
/* Parse workers at once, the spare one among them. */
#define PARSE_WORKERS_MAX 4u

static gboolean is_aging(const CertdPoolWorker *worker)
{
    return worker->ending || worker->n_jobs + REPLACE_AHEAD >= CERTD_LIMIT_JOBS_PER_WORKER;
}

static gboolean takes_jobs(const CertdPoolWorker *worker)
{
    return worker->ready && !worker->ending && worker->n_jobs < CERTD_LIMIT_JOBS_PER_WORKER;
}

unsigned int certd_pool_side_queued(const CertdPoolSide *side)
{
    return side->quick.length + side->slow.length;
}

static gboolean may_start(const CertdPool *pool, CertdProcessRole role)
{
    return !pool->sides[role].backs_off &&
           (role != CERTD_PROCESS_KEYS || pool->key_state != CERTD_SEALING_KEY_BROKEN);
}

/* Starts one, trying again until that works or the side backs off. */
static gboolean start(CertdPool *pool, CertdProcessRole role, gboolean quick)
{
    while (may_start(pool, role)) {
        if (certd_pool_worker_start(pool, role, quick))
            return TRUE;
    }
    return FALSE;
}

/* The worker that should take the next job: the one with the least to do, and of equal ones the
 * one for quick jobs. NULL where all have enough. */
static CertdPoolWorker *find_keys_worker(const CertdPoolSide *side, gboolean slow)
{
    CertdPoolWorker *best = NULL;

    for (unsigned int i = 0; i < side->workers->len; i++) {
        CertdPoolWorker *worker = g_ptr_array_index(side->workers, i);
        const CertdCall *oldest = g_queue_peek_head(&worker->running);
        /* A slow job waits for a general worker to be free: don't fill it up with quick ones. */
        gboolean pipelines = !slow && (worker->quick || side->slow.length == 0);

        if (!takes_jobs(worker) || (slow && worker->quick) || (oldest && oldest->slow))
            continue;
        if (worker->running.length >= (pipelines ? QUICK_IN_FLIGHT : 1))
            continue;
        if (!best || worker->running.length < best->running.length ||
            (worker->running.length == best->running.length && worker->quick))
            best = worker;
    }
    return best;
}

static void dispatch_keys(CertdPoolSide *side)
{
    GQueue *queues[] = {&side->slow, &side->quick};

    for (size_t i = 0; i < G_N_ELEMENTS(queues); i++) {
        CertdPoolWorker *worker = NULL;

        while (queues[i]->length > 0 && (worker = find_keys_worker(side, i == 0)))
            certd_pool_send(worker, g_queue_peek_head(queues[i]));
    }
}

static unsigned int count_keys(const CertdPool *pool, gboolean quick)
{
    const CertdPoolSide *side = &pool->sides[CERTD_PROCESS_KEYS];
    unsigned int n = 0;

    for (unsigned int i = 0; i < side->workers->len; i++) {
        const CertdPoolWorker *worker = g_ptr_array_index(side->workers, i);

        n += worker->quick == quick && !is_aging(worker);
    }
    return n;
}

gboolean certd_pool_is_surplus(const CertdPoolWorker *worker)
{
    if (worker->role == CERTD_PROCESS_TEMPORARY)
        return TRUE;
    return !worker->quick && count_keys(worker->pool, FALSE) > (is_aging(worker) ? 0 : 1);
}

static unsigned int count_starting(const CertdPoolSide *side)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < side->workers->len; i++) {
        const CertdPoolWorker *worker = g_ptr_array_index(side->workers, i);

        n += !worker->ready && !worker->ending;
    }
    return n;
}

static void schedule_keys(CertdPool *pool)
{
    CertdPoolSide *side = &pool->sides[CERTD_PROCESS_KEYS];
    unsigned int general;

    if (pool->key_state != CERTD_SEALING_KEY_READY) {
        /* One worker finds out about the key, or makes it; the others follow. */
        if (count_starting(side) == 0)
            (void)start(pool, CERTD_PROCESS_KEYS, FALSE);
        return;
    }
    dispatch_keys(side);
    if (count_keys(pool, TRUE) == 0 && !start(pool, CERTD_PROCESS_KEYS, TRUE))
        return;
    general = count_keys(pool, FALSE);
    while (general < pool->n_general_max &&
           (general == 0 || count_starting(side) < certd_pool_side_queued(side))) {
        if (!start(pool, CERTD_PROCESS_KEYS, FALSE))
            return;
        general++;
    }
}

/* One does what there is to do: a certificate for an emergency takes it no time. */
static void schedule_temporary(CertdPool *pool)
{
    CertdPoolSide *side = &pool->sides[CERTD_PROCESS_TEMPORARY];

    dispatch_keys(side);
    if (certd_pool_side_queued(side) == 0)
        return;
    for (unsigned int i = 0; i < side->workers->len; i++) {
        const CertdPoolWorker *worker = g_ptr_array_index(side->workers, i);

        if (!worker->ending && worker->n_jobs < CERTD_LIMIT_JOBS_PER_WORKER)
            return;
    }
    (void)start(pool, CERTD_PROCESS_TEMPORARY, FALSE);
}

static CertdPoolWorker *find_parse_worker(const CertdPoolSide *side)
{
    for (unsigned int i = 0; i < side->workers->len; i++) {
        CertdPoolWorker *worker = g_ptr_array_index(side->workers, i);

        if (takes_jobs(worker) && worker->n_jobs == 0)
            return worker;
    }
    return NULL;
}

static void schedule_parse(CertdPool *pool)
{
    CertdPoolSide *side = &pool->sides[CERTD_PROCESS_PARSE];
    CertdPoolWorker *worker = NULL;
    unsigned int n_busy = 0, n_fresh = 0;

    while (side->quick.length > 0 && (worker = find_parse_worker(side)))
        certd_pool_send(worker, g_queue_peek_head(&side->quick));
    for (unsigned int i = 0; i < side->workers->len; i++) {
        worker = g_ptr_array_index(side->workers, i);
        n_busy += !worker->ending && worker->n_jobs > 0;
        n_fresh += !worker->ending && worker->n_jobs == 0;
    }
    /* One for each job that waits, and a spare one. */
    while (n_fresh < side->quick.length + 1 && n_busy + n_fresh < PARSE_WORKERS_MAX) {
        if (!start(pool, CERTD_PROCESS_PARSE, FALSE))
            return;
        n_fresh++;
    }
}

void certd_pool_schedule(CertdPool *pool)
{
    /* What is cancelled at the daemon's end needs no worker in the place of the one that had it; and
     * after the loop's end none could be watched. */
    if (pool->freeing || sd_event_get_state(pool->event) == SD_EVENT_FINISHED)
        return;
    schedule_keys(pool);
    schedule_parse(pool);
    schedule_temporary(pool);
}
