/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Back to the factory default, for one certificate. */

#include "service/reset.h"

#include "model/error.h"
#include "model/options.h"
#include "service/reset-private.h"

/* Ten years, as the manuals have it: nothing renews a self-signed certificate by itself yet. */
#define DEFAULT_CERTIFICATE_DAYS 3650u

typedef struct {
    CertdOperation operation;
    char *name;
    char *key_id;
    CertdSettings *settings;
    guint32 uid;
    char *sender;
    const char *cause; /* static */
    gboolean renewed;  /* the sealing key, once */
    CertdDone done;
    void *userdata;
} Reset;

static void reset_free(void *operation)
{
    Reset *reset = operation;
    g_free(reset->name);
    g_free(reset->key_id);
    certd_settings_free(reset->settings);
    g_free(reset->sender);
    g_free(reset);
}

static void answer(Reset *reset, const GError *error)
{
    reset->done(error, reset->userdata);
    certd_operation_end(&reset->operation);
}

CertdSettings *certd_default_settings(void)
{
    CertdSettings *settings = certd_settings_new();
    settings->issuer = CERTD_ISSUER_SELF;
    settings->days = DEFAULT_CERTIFICATE_DAYS;
    return settings;
}

static gboolean install(Reset *reset, const CertdIssueResult *result, GError **error)
{
    CertdService *service = reset->operation.service;
    const CertdCaller caller = {.uid = reset->uid, .sender = reset->sender};
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(transaction, reset->name, error);
    if (record == NULL)
        return FALSE;
    certd_settings_free(record->settings);
    record->settings = certd_settings_copy(reset->settings);
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
    return installed != NULL && certd_store_key_insert(transaction, &key, error) &&
           certd_install(service, record, installed, error) &&
           certd_audit(service, &caller, reset->cause, "certificate", reset->name,
                       installed->fingerprint, error) &&
           certd_store_commit(transaction, error);
}

static void issue(Reset *reset);

static void on_renewed(GBytes *nothing, const GError *error, void *userdata)
{
    Reset *reset = userdata;
    reset->operation.job = 0;
    if (error != NULL) {
        answer(reset, error);
        return;
    }
    certd_service_set_problem(reset->operation.service, "sealing-key-unusable", NULL, NULL);
    issue(reset);
}

static void on_issued(CertdIssueResult *result, const GError *error, void *userdata)
{
    Reset *reset = userdata;
    CertdWorkers *workers = reset->operation.service->workers;
    reset->operation.job = 0;
    if (g_error_matches(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE) && !reset->renewed) {
        reset->renewed = TRUE;
        reset->operation.job = workers->renew_sealing_key(workers, TRUE, on_renewed, reset);
        return;
    }
    g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;
    if (result != NULL && install(reset, result, &failure)) {
        certd_service_set_problem(reset->operation.service, "default-missing", NULL, NULL);
        certd_tell_changed(reset->operation.service, reset->name, reset->cause);
    }
    answer(reset, failure);
}

static void issue(Reset *reset)
{
    CertdService *service = reset->operation.service;
    const CertdDevice *device = service->device;
    g_autofree char *host_name = device->host_name(device->userdata);
    g_autoptr(GPtrArray) names = device->names(device->userdata);
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdIssueJob) job = g_new0(CertdIssueJob, 1);
    if (!certd_settings_effective_names(reset->settings, host_name, names, &job->subject,
                                        &job->sans, &error)) {
        answer(reset, error);
        return;
    }
    job->key_id = g_strdup(reset->key_id);
    job->key_type = reset->settings->key_type;
    job->digest = reset->settings->digest;
    job->self_signed = TRUE;
    job->days = reset->settings->days;
    job->now = certd_now(service);
    reset->operation.job = service->workers->issue(service->workers, job, on_issued, reset);
}

void certd_reset_begin(CertdService *service, const CertdCaller *caller, const char *name,
                       CertdSettings *settings, const char *cause, CertdDone done, void *userdata)
{
    Reset *reset = g_new0(Reset, 1);
    certd_operation_begin(&reset->operation, service, reset_free);
    reset->name = g_strdup(name);
    reset->key_id = certd_key_id_new();
    reset->settings = settings;
    reset->uid = caller->uid;
    reset->sender = g_strdup(caller->sender);
    reset->cause = cause;
    reset->done = done;
    reset->userdata = userdata;
    issue(reset);
}

gboolean certd_reset(CertdService *service, const CertdCaller *caller, const char *name,
                     GVariant *options, CertdDone done, void *userdata, GError **error)
{
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    g_autoptr(CertdSettings) settings = certd_default_settings();
    const char *digest = NULL;
    if (!certd_options_take_string(reader, "digest", &digest, error) ||
        !certd_options_finish(reader, error))
        return FALSE;
    if (digest != NULL && !certd_digest_parse(digest, service->policy, &settings->digest, error))
        return FALSE;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(service->store, name, error);
    if (record == NULL)
        return FALSE;
    certd_reset_begin(service, caller, name, g_steal_pointer(&settings), "reset", done, userdata);
    return TRUE;
}
