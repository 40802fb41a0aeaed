/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pool as its user sees it: made, asked, told to forget a job, and freed. */
#include "pool/pool-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/text.h"

/* How long the daemon waits for the first keys worker when it starts. */
#define CHECK_WALL_USEC (10u * 1000u * 1000u)

void certd_pool_answer_later(CertdPool *pool, CertdCall *call, GError *error)
{
    call->state = CERTD_CALL_FAILED;
    call->error = error;
    certd_call_push(call, &pool->failed, FALSE);
    (void)sd_event_source_set_enabled(pool->defer, SD_EVENT_ONESHOT);
}

/* Has @call go on with the temporary sealing key, where that may be the one that its key is under. */
static gboolean go_on(CertdPool *pool, CertdCall *call, const GError *error)
{
    /* What makes the stored one unusable may be a full disk, too. */
    if (!error || !call->kind->temporary || !pool->temporary_made ||
        (pool->key_state != CERTD_SEALING_KEY_BROKEN &&
         !g_error_matches(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE)))
        return FALSE;
    call->before = g_error_copy(error);
    g_clear_error(&call->error);
    call->kind = call->kind->temporary;
    call->state = CERTD_CALL_QUEUED;
    certd_call_push(call, &pool->sides[call->kind->role].quick, FALSE);
    certd_pool_schedule(pool);
    return TRUE;
}

void certd_pool_finish(CertdPool *pool, CertdCall *call, sd_bus_message *reply, const GError *error)
{
    if (go_on(pool, call, error))
        return;
    /* The temporary key was only a guess. */
    if (error && call->before)
        error = call->before;
    g_hash_table_remove(pool->calls, &call->id);
    certd_call_unlink(call);
    call->kind->finish(call, reply, error);
    certd_call_free(call);
}

static int on_defer(sd_event_source *source, void *userdata)
{
    CertdPool *pool = userdata;
    unsigned int n = pool->failed.length;

    certd_pool_sealing_key_tell(pool);
    /* Those that a callback adds wait for the next turn. */
    while (n-- > 0 && pool->failed.length > 0) {
        CertdCall *call = g_queue_peek_head(&pool->failed);

        certd_pool_finish(pool, call, NULL, call->error);
    }
    if (pool->failed.length > 0)
        return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

void certd_pool_fail_queued(CertdPool *pool, CertdProcessRole role, const GError *error)
{
    CertdPoolSide *side = &pool->sides[role];
    GQueue *queues[] = {&side->quick, &side->slow, &pool->renewals};
    size_t n_queues = role == CERTD_PROCESS_KEYS ? 3 : 2;

    for (size_t i = 0; i < n_queues; i++) {
        CertdCall *call;

        while ((call = g_queue_peek_head(queues[i])))
            certd_pool_answer_later(pool, call, g_error_copy(error));
    }
}

CertdJobId certd_pool_submit(CertdPool *pool, CertdCall *call)
{
    CertdPoolSide *side = &pool->sides[call->kind->role];
    GError *error = g_steal_pointer(&call->error);
    unsigned int n_queued = 0;

    call->id = ++pool->last_id;
    g_hash_table_insert(pool->calls, &call->id, call);
    for (unsigned int i = 0; i < CERTD_PROCESS_ROLE_COUNT_; i++)
        n_queued += certd_pool_side_queued(&pool->sides[i]);
    if (!error && call->kind->role == CERTD_PROCESS_KEYS &&
        pool->key_state == CERTD_SEALING_KEY_BROKEN)
        error = g_error_copy(pool->key_error);
    if (!error && n_queued >= CERTD_LIMIT_JOBS_QUEUED)
        error = g_error_new(CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                            "%u jobs wait for a worker, and no more may; try again when some are "
                            "done, or cancel requests",
                            n_queued);
    if (error) {
        certd_pool_answer_later(pool, call, error);
        return call->id;
    }
    certd_call_push(call, call->slow ? &side->slow : &side->quick, FALSE);
    /* The call may fail in here, but it is answered and freed later. */
    certd_pool_schedule(pool);
    return call->id;
}

void certd_pool_cancel_call(CertdPool *pool, CertdCall *call)
{
    CertdPoolWorker *worker = call->worker;

    if (worker && worker->held == call)
        worker->held = NULL;
    g_hash_table_remove(pool->calls, &call->id);
    certd_call_free(call);
    if (worker)
        certd_pool_worker_drop(worker);
    certd_pool_schedule(pool);
}

static void cancel(CertdWorkers *workers, CertdJobId job)
{
    CertdPool *pool = certd_pool_of(workers);
    CertdCall *call = g_hash_table_lookup(pool->calls, &job);

    if (call)
        certd_pool_cancel_call(pool, call);
}

static const CertdWorkers table = {
    .issue = certd_calls_issue,
    .check = certd_calls_check,
    .seal = certd_calls_seal,
    .export_pkcs12 = certd_calls_export_pkcs12,
    .open_key = certd_calls_open_key,
    .export_pkcs7 = certd_calls_export_pkcs7,
    .renew_sealing_key = certd_calls_renew_sealing_key,
    .read_request = certd_calls_read_request,
    .read = certd_calls_read,
    .judge = certd_calls_judge,
    .read_anchors = certd_calls_read_anchors,
    .verify = certd_calls_verify,
    .cancel = cancel,
};

static gboolean set_up(CertdPool *pool, const char *state_directory, GError **error)
{
    g_autofree char *quoted = certd_text_quote(state_directory);
    int r;

    pool->state_fd = open(state_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (pool->state_fd < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED,
                    "The state directory %s cannot be opened: %s; make it, owned by the user that "
                    "certd runs as, with mode 0700",
                    quoted, g_strerror(errno));
        return FALSE;
    }
    r = sd_event_add_defer(pool->event, &pool->defer, on_defer, pool);
    if (r >= 0)
        r = sd_event_source_set_enabled(pool->defer, SD_EVENT_OFF);
    if (r < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "The event loop takes no more sources: %s; see that memory is left",
                    g_strerror(-r));
        return FALSE;
    }
    return TRUE;
}

CertdPool *certd_pool_new(sd_event *event, const char *worker_program, const char *state_directory,
                          const char *credentials_directory, GError **error)
{
    g_autoptr(CertdPool) pool = g_new0(CertdPool, 1);

    pool->table = table;
    pool->event = sd_event_ref(event);
    pool->program = g_strdup(worker_program);
    pool->credentials_directory = g_strdup(credentials_directory);
    pool->state_fd = -1;
    pool->temporary_fd = -1;
    pool->keep_old = TRUE;
    pool->n_general_max = MAX(2, g_get_num_processors());
    pool->calls = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (unsigned int i = 0; i < CERTD_PROCESS_ROLE_COUNT_; i++)
        pool->sides[i].workers =
            g_ptr_array_new_with_free_func((GDestroyNotify)certd_pool_worker_free);
    if (!set_up(pool, state_directory, error))
        return NULL;
    pool->key_state = certd_pool_sealing_key_look(pool);
    certd_pool_schedule(pool);
    return g_steal_pointer(&pool);
}

void certd_pool_free(CertdPool *pool)
{
    GHashTableIter iter;
    void *call;

    if (!pool)
        return;
    pool->freeing = TRUE;
    g_hash_table_iter_init(&iter, pool->calls);
    while (g_hash_table_iter_next(&iter, NULL, &call)) {
        g_hash_table_iter_remove(&iter);
        certd_call_free(call);
    }
    for (unsigned int i = 0; i < CERTD_PROCESS_ROLE_COUNT_; i++) {
        g_ptr_array_unref(pool->sides[i].workers);
        sd_event_source_disable_unref(pool->sides[i].backoff);
    }
    g_hash_table_unref(pool->calls);
    sd_event_source_disable_unref(pool->defer);
    sd_event_unref(pool->event);
    if (pool->state_fd >= 0)
        close(pool->state_fd);
    if (pool->temporary_fd >= 0)
        close(pool->temporary_fd);
    g_clear_error(&pool->key_error);
    g_clear_error(&pool->wrap_error);
    g_free(pool->credentials_directory);
    g_free(pool->program);
    g_free(pool);
}

CertdWorkers *certd_pool_workers(CertdPool *pool)
{
    return &pool->table;
}

/* The keys worker that is about to find out about the key, or NULL. */
static CertdPoolWorker *find_starting(const CertdPool *pool)
{
    GPtrArray *workers = pool->sides[CERTD_PROCESS_KEYS].workers;

    for (unsigned int i = 0; i < workers->len; i++) {
        CertdPoolWorker *worker = g_ptr_array_index(workers, i);

        if (!worker->ready && !worker->ending)
            return worker;
    }
    return NULL;
}

gboolean certd_pool_check_sealing_key(CertdPool *pool, GError **error)
{
    gint64 end = g_get_monotonic_time() + CHECK_WALL_USEC;

    while (pool->key_state == CERTD_SEALING_KEY_LOADING ||
           pool->key_state == CERTD_SEALING_KEY_CREATING) {
        CertdPoolWorker *worker = find_starting(pool);
        gint64 left = end - g_get_monotonic_time();
        int r = worker && left > 0 ? sd_bus_process(certd_process_bus(worker->process), NULL) : -1;

        if (r == 0)
            r = sd_bus_wait(certd_process_bus(worker->process), (uint64_t)left);
        if (r < 0) {
            g_autofree char *quoted = certd_text_quote(pool->program);

            g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                        "No worker could try the sealing key; see that the worker program %s "
                        "runs, and the journal of certd for its message",
                        quoted);
            return FALSE;
        }
    }
    if (pool->key_state == CERTD_SEALING_KEY_READY)
        return TRUE;
    if (error)
        *error = g_error_copy(pool->key_error);
    return FALSE;
}

GArray *certd_pool_pids(const CertdPool *pool, CertdProcessRole role, gboolean busy)
{
    GArray *pids = g_array_new(FALSE, FALSE, sizeof(pid_t));
    GPtrArray *workers = pool->sides[role].workers;

    for (unsigned int i = 0; i < workers->len; i++) {
        CertdPoolWorker *worker = g_ptr_array_index(workers, i);
        pid_t pid = certd_process_pid(worker->process);
        gboolean works = worker->running.length > 0 || worker->held;

        if (!worker->ending && (works || !busy))
            g_array_append_val(pids, pid);
    }
    return pids;
}
