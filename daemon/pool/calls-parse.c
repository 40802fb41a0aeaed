/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The jobs of role parse: ReadRequest; and Read, and on the same process Judge, under one wall
 * limit. Between the two the call is held, with its worker.
 */
#include <unistd.h>

#include "model/error.h"
#include "model/limits.h"
#include "pool/pool-private.h"
#include "wire/variant.h"

static int fill_read_request(const CertdCall *call, sd_bus_message *message)
{
    return sd_bus_message_append(message, "hs", call->fds[0], certd_policy_name(call->policy));
}

static void finish_read_request(CertdCall *call, sd_bus_message *reply, const GError *error)
{
    g_autoptr(GError) own = NULL;
    g_autoptr(GVariant) dict = reply ? certd_variant_read(reply, "a{sv}", &own) : NULL;
    g_autoptr(CertdReadRequestResult) result =
        dict ? certd_read_request_result_from_variant(dict, &own) : NULL;

    call->done.read_request(result, result ? NULL : (error ? error : own), call->userdata);
}

static const CertdCallKind kind_read_request = {
    "ReadRequest",     CERTD_PROCESS_PARSE, CERTD_LIMIT_PARSE_WALL_USEC,
    fill_read_request, finish_read_request,
};

CertdJobId certd_calls_read_request(CertdWorkers *workers, int data_fd, CertdPolicy policy,
                                    CertdReadRequestDone done, void *userdata)
{
    CertdCall *call = certd_call_new(&kind_read_request, userdata);

    call->done.read_request = done;
    call->policy = policy;
    certd_call_keep_fd(call, 0, data_fd);
    return certd_pool_submit(certd_pool_of(workers), call);
}

static int fill_read(const CertdCall *call, sd_bus_message *message)
{
    gboolean has_passphrase = call->fds[1] >= 0;

    return sd_bus_message_append(message, "hhb", call->fds[0],
                                 has_passphrase ? call->fds[1] : call->fds[0], has_passphrase);
}

static void finish_read(CertdCall *call, sd_bus_message *reply, const GError *error)
{
    g_autoptr(GError) own = NULL;
    g_autoptr(GVariant) dict = reply ? certd_variant_read(reply, "a{sv}", &own) : NULL;
    g_autoptr(CertdReadResult) result = dict ? certd_read_result_from_variant(dict, &own) : NULL;
    CertdReadDone done = call->done.read;
    void *userdata = call->userdata;

    /* An answer that cannot be read is no bundle to hold. */
    if (!result && call->state == CERTD_CALL_HELD)
        certd_pool_cancel_call(call->worker->pool, call);
    done(result, result ? NULL : (error ? error : own), userdata);
}

static const CertdCallKind kind_read = {
    "Read", CERTD_PROCESS_PARSE, CERTD_LIMIT_PARSE_WALL_USEC, fill_read, finish_read,
};

CertdJobId certd_calls_read(CertdWorkers *workers, int data_fd, int passphrase_fd,
                            CertdReadDone done, void *userdata)
{
    CertdCall *call = certd_call_new(&kind_read, userdata);

    call->done.read = done;
    certd_call_keep_fd(call, 0, data_fd);
    if (passphrase_fd >= 0)
        certd_call_keep_fd(call, 1, passphrase_fd);
    return certd_pool_submit(certd_pool_of(workers), call);
}

static int fill_judge(const CertdCall *call, sd_bus_message *message)
{
    return certd_variant_append(message, call->dict);
}

static void finish_judge(CertdCall *call, sd_bus_message *reply, const GError *error)
{
    g_autoptr(GError) own = NULL;
    g_autoptr(GVariant) dict = reply ? certd_variant_read(reply, "a{sv}", &own) : NULL;
    g_autoptr(CertdJudgeResult) result = dict ? certd_judge_result_from_variant(dict, &own) : NULL;
    int has_key = 0;
    int fd = -1;

    if (result && sd_bus_message_read(reply, "bh", &has_key, &fd) < 0) {
        certd_call_protocol_error(&own, "Judge");
        g_clear_pointer(&result, certd_judge_result_free);
    }
    call->done.judge(result, result && has_key ? fd : -1, result ? NULL : (error ? error : own),
                     call->userdata);
}

static const CertdCallKind kind_judge = {
    "Judge", CERTD_PROCESS_PARSE, CERTD_LIMIT_PARSE_WALL_USEC, fill_judge, finish_judge,
};

/* A judge job for which no bundle is held: fails at the next turn. */
static CertdJobId judge_nothing(CertdPool *pool, CertdJobId read, CertdJudgeDone done,
                                void *userdata)
{
    CertdCall *call = certd_call_new(&kind_judge, userdata);

    call->done.judge = done;
    g_set_error(&call->error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                "No worker has a bundle of job %" G_GUINT64_FORMAT " to judge; read it first, and "
                "judge it once",
                read);
    return certd_pool_submit(pool, call);
}

CertdJobId certd_calls_judge(CertdWorkers *workers, CertdJobId read, const CertdJudgeJob *job,
                             CertdJudgeDone done, void *userdata)
{
    CertdPool *pool = certd_pool_of(workers);
    CertdCall *call = g_hash_table_lookup(pool->calls, &read);

    if (!call || call->state != CERTD_CALL_HELD)
        return judge_nothing(pool, read, done, userdata);
    call->kind = &kind_judge;
    call->done.judge = done;
    call->userdata = userdata;
    call->dict = g_variant_ref_sink(certd_judge_job_to_variant(job));
    if (call->error)
        certd_pool_answer_later(pool, call, g_steal_pointer(&call->error));
    else
        certd_pool_send(call->worker, call);
    return read;
}
