/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking: the front ends' way to the store, so that they know no more than records. */

#include "service/look.h"

#include "model/error.h"
#include "model/names.h"
#include "model/text.h"
#include "service/service-private.h"
#include "service/trial-private.h"

CertdCertificateRecord *certd_look_certificate(CertdService *service, const char *name,
                                               GError **error)
{
    CertdCertificateRecord *record = certd_store_certificate_get(service->store, name, error);
    if (record != NULL)
        certd_trial_settle(service, record);
    return record;
}

gboolean certd_look_certificate_exists(CertdService *service, const char *name, GError **error)
{
    if (certd_store_certificate_exists(service->store, name))
        return TRUE;
    /* Says why. */
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(service->store, name, error);
    return record != NULL;
}

CertdChainRecord *certd_look_chain_in_use(CertdService *service,
                                          const CertdCertificateRecord *record, GError **error)
{
    gint64 id = record->emergency_chain != 0 ? record->emergency_chain : record->active_chain;
    return id != 0 ? certd_store_chain_get(service->store, id, error) : NULL;
}

CertdChainRecord *certd_look_chain_previous(CertdService *service,
                                            const CertdCertificateRecord *record)
{
    gint64 id = record->previous_chain;
    if (certd_trial_deadline(service, record->name) != 0) {
        g_autoptr(CertdTrialRecord) trial = NULL;
        if (!certd_store_trial_get(service->store, record->name, &trial, NULL))
            return NULL;
        id = trial != NULL ? trial->chain : 0;
    }
    return id != 0 ? certd_store_chain_get(service->store, id, NULL) : NULL;
}

gboolean certd_look_key_is_exportable(CertdService *service, const char *key_id)
{
    g_autoptr(CertdKeyRecord) key = certd_store_key_get(service->store, key_id, NULL);
    return key != NULL && key->exportable;
}

CertdCertificateState certd_look_state_at(CertdService *service, gint64 not_before,
                                          gint64 not_after, gboolean unusable)
{
    gint64 now = certd_now(service);
    if (unusable)
        return CERTD_CERTIFICATE_UNUSABLE;
    if (not_before == 0 && not_after == 0)
        return CERTD_CERTIFICATE_EMPTY;
    if (!certd_time_is_trusted(service))
        return CERTD_CERTIFICATE_ACTIVE;
    if (now > not_after)
        return CERTD_CERTIFICATE_EXPIRED;
    return now < not_before ? CERTD_CERTIFICATE_NOT_YET_VALID : CERTD_CERTIFICATE_ACTIVE;
}

CertdCertificateState certd_look_state(CertdService *service, const CertdCertificateRecord *record)
{
    if (record->active_chain == 0)
        return CERTD_CERTIFICATE_EMPTY;
    return certd_look_state_at(service, record->validity.not_before, record->validity.not_after,
                               record->unusable != CERTD_USABLE);
}

GPtrArray *certd_expected_names(CertdService *service, const CertdSettings *settings)
{
    g_autoptr(GPtrArray) all = service->device->names(service->device->userdata);
    for (guint i = 0; i < settings->sans->len; i++) {
        const CertdSan *san = g_ptr_array_index(settings->sans, i);
        if (san->type == CERTD_SAN_DNS || san->type == CERTD_SAN_IP)
            g_ptr_array_add(all, certd_san_copy(san));
    }
    const char *common_name = certd_subject_common_name(settings->subject);
    CertdSan *san = common_name != NULL ? certd_san_from_common_name(common_name) : NULL;
    if (san != NULL)
        g_ptr_array_add(all, san);
    return g_steal_pointer(&all);
}

static gboolean answers_for(const char *type, const char *value, const GPtrArray *names)
{
    g_autoptr(CertdSan) san = certd_san_new_named(type, value, NULL);
    for (guint i = 0; san != NULL && i < names->len; i++) {
        if (certd_san_matches(san, g_ptr_array_index(names, i)))
            return TRUE;
    }
    return FALSE;
}

gboolean certd_names_match(CertdService *service, GVariant *details)
{
    g_autoptr(GPtrArray) names = service->device->names(service->device->userdata);
    g_autoptr(GVariant) pairs =
        g_variant_lookup_value(details, "subject-alt-names", G_VARIANT_TYPE("a(ss)"));
    GVariantIter iter;
    const char *type, *value;
    if (pairs == NULL)
        return FALSE;
    g_variant_iter_init(&iter, pairs);
    while (g_variant_iter_next(&iter, "(&s&s)", &type, &value)) {
        if (answers_for(type, value, names))
            return TRUE;
    }
    return FALSE;
}

gboolean certd_names_lost(CertdService *service, const CertdChainRecord *chain)
{
    return chain->matched && !certd_names_match(service, chain->details);
}

/* What is said of a certificate that can't be used; the object of the state, so to speak. */
static const struct {
    CertdFindingCode code;
    const char *message;
    const char *remedy;
} state_findings[CERTD_CERTIFICATE_STATE_COUNT_] = {
    [CERTD_CERTIFICATE_EXPIRED] = {CERTD_FINDING_EXPIRED, "The certificate has expired",
                                   "Renew it, or reset it to the factory default"},
    [CERTD_CERTIFICATE_NOT_YET_VALID] = {CERTD_FINDING_NOT_YET_VALID,
                                         "The certificate is not valid yet",
                                         "Check the device's clock, or roll back"},
};

static const struct {
    CertdFindingCode code;
    const char *message;
} unusable_findings[CERTD_UNUSABLE_COUNT_] = {
    [CERTD_UNUSABLE_DAMAGED] = {CERTD_FINDING_DAMAGED,
                                "What the keystore holds of the certificate is damaged"},
    [CERTD_UNUSABLE_KEY] = {CERTD_FINDING_KEY_UNREADABLE,
                            "The certificate's private key can't be opened"},
};

static void add_state(GPtrArray *findings, CertdService *service,
                      const CertdCertificateRecord *record)
{
    CertdCertificateState state = certd_look_state(service, record);
    if (record->unusable != CERTD_USABLE)
        certd_finding_list_add(findings, unusable_findings[record->unusable].code,
                               CERTD_SEVERITY_ERROR, unusable_findings[record->unusable].message,
                               "Import it again with its key, or reset it to the factory default");
    else if (state_findings[state].message != NULL)
        certd_finding_list_add(findings, state_findings[state].code, CERTD_SEVERITY_ERROR,
                               state_findings[state].message, state_findings[state].remedy);
    if (record->emergency_chain != 0)
        certd_finding_list_add(findings, CERTD_FINDING_EMERGENCY, CERTD_SEVERITY_WARNING,
                               "An emergency certificate answers for the one that can't be used",
                               "Mend what is said beside this, and it goes by itself");
}

GPtrArray *certd_look_findings(CertdService *service, const CertdCertificateRecord *record,
                               const CertdChainRecord *chain)
{
    g_autoptr(GPtrArray) findings = certd_finding_list_new();
    add_state(findings, service, record);
    if (chain == NULL)
        return g_steal_pointer(&findings);
    if (certd_names_lost(service, chain))
        certd_finding_list_add(findings, CERTD_FINDING_SAN_MISMATCH, CERTD_SEVERITY_WARNING,
                               "The certificate is for none of the device's names any more",
                               "Have it issued for a name that the device has now, or leave it "
                               "where clients reach the device by another name");
    for (guint i = 0; i < chain->findings->len; i++) {
        const CertdFinding *found = g_ptr_array_index(chain->findings, i);
        certd_finding_list_add(findings, found->code, found->severity, found->message,
                               found->remedy);
    }
    return g_steal_pointer(&findings);
}

/* What is tried no longer is in no list either. */
static void settle_row(CertdService *service, CertdCertificateRow *row)
{
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(service->store, row->name, NULL);
    if (record == NULL || !certd_trial_settle(service, record))
        return;
    g_autoptr(CertdChainRecord) chain = certd_look_chain_in_use(service, record, NULL);
    g_clear_pointer(&row->fingerprint, g_free);
    g_clear_pointer(&row->origin, g_free);
    row->fingerprint = chain != NULL ? g_strdup(chain->fingerprint) : NULL;
    row->origin = chain != NULL ? g_strdup(chain->origin) : NULL;
    row->not_before = record->validity.not_before;
    row->not_after = record->validity.not_after;
    row->generation = record->generation;
    row->unusable = FALSE;
}

GPtrArray *certd_look_certificates(CertdService *service, const CertdCertificateFilter *filter,
                                   const char *cursor, guint limit, gboolean *more, GError **error)
{
    g_autoptr(GPtrArray) rows =
        certd_store_certificate_page(service->store, filter, cursor, limit, more, error);
    g_autoptr(GPtrArray) tried =
        rows != NULL ? certd_store_trial_names(service->store, NULL) : NULL;
    if (tried == NULL || tried->len == 0)
        return g_steal_pointer(&rows);
    for (guint i = 0; i < rows->len; i++) {
        CertdCertificateRow *row = g_ptr_array_index(rows, i);
        if (certd_trial_stands(service, row->name, NULL))
            settle_row(service, row);
    }
    return g_steal_pointer(&rows);
}

GPtrArray *certd_look_requests(CertdService *service, const CertdRequestFilter *filter,
                               gint64 after, guint limit, gboolean *more, GError **error)
{
    return certd_store_request_page(service->store, filter, after, limit, more, error);
}

GArray *certd_look_request_ids(CertdService *service, const char *name, guint limit, GError **error)
{
    return certd_store_request_ids(service->store, name, limit, error);
}

gboolean certd_look_next_renewal(CertdService *service, gint64 *when, GError **error)
{
    return certd_store_next_renewal(service->store, when, error);
}
