/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removing a certificate, with all that is in it. */

#include "model/error.h"
#include "model/names.h"
#include "model/options.h"
#include "service/configure.h"
#include "service/deliver.h"
#include "service/trial-private.h"

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
    if (!certd_trial_may_end(service, caller, name, error) ||
        !certd_store_certificate_delete(transaction, name, error) ||
        !certd_audit(service, caller, CERTD_AUDIT_REMOVE, "certificate", name, NULL, error) ||
        !certd_store_commit(transaction, error))
        return FALSE;
    certd_maker_cancel_certificate(service->maker, name);
    certd_problem_clear(service, name);
    certd_deliver(service, name);
    if (service->listener.certificate_removed != NULL)
        service->listener.certificate_removed(service->listener.userdata, name);
    certd_deliver(service, name);
    return TRUE;
}
