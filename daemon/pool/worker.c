/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The workers of a pool: how they start, and what becomes of their jobs when they end. */
#include <errno.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "pool/pool-private.h"

/* What a worker may take to start and unlock; usually a few hundredths of it. */
#define START_WALL_USEC (10u * 1000u * 1000u)
/* Starts that may fail in a row before a pause, and the pause. */
#define START_FAILURES_MAX 5u
#define BACKOFF_USEC (1000u * 1000u)
#define BACKOFF_ACCURACY_USEC (50u * 1000u)

static int on_backoff_over(sd_event_source *source, uint64_t usec, void *userdata)
{
    CertdPool *pool = userdata;

    for (unsigned int i = 0; i < CERTD_PROCESS_ROLE_COUNT_; i++) {
        if (pool->sides[i].backoff == source)
            pool->sides[i].backs_off = FALSE;
    }
    certd_pool_schedule(pool);
    return 0;
}

static void back_off(CertdPool *pool, CertdPoolSide *side)
{
    sd_event_source_disable_unref(side->backoff);
    side->backoff = NULL;
    side->backs_off =
        sd_event_add_time_relative(pool->event, &side->backoff, CLOCK_MONOTONIC, BACKOFF_USEC,
                                   BACKOFF_ACCURACY_USEC, on_backoff_over, pool) >= 0;
}

/* A worker that never became ready: what waits for one fails once it is clear that this is no
 * accident. */
static void count_start_failure(CertdPool *pool, CertdProcessRole role, const GError *error)
{
    CertdPoolSide *side = &pool->sides[role];

    if (++side->n_start_failures < START_FAILURES_MAX)
        return;
    back_off(pool, side);
    /* Whoever waits for a new sealing key is told that there is none; the next worker must not make one
     * all the same, and destroy the old one. */
    if (role == CERTD_PROCESS_KEYS && !g_queue_is_empty(&pool->renewals))
        certd_pool_sealing_key_settle(pool, error);
    certd_pool_fail_queued(pool, role, error);
}

static void answer_failed(CertdPoolWorker *worker, CertdCall *call, const char *cause)
{
    GError *error = g_error_new(CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                                "The worker process for this job %s; try again, and report it "
                                "with what was asked if it happens again",
                                cause);

    call->worker = NULL;
    call->slot = sd_bus_slot_unref(call->slot);
    if (call->state == CERTD_CALL_HELD) {
        worker->held = NULL;
        call->error = error;
        return;
    }
    certd_pool_answer_later(worker->pool, call, error);
}

static void requeue(CertdPoolWorker *worker)
{
    CertdPoolSide *side = &worker->pool->sides[worker->role];
    CertdCall *call;

    while ((call = g_queue_peek_tail(&worker->running))) {
        call->slot = sd_bus_slot_unref(call->slot);
        call->worker = NULL;
        call->state = CERTD_CALL_QUEUED;
        certd_call_push(call, call->slow ? &side->slow : &side->quick, TRUE);
    }
}

static void on_ended(CertdProcess *process, const char *cause, void *userdata)
{
    CertdPoolWorker *worker = userdata;
    CertdPool *pool = worker->pool;
    CertdProcessRole role = worker->role;
    CertdCall *oldest = g_queue_peek_head(&worker->running);
    g_autoptr(GError) error = NULL;

    /* Jobs are done in order: the oldest was under way, the others had not begun. */
    if (oldest)
        answer_failed(worker, oldest, cause);
    if (worker->held)
        answer_failed(worker, worker->held, cause);
    requeue(worker);
    if (!worker->ready && !worker->dropped)
        error = g_error_new(
            CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
            "Workers do not start: the last one %s; see the journal of certd for its message",
            cause);
    g_ptr_array_remove(pool->sides[role].workers, worker);
    if (error)
        count_start_failure(pool, role, error);
    certd_pool_schedule(pool);
}

static void on_deadline(CertdProcess *process, void *userdata)
{
    CertdPoolWorker *worker = userdata;
    const CertdCall *call =
        worker->held ? worker->held : (CertdCall *)g_queue_peek_head(&worker->running);
    g_autofree char *cause = NULL;

    if (!call && worker->ready) {
        if (certd_pool_is_surplus(worker))
            certd_pool_worker_drop(worker);
        return;
    }
    cause = call ? g_strdup_printf("ran over its time limit of %u s",
                                   (unsigned int)(call->kind->wall_usec / G_USEC_PER_SEC))
                 : g_strdup_printf("was not ready after %u s",
                                   (unsigned int)(START_WALL_USEC / G_USEC_PER_SEC));
    worker->ending = TRUE;
    certd_process_kill(process, cause);
}

/* The worker that was perhaps to find out about the sealing key has answered. */
static void settle_key(CertdPoolWorker *worker, const GError *answer)
{
    CertdPool *pool = worker->pool;
    g_autoptr(GError) error = answer ? g_error_copy(answer) : NULL;

    /* Where it is the worker that failed, the next one tries again. */
    if (worker->role != CERTD_PROCESS_KEYS || pool->key_state == CERTD_SEALING_KEY_READY ||
        g_error_matches(answer, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED))
        return;
    if (!error && worker->creates)
        (void)certd_pool_sealing_key_commit(pool, &error);
    certd_pool_sealing_key_settle(pool, error);
}

/* @worker can do jobs, or @error says why it can't. */
static void finish_start(CertdPoolWorker *worker, const GError *error)
{
    CertdPool *pool = worker->pool;

    if (!error) {
        worker->ready = TRUE;
        pool->sides[worker->role].n_start_failures = 0;
        certd_pool_set_deadline(worker);
    } else {
        worker->ending = TRUE;
        certd_process_kill(worker->process, error->message);
    }
    settle_key(worker, error);
    certd_pool_schedule(pool);
}

static void on_wrapped(CertdPoolWorker *worker)
{
    finish_start(worker, NULL);
}

/* Whether the worker that finds out about the sealing key has still to wrap it. */
static gboolean wraps(CertdPoolWorker *worker, sd_bus_message *reply)
{
    int wrapped = FALSE;

    return worker->role == CERTD_PROCESS_KEYS &&
           worker->pool->key_state != CERTD_SEALING_KEY_READY &&
           sd_bus_message_read(reply, "b", &wrapped) >= 0 &&
           certd_pool_wrap(worker, wrapped, on_wrapped);
}

gboolean certd_pool_worker_answers(CertdPoolWorker *worker, sd_bus_message *reply, GError **answer)
{
    gboolean lost = FALSE;
    g_autoptr(GError) error = certd_pool_reply_error(reply, &lost);

    worker->start_slot = sd_bus_slot_unref(worker->start_slot);
    if (!worker->ending && lost) {
        worker->ending = TRUE;
        certd_process_kill(worker->process, NULL);
    }
    if (worker->ending)
        return FALSE;
    *answer = g_steal_pointer(&error);
    return TRUE;
}

static int on_started(sd_bus_message *reply, void *userdata, sd_bus_error *ret)
{
    CertdPoolWorker *worker = userdata;
    g_autoptr(GError) error = NULL;

    /* Dropped meanwhile, a sealing key that it made is not the one to be made now. */
    if (!certd_pool_worker_answers(worker, reply, &error))
        return 0;
    if (!error && worker->role == CERTD_PROCESS_TEMPORARY && worker->creates)
        (void)certd_pool_temporary_key_commit(worker->pool, &error);
    if (!error && worker->beside)
        (void)certd_pool_sealing_key_take_beside(worker->pool, &error);
    if (error || !wraps(worker, reply))
        finish_start(worker, error);
    return 0;
}

/* The worker lives. One for keys is unlocked only now: sd-bus would wait, and all of certd with it,
 * to learn whether a peer that has not yet spoken takes descriptors. */
static int on_alive(sd_bus_message *reply, void *userdata, sd_bus_error *ret)
{
    CertdPoolWorker *worker = userdata;
    CertdPool *pool = worker->pool;
    g_autoptr(GError) error = NULL;

    if (worker->role == CERTD_PROCESS_PARSE || sd_bus_message_is_method_error(reply, NULL))
        return on_started(reply, userdata, ret);
    worker->start_slot = sd_bus_slot_unref(worker->start_slot);
    if (worker->ending || certd_pool_unlock(worker, on_started, &error))
        return 0;
    worker->ending = TRUE;
    certd_process_kill(worker->process, error->message);
    settle_key(worker, error);
    certd_pool_schedule(pool);
    return 0;
}

/* Asks the fresh worker for a sign of life: it answers once it is locked in. */
static gboolean begin(CertdPoolWorker *worker, GError **error)
{
    sd_bus *bus = certd_process_bus(worker->process);
    int r;

    /* The answers may take as long as our own deadline lets them. */
    (void)sd_bus_set_method_call_timeout(bus, 2 * START_WALL_USEC);
    (void)certd_process_set_deadline(worker->process, START_WALL_USEC);
    r = sd_bus_call_method_async(bus, &worker->start_slot, NULL, CERTD_PATH_WORKER,
                                 "org.freedesktop.DBus.Peer", "Ping", on_alive, worker, "");
    if (r < 0)
        certd_call_protocol_error(error, g_strerror(-r));
    return r >= 0;
}

CertdPoolWorker *certd_pool_worker_start(CertdPool *pool, CertdProcessRole role, gboolean quick)
{
    CertdPoolWorker *worker = g_new0(CertdPoolWorker, 1);
    g_autoptr(GError) error = NULL;

    worker->pool = pool;
    worker->role = role;
    worker->quick = quick;
    worker->process =
        certd_process_new(pool->event, pool->program, role, on_ended, on_deadline, worker, &error);
    if (worker->process && begin(worker, &error)) {
        g_ptr_array_add(pool->sides[role].workers, worker);
        return worker;
    }
    certd_pool_worker_free(worker);
    count_start_failure(pool, role, error);
    return NULL;
}

void certd_pool_worker_free(CertdPoolWorker *worker)
{
    sd_bus_slot_unref(worker->start_slot);
    certd_process_free(worker->process);
    g_free(worker);
}

void certd_pool_worker_drop(CertdPoolWorker *worker)
{
    requeue(worker);
    worker->ending = TRUE;
    worker->dropped = TRUE;
    certd_process_kill(worker->process, NULL);
}

void certd_pool_drop_workers(CertdPool *pool, CertdProcessRole role)
{
    GPtrArray *workers = pool->sides[role].workers;

    for (unsigned int i = 0; i < workers->len; i++)
        certd_pool_worker_drop(g_ptr_array_index(workers, i));
}
