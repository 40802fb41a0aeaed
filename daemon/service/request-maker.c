/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The maker: gives queued requests to the workers, a few at a time, and commits what comes back.
 * Quick and slow keys queue apart, so that no RSA-8192 key holds up anyone else; a user who is no
 * administrator has one key in the making, and the rest of his requests wait.
 */

#include "model/error.h"
#include "service/service-private.h"

/* In the hands of the workers at once. Slow ones are shown as `generating` only when a processor
 * really works on them, so no more of them are handed over than there are general workers. */
#define RUNNING_QUICK 32u
#define RUNNING_SLOW 2u

typedef struct {
    CertdMaker *maker;
    gint64 id;
    char *certificate;
    char *key_id; /* of the new key */
    guint32 uid;
    gboolean limited;
    gboolean slow;
    CertdJobId job; /* 0 while it is queued */
} Making;

struct CertdMaker {
    CertdService *service;
    GHashTable *all; /* &id → Making, owned */
    GQueue queue[2]; /* of Making: quick, slow */
    guint running[2];
    GHashTable *limited; /* uids that have one running */
};

static void making_free(void *data)
{
    Making *making = data;
    g_free(making->certificate);
    g_free(making->key_id);
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
    const Making *making = g_hash_table_lookup(maker->all, &id);
    return making != NULL && making->job != 0;
}

/* Takes it out of the books; the worker's answer, if any is due, is not waited for. */
static void forget(Making *making)
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

static void run(CertdMaker *maker);

static void drop(Making *making)
{
    CertdWorkers *workers = making->maker->service->workers;
    if (making->job != 0)
        workers->cancel(workers, making->job);
    forget(making);
}

void certd_maker_cancel(CertdMaker *maker, gint64 id)
{
    Making *making = g_hash_table_lookup(maker->all, &id);
    if (making == NULL)
        return;
    drop(making);
    run(maker);
}

void certd_maker_cancel_certificate(CertdMaker *maker, const char *certificate)
{
    g_autoptr(GList) all = g_hash_table_get_values(maker->all);
    for (GList *link = all; link != NULL; link = link->next) {
        Making *making = link->data;
        if (certificate == NULL || g_str_equal(making->certificate, certificate))
            drop(making);
    }
    if (certificate != NULL)
        run(maker);
}

/* What a finished request keeps no longer. */
static void settle(CertdRequestRecord *request, CertdRequestState state)
{
    request->state = state;
    g_clear_pointer(&request->challenge_password, g_free);
    g_clear_pointer(&request->unstructured_name, g_free);
}

static gboolean store_key(CertdService *service, CertdRequestRecord *request, const char *key_id,
                          const CertdIssueResult *result, GError **error)
{
    if (request->reuse_key)
        return TRUE;
    const CertdKeyRecord key = {
        .id = (char *)key_id,
        .key_type = request->key_type,
        .public_hash = result->public_key_hash,
        .sealed = result->sealed_key,
        .exportable = FALSE,
        .created = certd_now(service),
    };
    request->key_id = g_strdup(key_id);
    request->public_hash = g_bytes_ref(result->public_key_hash);
    return certd_store_key_insert(service->store, &key, error);
}

static gboolean install_self_signed(CertdService *service, CertdRequestRecord *request,
                                    const CertdIssueResult *result, GError **error)
{
    g_autoptr(CertdCertificateRecord) certificate =
        certd_store_certificate_get(service->store, request->certificate, error);
    if (certificate == NULL)
        return FALSE;
    g_autoptr(GPtrArray) chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add(chain, g_bytes_ref(result->certificate));
    g_autoptr(CertdChainRecord) record = certd_chain_record_new(
        service, certificate->name, request->key_id, chain, result->details, NULL, "self", error);
    return record != NULL && certd_install(service, certificate, record, error);
}

/* Everything that a result changes, in one transaction. */
static gboolean commit_result(CertdService *service, CertdRequestRecord *request,
                              const char *key_id, const CertdIssueResult *result, GError **error)
{
    gboolean self_signed = request->issuer == CERTD_ISSUER_SELF;
    if (!store_key(service, request, key_id, result, error))
        return FALSE;
    if (self_signed && !install_self_signed(service, request, result, error))
        return FALSE;
    if (!self_signed && result->request != NULL)
        request->request = g_bytes_ref(result->request);
    settle(request, self_signed ? CERTD_REQUEST_ISSUED : CERTD_REQUEST_READY);
    if (!certd_store_request_update(service->store, request, error))
        return FALSE;
    if (!self_signed)
        return TRUE;
    const CertdCaller caller = {.uid = request->uid, .sender = ""};
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, request->id);
    return certd_store_request_prune(service->store, request->certificate, error) &&
           certd_audit(service, &caller, "issue", "request", id, request->certificate, error);
}

static gboolean commit_failure(CertdService *service, CertdRequestRecord *request,
                               const GError *cause, GError **error)
{
    gboolean ours = cause->domain == CERTD_ERROR;
    settle(request, CERTD_REQUEST_FAILED);
    request->error_name =
        g_strdup(certd_error_dbus_name(ours ? (CertdError)cause->code : CERTD_ERROR_WORKER_FAILED));
    request->error_message = g_strdup(cause->message);
    return certd_store_request_update(service->store, request, error) &&
           certd_store_request_prune(service->store, request->certificate, error);
}

/* Commits @result, or with none @failure. NULL with the reason where the store doesn't take it. */
static CertdRequestRecord *finish(CertdService *service, const Making *making,
                                  const CertdIssueResult *result, const GError *failure,
                                  GError **error)
{
    if (!certd_store_begin(service->store, error))
        return NULL;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdRequestRecord) request = certd_store_request_get(transaction, making->id, error);
    if (request == NULL)
        return NULL;
    gboolean written = result != NULL
                           ? commit_result(service, request, making->key_id, result, error)
                           : commit_failure(service, request, failure, error);
    if (!written || !certd_store_commit(transaction, error))
        return NULL;
    return g_steal_pointer(&request);
}

static void on_issued(CertdIssueResult *result, const GError *error, void *userdata)
{
    Making *making = userdata;
    CertdMaker *maker = making->maker;
    CertdService *service = maker->service;
    g_autoptr(GError) failure = NULL;
    g_autoptr(CertdRequestRecord) request = finish(service, making, result, error, &failure);
    /* What can't be stored fails with that reason; where not even this can be stored, the request
     * stays queued and is made again after the next start. */
    if (request == NULL && result != NULL)
        request = finish(service, making, NULL, failure, NULL);
    forget(making);
    if (request != NULL)
        certd_tell_request(service, request->certificate, request->id, request->state);
    if (request != NULL && request->state == CERTD_REQUEST_ISSUED)
        certd_tell_changed(service, request->certificate, "issue");
    run(maker);
}

static CertdIssueJob *job_new(CertdService *service, Making *making, GError **error)
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
    job->self_signed = request->issuer == CERTD_ISSUER_SELF;
    job->days = request->settings->days;
    job->now = certd_now(service);
    return g_steal_pointer(&job);
}

static void start(CertdMaker *maker, Making *making)
{
    CertdService *service = maker->service;
    g_autoptr(GError) error = NULL;
    g_queue_remove(&maker->queue[making->slow], making);
    g_autoptr(CertdIssueJob) job = job_new(service, making, &error);
    if (job == NULL) {
        g_autoptr(CertdRequestRecord) failed = finish(service, making, NULL, error, NULL);
        g_hash_table_remove(maker->all, &making->id);
        if (failed != NULL)
            certd_tell_request(service, failed->certificate, failed->id, failed->state);
        return;
    }
    making->job = service->workers->issue(service->workers, job, on_issued, making);
    maker->running[making->slow]++;
    if (making->limited)
        g_hash_table_add(maker->limited, GUINT_TO_POINTER(making->uid));
    certd_tell_request(service, making->certificate, making->id, CERTD_REQUEST_GENERATING);
}

/* The first in @queue whose user may have a key made now. */
static Making *next(CertdMaker *maker, GQueue *queue)
{
    for (GList *link = queue->head; link != NULL; link = link->next) {
        Making *making = link->data;
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
        Making *making;
        while (maker->running[slow] < most[slow] &&
               (making = next(maker, &maker->queue[slow])) != NULL)
            start(maker, making);
    }
}

void certd_maker_add(CertdMaker *maker, const CertdRequestRecord *request, gboolean limited)
{
    Making *making = g_new0(Making, 1);
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
