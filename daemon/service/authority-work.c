/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Making the authority, and seeing that it is fit for use. One piece of work at a time: who comes
 * while it is under way waits for it. An authority that can't be used is not replaced unasked, since
 * what trusts it would be lost; a missing one is made, and one whose dates or names ran out is made
 * again with the same key, which keeps what trusts it.
 */

#include "model/error.h"
#include "model/limits.h"
#include "service/authority-private.h"

/* Bytes of a fingerprint that a message shows. */
#define FINGERPRINT_SHOWN 8u

/* That clients have to import it again; @record's fingerprint begins as certctl ca show has it. Caller
 * frees. */
static char *replaced_message(const CertdAuthorityRecord *record)
{
    g_autoptr(GString) begin = g_string_new(NULL);
    for (size_t i = 0; i < FINGERPRINT_SHOWN * 2; i++)
        g_string_append_printf(begin, "%s%c", i > 0 && i % 2 == 0 ? ":" : "",
                               g_ascii_toupper(record->fingerprint[i]));
    return g_strdup_printf(
        "The device's authority has a new certificate (SHA-256 %s…): clients that "
        "trust the one before must import it again",
        begin->str);
}

void certd_authority_watch(CertdService *service, const CertdAuthorityRecord *record)
{
    gint64 until = record->replaced + CERTD_AUTHORITY_TOLD_SECONDS;
    gboolean told = record->replaced != 0 && certd_now(service) < until;
    g_autofree char *message = told ? replaced_message(record) : NULL;
    const CertdProblem problem = {
        .code = "authority-replaced",
        .severity = CERTD_SEVERITY_WARNING,
        .message = message,
        .remedy = "Hand it out with certctl ca export; certctl ca show tells its fingerprint",
    };
    certd_problem_set(service, &problem);
    /* By a clock that is not trusted that may be over, and nothing to be done. */
    service->authority_due = MAX(certd_validity_third(&record->validity),
                                 certd_now(service) + CERTD_AUTHORITY_RETRY_SECONDS);
    if (told)
        service->authority_due = MIN(service->authority_due, until);
}

static void work_free(void *operation)
{
    CertdAuthorityWork *work = operation;
    certd_authority_record_free(work->plan);
    g_free(work->old_identity);
    g_clear_pointer(&work->sealed_key, g_bytes_unref);
    certd_caller_clear(&work->asker);
    g_queue_clear_full(&work->waiters, g_free);
    g_free(work);
}

void certd_authority_work_wait(CertdAuthorityWork *work, CertdDone done, void *userdata)
{
    CertdWaiter *waiter = g_new0(CertdWaiter, 1);
    waiter->done = done;
    waiter->userdata = userdata;
    g_queue_push_tail(&work->waiters, waiter);
}

CertdAuthorityWork *certd_authority_work_new(CertdService *service, const CertdCaller *caller,
                                             CertdDone done, void *userdata)
{
    CertdAuthorityWork *work = g_new0(CertdAuthorityWork, 1);
    certd_operation_begin(&work->operation, service, work_free);
    certd_caller_copy(&work->asker, caller);
    work->action = CERTD_AUDIT_AUTHORITY;
    g_queue_init(&work->waiters);
    certd_authority_work_wait(work, done, userdata);
    service->authority = work;
    return work;
}

void certd_authority_work_end(CertdAuthorityWork *work, const GError *error)
{
    CertdService *service = work->operation.service;
    GQueue waiters = work->waiters;
    g_queue_init(&work->waiters);
    service->authority = NULL;
    if (error != NULL)
        service->authority_due = certd_now(service) + CERTD_AUTHORITY_RETRY_SECONDS;
    gboolean mend = work->mend, asked = work->action == CERTD_AUDIT_REGENERATE;
    /* With a broken sealing key, that is what is to be mended; and where another was asked for in
     * vain, the one before is as good as it was. */
    gboolean told = error != NULL && !service->sealing_key_broken;
    if (error == NULL || !asked)
        certd_service_set_problem(service, "authority-unusable", told ? error->message : NULL,
                                  "Mend the cause and restart certd, or make a new authority with "
                                  "certctl ca regenerate");
    certd_operation_end(&work->operation);
    CertdWaiter *waiter;
    for (gboolean first = TRUE; (waiter = g_queue_pop_head(&waiters)) != NULL; first = FALSE) {
        /* Who came while it was made wants one that is fit, whatever became of that: names or clock
         * may be others since. */
        if (!first && (asked || error == NULL) &&
            !g_error_matches(error, CERTD_ERROR, CERTD_ERROR_CANCELLED))
            certd_authority_ensure(service, mend, waiter->done, waiter->userdata);
        else if (waiter->done != NULL)
            waiter->done(error, waiter->userdata);
        g_free(waiter);
    }
}

static CertdIssueJob *job_new(CertdAuthorityWork *work, GError **error)
{
    CertdService *service = work->operation.service;
    const CertdDevice *device = service->device;
    CertdAuthorityRecord *plan = work->plan;
    g_autoptr(GPtrArray) names = device->names(device->userdata);
    if (plan->permitted != NULL)
        g_ptr_array_unref(plan->permitted);
    plan->permitted =
        certd_permitted_new(names, plan->scope, device->is_public_suffix, device->userdata);
    if (!certd_validity_from(certd_time_to_issue(service), plan->days, 0, &plan->validity, error))
        return NULL;
    g_autoptr(CertdIssueJob) job = g_new0(CertdIssueJob, 1);
    job->kind = CERTD_ISSUE_AUTHORITY;
    job->key_id = g_strdup(plan->key_id);
    job->sealed_key = work->sealed_key != NULL ? g_bytes_ref(work->sealed_key) : NULL;
    job->key_type = CERTD_KEY_EC_SECP256R1;
    job->digest = CERTD_DIGEST_SHA256;
    job->subject = certd_subject_copy(plan->subject);
    job->sans = certd_san_list_new();
    job->validity = plan->validity;
    job->permitted = plan->permitted != NULL ? g_ptr_array_ref(plan->permitted) : NULL;
    return g_steal_pointer(&job);
}

static gboolean store_key(CertdAuthorityWork *work, const CertdIssueResult *result, GError **error)
{
    CertdService *service = work->operation.service;
    if (work->sealed_key != NULL)
        return TRUE;
    const CertdKeyRecord key = {
        .id = work->plan->key_id,
        .key_type = (char *)certd_key_type_name(CERTD_KEY_EC_SECP256R1),
        .public_hash = result->public_key_hash,
        .sealed = result->sealed_key,
        .created = certd_now(service),
    };
    return certd_store_key_insert(service->store, &key, error);
}

static gboolean commit(CertdAuthorityWork *work, const CertdIssueResult *result, GError **error)
{
    CertdService *service = work->operation.service;
    CertdAuthorityRecord *plan = work->plan;
    plan->certificate = g_bytes_ref(result->certificate);
    plan->fingerprint = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, plan->certificate);
    plan->created = certd_now(service);
    plan->replaced = work->old_identity != NULL ? plan->created : 0;
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_clear_pointer(&service->authority_record, certd_authority_record_free);
    g_autoptr(CertdTransaction) transaction = service->store;
    return store_key(work, result, error) && certd_store_authority_set(transaction, plan, error) &&
           certd_time_note(service, error) &&
           certd_audit(service, &work->asker.caller, work->action, "authority", "internal",
                       plan->fingerprint, error) &&
           certd_store_commit(transaction, error);
}

static void on_made(CertdIssueResult *result, const GError *error, void *userdata)
{
    CertdAuthorityWork *work = userdata;
    CertdService *service = work->operation.service;
    g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;
    work->operation.job = 0;
    if (result == NULL || !commit(work, result, &failure)) {
        certd_authority_work_end(work, failure);
        return;
    }
    service->authority_checked = TRUE;
    certd_authority_watch(service, work->plan);
    certd_authority_publish(service, work->plan);
    if (service->listener.authority_changed != NULL)
        service->listener.authority_changed(service->listener.userdata);
    certd_authority_work_end(work, NULL);
    /* What it issued before may be by another one, or beyond what this one may speak for. */
    certd_retry_all(service, FALSE);
}

void certd_authority_work_make(CertdAuthorityWork *work)
{
    CertdWorkers *workers = work->operation.service->workers;
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdIssueJob) job = job_new(work, &error);
    if (job == NULL) {
        certd_authority_work_end(work, error);
        return;
    }
    work->operation.job = workers->issue(workers, job, on_made, work);
}

/* The first one, or one in the place of what is lost: @lost (nullable) is what is known of it. */
static void make_anew(CertdAuthorityWork *work, CertdAuthorityRecord *lost)
{
    CertdService *service = work->operation.service;
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdAuthorityRecord) old = lost;
    g_autoptr(CertdSubject) organisation =
        old != NULL ? certd_authority_organisation(old) : certd_subject_new();
    work->plan = g_new0(CertdAuthorityRecord, 1);
    work->plan->key_id = certd_key_id_new();
    work->plan->scope = old != NULL ? old->scope : CERTD_SCOPE_LOCAL;
    work->plan->days = old != NULL ? old->days : CERTD_DEFAULT_AUTHORITY_DAYS;
    work->plan->subject =
        certd_authority_subject(service, organisation, work->plan->key_id, &error);
    if (work->plan->subject == NULL) {
        certd_authority_work_end(work, error);
        return;
    }
    certd_authority_work_make(work);
}

/* With the key that it has. Takes @record. */
static void make_again(CertdAuthorityWork *work, CertdAuthorityRecord *record)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdKeyRecord) key =
        certd_store_key_get(work->operation.service->store, record->key_id, &error);
    work->plan = record;
    work->old_identity = certd_authority_identity(record);
    g_clear_pointer(&record->certificate, g_bytes_unref);
    g_clear_pointer(&record->fingerprint, g_free);
    if (key == NULL) {
        certd_authority_work_end(work, error);
        return;
    }
    work->sealed_key = g_bytes_ref(key->sealed);
    certd_authority_work_make(work);
}

/* Whether dates and names are still in order. */
static gboolean is_fit(CertdService *service, const CertdAuthorityRecord *record)
{
    const CertdDevice *device = service->device;
    g_autoptr(GPtrArray) names = device->names(device->userdata);
    gint64 now = certd_now(service);
    if (certd_time_is_trusted(service) &&
        (now < record->validity.not_before || now >= certd_validity_third(&record->validity)))
        return FALSE;
    return certd_permitted_covers(record->permitted, names, record->scope, device->is_public_suffix,
                                  device->userdata);
}

/* Takes @record, whose key can be opened. */
static void judge(CertdAuthorityWork *work, CertdAuthorityRecord *record)
{
    CertdService *service = work->operation.service;
    if (!is_fit(service, record)) {
        make_again(work, record);
        return;
    }
    certd_authority_watch(service, record);
    certd_authority_record_free(record);
    certd_authority_work_end(work, NULL);
}

static void look(CertdAuthorityWork *work);

static void on_checked(GBytes *public_hash, const GError *error, void *userdata)
{
    CertdAuthorityWork *work = userdata;
    CertdService *service = work->operation.service;
    g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;
    g_autoptr(CertdAuthorityRecord) record = certd_authority_get(service, NULL);
    work->operation.job = 0;
    g_autoptr(CertdKeyRecord) key =
        record != NULL ? certd_store_key_get(service->store, record->key_id, NULL) : NULL;
    if (failure == NULL && (key == NULL || !g_bytes_equal(key->public_hash, public_hash)))
        failure =
            g_error_new(CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                        "The key of the device's authority is not the one of its certificate");
    if (failure == NULL) {
        service->authority_checked = TRUE;
        look(work);
    } else if (work->mend && g_error_matches(failure, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE) &&
               !service->sealing_key_broken) {
        work->old_identity = record != NULL ? certd_authority_identity(record) : g_strdup("");
        make_anew(work, g_steal_pointer(&record));
    } else {
        certd_authority_work_end(work, failure);
    }
}

static void look(CertdAuthorityWork *work)
{
    CertdService *service = work->operation.service;
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdAuthorityRecord) record = NULL;
    gboolean read = certd_store_authority_get(service->store, &record, &error);
    gboolean lost =
        !read && work->mend && g_error_matches(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    if (!read && !lost) {
        certd_authority_work_end(work, error);
        return;
    }
    if (record == NULL) {
        work->old_identity = lost ? g_strdup("") : NULL;
        make_anew(work, NULL);
        return;
    }
    if (service->authority_checked) {
        judge(work, g_steal_pointer(&record));
        return;
    }
    g_autoptr(CertdKeyRecord) key = certd_store_key_get(service->store, record->key_id, &error);
    if (key != NULL)
        work->operation.job =
            service->workers->check(service->workers, key->id, key->sealed, on_checked, work);
    else
        on_checked(NULL, error, work);
}

void certd_authority_forget(CertdService *service)
{
    CertdAuthorityWork *work = service->authority;
    service->authority_checked = FALSE;
    service->authority_due = 0;
    g_clear_pointer(&service->authority_record, certd_authority_record_free);
    if (work == NULL)
        return;
    g_autoptr(GError) gone = g_error_new(CERTD_ERROR, CERTD_ERROR_CANCELLED,
                                         "The device was reset meanwhile; ask again");
    if (work->operation.job != 0)
        service->workers->cancel(service->workers, work->operation.job);
    certd_authority_work_end(work, gone);
}

void certd_authority_ensure(CertdService *service, gboolean mend, CertdDone done, void *userdata)
{
    if (service->authority != NULL) {
        service->authority->mend = service->authority->mend || mend;
        certd_authority_work_wait(service->authority, done, userdata);
        return;
    }
    CertdAuthorityWork *work =
        certd_authority_work_new(service, &certd_caller_self, done, userdata);
    work->mend = mend;
    look(work);
}
