/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of a request once a worker has answered: one transaction, whatever it changes. */

#include "model/error.h"
#include "service/request-maker.h"
#include "service/trial-private.h"

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

/* Who configures the certificate while certd issues it means the next one. */
static void note_configured(CertdService *service, const CertdRequestRecord *request,
                            const CertdCertificateRecord *certificate, const CertdChainRecord *old,
                            CertdChainRecord *record)
{
    const CertdSettings *now = old != NULL ? old->settings : certificate->settings;
    if (request->cause == NULL || now == NULL ||
        (old == NULL &&
         (now->issuer == CERTD_ISSUER_EXTERNAL || !certd_renew_check(service, now, NULL))))
        return;
    certd_settings_free(record->settings);
    record->settings = certd_settings_copy(now);
}

/* What certd renews by itself takes the place of its own, so that the previous chain stays the one
 * that somebody chose. */
static gboolean install_issued(CertdService *service, const CertdMaking *making,
                               CertdRequestRecord *request, const CertdIssueResult *result,
                               GError **error)
{
    g_autoptr(CertdCertificateRecord) certificate =
        certd_store_certificate_get(service->store, request->certificate, error);
    if (certificate == NULL)
        return FALSE;
    g_autoptr(CertdChainRecord) old =
        request->cause != NULL && certificate->active_chain != 0
            ? certd_store_chain_get(service->store, certificate->active_chain, NULL)
            : NULL;
    gboolean renews = old != NULL && certd_renew_issuer(old->origin) == request->issuer;
    const char *origin = request->issuer == CERTD_ISSUER_SELF ? "self" : "internal";
    g_autoptr(GPtrArray) chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add(chain, g_bytes_ref(result->certificate));
    g_autoptr(CertdChainRecord) record =
        certd_chain_record_new(service, certificate->name, request->key_id, chain, result->details,
                               NULL, renews ? old->origin : origin, error);
    if (record == NULL)
        return FALSE;
    certd_chain_note(service, record, request->settings);
    note_configured(service, request, certificate, old, record);
    record->authority = g_strdup(making->authority);
    record->provisional = making->provisional;
    const CertdTrialWish wish = {request->trial, &making->asker.caller, NULL};
    g_autofree char *detail =
        g_strdup_printf("request %" G_GINT64_FORMAT ", %s", request->id, record->fingerprint);
    return certd_trial_install(service, certificate, record,
                               renews ? CERTD_REPLACE : CERTD_KEEP_AS_PREVIOUS, &wish, error) &&
           certd_audit(service, &making->asker.caller, CERTD_AUDIT_ISSUE, "certificate",
                       certificate->name, detail, error);
}

/* The next request, which certd was to have ready, is. */
static gboolean forget_failures(CertdService *service, const CertdRequestRecord *request,
                                GError **error)
{
    if (request->cause == NULL)
        return TRUE;
    g_autoptr(CertdCertificateRecord) certificate =
        certd_store_certificate_get(service->store, request->certificate, error);
    if (certificate == NULL)
        return FALSE;
    if (certificate->failures == 0)
        return TRUE;
    certificate->failures = 0;
    return certd_store_certificate_update(service->store, certificate, error);
}

/* Everything that a result changes. */
static gboolean commit_result(CertdService *service, const CertdMaking *making,
                              CertdRequestRecord *request, const CertdIssueResult *result,
                              GError **error)
{
    gboolean issued = request->issuer != CERTD_ISSUER_EXTERNAL;
    if (!store_key(service, request, making->key_id, result, error))
        return FALSE;
    if (issued && !install_issued(service, making, request, result, error))
        return FALSE;
    if (!issued && !forget_failures(service, request, error))
        return FALSE;
    if (!issued && result->request != NULL)
        request->request = g_bytes_ref(result->request);
    settle(request, issued ? CERTD_REQUEST_ISSUED : CERTD_REQUEST_READY);
    if (!certd_store_request_update(service->store, request, error))
        return FALSE;
    return !issued || certd_store_request_prune(service->store, request->certificate, error);
}

static gboolean commit_failure(CertdService *service, const CertdMaking *making,
                               CertdRequestRecord *request, const GError *cause, GError **error)
{
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, request->id);
    gboolean ours = cause->domain == CERTD_ERROR;
    settle(request, CERTD_REQUEST_FAILED);
    request->error_name =
        g_strdup(certd_error_dbus_name(ours ? (CertdError)cause->code : CERTD_ERROR_WORKER_FAILED));
    request->error_message = g_strdup(cause->message);
    return certd_store_request_update(service->store, request, error) &&
           certd_renew_failed(service, request, error) &&
           certd_audit_failure(service, &making->asker.caller, CERTD_AUDIT_REQUEST, "request", id,
                               request->error_name, request->error_message, error) &&
           certd_store_request_prune(service->store, request->certificate, error);
}

/* Whether somebody installed something else while a renewal was under way, or began a trial: that stays
 * (R25, R38). */
static gboolean is_overtaken(CertdService *service, const CertdRequestRecord *request)
{
    if (request->cause == NULL || request->issuer == CERTD_ISSUER_EXTERNAL)
        return FALSE;
    if (certd_trial_stands(service, request->certificate, NULL))
        return TRUE;
    g_autoptr(CertdCertificateRecord) certificate =
        certd_store_certificate_get(service->store, request->certificate, NULL);
    g_autoptr(CertdChainRecord) active =
        certificate != NULL && certificate->active_chain != 0
            ? certd_store_chain_get(service->store, certificate->active_chain, NULL)
            : NULL;
    return active != NULL && certd_renew_issuer(active->origin) != request->issuer;
}

static gboolean commit_overtaken(CertdService *service, CertdRequestRecord *request, GError **error)
{
    g_autofree char *key_id = g_steal_pointer(&request->key_id);
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, request->id);
    settle(request, CERTD_REQUEST_CANCELLED);
    return certd_store_request_update(service->store, request, error) &&
           certd_audit(service, &certd_caller_self, CERTD_AUDIT_CANCEL, "request", id,
                       request->certificate, error) &&
           (key_id == NULL || certd_store_key_collect(service->store, key_id, error)) &&
           certd_store_request_prune(service->store, request->certificate, error);
}

CertdRequestRecord *certd_making_store(CertdService *service, const CertdMaking *making,
                                       GError **error)
{
    g_autoptr(CertdRequestRecord) request =
        certd_store_request_get(service->store, making->id, error);
    if (request == NULL)
        return NULL;
    gboolean written;
    if (is_overtaken(service, request))
        written = commit_overtaken(service, request, error);
    else if (making->result != NULL)
        written = commit_result(service, making, request, making->result, error);
    else
        written = commit_failure(service, making, request, making->failure, error);
    return written ? g_steal_pointer(&request) : NULL;
}

static CertdRequestRecord *store_alone(CertdService *service, const CertdMaking *making,
                                       GError **error)
{
    if (!certd_store_begin(service->store, error))
        return NULL;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdRequestRecord) request = certd_making_store(service, making, error);
    if (request == NULL || !certd_store_commit(transaction, error))
        return NULL;
    return g_steal_pointer(&request);
}

CertdRequestRecord *certd_making_finish(CertdService *service, CertdMaking *making)
{
    g_autoptr(GError) error = NULL;
    CertdRequestRecord *request = store_alone(service, making, &error);
    if (request != NULL || making->result == NULL)
        return request;
    g_clear_pointer(&making->result, certd_issue_result_free);
    making->failure = g_steal_pointer(&error);
    return store_alone(service, making, NULL);
}
