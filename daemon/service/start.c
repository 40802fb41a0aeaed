/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The start: whatever was left, https has a certificate that works before anybody can ask. First the
 * clock, then the authority, then https with its key; all others follow in the background.
 */

#include "model/error.h"
#include "model/names.h"
#include "service/deliver.h"
#include "service/request.h"
#include "service/reset-private.h"
#include "service/reset.h"
#include "service/review.h"
#include "service/trial.h"

/* After damage the default is for whoever resets https to decide. */
gboolean certd_wants_default(CertdService *service, const CertdCertificateRecord *record)
{
    return g_str_equal(record->name, CERTD_CERTIFICATE_HTTPS) && record->active_chain == 0 &&
           !service->default_underway && service->https_resets == 0 &&
           !service->sealing_key_broken && !certd_problem_stands(service, "keystore-set-aside") &&
           !certd_problem_stands(service, "keystore-damaged") &&
           !certd_problem_stands(service, "authority-unusable");
}

static void on_default_made(const GError *error, void *userdata)
{
    CertdService *service = userdata;
    service->default_underway = FALSE;
    if (error != NULL)
        certd_look_again(service, CERTD_CERTIFICATE_HTTPS, CERTD_EMERGENCY_RETRY_SECONDS);
    if (service->default_made.done != NULL)
        service->default_made.done(error, service->default_made.userdata);
}

void certd_default_begin(CertdService *service, CertdDone done, void *userdata)
{
    service->default_underway = TRUE;
    service->default_made = (CertdWaiter){done, userdata};
    certd_reset_begin(service, &certd_caller_self, CERTD_CERTIFICATE_HTTPS,
                      certd_default_settings(), CERTD_AUDIT_FIRST_START, on_default_made, service);
}

/* Whoever waits for certd to be there finds the files of consumers in place. */
static void on_delivered(const GError *none, void *userdata)
{
    CertdService *service = userdata;
    g_autoptr(GError) error = g_steal_pointer(&service->start_error);
    service->start.done(error, service->start.userdata);
    certd_review_all(service, TRUE);
}

static void finish(CertdService *service, const GError *error)
{
    if (error != NULL)
        certd_service_set_problem(service, "default-missing", error->message,
                                  "Mend the cause, then reset the certificate https");
    service->started = TRUE;
    certd_store_refill_reserve(service->store);
    service->start_error = error != NULL ? g_error_copy(error) : NULL;
    certd_deliver_all(service, on_delivered, service);
}

static void on_reviewed(const GError *error, void *userdata)
{
    finish(userdata, error);
}

static void on_default(const GError *error, void *userdata)
{
    /* Without the default, the emergency. */
    if (error != NULL)
        certd_review_with_key(userdata, CERTD_CERTIFICATE_HTTPS, on_reviewed, userdata);
    else
        finish(userdata, NULL);
}

static void on_factory_reset(char **lost, const GError *error, void *userdata)
{
    on_default(error, userdata);
}

static void on_authority(const GError *error, void *userdata)
{
    CertdService *service = userdata;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(service->store, CERTD_CERTIFICATE_HTTPS, NULL);
    g_autoptr(CertdAuthorityRecord) authority = certd_authority_get(service, NULL);
    if (authority != NULL)
        certd_authority_publish(service, authority);
    if (error == NULL && record != NULL && certd_wants_default(service, record))
        certd_default_begin(service, on_default, service);
    else
        certd_review_with_key(service, CERTD_CERTIFICATE_HTTPS, on_reviewed, service);
}

/* The row of https, readable, and no emergency of before: whether there must be one is looked at
 * anew, and its key may have been in memory alone. */
static gboolean prepare(CertdService *service, GError **error)
{
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    return (certd_store_certificate_exists(transaction, CERTD_CERTIFICATE_HTTPS) ||
            certd_insert_https(service, error)) &&
           certd_store_clear_emergencies(transaction, error) &&
           certd_store_commit(transaction, error);
}

void certd_start(CertdService *service, CertdDone done, void *userdata)
{
    const CertdDevice *device = service->device;
    g_autoptr(GError) error = NULL;
    service->start = (CertdWaiter){done, userdata};
    /* Until https is served, whatever the disk says. */
    certd_store_release_reserve(service->store);
    certd_log_mend(service);
    gboolean prepared = certd_problems_load(service, &error) && certd_time_load(service, &error) &&
                        prepare(service, &error);
    /* Another boot brings back what was confirmed, before anybody can ask. */
    certd_trials_look(service);
    service->names = device->names(device->userdata);
    service->trusted = certd_time_is_trusted(service);
    certd_time_watch(service);
    certd_trust_publish(service);
    if (prepared && certd_problem_stands(service, CERTD_FACTORY_UNFINISHED))
        certd_factory_resume(service, on_factory_reset, service);
    else if (!prepared || !certd_request_resume(service, &error))
        finish(service, error);
    else
        certd_authority_ensure(service, FALSE, on_authority, service);
}
