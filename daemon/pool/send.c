/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A call on its way to its worker, and the answer on its way back. */
#include <errno.h>
#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "pool/pool-private.h"

/* How long a keys worker beyond the first, or a temporary one, waits for more to do. */
#define IDLE_USEC (10u * 1000u * 1000u)

GError *certd_pool_reply_error(sd_bus_message *reply, gboolean *lost)
{
    const sd_bus_error *error = sd_bus_message_get_error(reply);
    CertdError code = CERTD_ERROR_WORKER_FAILED;
    GError *result = NULL;

    if (!error)
        return NULL;
    if (lost)
        *lost = strcmp(error->name, SD_BUS_ERROR_NO_REPLY) == 0 ||
                strcmp(error->name, SD_BUS_ERROR_DISCONNECTED) == 0;
    if (certd_error_from_dbus_name(error->name, &code))
        return g_error_new_literal(CERTD_ERROR, (int)code, error->message ? error->message : "");
    certd_call_protocol_error(&result, error->message ? error->message : error->name);
    return result;
}

void certd_pool_set_deadline(CertdPoolWorker *worker)
{
    const CertdCall *oldest = g_queue_peek_head(&worker->running);
    gboolean stays = worker->quick || worker->role == CERTD_PROCESS_PARSE;
    uint64_t usec = oldest ? oldest->kind->wall_usec : (stays ? UINT64_MAX : IDLE_USEC);

    (void)certd_process_set_deadline(worker->process, usec);
}

/* What becomes of the worker that has given an answer. */
static void release_worker(CertdPoolWorker *worker, CertdCall *call, gboolean ok)
{
    gboolean holds = ok && strcmp(call->kind->method, "Read") == 0;

    if (worker->role != CERTD_PROCESS_PARSE) {
        if (worker->n_jobs >= CERTD_LIMIT_JOBS_PER_WORKER && worker->running.length == 0)
            certd_pool_worker_drop(worker);
        else
            certd_pool_set_deadline(worker);
    } else if (holds) {
        call->state = CERTD_CALL_HELD;
        call->worker = worker;
        worker->held = call;
    } else {
        certd_pool_worker_drop(worker);
    }
}

static int on_reply(sd_bus_message *reply, void *userdata, sd_bus_error *ret)
{
    CertdCall *call = userdata;
    CertdPoolWorker *worker = call->worker;
    CertdPool *pool = worker->pool;
    gboolean lost = FALSE;
    g_autoptr(GError) error = certd_pool_reply_error(reply, &lost);

    if (lost) {
        worker->ending = TRUE;
        certd_process_kill(worker->process, NULL);
        return 0;
    }
    call->slot = sd_bus_slot_unref(call->slot);
    call->worker = NULL;
    certd_call_unlink(call);
    release_worker(worker, call, !error);
    /* The worker's next job first: it need not wait for what the daemon does with the answer. */
    certd_pool_schedule(pool);
    if (call->state == CERTD_CALL_HELD)
        call->kind->finish(call, reply, NULL);
    else
        certd_pool_finish(pool, call, error ? NULL : reply, error);
    return 0;
}

static int send_message(CertdPoolWorker *worker, CertdCall *call)
{
    sd_bus *bus = certd_process_bus(worker->process);
    g_autoptr(sd_bus_message) message = NULL;
    int r = sd_bus_message_new_method_call(bus, &message, NULL, CERTD_PATH_WORKER,
                                           CERTD_INTERFACE_WORKER, call->kind->method);

    if (r >= 0)
        r = sd_bus_message_sensitive(message);
    if (r >= 0)
        r = call->kind->fill(call, message);
    if (r >= 0)
        r = sd_bus_call_async(bus, &call->slot, message, on_reply, call, UINT64_MAX);
    return r;
}

void certd_pool_send(CertdPoolWorker *worker, CertdCall *call)
{
    int r = send_message(worker, call);
    gboolean lost = r == -ENOTCONN || r == -ECONNRESET || r == -EPIPE;

    if (r < 0 && !lost) {
        g_autoptr(GError) error = NULL;

        certd_call_protocol_error(&error, g_strerror(-r));
        call->worker = NULL;
        if (worker->held == call) {
            worker->held = NULL;
            certd_pool_worker_drop(worker);
        }
        certd_pool_answer_later(worker->pool, call, g_steal_pointer(&error));
        return;
    }
    /* Where the worker is gone already, its end fails the call. */
    if (lost) {
        worker->ending = TRUE;
        certd_process_kill(worker->process, NULL);
    }
    call->state = CERTD_CALL_RUNNING;
    call->worker = worker;
    worker->held = NULL;
    certd_call_push(call, &worker->running, FALSE);
    worker->n_jobs++;
    /* Judge has what Read left of the one limit. */
    if (worker->running.length == 1 && (worker->role != CERTD_PROCESS_PARSE || worker->n_jobs == 1))
        certd_pool_set_deadline(worker);
}
