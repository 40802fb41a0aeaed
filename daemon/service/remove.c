/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removing a certificate, and going back to the previous chain of one. */

#include "model/error.h"
#include "model/names.h"
#include "model/options.h"
#include "service/configure.h"
#include "service/service-private.h"

gboolean certd_remove(CertdService *service, const CertdCaller *caller, const char *name,
                      GVariant *options, GError **error)
{
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    if (!certd_options_finish(reader, error))
        return FALSE;
    if (g_str_equal(name, CERTD_CERTIFICATE_HTTPS)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS,
                    "The certificate \"%s\" always exists and cannot be removed; reset it to put "
                    "it back to the factory default",
                    name);
        return FALSE;
    }
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    if (!certd_store_certificate_delete(transaction, name, error) ||
        !certd_audit(service, caller, "remove", "certificate", name, NULL, error) ||
        !certd_store_commit(transaction, error))
        return FALSE;
    certd_maker_cancel_certificate(service->maker, name);
    certd_problem_clear(service, name);
    if (service->listener.certificate_removed != NULL)
        service->listener.certificate_removed(service->listener.userdata, name);
    return TRUE;
}

gboolean certd_rollback(CertdService *service, const CertdCaller *caller, const char *name,
                        GError **error)
{
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(transaction, name, error);
    if (record == NULL)
        return FALSE;
    if (record->previous_chain == 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_NOTHING_PREVIOUS,
                    "The certificate \"%s\" has no previous chain to go back to; import one, or "
                    "reset it",
                    name);
        return FALSE;
    }
    g_autoptr(CertdChainRecord) previous =
        certd_store_chain_get(transaction, record->previous_chain, error);
    if (previous == NULL)
        return FALSE;
    const CertdValidity validity = {previous->not_before, previous->not_after};
    gint64 active = record->active_chain;
    record->active_chain = record->previous_chain;
    record->previous_chain = active;
    record->generation++;
    certd_plan(service, record, &validity);
    if (!certd_emergency_drop(service, record, error) ||
        !certd_store_certificate_update(transaction, record, error) ||
        !certd_audit(service, caller, "rollback", "certificate", name, NULL, error) ||
        !certd_store_commit(transaction, error))
        return FALSE;
    certd_tell_changed(service, name, "rollback");
    certd_review_with_key(service, name, NULL, NULL);
    return TRUE;
}
