/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A new keystore in the place of one that SQLite can't work with any more, while certd runs: what a start
 * does with a damaged one, for whoever resets and can't wait for a restart. */

#include "model/error.h"
#include "model/names.h"
#include "service/request.h"
#include "service/reset-private.h"
#include "service/trial.h"

gboolean certd_keystore_is_lost(const CertdService *service, const GError *error)
{
    return g_error_matches(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED) &&
           certd_store_is_corrupt(service->store);
}

gboolean certd_keystore_insert_https(CertdService *service, GError **error)
{
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    return certd_insert_https(service, error) && certd_store_commit(transaction, error);
}

gboolean certd_keystore_begin_anew(CertdService *service, CertdStoreFate fate, GError **error)
{
    g_autofree char *aside = NULL;
    certd_maker_cancel_certificate(service->maker, NULL);
    if (!certd_store_begin_anew(service->store, fate, &aside, error))
        return FALSE;
    certd_problems_forget_certificates(service);
    if (aside != NULL)
        certd_keystore_tell_set_aside(service, aside);
    if (!certd_keystore_insert_https(service, error) || !certd_time_load(service, error))
        return FALSE;
    certd_authority_forget(service);
    certd_trust_tell(service);
    certd_trials_look(service);
    return TRUE;
}

void certd_keystore_tell_set_aside(CertdService *service, const char *aside)
{
    g_autofree char *message =
        g_strdup_printf("The keystore was damaged and was set aside as %s", aside);
    certd_service_keep_problem(service, "keystore-set-aside", message,
                               "Restore a backup, or reset the certificate https and make the "
                               "others again");
}
