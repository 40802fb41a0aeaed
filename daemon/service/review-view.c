/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What there is to see of one certificate: whether it can be used, and whether it is still the one
 * that would be issued now. */

#include "model/error.h"
#include "model/names.h"
#include "service/look.h"
#include "service/reset-private.h"
#include "service/review-private.h"
#include "service/trial-private.h"

void certd_view_free(CertdView *view)
{
    if (view == NULL)
        return;
    certd_certificate_record_free(view->record);
    certd_chain_record_free(view->active);
    certd_chain_record_free(view->emergency);
    g_free(view);
}

/* Whether what was stored is what is there: the worker described it when it was installed. */
static gboolean is_whole(CertdService *service, const CertdChainRecord *chain)
{
    g_autofree char *fingerprint =
        g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, g_ptr_array_index(chain->chain, 0));
    g_autoptr(CertdKeyRecord) key = certd_store_key_get(service->store, chain->key_id, NULL);
    const char *hash = NULL;
    if (!g_str_equal(fingerprint, chain->fingerprint) ||
        !g_variant_lookup(chain->details, "public-key-hash", "&s", &hash))
        return FALSE;
    size_t size = 0;
    const guint8 *bytes = key != NULL ? g_bytes_get_data(key->public_hash, &size) : NULL;
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < size; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    gboolean same = key == NULL || g_str_equal(text->str, hash);
    g_string_free(text, TRUE);
    return same;
}

static gboolean has_key(CertdService *service, const CertdChainRecord *chain)
{
    g_autoptr(CertdKeyRecord) key = certd_store_key_get(service->store, chain->key_id, NULL);
    return key != NULL;
}

static CertdUnusable judge_active(CertdView *view)
{
    if (view->active == NULL || !is_whole(view->service, view->active))
        return CERTD_UNUSABLE_DAMAGED;
    if (!has_key(view->service, view->active))
        return CERTD_UNUSABLE_KEY;
    return view->record->unusable == CERTD_UNUSABLE_KEY ? CERTD_UNUSABLE_KEY : CERTD_USABLE;
}

static void write_unusable(CertdView *view, CertdUnusable unusable)
{
    CertdService *service = view->service;
    if (view->record->unusable == unusable)
        return;
    view->record->unusable = unusable;
    if (view->settled)
        return;
    if (!certd_store_begin(service->store, NULL))
        return;
    g_autoptr(CertdTransaction) transaction = service->store;
    if (certd_store_certificate_update(transaction, view->record, NULL) &&
        certd_store_commit(transaction, NULL))
        return;
}

gboolean certd_review_is_bad(CertdService *service, const CertdCertificateRecord *record,
                             CertdFindingCode *why)
{
    if (record->unusable != CERTD_USABLE) {
        *why = record->unusable == CERTD_UNUSABLE_KEY ? CERTD_FINDING_KEY_UNREADABLE
                                                      : CERTD_FINDING_DAMAGED;
        return TRUE;
    }
    switch (certd_look_state(service, record)) {
    case CERTD_CERTIFICATE_EXPIRED:
        *why = CERTD_FINDING_EXPIRED;
        return TRUE;
    case CERTD_CERTIFICATE_NOT_YET_VALID:
        *why = CERTD_FINDING_NOT_YET_VALID;
        return TRUE;
    case CERTD_CERTIFICATE_EMPTY:
        *why = CERTD_FINDING_EMERGENCY;
        return g_str_equal(record->name, CERTD_CERTIFICATE_HTTPS);
    case CERTD_CERTIFICATE_ACTIVE:
    case CERTD_CERTIFICATE_UNUSABLE:
    case CERTD_CERTIFICATE_STATE_COUNT_:
        break;
    }
    return FALSE;
}

/* @name's row, which for https is mended where it can't be read. */
static CertdCertificateRecord *load_record(CertdService *service, const char *name)
{
    g_autoptr(GError) error = NULL;
    CertdCertificateRecord *record = certd_store_certificate_get(service->store, name, &error);
    if (record != NULL || !g_error_matches(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED))
        return record;
    const CertdProblem problem = {
        .code = "certificate-damaged",
        .object = name,
        .severity = CERTD_SEVERITY_ERROR,
        .message = error->message,
        .remedy = "Reset the certificate; what was damaged is kept in the keystore",
    };
    if (!g_str_equal(name, CERTD_CERTIFICATE_HTTPS)) {
        certd_problem_set(service, &problem);
        return NULL;
    }
    /* The row is readable from now on, so it is remembered that it was not. */
    certd_service_keep_problem(service, "keystore-damaged", problem.message, problem.remedy);
    return certd_mend_record(service, name, NULL);
}

CertdView *certd_view_new(CertdService *service, const char *name)
{
    g_autoptr(CertdView) view = g_new0(CertdView, 1);
    view->service = service;
    view->record = load_record(service, name);
    if (view->record == NULL)
        return NULL;
    view->settled = certd_trial_settle(service, view->record);
    const CertdCertificateRecord *record = view->record;
    view->on_trial = certd_trial_stands(service, name, NULL);
    view->now = certd_now(service);
    view->trusted = certd_time_is_trusted(service);
    if (record->active_chain != 0) {
        view->active = certd_store_chain_get(service->store, record->active_chain, NULL);
        write_unusable(view, judge_active(view));
    }
    if (record->emergency_chain != 0)
        view->emergency = certd_store_chain_get(service->store, record->emergency_chain, NULL);
    view->issuer =
        view->active != NULL ? certd_renew_issuer(view->active->origin) : CERTD_ISSUER_EXTERNAL;
    view->bad = certd_review_is_bad(service, record, &view->why);
    return g_steal_pointer(&view);
}

static gboolean dates_are_wrong(const CertdView *view, const CertdChainRecord *chain)
{
    return view->trusted &&
           (view->now < chain->not_before || view->now > chain->not_after || chain->provisional);
}

static GPtrArray *names_of(const CertdChainRecord *chain)
{
    g_autoptr(GVariant) pairs =
        g_variant_lookup_value(chain->details, "subject-alt-names", G_VARIANT_TYPE("a(ss)"));
    return pairs != NULL ? certd_san_list_from_variant(pairs, NULL) : NULL;
}

/* Whether the authority that there is now is the one that signed @chain, and may speak for its names
 * still. */
static gboolean is_of_authority(const CertdView *view, const CertdChainRecord *chain)
{
    g_autoptr(CertdAuthorityRecord) authority = certd_authority_get(view->service, NULL);
    g_autoptr(GPtrArray) names = names_of(chain);
    /* Without one there is nobody to issue it again. */
    if (authority == NULL)
        return TRUE;
    g_autofree char *identity = certd_authority_identity(authority);
    return g_strcmp0(identity, chain->authority) == 0 &&
           (names == NULL || certd_permitted_check(authority->permitted, names, NULL, NULL));
}

/* Whether @chain has the names @sans, in any order. */
static gboolean has_names(const CertdChainRecord *chain, const GPtrArray *sans)
{
    g_autoptr(GPtrArray) present = names_of(chain);
    if (present == NULL || present->len != sans->len)
        return FALSE;
    for (guint i = 0; i < sans->len; i++) {
        if (!certd_san_list_contains(present, g_ptr_array_index(sans, i)))
            return FALSE;
    }
    return TRUE;
}

/* Where the names are the device's, whether they still are. */
static gboolean names_are_wrong(const CertdView *view)
{
    const CertdSettings *settings = certd_renew_settings(view->record, view->active);
    g_autoptr(CertdAuthorityRecord) authority = certd_authority_get(view->service, NULL);
    g_autoptr(CertdSubject) subject = NULL;
    g_autoptr(GPtrArray) sans = NULL;
    return authority != NULL && certd_settings_follow_device(settings) &&
           certd_authority_names(view->service, authority, settings, &subject, &sans, NULL) &&
           !has_names(view->active, sans);
}

const char *certd_view_outdated(const CertdView *view)
{
    if (view->active == NULL || view->issuer == CERTD_ISSUER_EXTERNAL)
        return NULL;
    if (dates_are_wrong(view, view->active))
        return view->now > view->active->not_after && !view->active->provisional ? "renewal"
                                                                                 : "clock";
    if (view->issuer == CERTD_ISSUER_INTERNAL) {
        if (!is_of_authority(view, view->active))
            return "authority";
        if (names_are_wrong(view))
            return "names";
    }
    return view->bad ? "renewal" : NULL;
}

gboolean certd_view_emergency_is_good(const CertdView *view)
{
    const CertdChainRecord *chain = view->emergency;
    if (chain == NULL || dates_are_wrong(view, chain) || !is_whole(view->service, chain) ||
        (view->trusted && view->now >= certd_view_emergency_renewal(view)))
        return FALSE;
    /* One that signed itself stays until there is something better. */
    if (chain->authority == NULL)
        return certd_problem_stands(view->service, "authority-unusable") ||
               view->service->sealing_key_broken;
    return is_of_authority(view, chain) && certd_names_match(view->service, chain->details);
}

gint64 certd_view_emergency_renewal(const CertdView *view)
{
    if (view->emergency == NULL)
        return 0;
    const CertdValidity validity = {view->emergency->not_before, view->emergency->not_after};
    return certd_validity_third(&validity);
}
