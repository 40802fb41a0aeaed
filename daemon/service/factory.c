/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The way back to the first start. What was begun is noted in the keystore before the sealing key is
 * destroyed, so that a start finishes what was cut off: without the key nothing of before can be used.
 */

#include "store/factory.h"
#include "model/error.h"
#include "model/names.h"
#include "model/options.h"
#include "service/deliver.h"
#include "service/https-private.h"
#include "service/request.h"
#include "service/reset-private.h"
#include "service/reset.h"
#include "service/review.h"

#define REMEDY "Restart certd, or reset to the factory default once more"

typedef struct {
    CertdOperation operation;
    char **lost;
    gboolean resumed; /* the key of before may be destroyed already */
    CertdCallerCopy asker;
    CertdFactoryDone done;
    void *userdata;
} Factory;

static void factory_free(void *operation)
{
    Factory *factory = operation;
    certd_store_refill_reserve(factory->operation.service->store);
    g_strfreev(factory->lost);
    certd_caller_clear(&factory->asker);
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
    CertdService *service = factory->operation.service;
    factory->done(error == NULL ? factory->lost : NULL, error, factory->userdata);
    certd_operation_end(&factory->operation);
    if (error != NULL)
        certd_review(service, CERTD_CERTIFICATE_HTTPS);
}

/* Notes what is begun, and what will be lost by it. */
static gboolean note(Factory *factory, GError **error)
{
    CertdService *service = factory->operation.service;
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    return (factory->lost != NULL || certd_store_lost(transaction, &factory->lost, error)) &&
           certd_store_problem_set(transaction, CERTD_FACTORY_UNFINISHED,
                                   "A factory reset was cut off, and is finished at the next start",
                                   REMEDY, error) &&
           certd_audit(service, &factory->asker.caller, CERTD_AUDIT_FACTORY_RESET, "keystore",
                       "all", "it begins: the sealing key is destroyed first", error) &&
           certd_store_commit(transaction, error);
}

static gboolean note_anew(Factory *factory, GError **error)
{
    CertdService *service = factory->operation.service;
    g_autoptr(GError) failure = NULL;
    if (!certd_store_is_corrupt(service->store) && note(factory, &failure))
        return TRUE;
    if (failure != NULL && !certd_keystore_is_lost(service, failure)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (factory->lost == NULL && !certd_store_lost(service->store, &factory->lost, NULL))
        factory->lost = g_new0(char *, 1); /* lost unnamed */
    return certd_keystore_begin_anew(service, CERTD_STORE_KEEP, error) && note(factory, error);
}

static gboolean clear(Factory *factory, GError **error)
{
    CertdService *service = factory->operation.service;
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_auto(GStrv) lost = NULL;
    if (!certd_store_clear(transaction, &lost, error))
        return FALSE;
    /* A keystore that began anew has nothing to lose. */
    if (*lost != NULL) {
        g_strfreev(factory->lost);
        factory->lost = g_steal_pointer(&lost);
    }
    g_autofree char *names = g_strjoinv(" ", factory->lost);
    return certd_audit(service, &factory->asker.caller, CERTD_AUDIT_FACTORY_RESET, "keystore",
                       "all", names, error) &&
           certd_insert_https(service, error) && certd_store_commit(transaction, error);
}

/* Where this keystore can't be cleared, a new one begins: what is in it can't be opened any more. It is
 * kept, unless not even the reserve has room for what clearing it writes. */
static gboolean clear_anew(Factory *factory, GError **error)
{
    CertdService *service = factory->operation.service;
    g_autoptr(GError) failure = NULL;
    if (clear(factory, &failure))
        return TRUE;
    gboolean full = g_error_matches(failure, CERTD_ERROR, CERTD_ERROR_STORAGE_FULL);
    return certd_keystore_begin_anew(service, full ? CERTD_STORE_DELETE : CERTD_STORE_KEEP,
                                     error) &&
           clear(factory, error);
}

/* What the service remembers of the keystore. */
static gboolean forget(CertdService *service, GError **error)
{
    g_clear_pointer(&service->authority_record, certd_authority_record_free);
    return certd_time_load(service, error);
}

static void answer_failure(Factory *factory, const GError *error)
{
    factory->done(NULL, error, factory->userdata);
    certd_operation_end(&factory->operation);
}

static void on_renewed(GBytes *nothing, const GError *error, void *userdata)
{
    Factory *factory = userdata;
    CertdService *service = factory->operation.service;
    g_autoptr(GError) failure = NULL;
    factory->operation.job = 0;
    if (error != NULL) {
        /* The key may be destroyed already: then it is to be finished, and every key is looked at. */
        if (factory->resumed || g_error_matches(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED)) {
            certd_service_set_problem(service, CERTD_FACTORY_UNFINISHED, error->message, REMEDY);
            service->authority_checked = FALSE;
            certd_review_all(service, TRUE);
        } else {
            /* Where not even that can be written, the next start does what was asked for. */
            certd_service_keep_problem(service, CERTD_FACTORY_UNFINISHED, NULL, NULL);
        }
        /* What still has its key; the start does that itself. */
        if (!factory->resumed)
            certd_deliver_all(service, NULL, NULL);
        answer_failure(factory, error);
        return;
    }
    service->epoch++;
    certd_delivery_reset(service);
    g_auto(GStrv) names = certd_keystore_names(service);
    certd_maker_cancel_certificate(service->maker, NULL);
    certd_authority_forget(service);
    guint64 epoch = service->epoch;
    if (!clear_anew(factory, &failure) || !forget(service, &failure)) {
        certd_service_set_problem(service, CERTD_FACTORY_UNFINISHED, failure->message, REMEDY);
        answer_failure(factory, failure);
        return;
    }
    certd_problems_forget(service);
    service->sealing_key_broken = FALSE;
    /* A keystore that began anew was told of then. */
    if (service->epoch == epoch)
        certd_keystore_tell_removed(service, names);
    certd_trust_tell(service);
    certd_https_forget(service);
    certd_reset_begin(service, &factory->asker.caller, CERTD_CERTIFICATE_HTTPS,
                      certd_default_settings(), CERTD_AUDIT_FACTORY_RESET, on_default, factory);
}

static Factory *factory_new(CertdService *service, const CertdCaller *caller, CertdFactoryDone done,
                            void *userdata)
{
    Factory *factory = g_new0(Factory, 1);
    certd_operation_begin(&factory->operation, service, factory_free);
    certd_store_release_reserve(service->store);
    certd_caller_copy(&factory->asker, caller);
    factory->done = done;
    factory->userdata = userdata;
    return factory;
}

static void begin(Factory *factory)
{
    CertdWorkers *workers = factory->operation.service->workers;
    certd_delivery_reset(factory->operation.service);
    factory->operation.job = workers->renew_sealing_key(workers, FALSE, on_renewed, factory);
}

gboolean certd_factory_reset(CertdService *service, const CertdCaller *caller, GVariant *options,
                             CertdFactoryDone done, void *userdata, GError **error)
{
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    if (!certd_options_finish(reader, error))
        return FALSE;
    Factory *factory = factory_new(service, caller, done, userdata);
    if (!note_anew(factory, error)) {
        certd_operation_end(&factory->operation);
        return FALSE;
    }
    begin(factory);
    return TRUE;
}

void certd_factory_resume(CertdService *service, CertdFactoryDone done, void *userdata)
{
    Factory *factory = factory_new(service, &certd_caller_self, done, userdata);
    factory->resumed = TRUE;
    /* Noted it is; what can't be read is lost unnamed. */
    if (!certd_store_lost(service->store, &factory->lost, NULL))
        factory->lost = g_new0(char *, 1);
    begin(factory);
}
