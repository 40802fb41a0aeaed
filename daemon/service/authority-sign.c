/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Signing what other devices and services ask for (R28). A parse worker reads the request and hands
 * on names and a public key; what the certificate says is put together here, never copied.
 */

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/options.h"
#include "service/authority-private.h"
#include "service/export.h"

typedef struct {
    CertdOperation operation;
    CertdSettings *settings; /* days, names and whether the common name is one of them */
    gboolean own_names;      /* those of the settings, not the request's */
    CertdAuthorityRecord *authority;
    CertdCallerCopy asker;
    CertdSignDone done;
    void *userdata;
} Sign;

static void sign_free(void *operation)
{
    Sign *sign = operation;
    g_clear_pointer(&sign->settings, certd_settings_free);
    certd_authority_record_free(sign->authority);
    certd_caller_clear(&sign->asker);
    g_free(sign);
}

static void answer(Sign *sign, const char *chain, const GError *error)
{
    sign->done(chain, error, sign->userdata);
    certd_operation_end(&sign->operation);
}

static gboolean note(Sign *sign, const CertdIssueResult *result, GError **error)
{
    CertdService *service = sign->operation.service;
    g_autofree char *fingerprint =
        g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, result->certificate);
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    return certd_audit(service, &sign->asker.caller, CERTD_AUDIT_SIGN, "authority", "internal",
                       fingerprint, error) &&
           certd_store_commit(transaction, error);
}

static void on_signed(CertdIssueResult *result, const GError *error, void *userdata)
{
    Sign *sign = userdata;
    g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;
    sign->operation.job = 0;
    if (result == NULL || !note(sign, result, &failure)) {
        answer(sign, NULL, failure);
        return;
    }
    g_autofree char *leaf = certd_to_pem("CERTIFICATE", result->certificate);
    g_autofree char *authority = certd_to_pem("CERTIFICATE", sign->authority->certificate);
    g_autofree char *chain = g_strconcat(leaf, authority, NULL);
    answer(sign, chain, NULL);
}

/* Whether there is a name to be among the alternative names. */
static gboolean names_anything(const CertdSettings *settings)
{
    const char *common_name = certd_subject_common_name(settings->subject);
    g_autoptr(CertdSan) san = settings->copy_common_name && common_name != NULL
                                  ? certd_san_from_common_name(common_name)
                                  : NULL;
    return settings->sans->len > 0 || san != NULL;
}

/* The names: the request's or those that were given, each permitted, and at least one. */
static gboolean choose_names(Sign *sign, const CertdReadRequestResult *request, CertdIssueJob *job,
                             GError **error)
{
    CertdSettings *settings = sign->settings;
    certd_subject_free(settings->subject);
    settings->subject = certd_subject_copy(request->subject);
    if (!sign->own_names) {
        g_ptr_array_unref(settings->sans);
        settings->sans = certd_san_list_copy(request->sans);
    }
    if (!names_anything(settings)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME,
                    "The request has no subject alternative name, and no host name or address as "
                    "its common name; add one with --san DNS:NAME (option subject-alt-names)");
        return FALSE;
    }
    return certd_authority_names(sign->operation.service, sign->authority, settings, &job->subject,
                                 &job->sans, error);
}

static CertdIssueJob *job_new(Sign *sign, const CertdReadRequestResult *request, GError **error)
{
    CertdService *service = sign->operation.service;
    g_autoptr(CertdIssueJob) job = g_new0(CertdIssueJob, 1);
    job->kind = CERTD_ISSUE_SIGNED;
    job->signer = certd_authority_signer(service, &sign->authority, error);
    if (job->signer == NULL || !choose_names(sign, request, job, error) ||
        !certd_validity_from(certd_time_to_issue(service), sign->settings->days,
                             sign->authority->validity.not_after, &job->validity, error))
        return NULL;
    job->public_key = g_bytes_ref(request->public_key);
    job->key_type = CERTD_KEY_EC_SECP256R1;
    job->digest = CERTD_DIGEST_SHA256;
    job->purposes = request->purposes;
    return g_steal_pointer(&job);
}

static void on_read(CertdReadRequestResult *request, const GError *error, void *userdata)
{
    Sign *sign = userdata;
    CertdWorkers *workers = sign->operation.service->workers;
    g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;
    sign->operation.job = 0;
    g_autoptr(CertdIssueJob) job = request != NULL ? job_new(sign, request, &failure) : NULL;
    if (job == NULL)
        answer(sign, NULL, failure);
    else
        sign->operation.job = workers->issue(workers, job, on_signed, sign);
}

/* The options are settings too: what a certificate shall look like. */
static gboolean take_options(Sign *sign, GVariant *options, GError **error)
{
    static const char *const known[] = {"subject-alt-names", "copy-common-name", NULL};
    guint64 days = CERTD_LIMIT_INTERNAL_DAYS;
    CertdService *service = sign->operation.service;
    g_autoptr(CertdSettings) defaults = certd_settings_new();
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    certd_options_leave(reader, known);
    if (!certd_options_take_unsigned(reader, "days", CERTD_LIMIT_DAYS_MIN,
                                     CERTD_LIMIT_INTERNAL_DAYS, &days, error) ||
        !certd_options_finish(reader, error))
        return FALSE;
    sign->settings = certd_settings_apply(defaults, options, service->policy, error);
    if (sign->settings == NULL)
        return FALSE;
    sign->own_names = sign->settings->sans->len > 0;
    return TRUE;
}

gboolean certd_authority_sign(CertdService *service, const CertdCaller *caller, int data_fd,
                              GVariant *options, CertdSignDone done, void *userdata, GError **error)
{
    Sign *sign = g_new0(Sign, 1);
    certd_operation_begin(&sign->operation, service, sign_free);
    certd_caller_copy(&sign->asker, caller);
    sign->done = done;
    sign->userdata = userdata;
    g_autoptr(CertdAuthorityRecord) authority = certd_authority_get(service, error);
    if (authority == NULL || !take_options(sign, options, error)) {
        certd_operation_end(&sign->operation);
        return FALSE;
    }
    sign->operation.job =
        service->workers->read_request(service->workers, data_fd, service->policy, on_read, sign);
    return TRUE;
}
