/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The authority as others see it: what it is called, what it may speak for, and making it anew. */

#include "service/authority.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/options.h"
#include "model/text.h"
#include "service/authority-private.h"

/* Between the host name and the number in a common name of ours. */
#define COMMON_NAME " authority "
#define COMMON_NAME_HOST_CHARACTERS 40u
#define COMMON_NAME_ID_CHARACTERS 8
/* Where nothing else may be in a certificate: RFC 6762 names are every device's own. */
#define NAMELESS_HOST "device.local"
/* The least validity somebody may ask for: what imports it should not have to every month. */
#define AUTHORITY_DAYS_MIN 365u

CertdAuthorityRecord *certd_authority_get(CertdService *service, GError **error)
{
    /* Each certificate that is issued asks for it several times. */
    if (service->authority_record != NULL)
        return certd_authority_record_ref(service->authority_record);
    CertdAuthorityRecord *record = NULL;
    if (!certd_store_authority_get(service->store, &record, error))
        return NULL;
    if (record == NULL) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "The device has no authority of its own; make one with certctl ca regenerate");
        return NULL;
    }
    service->authority_record = certd_authority_record_ref(record);
    return record;
}

char *certd_authority_identity(const CertdAuthorityRecord *record)
{
    g_autofree char *subject = certd_subject_print(record->subject);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, subject, -1);
    return g_strdup_printf("%s-%.16s", record->key_id, hash);
}

gboolean certd_authority_is(CertdService *service, const char *identity)
{
    if (identity == NULL)
        return TRUE;
    g_autoptr(CertdAuthorityRecord) now = certd_authority_get(service, NULL);
    g_autofree char *current = now != NULL ? certd_authority_identity(now) : NULL;
    return g_strcmp0(identity, current) == 0;
}

CertdSigner *certd_authority_signer(CertdService *service, CertdAuthorityRecord **record,
                                    GError **error)
{
    g_autoptr(CertdAuthorityRecord) authority = certd_authority_get(service, error);
    if (authority == NULL)
        return NULL;
    g_autoptr(CertdKeyRecord) key = certd_store_key_get(service->store, authority->key_id, error);
    if (key == NULL)
        return NULL;
    CertdSigner *signer = g_new0(CertdSigner, 1);
    signer->key_id = g_strdup(key->id);
    signer->sealed_key = g_bytes_ref(key->sealed);
    signer->certificate = g_bytes_ref(authority->certificate);
    *record = g_steal_pointer(&authority);
    return signer;
}

/* What the device is called in a certificate's common name: its host name where the authority may
 * speak for that, else the first of @names. Caller frees. */
static char *permitted_host(CertdService *service, const CertdAuthorityRecord *record,
                            const GPtrArray *names)
{
    const CertdDevice *device = service->device;
    g_autofree char *host_name = device->host_name(device->userdata);
    g_autoptr(CertdSan) host = certd_san_new(CERTD_SAN_DNS, host_name, NULL);
    if (host != NULL && certd_permitted_allows(record->permitted, host) &&
        !g_str_equal(host->value, "localhost"))
        return g_steal_pointer(&host_name);
    const CertdSan *first = names->len > 0 ? g_ptr_array_index(names, 0) : NULL;
    return g_strdup(first != NULL ? first->value : NAMELESS_HOST);
}

/* Those of the device's names that the authority may speak for. */
static GPtrArray *permitted_names(CertdService *service, const CertdAuthorityRecord *record)
{
    g_autoptr(GPtrArray) all = service->device->names(service->device->userdata);
    GPtrArray *names = certd_san_list_new();
    for (guint i = 0; i < all->len; i++) {
        const CertdSan *san = g_ptr_array_index(all, i);
        if (certd_permitted_allows(record->permitted, san))
            g_ptr_array_add(names, certd_san_copy(san));
    }
    return names;
}

/* Whether a common name reads as a name that verifiers know: a host name of more than one label, or an
 * address. */
static gboolean is_full_name(const CertdSan *san)
{
    return san != NULL && (san->type == CERTD_SAN_IP || strchr(san->value, '.') != NULL);
}

/* Beside real names a common name like "sensor7" is a label, not one more name to speak for. */
static gboolean is_label(const CertdAuthorityRecord *record, const CertdSettings *settings)
{
    const char *common_name = certd_subject_common_name(settings->subject);
    g_autoptr(CertdSan) san = common_name != NULL ? certd_san_from_common_name(common_name) : NULL;
    return settings->sans->len > 0 && san != NULL && !is_full_name(san) &&
           !certd_permitted_allows(record->permitted, san);
}

static CertdSubject *without_common_name(const CertdSubject *subject)
{
    CertdSubject *rest = certd_subject_new();
    for (size_t i = 0; i < certd_subject_length(subject); i++) {
        const CertdAttribute *attribute = certd_subject_get(subject, i);
        if (!g_str_equal(attribute->type->name, "CN") &&
            !certd_subject_append(rest, attribute->type->name, attribute->value, NULL))
            continue;
    }
    return rest;
}

/* What reads as a name must be permitted wherever it stands. Where there is no DNS name, verifiers hold
 * the common name against the constraints on DNS names (RFC 9525 forbids it): OpenSSL one with a dot, even
 * an address; GnuTLS any. An address is among the alternative names and left out here; what else may not
 * be a DNS name is refused. */
static gboolean settle_common_name(const CertdAuthorityRecord *record, CertdSubject **subject,
                                   const GPtrArray *sans, GError **error)
{
    const char *common_name = certd_subject_common_name(*subject);
    g_autoptr(CertdSan) san = common_name != NULL ? certd_san_from_common_name(common_name) : NULL;
    if (is_full_name(san) && !certd_permitted_check(record->permitted, NULL, common_name, error))
        return FALSE;
    for (guint i = 0; i < sans->len; i++) {
        if (((const CertdSan *)g_ptr_array_index(sans, i))->type == CERTD_SAN_DNS)
            return TRUE;
    }
    if (common_name == NULL || record->permitted == NULL)
        return TRUE;
    if (!certd_permitted_check(record->permitted, NULL, common_name, error))
        return FALSE;
    if (san == NULL) {
        g_autofree char *quoted = certd_text_quote(common_name);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT,
                    "Common name %s would be taken for a host name, because there is no DNS name, "
                    "and the device's authority may not speak for it; add a DNS name, or leave the "
                    "common name out",
                    quoted);
        return FALSE;
    }
    if (san->type == CERTD_SAN_IP) {
        CertdSubject *rest = without_common_name(*subject);
        certd_subject_free(*subject);
        *subject = rest;
    }
    return TRUE;
}

/* Verifiers hold a mail address in the subject against the constraints as they do an alternative name
 * (RFC 5280 4.2.1.10). */
static gboolean check_mail(const CertdAuthorityRecord *record, const CertdSubject *subject,
                           GError **error)
{
    g_autoptr(GPtrArray) mail = certd_san_list_new();
    for (size_t i = 0; i < certd_subject_length(subject); i++) {
        const CertdAttribute *attribute = certd_subject_get(subject, i);
        if (!g_str_equal(attribute->type->name, "emailAddress"))
            continue;
        CertdSan *san = certd_san_new(CERTD_SAN_EMAIL, attribute->value, error);
        if (san == NULL)
            return FALSE;
        g_ptr_array_add(mail, san);
    }
    return certd_permitted_check(record->permitted, mail, NULL, error);
}

static gboolean check_names(const CertdAuthorityRecord *record, const GPtrArray *sans,
                            GError **error)
{
    if (sans->len > 0)
        return certd_permitted_check(record->permitted, sans, NULL, error);
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME,
                "A certificate of the device's authority needs a subject alternative name; add "
                "one, or leave the common name out to have the device's own names");
    return FALSE;
}

gboolean certd_authority_names(CertdService *service, const CertdAuthorityRecord *record,
                               const CertdSettings *settings, CertdSubject **subject,
                               GPtrArray **sans, GError **error)
{
    g_autoptr(GPtrArray) names = permitted_names(service, record);
    g_autofree char *host = permitted_host(service, record, names);
    g_autoptr(CertdSettings) wanted = certd_settings_copy(settings);
    g_autoptr(CertdSubject) name = NULL;
    g_autoptr(GPtrArray) alt_names = NULL;
    wanted->issuer = CERTD_ISSUER_INTERNAL;
    if (is_label(record, settings))
        wanted->copy_common_name = FALSE;
    if (!certd_settings_effective_names(wanted, host, names, &name, &alt_names, error) ||
        !check_names(record, alt_names, error) || !check_mail(record, name, error) ||
        !settle_common_name(record, &name, alt_names, error))
        return FALSE;
    *subject = g_steal_pointer(&name);
    *sans = g_steal_pointer(&alt_names);
    return TRUE;
}

/* The common name that certd gives to an authority with @key_id ends like this. Caller frees. */
static char *common_name_end(const char *key_id)
{
    return g_strdup_printf(COMMON_NAME "%.*s", COMMON_NAME_ID_CHARACTERS, key_id);
}

CertdSubject *certd_authority_subject(CertdService *service, const CertdSubject *organisation,
                                      const char *key_id, GError **error)
{
    const CertdDevice *device = service->device;
    CertdSubject *subject = certd_subject_copy(organisation);
    if (certd_subject_common_name(subject) != NULL)
        return subject;
    g_autofree char *host = device->host_name(device->userdata);
    *strchrnul(host, '.') = '\0';
    gboolean usable = *host != '\0' && strlen(host) <= COMMON_NAME_HOST_CHARACTERS &&
                      g_str_is_ascii(host) && certd_text_is_clean(host);
    g_autofree char *end = common_name_end(key_id);
    g_autofree char *common_name = g_strconcat(usable ? host : "Device", end, NULL);
    if (certd_subject_append(subject, "CN", common_name, error))
        return subject;
    certd_subject_free(subject);
    return NULL;
}

CertdSubject *certd_authority_organisation(const CertdAuthorityRecord *record)
{
    CertdSubject *organisation = certd_subject_new();
    g_autofree char *end = common_name_end(record->key_id);
    for (size_t i = 0; i < certd_subject_length(record->subject); i++) {
        const CertdAttribute *attribute = certd_subject_get(record->subject, i);
        gboolean ours =
            g_str_equal(attribute->type->name, "CN") && g_str_has_suffix(attribute->value, end);
        if (!ours &&
            !certd_subject_append(organisation, attribute->type->name, attribute->value, NULL))
            continue;
    }
    return organisation;
}

typedef struct {
    CertdSubject *organisation; /* NULL: as before */
    guint64 days;
    CertdScope scope;
    gboolean reuse_key;
} Wanted;

static void wanted_clear(Wanted *wanted)
{
    g_clear_pointer(&wanted->organisation, certd_subject_free);
}

static gboolean take_subject(CertdService *service, CertdOptions *reader, Wanted *wanted,
                             GError **error)
{
    GVariant *value = NULL;
    if (!certd_options_take_variant(reader, "subject", &value, error))
        return FALSE;
    if (value == NULL)
        return TRUE;
    /* The settings know both forms of a subject. */
    g_autoptr(CertdSettings) defaults = certd_settings_new();
    GVariantDict dict;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert_value(&dict, "subject", value);
    g_autoptr(GVariant) options = g_variant_ref_sink(g_variant_dict_end(&dict));
    g_autoptr(CertdSettings) settings =
        certd_settings_apply(defaults, options, service->policy, error);
    if (settings == NULL)
        return FALSE;
    wanted->organisation = certd_subject_copy(settings->subject);
    return TRUE;
}

static gboolean take_wanted(CertdService *service, GVariant *options, Wanted *wanted,
                            GError **error)
{
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    const char *scope = NULL;
    return take_subject(service, reader, wanted, error) &&
           certd_options_take_unsigned(reader, "days", AUTHORITY_DAYS_MIN, CERTD_LIMIT_DAYS_MAX,
                                       &wanted->days, error) &&
           certd_options_take_string(reader, "authority-scope", &scope, error) &&
           certd_options_take_boolean(reader, "reuse-key", &wanted->reuse_key, error) &&
           certd_options_finish(reader, error) &&
           (scope == NULL || certd_scope_parse(scope, &wanted->scope, error));
}

/* The plan of the new one; with the old key also that. */
static gboolean plan_work(CertdAuthorityWork *work, const CertdAuthorityRecord *old, Wanted *wanted,
                          GError **error)
{
    CertdService *service = work->operation.service;
    work->old_identity = old != NULL ? certd_authority_identity(old) : g_strdup("");
    work->plan = g_new0(CertdAuthorityRecord, 1);
    work->plan->days = (guint32)wanted->days;
    work->plan->scope = wanted->scope;
    work->plan->key_id = wanted->reuse_key ? g_strdup(old->key_id) : certd_key_id_new();
    if (wanted->organisation == NULL)
        wanted->organisation =
            old != NULL ? certd_authority_organisation(old) : certd_subject_new();
    work->plan->subject =
        certd_authority_subject(service, wanted->organisation, work->plan->key_id, error);
    if (work->plan->subject == NULL)
        return FALSE;
    if (!wanted->reuse_key)
        return TRUE;
    g_autoptr(CertdKeyRecord) key = certd_store_key_get(service->store, old->key_id, error);
    if (key == NULL)
        return FALSE;
    work->sealed_key = g_bytes_ref(key->sealed);
    return TRUE;
}

gboolean certd_authority_regenerate(CertdService *service, const CertdCaller *caller,
                                    GVariant *options, CertdDone done, void *userdata,
                                    GError **error)
{
    __attribute__((cleanup(wanted_clear))) Wanted wanted = {.days = CERTD_DEFAULT_AUTHORITY_DAYS};
    g_autoptr(CertdAuthorityRecord) old = NULL;
    g_autoptr(GError) damage = NULL;
    /* What is damaged or missing can be made anew all the same, but not with its key. */
    gboolean read = certd_store_authority_get(service->store, &old, &damage);
    if (!read && !g_error_matches(damage, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED)) {
        g_propagate_error(error, g_steal_pointer(&damage));
        return FALSE;
    }
    if (old != NULL)
        wanted.scope = old->scope;
    if (!take_wanted(service, options, &wanted, error))
        return FALSE;
    if (wanted.reuse_key && old == NULL) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE,
                    "The device's authority has no key that could be used again; leave reuse-key "
                    "out");
        return FALSE;
    }
    if (service->authority != NULL) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_BUSY,
                    "The device's authority is being made at this moment; try again");
        return FALSE;
    }
    CertdAuthorityWork *work = certd_authority_work_new(service, caller, done, userdata);
    work->action = CERTD_AUDIT_REGENERATE;
    if (!plan_work(work, old, &wanted, error)) {
        service->authority = NULL;
        certd_operation_end(&work->operation);
        return FALSE;
    }
    certd_authority_work_make(work);
    return TRUE;
}
