/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The maker: gives queued requests to the workers, a few at a time, and commits what comes back, as
 * much at a time as there is.
 * Quick and slow keys queue apart, so that no RSA-8192 key holds up anyone else; a user who is no
 * administrator has one key in the making, and the rest of his requests wait.
 */

#include "service/request-maker.h"
#include "model/error.h"

/* In the hands of the workers at once. Slow ones are shown as `generating` only when a processor
 * really works on them, so no more of them are handed over than there are general workers. */
#define RUNNING_QUICK 32u
#define RUNNING_SLOW 2u

struct CertdMaker {
    CertdService *service;
    GHashTable *all; /* &id → CertdMaking, owned */
    GQueue queue[2]; /* of CertdMaking: quick, slow */
    guint running[2];
    GQueue answered;     /* of CertdMaking: to be stored; running still */
    GHashTable *limited; /* uids that have one running */
};

static void making_free(void *data)
{
    CertdMaking *making = data;
    g_free(making->certificate);
    g_free(making->key_id);
    g_free(making->authority);
    certd_caller_clear(&making->asker);
    g_clear_pointer(&making->result, certd_issue_result_free);
    g_clear_error(&making->failure);
    g_free(making);
}

CertdMaker *certd_maker_new(CertdService *service)
{
    CertdMaker *maker = g_new0(CertdMaker, 1);
    maker->service = service;
    maker->all = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, making_free);
    maker->limited = g_hash_table_new(NULL, NULL);
    g_queue_init(&maker->queue[0]);
    g_queue_init(&maker->queue[1]);
    g_queue_init(&maker->answered);
    return maker;
}

void certd_maker_free(CertdMaker *maker)
{
    certd_maker_cancel_certificate(maker, NULL);
    g_hash_table_unref(maker->all);
    g_hash_table_unref(maker->limited);
    g_free(maker);
}

gboolean certd_maker_is_running(const CertdMaker *maker, gint64 id)
{
    const CertdMaking *making = g_hash_table_lookup(maker->all, &id);
    return making != NULL && making->job != 0;
}

gboolean certd_maker_has(const CertdMaker *maker, gint64 id)
{
    return g_hash_table_contains(maker->all, &id);
}

gboolean certd_maker_issues(const CertdMaker *maker, const char *certificate)
{
    GHashTableIter all;
    void *value;
    g_hash_table_iter_init(&all, maker->all);
    while (g_hash_table_iter_next(&all, NULL, &value)) {
        const CertdMaking *making = value;
        if (making->issuer != CERTD_ISSUER_EXTERNAL &&
            g_str_equal(making->certificate, certificate))
            return TRUE;
    }
    return FALSE;
}

static void stop_running(CertdMaking *making)
{
    CertdMaker *maker = making->maker;
    maker->running[making->slow]--;
    if (making->limited)
        g_hash_table_remove(maker->limited, GUINT_TO_POINTER(making->uid));
    if (making->answered)
        g_queue_remove(&maker->answered, making);
    making->answered = FALSE;
}

/* Takes it out of the books; the worker's answer, if any is due, is not waited for. */
static void forget(CertdMaking *making)
{
    CertdMaker *maker = making->maker;
    if (making->job == 0) {
        g_queue_remove(&maker->queue[making->slow], making);
    } else {
        stop_running(making);
    }
    g_hash_table_remove(maker->all, &making->id);
}

/* Back to the head of its queue. */
static void queue_again(CertdMaking *making)
{
    CertdMaker *maker = making->maker;
    stop_running(making);
    making->job = 0;
    g_clear_pointer(&making->result, certd_issue_result_free);
    g_queue_push_head(&maker->queue[making->slow], making);
}

static void run(CertdMaker *maker);

static void drop(CertdMaking *making)
{
    CertdWorkers *workers = making->maker->service->workers;
    if (making->job != 0 && !making->answered)
        workers->cancel(workers, making->job);
    forget(making);
}

void certd_maker_cancel(CertdMaker *maker, gint64 id)
{
    CertdMaking *making = g_hash_table_lookup(maker->all, &id);
    if (making == NULL)
        return;
    drop(making);
    run(maker);
}

void certd_maker_cancel_certificate(CertdMaker *maker, const char *certificate)
{
    g_autoptr(GList) all = g_hash_table_get_values(maker->all);
    for (GList *link = all; link != NULL; link = link->next) {
        CertdMaking *making = link->data;
        if (certificate == NULL || g_str_equal(making->certificate, certificate))
            drop(making);
    }
    if (certificate != NULL)
        run(maker);
}

/* Whoever hears of the request may cancel others, so this comes last. */
static void tell(CertdService *service, const CertdRequestRecord *request)
{
    certd_tell_request(service, request->certificate, request->id, request->state);
    if (request->state == CERTD_REQUEST_ISSUED)
        certd_tell_changed(service, request->certificate,
                           request->cause != NULL ? request->cause : "issue");
    if (request->cause != NULL)
        certd_review(service, request->certificate);
    else
        certd_review_installed(service, request->certificate);
}

/* What could not be stored stays queued in the store, and is made again. */
static void take_up_later(CertdService *service)
{
    service->resume_due = certd_now(service) + CERTD_RESUME_SECONDS;
    certd_expect(service, service->resume_due);
}

/* All that were @answered, in one transaction; their requests. NULL where the store doesn't take them
 * together. */
static GPtrArray *store_together(CertdService *service, const GPtrArray *answered)
{
    g_autoptr(GPtrArray) requests =
        g_ptr_array_new_with_free_func((GDestroyNotify)certd_request_record_free);
    if (!certd_store_begin(service->store, NULL))
        return NULL;
    g_autoptr(CertdTransaction) transaction = service->store;
    for (guint i = 0; i < answered->len; i++) {
        CertdRequestRecord *request =
            certd_making_store(service, g_ptr_array_index(answered, i), NULL);
        if (request == NULL)
            return NULL;
        g_ptr_array_add(requests, request);
    }
    return certd_store_commit(transaction, NULL) ? g_steal_pointer(&requests) : NULL;
}

/* Where one of them is in the way of all others: each alone. */
static GPtrArray *store_each(CertdService *service, const GPtrArray *answered)
{
    GPtrArray *requests = g_ptr_array_new_with_free_func((GDestroyNotify)certd_request_record_free);
    for (guint i = 0; i < answered->len; i++) {
        CertdRequestRecord *request = certd_making_finish(service, g_ptr_array_index(answered, i));
        if (request != NULL)
            g_ptr_array_add(requests, request);
        else
            take_up_later(service);
    }
    return requests;
}

/* What was answered, but what an authority signed that has been replaced meanwhile: that is made again.
 * Of CertdMaking. */
static GPtrArray *take_answered(CertdMaker *maker)
{
    GPtrArray *taken = g_ptr_array_new();
    GList *link = maker->answered.head;
    while (link != NULL) {
        CertdMaking *making = link->data;
        link = link->next;
        if (making->result != NULL && !certd_authority_is(maker->service, making->authority))
            queue_again(making);
        else
            g_ptr_array_add(taken, making);
    }
    return taken;
}

void certd_commit_results(CertdService *service)
{
    CertdMaker *maker = service->maker;
    g_autoptr(GPtrArray) answered = take_answered(maker);
    g_autoptr(GPtrArray) requests = answered->len > 1 ? store_together(service, answered) : NULL;
    if (requests == NULL)
        requests = store_each(service, answered);
    for (guint i = 0; i < answered->len; i++)
        forget(g_ptr_array_index(answered, i));
    for (guint i = 0; i < requests->len; i++)
        tell(service, g_ptr_array_index(requests, i));
    run(maker);
}

static void on_issued(CertdIssueResult *result, const GError *error, void *userdata)
{
    CertdMaking *making = userdata;
    CertdMaker *maker = making->maker;
    const CertdDevice *device = maker->service->device;
    making->result = result != NULL ? certd_issue_result_take(result) : NULL;
    making->failure = error != NULL ? g_error_copy(error) : NULL;
    making->answered = TRUE;
    g_queue_push_tail(&maker->answered, making);
    /* As long as more than half are with the workers, some will be back in a moment: one transaction
     * for many costs hardly more than for one. */
    gboolean at_once = maker->answered.length * 2 >= maker->running[0] + maker->running[1];
    device->commit(device->userdata, at_once);
}

/* Key and dates of a certificate; @making takes note of what they depend on. */
static gboolean fill_issuer(CertdService *service, CertdMaking *making,
                            const CertdRequestRecord *request, CertdIssueJob *job, GError **error)
{
    g_autoptr(CertdAuthorityRecord) authority = NULL;
    job->purposes = CERTD_PURPOSE_SERVER;
    if (request->issuer == CERTD_ISSUER_EXTERNAL)
        return TRUE;
    job->kind = CERTD_ISSUE_SELF_SIGNED;
    g_clear_pointer(&making->authority, g_free);
    if (request->issuer == CERTD_ISSUER_INTERNAL) {
        job->kind = CERTD_ISSUE_SIGNED;
        job->signer = certd_authority_signer(service, &authority, error);
        if (job->signer == NULL)
            return FALSE;
        making->authority = certd_authority_identity(authority);
    }
    making->provisional = !certd_time_is_trusted(service);
    return certd_validity_from(certd_time_to_issue(service), request->settings->days,
                               authority != NULL ? authority->validity.not_after : 0,
                               &job->validity, error);
}

static CertdIssueJob *job_new(CertdService *service, CertdMaking *making, GError **error)
{
    g_autoptr(CertdRequestRecord) stored =
        making->fresh == NULL ? certd_store_request_get(service->store, making->id, error) : NULL;
    const CertdRequestRecord *request = making->fresh != NULL ? making->fresh : stored;
    if (request == NULL)
        return NULL;
    g_autoptr(CertdIssueJob) job = g_new0(CertdIssueJob, 1);
    if (request->reuse_key) {
        g_autoptr(CertdKeyRecord) key = certd_store_key_get(service->store, request->key_id, error);
        if (key == NULL)
            return NULL;
        job->sealed_key = g_bytes_ref(key->sealed);
    }
    job->key_id = g_strdup(request->reuse_key ? request->key_id : making->key_id);
    job->key_type = request->settings->key_type;
    job->digest = request->settings->digest;
    job->subject = certd_subject_copy(request->subject);
    job->sans = g_ptr_array_ref(request->sans);
    job->challenge_password = g_strdup(request->challenge_password);
    job->unstructured_name = g_strdup(request->unstructured_name);
    if (!fill_issuer(service, making, request, job, error))
        return NULL;
    return g_steal_pointer(&job);
}

static void start(CertdMaker *maker, CertdMaking *making)
{
    CertdService *service = maker->service;
    g_queue_remove(&maker->queue[making->slow], making);
    g_autoptr(CertdIssueJob) job = job_new(service, making, &making->failure);
    if (job == NULL) {
        g_autoptr(CertdRequestRecord) failed = certd_making_finish(service, making);
        g_hash_table_remove(maker->all, &making->id);
        if (failed != NULL)
            tell(service, failed);
        else
            take_up_later(service);
        return;
    }
    making->job = service->workers->issue(service->workers, job, on_issued, making);
    maker->running[making->slow]++;
    if (making->limited)
        g_hash_table_add(maker->limited, GUINT_TO_POINTER(making->uid));
    /* Nobody has seen one that begins at once in another state. */
    if (making->fresh == NULL)
        certd_tell_request(service, making->certificate, making->id, CERTD_REQUEST_GENERATING);
}

/* The first in @queue whose user may have a key made now. */
static CertdMaking *next(CertdMaker *maker, GQueue *queue)
{
    for (GList *link = queue->head; link != NULL; link = link->next) {
        CertdMaking *making = link->data;
        if (!making->limited ||
            !g_hash_table_contains(maker->limited, GUINT_TO_POINTER(making->uid)))
            return making;
    }
    return NULL;
}

static void run(CertdMaker *maker)
{
    static const guint most[2] = {RUNNING_QUICK, RUNNING_SLOW};
    for (int slow = 0; slow < 2; slow++) {
        CertdMaking *making;
        while (maker->running[slow] < most[slow] &&
               (making = next(maker, &maker->queue[slow])) != NULL)
            start(maker, making);
    }
}

void certd_maker_add(CertdMaker *maker, const CertdRequestRecord *request,
                     const CertdCaller *caller, gboolean limited)
{
    const CertdCaller unknown = {.uid = request->uid, .sender = "", .unit = ""};
    CertdMaking *making = g_new0(CertdMaking, 1);
    making->maker = maker;
    making->id = request->id;
    making->certificate = g_strdup(request->certificate);
    making->key_id = certd_key_id_new();
    making->uid = request->uid;
    certd_caller_copy(&making->asker, caller != NULL ? caller : &unknown);
    making->issuer = request->issuer;
    making->limited = limited;
    making->slow = !request->reuse_key && certd_key_type_is_slow(request->settings->key_type);
    g_hash_table_insert(maker->all, &making->id, making);
    making->fresh = request;
    g_queue_push_tail(&maker->queue[making->slow], making);
    run(maker);
    making = g_hash_table_lookup(maker->all, &request->id);
    if (making != NULL)
        making->fresh = NULL;
}
