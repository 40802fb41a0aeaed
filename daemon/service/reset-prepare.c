/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has to be before one certificate is reset: it works with rows that can't be read, and with a keystore
 * that can't. */

#include "model/error.h"
#include "model/names.h"
#include "service/reset-private.h"
#include "service/trial-private.h"

/* What a reset needs of the keystore before it begins: that nobody's trial is in its way, and a row that
 * can be read. */
static gboolean prepare(CertdService *service, const CertdCaller *caller, const char *name,
                        guint trial_seconds, GError **error)
{
    g_autoptr(GError) damage = NULL;
    if (trial_seconds != 0 ? !certd_trial_refuse(service, name, error)
                           : !certd_trial_may_end(service, caller, name, error))
        return FALSE;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(service->store, name, &damage);
    /* It always exists, but for a start that could not write. */
    if (record == NULL && g_str_equal(name, CERTD_CERTIFICATE_HTTPS) &&
        g_error_matches(damage, CERTD_ERROR, CERTD_ERROR_NO_SUCH_CERTIFICATE))
        return certd_keystore_insert_https(service, error);
    if (record == NULL && g_error_matches(damage, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED))
        record = certd_mend_record(service, name, error);
    else if (record == NULL)
        g_propagate_error(error, g_steal_pointer(&damage));
    return record != NULL;
}

/* The same, in a new keystore where the one there is can't be worked with. */
gboolean certd_reset_prepare(CertdService *service, const CertdCaller *caller, const char *name,
                             guint trial_seconds, gboolean *anew, GError **error)
{
    g_autoptr(GError) failure = NULL;
    gboolean https = g_str_equal(name, CERTD_CERTIFICATE_HTTPS) && trial_seconds == 0;
    /* Where damage was seen in what is not needed here, the next start would find it, and https with it. */
    if (!(https && certd_store_is_corrupt(service->store)) &&
        prepare(service, caller, name, trial_seconds, &failure))
        return TRUE;
    if (https && certd_store_is_corrupt(service->store) &&
        (failure == NULL || certd_keystore_is_lost(service, failure))) {
        *anew = TRUE;
        return certd_keystore_begin_anew(service, CERTD_STORE_KEEP, error) &&
               prepare(service, caller, name, trial_seconds, error);
    }
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}
