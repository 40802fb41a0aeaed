/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The maker: gives queued requests to the workers, a few at a time, and commits what comes back.
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
    GHashTable *limited; /* uids that have one running */
};

static void making_free(void *data)
{
    CertdMaking *making = data;
    g_free(making->certificate);
    g_free(making->key_id);
    g_free(making->authority);
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

/* Takes it out of the books; the worker's answer, if any is due, is not waited for. */
static void forget(CertdMaking *making)
{
    CertdMaker *maker = making->maker;
    if (making->job == 0) {
        g_queue_remove(&maker->queue[making->slow], making);
    } else {
        maker->running[making->slow]--;
        if (making->limited)
            g_hash_table_remove(maker->limited, GUINT_TO_POINTER(making->uid));
    }
    g_hash_table_remove(maker->all, &making->id);
}

/* Back to the head of its queue. */
static void queue_again(CertdMaking *making)
{
    CertdMaker *maker = making->maker;
    maker->running[making->slow]--;
    if (making->limited)
        g_hash_table_remove(maker->limited, GUINT_TO_POINTER(making->uid));
    making->job = 0;
    g_queue_push_head(&maker->queue[making->slow], making);
}

static void run(CertdMaker *maker);

static void drop(CertdMaking *making)
{
    CertdWorkers *workers = making->maker->service->workers;
    if (making->job != 0)
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

/* Whether the authority that signed has been replaced meanwhile. */
static gboolean is_outdated(CertdService *service, const CertdMaking *making)
{
    if (making->authority == NULL)
        return FALSE;
    g_autoptr(CertdAuthorityRecord) now = certd_authority_get(service, NULL);
    g_autofree char *identity = now != NULL ? certd_authority_identity(now) : NULL;
    return g_strcmp0(identity, making->authority) != 0;
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
    else if (request->state == CERTD_REQUEST_ISSUED)
        certd_review_installed(service, request->certificate);
}

static void on_issued(CertdIssueResult *result, const GError *error, void *userdata)
{
    CertdMaking *making = userdata;
    CertdMaker *maker = making->maker;
    CertdService *service = maker->service;
    g_autoptr(GError) failure = NULL;
    if (result != NULL && is_outdated(service, making)) {
        queue_again(making);
        run(maker);
        return;
    }
    g_autoptr(CertdRequestRecord) request =
        certd_making_finish(service, making, result, error, &failure);
    /* What can't be stored fails with that reason; where not even this can be stored, the request
     * stays queued and is made again after the next start. */
    if (request == NULL && result != NULL)
        request = certd_making_finish(service, making, NULL, failure, NULL);
    forget(making);
    if (request != NULL)
        tell(service, request);
    run(maker);
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
    g_autoptr(CertdRequestRecord) request =
        certd_store_request_get(service->store, making->id, error);
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
    g_autoptr(GError) error = NULL;
    g_queue_remove(&maker->queue[making->slow], making);
    g_autoptr(CertdIssueJob) job = job_new(service, making, &error);
    if (job == NULL) {
        g_autoptr(CertdRequestRecord) failed =
            certd_making_finish(service, making, NULL, error, NULL);
        g_hash_table_remove(maker->all, &making->id);
        if (failed != NULL)
            tell(service, failed);
        return;
    }
    making->job = service->workers->issue(service->workers, job, on_issued, making);
    maker->running[making->slow]++;
    if (making->limited)
        g_hash_table_add(maker->limited, GUINT_TO_POINTER(making->uid));
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

void certd_maker_add(CertdMaker *maker, const CertdRequestRecord *request, gboolean limited)
{
    CertdMaking *making = g_new0(CertdMaking, 1);
    making->maker = maker;
    making->id = request->id;
    making->certificate = g_strdup(request->certificate);
    making->key_id = certd_key_id_new();
    making->uid = request->uid;
    making->limited = limited;
    making->slow = !request->reuse_key && certd_key_type_is_slow(request->settings->key_type);
    g_hash_table_insert(maker->all, &making->id, making);
    g_queue_push_tail(&maker->queue[making->slow], making);
    run(maker);
}
