/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests that certd makes by itself. They are requests like any other, so that what was begun goes
 * on after a crash and everybody can see it; what becomes of them is planned in the certificate.
 */

#include "model/error.h"
#include "model/limits.h"
#include "service/request.h"
#include "service/service-private.h"

CertdIssuer certd_renew_issuer(const char *origin)
{
    if (g_str_equal(origin, "self"))
        return CERTD_ISSUER_SELF;
    if (g_str_equal(origin, "request") || g_str_equal(origin, "imported"))
        return CERTD_ISSUER_EXTERNAL;
    return CERTD_ISSUER_INTERNAL;
}

gboolean certd_renew_failed(CertdService *service, const CertdRequestRecord *request,
                            GError **error)
{
    const CertdDevice *device = service->device;
    if (request->cause == NULL)
        return TRUE;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(service->store, request->certificate, error);
    if (record == NULL)
        return FALSE;
    record->failures = MIN(record->failures + 1, CERTD_LIMIT_FAILURES_COUNTED);
    record->attempt =
        certd_now(service) + certd_backoff(record->failures, device->random(device->userdata));
    if (record->due == 0 || record->attempt < record->due)
        record->due = record->attempt;
    certd_expect(service, record->due);
    return certd_store_certificate_update(service->store, record, error);
}

const CertdSettings *certd_renew_settings(const CertdCertificateRecord *record,
                                          const CertdChainRecord *active)
{
    return active != NULL && active->settings != NULL ? active->settings : record->settings;
}

gboolean certd_renew_check(CertdService *service, const CertdSettings *settings, GError **error)
{
    g_autoptr(CertdAuthorityRecord) authority = certd_authority_get(service, NULL);
    g_autoptr(CertdSubject) subject = NULL;
    g_autoptr(GPtrArray) sans = NULL;
    if (settings->issuer != CERTD_ISSUER_INTERNAL)
        return TRUE;
    /* Without an authority that can be used, nobody knows yet for what names the next one may speak. */
    return certd_settings_check_days(settings, settings->issuer, error) &&
           (authority == NULL || certd_problem_stands(service, "authority-unusable") ||
            certd_authority_names(service, authority, settings, &subject, &sans, error));
}

gboolean certd_renew_configure(CertdService *service, const CertdCertificateRecord *record,
                               GError **error)
{
    if (record->active_chain == 0 || record->settings->issuer == CERTD_ISSUER_EXTERNAL)
        return TRUE;
    g_autoptr(CertdChainRecord) active =
        certd_store_chain_get(service->store, record->active_chain, NULL);
    /* What somebody else issued, and what is damaged, has none. */
    if (active == NULL || active->settings == NULL)
        return TRUE;
    g_autoptr(CertdSettings) settings = certd_settings_copy(record->settings);
    settings->issuer = certd_renew_issuer(active->origin);
    return !certd_renew_check(service, settings, NULL) ||
           certd_store_chain_set_settings(service->store, active->id, record->settings, error);
}

/* A copy of what the next one is made with. */
static CertdSettings *settings_for(CertdService *service, const CertdCertificateRecord *record,
                                   CertdIssuer issuer)
{
    g_autoptr(CertdChainRecord) active =
        issuer != CERTD_ISSUER_EXTERNAL && record->active_chain != 0
            ? certd_store_chain_get(service->store, record->active_chain, NULL)
            : NULL;
    return certd_settings_copy(certd_renew_settings(record, active));
}

/* With the key of before where the settings say so, which requests leave alone, and it can be
 * opened. */
static gboolean keeps_key(const CertdCertificateRecord *record)
{
    return record->settings->reuse_key && record->active_chain != 0 &&
           record->unusable == CERTD_USABLE;
}

static gboolean write_request(CertdService *service, CertdCertificateRecord *record,
                              CertdRequestRecord *request, const CertdCaller *caller,
                              GError **error)
{
    record->attempt = 0;
    record->due = certd_plan_due(record, 0);
    if (!certd_store_request_insert(service->store, request, &request->id, error) ||
        !certd_store_certificate_update(service->store, record, error))
        return FALSE;
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, request->id);
    return certd_audit(service, caller, CERTD_AUDIT_REQUEST, "request", id, record->name, error);
}

/* What can't even be asked for counts as an attempt that failed, and leaves a request that says
 * why. Where nothing can be written it stays due. */
static void note_failure(CertdService *service, const CertdCertificateRecord *record,
                         CertdIssuer issuer, const char *cause, const GError *failure)
{
    g_autoptr(CertdSettings) settings = settings_for(service, record, issuer);
    gboolean ours = failure->domain == CERTD_ERROR;
    CertdError code = ours ? (CertdError)failure->code : CERTD_ERROR_WORKER_FAILED;
    const CertdRequestRecord request = {
        .certificate = record->name,
        .state = CERTD_REQUEST_FAILED,
        .issuer = issuer,
        .created = certd_now(service),
        .uid = certd_caller_self.uid,
        .settings = settings,
        .subject = settings->subject,
        .sans = settings->sans,
        .key_type = (char *)certd_key_type_name(settings->key_type),
        .cause = (char *)cause,
        .error_name = (char *)certd_error_dbus_name(code),
        .error_message = failure->message,
    };
    gint64 id;
    if (!certd_store_begin(service->store, NULL))
        return;
    g_autoptr(CertdTransaction) transaction = service->store;
    if (!certd_store_request_insert(transaction, &request, &id, NULL) ||
        !certd_renew_failed(service, &request, NULL) ||
        !certd_store_request_prune(transaction, record->name, NULL) ||
        !certd_store_commit(transaction, NULL))
        return;
    if (service->listener.request_added != NULL)
        service->listener.request_added(service->listener.userdata, record->name, id);
    certd_tell_request(service, record->name, id, CERTD_REQUEST_FAILED);
}

/* The plan after that, as the row has it now. */
static void reload_plan(CertdService *service, CertdCertificateRecord *record)
{
    g_autoptr(CertdCertificateRecord) now =
        certd_store_certificate_get(service->store, record->name, NULL);
    if (now == NULL)
        return;
    record->generation = now->generation;
    record->emergency_chain = now->emergency_chain;
    record->failures = now->failures;
    record->warnings = now->warnings;
    record->attempt = now->attempt;
    record->due = now->due;
}

static CertdRequestRecord *make_request(CertdService *service, const CertdCaller *caller,
                                        CertdCertificateRecord *record, CertdIssuer issuer,
                                        const char *cause, GError **error)
{
    if (!certd_store_begin(service->store, error))
        return NULL;
    g_autoptr(CertdTransaction) transaction = service->store;
    CertdSettings *settings = settings_for(service, record, issuer);
    g_autoptr(CertdRequestRecord) request =
        certd_request_describe(service, caller, record, settings, issuer, keeps_key(record), error);
    if (request == NULL)
        return NULL;
    request->cause = g_strdup(cause);
    if (!write_request(service, record, request, caller, error) ||
        !certd_store_commit(transaction, error))
        return NULL;
    return g_steal_pointer(&request);
}

static gboolean renew(CertdService *service, const CertdCaller *caller,
                      CertdCertificateRecord *record, CertdIssuer issuer, const char *cause)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdRequestRecord) request =
        make_request(service, caller, record, issuer, cause, &error);
    if (request != NULL) {
        if (service->listener.request_added != NULL)
            service->listener.request_added(service->listener.userdata, record->name, request->id);
        certd_maker_add(service->maker, request, caller, !caller->administrator);
    } else {
        note_failure(service, record, issuer, cause, error);
    }
    /* The maker may have failed at once. */
    reload_plan(service, record);
    return request != NULL;
}

gboolean certd_renew(CertdService *service, CertdCertificateRecord *record, CertdIssuer issuer,
                     const char *cause)
{
    return renew(service, &certd_caller_self, record, issuer, cause);
}

gboolean certd_renew_for(CertdService *service, const CertdCaller *caller,
                         CertdCertificateRecord *record)
{
    return renew(service, caller, record, CERTD_ISSUER_INTERNAL, CERTD_CAUSE_REQUESTER);
}
