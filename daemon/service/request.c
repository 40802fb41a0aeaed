/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making requests: what is validated and committed before the caller gets an answer. */

#include "service/request.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/options.h"
#include "model/text.h"
#include "service/service-private.h"
#include "service/trial-private.h"
#include "store/key.h"

/* The keys of settings that CreateRequest takes too: all but the issuer, which has its argument. */
static const char *const settings_keys[] = {
    "subject", "subject-alt-names", "key-type", "digest", "days", "copy-common-name", NULL,
};

/* What only a request has. */
typedef struct {
    gboolean reuse_key; /* -1: as the settings say */
    guint trial_seconds;
    const char *challenge_password;
    const char *unstructured_name;
} Extras;

static gboolean check_pkcs9_text(const char *key, const char *value, GError **error)
{
    if (value == NULL)
        return TRUE;
    /* The value may be a secret: it is not in the message. */
    if (*value == '\0' || !certd_text_is_clean(value)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "The option \"%s\" is empty or has control characters; give 1 to %u printable "
                    "characters",
                    key, CERTD_LIMIT_PKCS9_CHARACTERS);
        return FALSE;
    }
    if (g_utf8_strlen(value, -1) > (glong)CERTD_LIMIT_PKCS9_CHARACTERS) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "The option \"%s\" is longer than %u characters, which is the bound of RFC "
                    "2985; give a shorter one",
                    key, CERTD_LIMIT_PKCS9_CHARACTERS);
        return FALSE;
    }
    return TRUE;
}

static gboolean take_extras(CertdOptions *reader, Extras *extras, GError **error)
{
    certd_options_leave(reader, settings_keys);
    return certd_options_take_boolean(reader, "reuse-key", &extras->reuse_key, error) &&
           certd_trial_take(reader, &extras->trial_seconds, error) &&
           certd_options_take_string(reader, "challenge-password", &extras->challenge_password,
                                     error) &&
           certd_options_take_string(reader, "unstructured-name", &extras->unstructured_name,
                                     error) &&
           certd_options_finish(reader, error) &&
           check_pkcs9_text("challenge-password", extras->challenge_password, error) &&
           check_pkcs9_text("unstructured-name", extras->unstructured_name, error);
}

/* @settings with those of @options that are settings. */
static CertdSettings *apply_settings(CertdService *service, const CertdSettings *settings,
                                     GVariant *options, GError **error)
{
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    GVariantIter iter;
    const char *key;
    GVariant *value;
    g_variant_iter_init(&iter, options);
    while (g_variant_iter_loop(&iter, "{&sv}", &key, &value)) {
        if (g_strv_contains(settings_keys, key))
            g_variant_dict_insert_value(&dict, key, value);
    }
    g_autoptr(GVariant) chosen = g_variant_ref_sink(g_variant_dict_end(&dict));
    return certd_settings_apply(settings, chosen, service->policy, error);
}

gboolean certd_request_check_limits(CertdService *service, const CertdCaller *caller,
                                    GError **error)
{
    guint64 all, own;
    if (!certd_store_request_count_open(service->store, G_MAXUINT32, &all, error))
        return FALSE;
    if (all >= CERTD_LIMIT_OPEN_REQUESTS) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "There are %u open requests, the most there may be; import their certificates "
                    "or cancel some",
                    CERTD_LIMIT_OPEN_REQUESTS);
        return FALSE;
    }
    if (caller->administrator)
        return TRUE;
    if (!certd_store_request_count_open(service->store, caller->uid, &own, error))
        return FALSE;
    if (own >= CERTD_LIMIT_USER_OPEN_REQUESTS) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "You have %u open requests, the most a user who is no administrator may have; "
                    "import their certificates or cancel some",
                    CERTD_LIMIT_USER_OPEN_REQUESTS);
        return FALSE;
    }
    return TRUE;
}

/* With reuse-key: the active chain's key. */
static gboolean choose_key(CertdService *service, const CertdCertificateRecord *certificate,
                           CertdRequestRecord *request, GError **error)
{
    if (!request->reuse_key) {
        request->key_type = g_strdup(certd_key_type_name(request->settings->key_type));
        return TRUE;
    }
    if (certificate->active_chain == 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "The certificate \"%s\" has no key yet that could be used again; make the "
                    "request without reuse-key",
                    certificate->name);
        return FALSE;
    }
    g_autoptr(CertdChainRecord) chain =
        certd_store_chain_get(service->store, certificate->active_chain, error);
    if (chain == NULL)
        return FALSE;
    g_autoptr(CertdKeyRecord) key = certd_store_key_get(service->store, chain->key_id, error);
    if (key == NULL)
        return FALSE;
    request->key_id = g_strdup(key->id);
    request->key_type = g_strdup(key->key_type);
    request->public_hash = g_bytes_ref(key->public_hash);
    return TRUE;
}

/* The names, as far as the device's authority may speak for them where it is the issuer. */
static gboolean choose_names(CertdService *service, CertdRequestRecord *request, GError **error)
{
    const CertdDevice *device = service->device;
    if (request->issuer == CERTD_ISSUER_INTERNAL) {
        g_autoptr(CertdAuthorityRecord) authority = certd_authority_get(service, error);
        return authority != NULL &&
               certd_settings_check_days(request->settings, request->issuer, error) &&
               certd_authority_names(service, authority, request->settings, &request->subject,
                                     &request->sans, error);
    }
    g_autofree char *host_name = device->host_name(device->userdata);
    g_autoptr(GPtrArray) names = device->names(device->userdata);
    return certd_settings_effective_names(request->settings, host_name, names, &request->subject,
                                          &request->sans, error);
}

CertdRequestRecord *certd_request_describe(CertdService *service, const CertdCaller *caller,
                                           const CertdCertificateRecord *certificate,
                                           CertdSettings *settings, CertdIssuer issuer,
                                           gboolean reuse_key, GError **error)
{
    g_autoptr(CertdRequestRecord) request = g_new0(CertdRequestRecord, 1);
    request->certificate = g_strdup(certificate->name);
    request->state = CERTD_REQUEST_QUEUED;
    request->issuer = issuer;
    request->created = certd_now(service);
    request->uid = caller->uid;
    request->settings = settings;
    request->settings->issuer = issuer;
    request->reuse_key = reuse_key;
    if (!choose_names(service, request, error) || !choose_key(service, certificate, request, error))
        return NULL;
    return g_steal_pointer(&request);
}

static gboolean record_request(CertdService *service, const CertdCaller *caller,
                               const CertdCertificateRecord *certificate, gboolean configured,
                               CertdRequestRecord *request, GError **error)
{
    if (!certd_store_request_insert(service->store, request, &request->id, error))
        return FALSE;
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, request->id);
    return (!configured ||
            (certd_store_certificate_update(service->store, certificate, error) &&
             certd_store_trial_keep_settings(service->store, certificate->name, error))) &&
           certd_audit(service, caller, CERTD_AUDIT_REQUEST, "request", id, certificate->name,
                       error) &&
           certd_store_commit(service->store, error);
}

/* What is installed by somebody else goes on trial when that is imported. */
static gboolean check_trial(CertdService *service, const char *name, CertdIssuer issuer,
                            guint seconds, GError **error)
{
    if (issuer != CERTD_ISSUER_EXTERNAL)
        return certd_trial_refuse(service, name, error);
    if (seconds == 0)
        return TRUE;
    g_set_error(
        error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
        "The option \"trial\" is for what is installed, and a request to an outside authority "
        "installs nothing; give it to the import of what that issues");
    return FALSE;
}

gboolean certd_request_create(CertdService *service, const CertdCaller *caller, const char *name,
                              const char *issuer, GVariant *options, gint64 *id, GError **error)
{
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    Extras extras = {.reuse_key = -1};
    if (!take_extras(reader, &extras, error))
        return FALSE;

    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdCertificateRecord) certificate =
        certd_store_certificate_get(transaction, name, error);
    if (certificate == NULL)
        return FALSE;
    CertdIssuer issued_by = certificate->settings->issuer;
    if (*issuer != '\0' && !certd_issuer_parse(issuer, &issued_by, error))
        return FALSE;
    CertdSettings *settings = apply_settings(service, certificate->settings, options, error);
    if (settings == NULL)
        return FALSE;
    gboolean configured = !certd_settings_equal(settings, certificate->settings);
    certd_settings_free(certificate->settings);
    certificate->settings = settings;
    if (!check_trial(service, name, issued_by, extras.trial_seconds, error) ||
        !certd_request_check_limits(service, caller, error))
        return FALSE;
    if (extras.reuse_key < 0)
        extras.reuse_key = settings->reuse_key && certificate->active_chain != 0;
    g_autoptr(CertdRequestRecord) request =
        certd_request_describe(service, caller, certificate, certd_settings_copy(settings),
                               issued_by, extras.reuse_key, error);
    if (request == NULL)
        return FALSE;
    request->trial = extras.trial_seconds;
    request->challenge_password = g_strdup(extras.challenge_password);
    request->unstructured_name = g_strdup(extras.unstructured_name);
    if (!record_request(service, caller, certificate, configured, request, error))
        return FALSE;

    *id = request->id;
    if (configured && service->listener.certificate_configured != NULL)
        service->listener.certificate_configured(service->listener.userdata, name);
    if (service->listener.request_added != NULL)
        service->listener.request_added(service->listener.userdata, name, request->id);
    certd_maker_add(service->maker, request, caller, !caller->administrator);
    return TRUE;
}

static gboolean record_cancel(CertdService *service, const CertdCaller *caller,
                              CertdRequestRecord *request, GError **error)
{
    g_autofree char *key_id = g_steal_pointer(&request->key_id);
    g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, request->id);
    request->state = CERTD_REQUEST_CANCELLED;
    g_clear_pointer(&request->challenge_password, g_free);
    g_clear_pointer(&request->unstructured_name, g_free);
    g_clear_pointer(&request->request, g_bytes_unref);
    return certd_store_request_update(service->store, request, error) &&
           (key_id == NULL || certd_store_key_collect(service->store, key_id, error)) &&
           certd_store_request_prune(service->store, request->certificate, error) &&
           certd_renew_failed(service, request, error) &&
           certd_audit(service, caller, CERTD_AUDIT_CANCEL, "request", id, request->certificate,
                       error) &&
           certd_store_commit(service->store, error);
}

gboolean certd_request_cancel(CertdService *service, const CertdCaller *caller, gint64 id,
                              GError **error)
{
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdRequestRecord) request = certd_store_request_get(transaction, id, error);
    if (request == NULL)
        return FALSE;
    if (!certd_request_state_is_open(request->state)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_CANCELLED,
                    "Request %" G_GINT64_FORMAT " is %s already; there is nothing to cancel", id,
                    certd_request_state_name(request->state));
        return FALSE;
    }
    if (!record_cancel(service, caller, request, error))
        return FALSE;
    certd_maker_cancel(service->maker, id);
    certd_tell_request(service, request->certificate, id, CERTD_REQUEST_CANCELLED);
    certd_review_installed(service, request->certificate);
    return TRUE;
}

CertdRequestState certd_request_state(CertdService *service, const CertdRequestRecord *record)
{
    if (record->state == CERTD_REQUEST_QUEUED && certd_maker_is_running(service->maker, record->id))
        return CERTD_REQUEST_GENERATING;
    return record->state;
}

CertdRequestRecord *certd_request_get(CertdService *service, gint64 id, GError **error)
{
    CertdRequestRecord *record = certd_store_request_get(service->store, id, error);
    if (record != NULL)
        record->state = certd_request_state(service, record);
    return record;
}

/* Who issues it, and whether a renewal keeps the key, is not in a request. */
gboolean certd_request_out_of_date(const CertdRequestRecord *record, const CertdSettings *settings)
{
    g_autoptr(CertdSettings) then = certd_settings_copy(record->settings);
    then->issuer = settings->issuer;
    then->reuse_key = settings->reuse_key;
    return !certd_settings_equal(then, settings);
}

/* One that can't be read goes aside, so that it is in nobody's way. */
static void set_aside(CertdService *service, gint64 id)
{
    g_autofree char *object = g_strdup_printf("%" G_GINT64_FORMAT, id);
    g_autofree char *message =
        g_strdup_printf("Request %s can't be read; it was set aside in the keystore", object);
    if (!certd_store_begin(service->store, NULL))
        return;
    g_autoptr(CertdTransaction) transaction = service->store;
    if (certd_store_request_set_aside(transaction, id, certd_now(service), NULL) &&
        certd_audit(service, &certd_caller_self, CERTD_AUDIT_SET_ASIDE, "request", object, NULL,
                    NULL) &&
        certd_store_commit(transaction, NULL))
        certd_service_set_problem(service, "request-damaged", message, "Make the request again");
}

/* Whether somebody asked for it, and not certd itself. */
static gboolean is_somebodys(const CertdRequestRecord *record)
{
    return record->cause == NULL || g_str_equal(record->cause, CERTD_CAUSE_REQUESTER);
}

static void resume(CertdService *service, gint64 id)
{
    g_autoptr(GError) error = NULL;
    if (certd_maker_has(service->maker, id))
        return;
    g_autoptr(CertdRequestRecord) record = certd_store_request_get(service->store, id, &error);
    /* Who was an administrator then is not known now: root is, and certd itself. */
    if (record != NULL)
        certd_maker_add(service->maker, record, NULL, record->uid != 0 && is_somebodys(record));
    else if (g_error_matches(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED))
        set_aside(service, id);
}

gboolean certd_request_resume(CertdService *service, GError **error)
{
    g_autoptr(GArray) ids = certd_store_request_unfinished(service->store, error);
    if (ids == NULL)
        return FALSE;
    for (guint i = 0; i < ids->len; i++)
        resume(service, g_array_index(ids, gint64, i));
    return TRUE;
}
