/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The emergency certificate (R55): stands in for one that can't be used, beside it, so that what was
 * installed stays where it is. The device's authority issues it; where that is gone too it signs
 * itself; and where no key can be sealed, its key lives in memory until certd ends.
 */

#include "model/error.h"
#include "model/limits.h"
#include "service/service-private.h"

/* From the best to what always works. */
typedef enum {
    LEVEL_SIGNED,
    LEVEL_SELF_SIGNED,
    LEVEL_TEMPORARY,
    LEVEL_COUNT_,
} Level;

typedef struct {
    CertdOperation operation;
    char *name;
    char *key_id;
    Level level;
    char *authority; /* identity of the one that signs */
    gboolean provisional;
    CertdDone done;
    void *userdata;
} Emergency;

static void emergency_free(void *operation)
{
    Emergency *emergency = operation;
    g_free(emergency->name);
    g_free(emergency->key_id);
    g_free(emergency->authority);
    g_free(emergency);
}

static void end(Emergency *emergency, const GError *error)
{
    CertdService *service = emergency->operation.service;
    CertdDone done = emergency->done;
    void *userdata = emergency->userdata;
    g_hash_table_remove(service->emergencies, emergency->name);
    if (error != NULL)
        certd_look_again(service, emergency->name, CERTD_EMERGENCY_RETRY_SECONDS);
    certd_operation_end(&emergency->operation);
    if (done != NULL)
        done(error, userdata);
}

/* The device's names, and those that the certificate itself is set to have, as far as they may be in
 * it. */
static gboolean choose_names(CertdService *service, const CertdAuthorityRecord *authority,
                             const CertdSettings *settings, CertdIssueJob *job, GError **error)
{
    const CertdDevice *device = service->device;
    g_autoptr(CertdSettings) own = certd_settings_new();
    g_autofree char *host = device->host_name(device->userdata);
    g_autoptr(GPtrArray) names = device->names(device->userdata);
    gboolean named =
        authority != NULL
            ? certd_authority_names(service, authority, own, &job->subject, &job->sans, error)
            : certd_settings_effective_names(own, host, names, &job->subject, &job->sans, error);
    for (guint i = 0; named && i < settings->sans->len; i++) {
        const CertdSan *san = g_ptr_array_index(settings->sans, i);
        if ((authority == NULL || certd_permitted_allows(authority->permitted, san)) &&
            !certd_san_list_add(job->sans, certd_san_copy(san), NULL, NULL))
            break;
    }
    return named;
}

static CertdIssueJob *job_new(Emergency *emergency, GError **error)
{
    CertdService *service = emergency->operation.service;
    g_autoptr(CertdAuthorityRecord) authority = NULL;
    g_autoptr(CertdIssueJob) job = g_new0(CertdIssueJob, 1);
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(service->store, emergency->name, error);
    if (record == NULL)
        return NULL;
    job->kind = CERTD_ISSUE_SELF_SIGNED;
    g_clear_pointer(&emergency->authority, g_free);
    if (emergency->level == LEVEL_SIGNED) {
        job->kind = CERTD_ISSUE_SIGNED;
        job->signer = certd_authority_signer(service, &authority, error);
        if (job->signer == NULL)
            return NULL;
        emergency->authority = certd_authority_identity(authority);
    }
    emergency->provisional = !certd_time_is_trusted(service);
    if (!choose_names(service, authority, record->settings, job, error) ||
        !certd_validity_from(certd_time_to_issue(service), CERTD_DEFAULT_DAYS,
                             authority != NULL ? authority->validity.not_after : 0, &job->validity,
                             error))
        return NULL;
    job->key_id = g_strdup(emergency->key_id);
    job->temporary = emergency->level == LEVEL_TEMPORARY;
    job->key_type = CERTD_KEY_EC_SECP256R1;
    job->digest = CERTD_DIGEST_SHA256;
    job->purposes = CERTD_PURPOSE_SERVER;
    return g_steal_pointer(&job);
}

static CertdChainRecord *chain_new(Emergency *emergency, const CertdIssueResult *result,
                                   GError **error)
{
    CertdService *service = emergency->operation.service;
    g_autoptr(GPtrArray) chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add(chain, g_bytes_ref(result->certificate));
    CertdChainRecord *record =
        certd_chain_record_new(service, emergency->name, emergency->key_id, chain, result->details,
                               NULL, "emergency", error);
    if (record != NULL) {
        certd_chain_note(service, record, NULL);
        record->authority = g_strdup(emergency->authority);
        record->provisional = emergency->provisional;
    }
    return record;
}

static gboolean put_in_use(Emergency *emergency, CertdCertificateRecord *record,
                           const CertdIssueResult *result, GError **error)
{
    CertdService *service = emergency->operation.service;
    g_autoptr(CertdChainRecord) chain = chain_new(emergency, result, error);
    if (chain == NULL)
        return FALSE;
    const CertdValidity validity = {chain->not_before, chain->not_after};
    const CertdKeyRecord key = {
        .id = emergency->key_id,
        .key_type = (char *)certd_key_type_name(CERTD_KEY_EC_SECP256R1),
        .public_hash = result->public_key_hash,
        .sealed = result->sealed_key,
        .created = certd_now(service),
    };
    gint64 old = record->emergency_chain;
    if (!certd_store_key_insert(service->store, &key, error) ||
        !certd_store_chain_insert(service->store, chain, &record->emergency_chain, error))
        return FALSE;
    record->generation++;
    gint64 better = certd_now(service) + CERTD_EMERGENCY_BETTER_SECONDS;
    record->due = certd_plan_due(
        record, emergency->level == LEVEL_SIGNED ? certd_validity_third(&validity) : better);
    certd_expect(service, record->due);
    return certd_store_certificate_update(service->store, record, error) &&
           (old == 0 || certd_store_chain_delete(service->store, old, error)) &&
           certd_time_note(service, error) &&
           certd_audit(service, &certd_caller_self, CERTD_AUDIT_EMERGENCY, "certificate",
                       record->name, chain->fingerprint, error);
}

/* @used tells whether it was still needed. */
static gboolean commit(Emergency *emergency, const CertdIssueResult *result, gboolean *used,
                       GError **error)
{
    CertdService *service = emergency->operation.service;
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(transaction, emergency->name, error);
    if (record == NULL)
        return FALSE;
    CertdFindingCode why;
    if (!certd_review_is_bad(service, record, &why)) {
        *used = FALSE;
        return TRUE;
    }
    *used = TRUE;
    return put_in_use(emergency, record, result, error) && certd_store_commit(transaction, error);
}

static void make(Emergency *emergency);

/* What went wrong may be in the way of this level alone. */
static void descend(Emergency *emergency, const GError *error)
{
    if (emergency->level + 1 < LEVEL_COUNT_ &&
        !g_error_matches(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_CERTIFICATE)) {
        emergency->level++;
        make(emergency);
        return;
    }
    end(emergency, error);
}

static void on_issued(CertdIssueResult *result, const GError *error, void *userdata)
{
    Emergency *emergency = userdata;
    CertdService *service = emergency->operation.service;
    g_autoptr(GError) failure = NULL;
    gboolean used = FALSE;
    emergency->operation.job = 0;
    if (result == NULL) {
        descend(emergency, error);
        return;
    }
    if (!commit(emergency, result, &used, &failure)) {
        end(emergency, failure);
        return;
    }
    if (used)
        certd_tell_changed(service, emergency->name, "emergency");
    end(emergency, NULL);
}

static void make(Emergency *emergency)
{
    CertdWorkers *workers = emergency->operation.service->workers;
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdIssueJob) job = job_new(emergency, &error);
    if (job == NULL)
        descend(emergency, error);
    else
        emergency->operation.job = workers->issue(workers, job, on_issued, emergency);
}

void certd_emergency_begin(CertdService *service, const char *name, CertdDone done, void *userdata)
{
    if (!g_hash_table_add(service->emergencies, g_strdup(name))) {
        if (done != NULL)
            done(NULL, userdata);
        return;
    }
    Emergency *emergency = g_new0(Emergency, 1);
    certd_operation_begin(&emergency->operation, service, emergency_free);
    emergency->name = g_strdup(name);
    emergency->key_id = certd_key_id_new();
    emergency->done = done;
    emergency->userdata = userdata;
    if (service->sealing_key_broken)
        emergency->level = LEVEL_TEMPORARY;
    else if (certd_problem_stands(service, "authority-unusable"))
        emergency->level = LEVEL_SELF_SIGNED;
    make(emergency);
}
