/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The start: whatever was left, https has a certificate that works before anybody can ask. First the
 * clock, then the authority, then https with its key; all others follow in the background.
 */

#include "model/error.h"
#include "model/names.h"
#include "service/request.h"
#include "service/reset-private.h"
#include "service/reset.h"
#include "service/review.h"

typedef struct {
    CertdService *service;
    CertdDone done;
    void *userdata;
} Start;

static void finish(Start *start, const GError *error)
{
    CertdService *service = start->service;
    if (error != NULL)
        certd_service_set_problem(service, "default-missing", error->message,
                                  "Mend the cause, then reset the certificate https");
    service->started = TRUE;
    start->done(error, start->userdata);
    g_free(start);
    certd_review_all(service, TRUE);
}

static void on_reviewed(const GError *error, void *userdata)
{
    finish(userdata, error);
}

static void on_default(const GError *error, void *userdata)
{
    Start *start = userdata;
    /* Without the default, the emergency. */
    if (error != NULL)
        certd_review_with_key(start->service, CERTD_CERTIFICATE_HTTPS, on_reviewed, start);
    else
        finish(start, NULL);
}

static void on_authority(const GError *error, void *userdata)
{
    Start *start = userdata;
    CertdService *service = start->service;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(service->store, CERTD_CERTIFICATE_HTTPS, NULL);
    g_autoptr(CertdAuthorityRecord) authority = certd_authority_get(service, NULL);
    if (authority != NULL)
        certd_authority_publish(service, authority);
    /* After damage the default is for whoever resets it to decide. */
    gboolean first = error == NULL && record != NULL && record->active_chain == 0 &&
                     !certd_problem_stands(service, "keystore-set-aside") &&
                     !certd_problem_is_about(service, CERTD_CERTIFICATE_HTTPS);
    if (first)
        certd_reset_begin(service, &certd_caller_self, CERTD_CERTIFICATE_HTTPS,
                          certd_default_settings(), "first-start", on_default, start);
    else
        certd_review_with_key(service, CERTD_CERTIFICATE_HTTPS, on_reviewed, start);
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
    Start *start = g_new0(Start, 1);
    start->service = service;
    start->done = done;
    start->userdata = userdata;
    g_autoptr(GError) error = NULL;
    gboolean prepared = certd_problems_load(service, &error) && certd_time_load(service, &error) &&
                        prepare(service, &error);
    service->names = device->names(device->userdata);
    service->trusted = certd_time_is_trusted(service);
    certd_time_watch(service);
    if (!prepared || !certd_request_resume(service, &error))
        finish(start, error);
    else
        certd_authority_ensure(service, FALSE, on_authority, start);
}
