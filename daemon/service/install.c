/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one place where what is active changes: always within a transaction of the caller's. */

#include "model/error.h"
#include "service/service-private.h"

CertdChainRecord *certd_chain_record_new(CertdService *service, const char *certificate,
                                         const char *key_id, GPtrArray *chain, GVariant *details,
                                         GPtrArray *findings, const char *origin, GError **error)
{
    guint64 not_before, not_after;
    const char *fingerprint;
    if (!g_variant_lookup(details, "not-before", "t", &not_before) ||
        !g_variant_lookup(details, "not-after", "t", &not_after) ||
        !g_variant_lookup(details, "fingerprint-sha256", "&s", &fingerprint)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "The worker described the certificate without its dates or fingerprint; try "
                    "again");
        return NULL;
    }

    CertdChainRecord *record = g_new0(CertdChainRecord, 1);
    record->certificate = g_strdup(certificate);
    record->key_id = g_strdup(key_id);
    record->chain = g_ptr_array_ref(chain);
    record->details = g_variant_ref(details);
    record->findings = findings != NULL ? g_ptr_array_ref(findings) : certd_finding_list_new();
    record->not_before = (gint64)not_before;
    record->not_after = (gint64)not_after;
    record->fingerprint = g_strdup(fingerprint);
    record->origin = g_strdup(origin);
    record->installed = certd_now(service);
    return record;
}

gboolean certd_install(CertdService *service, CertdCertificateRecord *record,
                       const CertdChainRecord *chain, GError **error)
{
    gint64 id;
    if (!certd_store_chain_insert(service->store, chain, &id, error))
        return FALSE;
    gint64 outdated = record->previous_chain;
    record->previous_chain = record->active_chain;
    record->active_chain = id;
    record->generation++;
    if (!certd_store_certificate_update(service->store, record, error))
        return FALSE;
    return outdated == 0 || certd_store_chain_delete(service->store, outdated, error);
}
