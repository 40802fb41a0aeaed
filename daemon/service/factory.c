/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way back to the first start. */

#include "store/factory.h"
#include "model/error.h"
#include "model/names.h"
#include "model/options.h"
#include "service/request.h"
#include "service/reset-private.h"
#include "service/reset.h"

typedef struct {
    CertdOperation operation;
    char **lost;
    guint32 uid;
    char *sender;
    CertdFactoryDone done;
    void *userdata;
} Factory;

static void factory_free(void *operation)
{
    Factory *factory = operation;
    g_strfreev(factory->lost);
    g_free(factory->sender);
    g_free(factory);
}

gboolean certd_insert_https(CertdService *service, GError **error)
{
    g_autoptr(CertdCertificateRecord) record = g_new0(CertdCertificateRecord, 1);
    record->name = g_strdup(CERTD_CERTIFICATE_HTTPS);
    record->settings = certd_default_settings();
    record->created = certd_now(service);
    return certd_store_certificate_insert(service->store, record, error);
}

static void on_default(const GError *error, void *userdata)
{
    Factory *factory = userdata;
    factory->done(error == NULL ? factory->lost : NULL, error, factory->userdata);
    certd_operation_end(&factory->operation);
}

static gboolean clear(Factory *factory, GError **error)
{
    CertdService *service = factory->operation.service;
    const CertdCaller caller = {.uid = factory->uid, .sender = factory->sender};
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    if (!certd_store_clear(transaction, &factory->lost, error))
        return FALSE;
    g_autofree char *names = g_strjoinv(" ", factory->lost);
    return certd_audit(service, &caller, "factory-reset", "keystore", "all", names, error) &&
           certd_insert_https(service, error) && certd_store_commit(transaction, error);
}

/* What the service remembers of the keystore. */
static gboolean forget(CertdService *service, GError **error)
{
    g_clear_pointer(&service->authority_record, certd_authority_record_free);
    return certd_time_load(service, error);
}

static void tell_lost(CertdService *service, char **lost)
{
    for (size_t i = 0; lost[i] != NULL; i++) {
        if (!g_str_equal(lost[i], CERTD_CERTIFICATE_HTTPS) &&
            service->listener.certificate_removed != NULL)
            service->listener.certificate_removed(service->listener.userdata, lost[i]);
    }
}

static void on_renewed(GBytes *nothing, const GError *error, void *userdata)
{
    Factory *factory = userdata;
    CertdService *service = factory->operation.service;
    g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;
    factory->operation.job = 0;
    if (failure == NULL) {
        certd_maker_cancel_certificate(service->maker, NULL);
        certd_authority_forget(service);
    }
    if (failure != NULL || !clear(factory, &failure) || !forget(service, &failure)) {
        factory->done(NULL, failure, factory->userdata);
        certd_operation_end(&factory->operation);
        return;
    }
    certd_problems_forget(service);
    service->sealing_key_broken = FALSE;
    tell_lost(service, factory->lost);
    const CertdCaller caller = {.uid = factory->uid, .sender = factory->sender};
    certd_reset_begin(service, &caller, CERTD_CERTIFICATE_HTTPS, certd_default_settings(),
                      "factory-reset", on_default, factory);
}

gboolean certd_factory_reset(CertdService *service, const CertdCaller *caller, GVariant *options,
                             CertdFactoryDone done, void *userdata, GError **error)
{
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    if (!certd_options_finish(reader, error))
        return FALSE;
    Factory *factory = g_new0(Factory, 1);
    certd_operation_begin(&factory->operation, service, factory_free);
    factory->uid = caller->uid;
    factory->sender = g_strdup(caller->sender);
    factory->done = done;
    factory->userdata = userdata;
    factory->operation.job =
        service->workers->renew_sealing_key(service->workers, FALSE, on_renewed, factory);
    return TRUE;
}
