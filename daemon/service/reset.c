/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Back to the factory default, for one certificate. It works when nothing else does: a sealing key
 * that can't be used, an authority that is lost and a row that can't be read are set aside and made
 * anew on the way, for whoever resets has asked for that.
 */

#include "service/reset.h"

#include "model/error.h"
#include "model/names.h"
#include "model/options.h"
#include "service/reset-private.h"
#include "service/review.h"
#include "service/trial-private.h"

typedef struct {
    CertdOperation operation;
    char *name;
    char *key_id;
    char *authority; /* identity of the one that signs */
    CertdSettings *settings;
    gboolean provisional;
    guint trial_seconds;
    CertdCallerCopy asker;
    CertdAuditAction action; /* why, for the log */
    gboolean renewed;        /* the sealing key, once */
    gboolean doubted;        /* the authority's key, once */
    gboolean counted;        /* as one of https */
    guint64 epoch;           /* of the keystore that it is for */
    gboolean anew;           /* the keystore, once */
    CertdDone done;
    void *userdata;
} Reset;

static void uncount(Reset *reset)
{
    if (reset->counted)
        reset->operation.service->https_resets--;
    reset->counted = FALSE;
}

static void reset_free(void *operation)
{
    Reset *reset = operation;
    uncount(reset);
    certd_store_refill_reserve(reset->operation.service->store);
    g_free(reset->name);
    g_free(reset->key_id);
    g_free(reset->authority);
    certd_settings_free(reset->settings);
    certd_caller_clear(&reset->asker);
    g_free(reset);
}

static void answer(Reset *reset, const GError *error)
{
    uncount(reset);
    reset->done(error, reset->userdata);
    certd_operation_end(&reset->operation);
}

CertdSettings *certd_default_settings(void)
{
    CertdSettings *settings = certd_settings_new();
    settings->issuer = CERTD_ISSUER_INTERNAL;
    return settings;
}

CertdCertificateRecord *certd_mend_record(CertdService *service, const char *name, GError **error)
{
    g_autoptr(CertdSettings) settings = certd_default_settings();
    if (!certd_store_begin(service->store, error))
        return NULL;
    g_autoptr(CertdTransaction) transaction = service->store;
    if (!certd_store_certificate_mend(transaction, name, settings, certd_now(service), error) ||
        !certd_audit(service, &certd_caller_self, CERTD_AUDIT_MEND, "certificate", name, NULL,
                     error))
        return NULL;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(transaction, name, error);
    if (record == NULL || !certd_store_commit(transaction, error))
        return NULL;
    return g_steal_pointer(&record);
}

static gboolean store_result(Reset *reset, CertdCertificateRecord *record,
                             const CertdSettings *before, const CertdIssueResult *result,
                             GError **error)
{
    CertdService *service = reset->operation.service;
    const CertdKeyRecord key = {
        .id = reset->key_id,
        .key_type = (char *)certd_key_type_name(reset->settings->key_type),
        .public_hash = result->public_key_hash,
        .sealed = result->sealed_key,
        .created = certd_now(service),
    };
    g_autoptr(GPtrArray) chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add(chain, g_bytes_ref(result->certificate));
    g_autoptr(CertdChainRecord) installed = certd_chain_record_new(
        service, reset->name, reset->key_id, chain, result->details, NULL, "default", error);
    if (installed == NULL || !certd_store_key_insert(service->store, &key, error))
        return FALSE;
    certd_chain_note(service, installed, reset->settings);
    installed->authority = g_strdup(reset->authority);
    installed->provisional = reset->provisional;
    const CertdTrialWish wish = {reset->trial_seconds, &reset->asker.caller, before};
    return certd_trial_install(service, record, installed, CERTD_KEEP_AS_PREVIOUS, &wish, error) &&
           certd_audit(service, &reset->asker.caller, reset->action, "certificate", reset->name,
                       installed->fingerprint, error);
}

/* What is on trial is not kept by a reset for good, which is a way out of it. A good deal may have happened
 * since it was asked for. */
static gboolean make_way(Reset *reset, CertdCertificateRecord *record, GError **error)
{
    CertdService *service = reset->operation.service;
    const CertdCaller *asker = &reset->asker.caller;
    if (reset->epoch != service->epoch) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_CANCELLED,
                    "Another keystore began while \"%s\" was reset; reset it again", reset->name);
        return FALSE;
    }
    if (reset->trial_seconds != 0 || !certd_trial_stands(service, reset->name, NULL))
        return TRUE;
    if (reset->action == CERTD_AUDIT_FIRST_START)
        return certd_trial_refuse(service, reset->name, error);
    return certd_trial_may_end(service, asker, reset->name, error) &&
           certd_trial_undo(service, record, error) &&
           certd_audit(service, asker, CERTD_AUDIT_TRIAL_END, "certificate", reset->name,
                       "it was reset", error);
}

static gboolean install(Reset *reset, const CertdIssueResult *result, GError **error)
{
    CertdService *service = reset->operation.service;
    gboolean https = g_str_equal(reset->name, CERTD_CERTIFICATE_HTTPS);
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(transaction, reset->name, error);
    if (record == NULL || !make_way(reset, record, error))
        return FALSE;
    g_autoptr(CertdSettings) before = g_steal_pointer(&record->settings);
    record->settings = certd_settings_copy(reset->settings);
    return store_result(reset, record, before, result, error) &&
           (!https || reset->anew ||
            (certd_store_problem_set(transaction, "keystore-set-aside", NULL, NULL, error) &&
             certd_store_problem_set(transaction, "keystore-damaged", NULL, NULL, error) &&
             certd_store_problem_set(transaction, CERTD_AUDIT_PROBLEM, NULL, NULL, error))) &&
           certd_store_commit(transaction, error);
}

static void begin(Reset *reset);

/* A keystore that SQLite can't work with is set aside, once, where https is reset: nothing else that it
 * holds can be reached either. */
static void fail(Reset *reset, const GError *error)
{
    CertdService *service = reset->operation.service;
    gboolean again = reset->anew;
    gboolean asked =
        reset->action == CERTD_AUDIT_RESET || reset->action == CERTD_AUDIT_FACTORY_RESET;
    g_autoptr(GError) failure = g_error_copy(error);
    gboolean https = g_str_equal(reset->name, CERTD_CERTIFICATE_HTTPS);
    if (!again && asked && https && reset->trial_seconds == 0 &&
        certd_keystore_is_lost(service, error)) {
        reset->anew = TRUE;
        g_clear_error(&failure);
        if (certd_keystore_begin_anew(service, CERTD_STORE_KEEP, &failure)) {
            reset->epoch = service->epoch;
            begin(reset);
            return;
        }
    }
    again = again || (asked && https);
    answer(reset, failure);
    if (again)
        certd_review(service, CERTD_CERTIFICATE_HTTPS);
}

static void on_renewed(GBytes *nothing, const GError *error, void *userdata)
{
    Reset *reset = userdata;
    reset->operation.job = 0;
    if (error != NULL) {
        fail(reset, error);
        return;
    }
    certd_sealing_key_changed(reset->operation.service, NULL);
    begin(reset);
}

/* What a new sealing key mends gets one, once; TRUE then. */
static gboolean renew_sealing_key(Reset *reset, const GError *error)
{
    CertdService *service = reset->operation.service;
    CertdWorkers *workers = service->workers;
    /* What a trial tries must not cost what it would bring back. */
    if (reset->renewed || !service->sealing_key_broken || reset->trial_seconds != 0 ||
        !g_error_matches(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE))
        return FALSE;
    reset->renewed = TRUE;
    reset->operation.job = workers->renew_sealing_key(workers, TRUE, on_renewed, reset);
    return TRUE;
}

/* A key of the authority's that was good and is not any more is looked at again, once, and mended;
 * TRUE then. */
static gboolean doubt_authority(Reset *reset, const GError *error)
{
    CertdService *service = reset->operation.service;
    if (reset->doubted || !service->authority_checked || service->authority != NULL ||
        !g_error_matches(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE))
        return FALSE;
    reset->doubted = TRUE;
    service->authority_checked = FALSE;
    begin(reset);
    return TRUE;
}

static void finish(Reset *reset)
{
    CertdService *service = reset->operation.service;
    g_autofree char *name = g_strdup(reset->name);
    certd_problem_clear(service, name);
    if (g_str_equal(name, CERTD_CERTIFICATE_HTTPS)) {
        certd_service_set_problem(service, "default-missing", NULL, NULL);
    }
    /* Who had the keystore set aside by this very reset is to see that; the next one takes it away. */
    if (g_str_equal(name, CERTD_CERTIFICATE_HTTPS) && !reset->anew) {
        certd_service_set_problem(service, "keystore-set-aside", NULL, NULL);
        certd_service_set_problem(service, "keystore-damaged", NULL, NULL);
        certd_service_set_problem(service, CERTD_AUDIT_PROBLEM, NULL, NULL);
    }
    if (service->listener.certificate_configured != NULL)
        service->listener.certificate_configured(service->listener.userdata, name);
    certd_tell_changed(service, name, certd_audit_action_name(reset->action));
    answer(reset, NULL);
    certd_review_installed(service, name);
}

static void on_issued(CertdIssueResult *result, const GError *error, void *userdata)
{
    Reset *reset = userdata;
    g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;
    reset->operation.job = 0;
    if (result == NULL && (renew_sealing_key(reset, error) || doubt_authority(reset, error)))
        return;
    if (result != NULL && !certd_authority_is(reset->operation.service, reset->authority)) {
        begin(reset);
        return;
    }
    if (result != NULL && install(reset, result, &failure))
        finish(reset);
    else
        fail(reset, failure);
}

static CertdIssueJob *job_new(Reset *reset, GError **error)
{
    CertdService *service = reset->operation.service;
    g_autoptr(CertdAuthorityRecord) authority = NULL;
    g_autoptr(CertdIssueJob) job = g_new0(CertdIssueJob, 1);
    job->kind = CERTD_ISSUE_SIGNED;
    job->signer = certd_authority_signer(service, &authority, error);
    if (job->signer == NULL ||
        !certd_authority_names(service, authority, reset->settings, &job->subject, &job->sans,
                               error) ||
        !certd_validity_from(certd_time_to_issue(service), reset->settings->days,
                             authority->validity.not_after, &job->validity, error))
        return NULL;
    g_free(reset->authority);
    reset->authority = certd_authority_identity(authority);
    reset->provisional = !certd_time_is_trusted(service);
    job->key_id = g_strdup(reset->key_id);
    job->key_type = reset->settings->key_type;
    job->digest = reset->settings->digest;
    job->purposes = CERTD_PURPOSE_SERVER;
    return g_steal_pointer(&job);
}

static void on_authority(const GError *error, void *userdata)
{
    Reset *reset = userdata;
    CertdWorkers *workers = reset->operation.service->workers;
    g_autoptr(GError) failure = NULL;
    if (error != NULL) {
        if (!renew_sealing_key(reset, error))
            fail(reset, error);
        return;
    }
    g_autoptr(CertdIssueJob) job = job_new(reset, &failure);
    if (job == NULL)
        fail(reset, failure);
    else
        reset->operation.job = workers->issue(workers, job, on_issued, reset);
}

static void begin(Reset *reset)
{
    certd_authority_ensure(reset->operation.service, TRUE, on_authority, reset);
}

static Reset *reset_new(CertdService *service, const CertdCaller *caller, const char *name,
                        CertdSettings *settings, CertdAuditAction action, CertdDone done,
                        void *userdata)
{
    Reset *reset = g_new0(Reset, 1);
    certd_operation_begin(&reset->operation, service, reset_free);
    certd_store_release_reserve(service->store);
    reset->name = g_strdup(name);
    reset->key_id = certd_key_id_new();
    reset->settings = settings;
    certd_caller_copy(&reset->asker, caller);
    reset->action = action;
    reset->epoch = service->epoch;
    reset->counted = g_str_equal(name, CERTD_CERTIFICATE_HTTPS);
    if (reset->counted)
        service->https_resets++;
    reset->done = done;
    reset->userdata = userdata;
    return reset;
}

void certd_reset_begin(CertdService *service, const CertdCaller *caller, const char *name,
                       CertdSettings *settings, CertdAuditAction action, CertdDone done,
                       void *userdata)
{
    begin(reset_new(service, caller, name, settings, action, done, userdata));
}

gboolean certd_reset(CertdService *service, const CertdCaller *caller, const char *name,
                     GVariant *options, CertdDone done, void *userdata, GError **error)
{
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    g_autoptr(CertdSettings) settings = certd_default_settings();
    const char *digest = NULL;
    guint trial_seconds = 0;
    if (!certd_options_take_string(reader, "digest", &digest, error) ||
        !certd_trial_take(reader, &trial_seconds, error) || !certd_options_finish(reader, error))
        return FALSE;
    if (digest != NULL && !certd_digest_parse(digest, service->policy, &settings->digest, error))
        return FALSE;
    g_autoptr(CertdRoom) room = certd_room_take(service->store);
    (void)room; /* until the reset has its own */
    gboolean anew = FALSE;
    if (!certd_reset_prepare(service, caller, name, trial_seconds, &anew, error))
        return FALSE;
    Reset *reset = reset_new(service, caller, name, g_steal_pointer(&settings), CERTD_AUDIT_RESET,
                             done, userdata);
    reset->trial_seconds = trial_seconds;
    reset->anew = anew;
    begin(reset);
    return TRUE;
}
