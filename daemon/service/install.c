/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one place where what is active changes, and what it has to expect is planned: always within a
 * transaction of the caller's. */

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
    record->provisional = !certd_time_is_trusted(service);
    return record;
}

void certd_chain_note(CertdService *service, CertdChainRecord *chain, const CertdSettings *settings)
{
    gboolean follows = settings != NULL &&
                       certd_renew_issuer(chain->origin) == CERTD_ISSUER_INTERNAL &&
                       certd_settings_follow_device(settings);
    chain->settings = settings != NULL ? certd_settings_copy(settings) : NULL;
    /* What follows the device's names is issued again when they change. */
    chain->matched = !follows && certd_names_match(service, chain->details);
}

void certd_expect(CertdService *service, gint64 when)
{
    /* What is due later than the next look is found then. */
    if (when != 0 && (service->next_work == 0 || when < service->next_work))
        service->device->wake(service->device->userdata);
}

void certd_plan(CertdService *service, CertdCertificateRecord *record,
                const CertdValidity *validity)
{
    const CertdDevice *device = service->device;
    record->validity = *validity;
    record->attempt = certd_validity_renewal(validity, device->random(device->userdata));
    record->failures = 0;
    record->warnings = 0;
    record->unusable = CERTD_USABLE;
    record->due = certd_plan_due(record, 0);
    certd_expect(service, record->due);
}

static void sooner(gint64 *due, gint64 when)
{
    if (when != 0 && (*due == 0 || when < *due))
        *due = when;
}

gint64 certd_plan_due(const CertdCertificateRecord *record, gint64 emergency)
{
    gint64 due = 0;
    sooner(&due, record->attempt);
    if (record->active_chain != 0) {
        sooner(&due, certd_validity_warning(&record->validity, record->warnings));
        if (record->emergency_chain == 0)
            sooner(&due, record->validity.not_after + 1);
    }
    sooner(&due, emergency);
    return due;
}

gboolean certd_emergency_drop(CertdService *service, CertdCertificateRecord *record, GError **error)
{
    gint64 emergency = record->emergency_chain;
    if (emergency == 0)
        return TRUE;
    record->emergency_chain = 0;
    record->due = certd_plan_due(record, 0);
    record->generation++;
    certd_expect(service, record->due);
    /* The reference goes first. */
    return certd_store_certificate_update(service->store, record, error) &&
           certd_store_chain_delete(service->store, emergency, error);
}

gboolean certd_install(CertdService *service, CertdCertificateRecord *record,
                       const CertdChainRecord *chain, CertdInstallMode mode, GError **error)
{
    const CertdValidity validity = {chain->not_before, chain->not_after};
    gint64 id;
    if (!certd_emergency_drop(service, record, error) ||
        !certd_store_chain_insert(service->store, chain, &id, error))
        return FALSE;
    gint64 outdated = 0;
    if (mode == CERTD_REPLACE)
        outdated = record->active_chain;
    else if (mode == CERTD_KEEP_AS_PREVIOUS)
        outdated = record->previous_chain;
    if (mode == CERTD_KEEP_AS_PREVIOUS)
        record->previous_chain = record->active_chain;
    record->active_chain = id;
    record->generation++;
    certd_plan(service, record, &validity);
    return certd_store_certificate_update(service->store, record, error) &&
           certd_time_note(service, error) &&
           (outdated == 0 || certd_store_chain_delete(service->store, outdated, error));
}
