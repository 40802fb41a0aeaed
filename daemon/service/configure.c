/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making and configuring certificates: settings only, what is in use stays. */

#include "service/configure.h"

#include "model/error.h"
#include "model/limits.h"
#include "model/name.h"
#include "model/names.h"
#include "model/san.h"
#include "service/requester.h"
#include "service/service-private.h"
#include "store/trial.h"

static gboolean check_count(CertdStore *store, GError **error)
{
    guint64 count;
    if (!certd_store_certificate_count(store, &count, error))
        return FALSE;
    if (count < CERTD_LIMIT_CERTIFICATES)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                "There are %" G_GUINT64_FORMAT " certificates, the most there may be; remove "
                "one that is not needed",
                count);
    return FALSE;
}

/* A new certificate; NULL on failure. */
static CertdCertificateRecord *record_new(CertdService *service, const char *name,
                                          GVariant *settings, GError **error)
{
    if (!certd_name_validate(name, error))
        return NULL;
    g_autoptr(CertdSettings) defaults = certd_settings_new();
    g_autoptr(CertdCertificateRecord) record = g_new0(CertdCertificateRecord, 1);
    record->settings = certd_settings_apply(defaults, settings, service->policy, error);
    if (record->settings == NULL || !certd_renew_check(service, record->settings, error))
        return NULL;
    record->name = g_strdup(name);
    record->created = certd_now(service);
    return g_steal_pointer(&record);
}

/* @requester is the consumer of what it makes itself. Within the transaction. */
static gboolean make_consumer(CertdService *service, const CertdCaller *caller,
                              const CertdCertificateRecord *record, const CertdRequester *requester,
                              GError **error)
{
    return certd_request_check_limits(service, caller, error) &&
           certd_requester_check_count(service, requester, error) &&
           certd_requester_consumes(service, requester, record->name, (gint64)record->generation,
                                    error);
}

/* @requester: nullable. */
static gboolean insert(CertdService *service, const CertdCaller *caller,
                       const CertdCertificateRecord *record, const CertdRequester *requester,
                       GError **error)
{
    g_autofree char *detail =
        requester != NULL ? g_strdup_printf("requester %s:%s",
                                            certd_consumer_kind_name(requester->consumer->kind),
                                            requester->consumer->name)
                          : NULL;
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    if (!check_count(transaction, error) ||
        !certd_store_certificate_insert(transaction, record, error) ||
        (requester != NULL && !make_consumer(service, caller, record, requester, error)) ||
        !certd_audit(service, caller, CERTD_AUDIT_CREATE, "certificate", record->name, detail,
                     error) ||
        !certd_store_commit(transaction, error))
        return FALSE;
    if (service->listener.certificate_added != NULL)
        service->listener.certificate_added(service->listener.userdata, record->name);
    return TRUE;
}

gboolean certd_create(CertdService *service, const CertdCaller *caller, const char *name,
                      GVariant *settings, GError **error)
{
    g_autoptr(CertdCertificateRecord) record = record_new(service, name, settings, error);
    if (record == NULL || !insert(service, caller, record, NULL, error))
        return FALSE;
    if (record->settings->issuer != CERTD_ISSUER_EXTERNAL)
        certd_review(service, name);
    return TRUE;
}

gboolean certd_create_own(CertdService *service, const CertdCaller *caller, const char *name,
                          GVariant *settings, GError **error)
{
    g_autoptr(CertdCertificateRecord) record = record_new(service, name, settings, error);
    if (record == NULL)
        return FALSE;
    const CertdRequester *requester = certd_requester_find(service, caller, name, settings);
    if (requester == NULL) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                    "No list of requesters lets you have the certificate \"%s\" any more; ask "
                    "again, or have an administrator make it",
                    name);
        return FALSE;
    }
    /* What is made later would be made as certd's own, and beyond the requester's limits. */
    if (service->sealing_key_broken && !certd_store_certificate_exists(service->store, name)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "No key can be made now, because the sealing key can't be used; ask again once "
                    "certctl status says nothing of it");
        return FALSE;
    }
    if (!insert(service, caller, record, requester, error))
        return FALSE;
    /* What certd issues itself needs nobody else. */
    certd_renew_for(service, caller, record);
    return TRUE;
}

/* What the device's authority can't issue is refused where it is chosen to. https has it by default,
 * and is prepared for requests to others too: certd_renew_configure() sees to that. Of several values
 * that can't be issued one may be mended at a time. */
static gboolean may_have(CertdService *service, const CertdCertificateRecord *record,
                         const CertdSettings *settings, GError **error)
{
    return g_str_equal(record->name, CERTD_CERTIFICATE_HTTPS) ||
           !certd_renew_check(service, record->settings, NULL) ||
           certd_renew_check(service, settings, error);
}

/* What turns settings into others; NULL on failure. */
typedef CertdSettings *(*Change)(CertdService *service, const CertdSettings *settings,
                                 const void *argument, GError **error);

static gboolean change_settings(CertdService *service, const CertdCaller *caller, const char *name,
                                CertdAuditAction action, Change change, const void *argument,
                                GError **error)
{
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(transaction, name, error);
    if (record == NULL)
        return FALSE;
    g_autoptr(CertdSettings) settings = change(service, record->settings, argument, error);
    if (settings == NULL || !may_have(service, record, settings, error))
        return FALSE;
    certd_settings_free(record->settings);
    record->settings = g_steal_pointer(&settings);
    /* What failed may have failed for what is mended now: it is not waited for. */
    gboolean waits = record->active_chain == 0 || record->failures > 0;
    if (record->failures > 0)
        record->attempt = MAX(certd_now(service), certd_validity_third(&record->validity));
    record->failures = 0;
    if (!certd_store_certificate_update(transaction, record, error) ||
        !certd_store_trial_keep_settings(transaction, name, error) ||
        !certd_renew_configure(service, record, error) ||
        !certd_audit(service, caller, action, "certificate", name, NULL, error) ||
        !certd_store_commit(transaction, error))
        return FALSE;
    if (service->listener.certificate_configured != NULL)
        service->listener.certificate_configured(service->listener.userdata, name);
    if (waits)
        certd_review(service, name);
    else
        certd_review_installed(service, name);
    return TRUE;
}

static CertdSettings *apply_options(CertdService *service, const CertdSettings *settings,
                                    const void *argument, GError **error)
{
    return certd_settings_apply(settings, (GVariant *)argument, service->policy, error);
}

gboolean certd_configure(CertdService *service, const CertdCaller *caller, const char *name,
                         GVariant *settings, GError **error)
{
    return change_settings(service, caller, name, CERTD_AUDIT_CONFIGURE, apply_options, settings,
                           error);
}

static CertdSettings *add_san(CertdService *service, const CertdSettings *settings,
                              const void *argument, GError **error)
{
    const CertdSan *san = argument;
    g_autoptr(CertdSettings) changed = certd_settings_copy(settings);
    gboolean added;
    if (!certd_san_list_add(changed->sans, certd_san_copy(san), &added, error))
        return NULL;
    if (!added) {
        g_autofree char *text = certd_san_print(san);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_EXISTS,
                    "The name %s is among the subject alternative names already", text);
        return NULL;
    }
    return g_steal_pointer(&changed);
}

gboolean certd_add_san(CertdService *service, const CertdCaller *caller, const char *name,
                       const char *type, const char *value, GError **error)
{
    g_autoptr(CertdSan) san = certd_san_new_named(type, value, error);
    if (san == NULL)
        return FALSE;
    return change_settings(service, caller, name, CERTD_AUDIT_ADD_SAN, add_san, san, error);
}

static CertdSettings *remove_san(CertdService *service, const CertdSettings *settings,
                                 const void *argument, GError **error)
{
    const CertdSan *san = argument;
    g_autoptr(CertdSettings) changed = certd_settings_copy(settings);
    if (!certd_san_list_remove(changed->sans, san)) {
        g_autofree char *text = certd_san_print(san);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME,
                    "The name %s is not among the subject alternative names; list them to see "
                    "which are",
                    text);
        return NULL;
    }
    return g_steal_pointer(&changed);
}

gboolean certd_remove_san(CertdService *service, const CertdCaller *caller, const char *name,
                          const char *type, const char *value, GError **error)
{
    g_autoptr(CertdSan) san = certd_san_new_named(type, value, error);
    if (san == NULL)
        return FALSE;
    return change_settings(service, caller, name, CERTD_AUDIT_REMOVE_SAN, remove_san, san, error);
}

static CertdSettings *set_sans(CertdService *service, const CertdSettings *settings,
                               const void *argument, GError **error)
{
    g_autoptr(GPtrArray) sans = certd_san_list_from_variant((GVariant *)argument, error);
    if (sans == NULL)
        return NULL;
    CertdSettings *changed = certd_settings_copy(settings);
    g_ptr_array_unref(changed->sans);
    changed->sans = g_steal_pointer(&sans);
    return changed;
}

gboolean certd_set_sans(CertdService *service, const CertdCaller *caller, const char *name,
                        GVariant *names, GError **error)
{
    return change_settings(service, caller, name, CERTD_AUDIT_SET_SANS, set_sans, names, error);
}
