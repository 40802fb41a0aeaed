/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of org.certd1.Certificate: a table of getters over one snapshot. */

#include "bus/bus-private.h"
#include "model/error.h"
#include "model/limits.h"
#include "service/consumers.h"
#include "service/export.h"
#include "service/trial.h"
#include "wire/variant.h"

void certd_snapshot_clear(CertdSnapshot *snapshot)
{
    g_clear_pointer(&snapshot->name, g_free);
    g_clear_pointer(&snapshot->record, certd_certificate_record_free);
    g_clear_pointer(&snapshot->chain, certd_chain_record_free);
    g_clear_pointer(&snapshot->request, certd_request_record_free);
}

/* A GetAll asks for twenty properties in one turn of the event loop: load once. */
static const CertdSnapshot *load(CertdBus *bus, const char *path, GError **error)
{
    CertdSnapshot *snapshot = &bus->snapshot;
    uint64_t iteration = 0;
    g_autofree char *name = certd_path_certificate_name(path);
    sd_event_get_iteration(sd_bus_get_event(bus->bus), &iteration);
    if (snapshot->record != NULL && snapshot->iteration == iteration &&
        g_strcmp0(snapshot->name, name) == 0)
        return snapshot;
    certd_snapshot_clear(snapshot);
    g_autoptr(CertdCertificateRecord) record = certd_look_certificate(bus->service, name, error);
    if (record == NULL)
        return NULL;
    g_autoptr(GError) failure = NULL;
    snapshot->chain = certd_look_chain_in_use(bus->service, record, &failure);
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    snapshot->name = g_steal_pointer(&name);
    snapshot->iteration = iteration;
    snapshot->record = g_steal_pointer(&record);
    return snapshot;
}

/* Each getter gives a floating variant. */
typedef GVariant *(*Getter)(CertdBus *bus, const CertdSnapshot *snapshot);

static GVariant *get_name(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_string(snapshot->record->name);
}

static GVariant *get_subject(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return certd_subject_to_variant(snapshot->record->settings->subject);
}

static GVariant *get_sans(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return certd_san_list_to_variant(snapshot->record->settings->sans);
}

static GVariant *get_key_type(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_string(certd_key_type_name(snapshot->record->settings->key_type));
}

static GVariant *get_digest(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_string(certd_digest_name(snapshot->record->settings->digest));
}

static GVariant *get_days(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_uint32(snapshot->record->settings->days);
}

static GVariant *get_copy_common_name(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_boolean(snapshot->record->settings->copy_common_name);
}

static GVariant *get_issuer(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_string(certd_issuer_name(snapshot->record->settings->issuer));
}

static GVariant *get_reuse_key(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_boolean(snapshot->record->settings->reuse_key);
}

static GVariant *get_state(CertdBus *bus, const CertdSnapshot *snapshot)
{
    CertdCertificateState state = certd_look_state(bus->service, snapshot->record);
    return g_variant_new_string(certd_certificate_state_name(state));
}

static GVariant *get_emergency(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_boolean(snapshot->record->emergency_chain != 0);
}

static GVariant *get_renewal(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_uint64((guint64)MAX(snapshot->record->attempt, 0));
}

static GVariant *get_requests(CertdBus *bus, const CertdSnapshot *snapshot)
{
    g_auto(GVariantBuilder) builder = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("ao"));
    g_autoptr(GArray) ids = certd_look_request_ids(bus->service, snapshot->record->name,
                                                   CERTD_LIMIT_INTROSPECTED_CHILDREN, NULL);
    for (guint i = 0; ids != NULL && i < ids->len; i++) {
        g_autofree char *path = certd_path_request(g_array_index(ids, gint64, i));
        g_variant_builder_add(&builder, "o", path);
    }
    return g_variant_builder_end(&builder);
}

static GVariant *get_chain(CertdBus *bus, const CertdSnapshot *snapshot)
{
    if (snapshot->chain == NULL)
        return g_variant_new_string("");
    return g_variant_new_take_string(certd_chain_to_pem(snapshot->chain->chain));
}

static GVariant *get_details(CertdBus *bus, const CertdSnapshot *snapshot)
{
    if (snapshot->chain == NULL)
        return g_variant_new("a{sv}", NULL);
    return g_variant_ref(snapshot->chain->details);
}

static GVariant *get_not_before(CertdBus *bus, const CertdSnapshot *snapshot)
{
    gint64 when = snapshot->chain != NULL ? snapshot->chain->not_before : 0;
    return g_variant_new_uint64((guint64)MAX(when, 0));
}

static GVariant *get_not_after(CertdBus *bus, const CertdSnapshot *snapshot)
{
    gint64 when = snapshot->chain != NULL ? snapshot->chain->not_after : 0;
    return g_variant_new_uint64((guint64)MAX(when, 0));
}

static GVariant *get_fingerprint(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_string(snapshot->chain != NULL ? snapshot->chain->fingerprint : "");
}

static GVariant *get_origin(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_string(snapshot->chain != NULL ? snapshot->chain->origin : "");
}

static GVariant *get_has_previous(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_boolean(snapshot->record->previous_chain != 0 ||
                                 certd_trial_deadline(bus->service, snapshot->record->name) != 0);
}

static GVariant *get_previous(CertdBus *bus, const CertdSnapshot *snapshot)
{
    static const struct {
        const char *key;
        const char *type;
    } said[] = {
        {"subject", "s"},
        {"issuer", "s"},
        {"not-before", "t"},
        {"not-after", "t"},
        {"fingerprint-sha256", "s"},
    };
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(NULL);
    g_autoptr(CertdChainRecord) previous =
        certd_look_chain_previous(bus->service, snapshot->record);
    for (size_t i = 0; previous != NULL && i < G_N_ELEMENTS(said); i++) {
        g_autoptr(GVariant) value =
            g_variant_lookup_value(previous->details, said[i].key, G_VARIANT_TYPE(said[i].type));
        if (value != NULL)
            g_variant_dict_insert_value(&dict, said[i].key, value);
    }
    if (previous != NULL)
        g_variant_dict_insert(&dict, "origin", "s", previous->origin);
    return g_variant_dict_end(&dict);
}

static GVariant *get_key_exportable(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_boolean(
        snapshot->chain != NULL &&
        certd_look_key_is_exportable(bus->service, snapshot->chain->key_id));
}

static GVariant *get_trial_deadline(CertdBus *bus, const CertdSnapshot *snapshot)
{
    gint64 when = certd_trial_deadline(bus->service, snapshot->record->name);
    return g_variant_new_uint64((guint64)MAX(when, 0));
}

static GVariant *get_generation(CertdBus *bus, const CertdSnapshot *snapshot)
{
    return g_variant_new_uint64(snapshot->record->generation);
}

static GVariant *get_findings(CertdBus *bus, const CertdSnapshot *snapshot)
{
    g_autoptr(GPtrArray) findings =
        certd_look_findings(bus->service, snapshot->record, snapshot->chain);
    return certd_finding_list_to_variant(findings);
}

static GVariant *get_consumers(CertdBus *bus, const CertdSnapshot *snapshot)
{
    g_autoptr(GPtrArray) list = certd_consumers(bus->service, snapshot->record->name, NULL);
    g_autoptr(GPtrArray) none = certd_consumer_list_new();
    return certd_consumer_list_to_variant(list != NULL ? list : none);
}

static const struct {
    const char *name;
    Getter get;
} getters[] = {
    {"Name", get_name},
    {"Subject", get_subject},
    {"SubjectAltNames", get_sans},
    {"KeyType", get_key_type},
    {"Digest", get_digest},
    {"Days", get_days},
    {"CopyCommonName", get_copy_common_name},
    {"ReuseKey", get_reuse_key},
    {"Issuer", get_issuer},
    {"State", get_state},
    {"Emergency", get_emergency},
    {"Renewal", get_renewal},
    {"Requests", get_requests},
    {"Chain", get_chain},
    {"Details", get_details},
    {"NotBefore", get_not_before},
    {"NotAfter", get_not_after},
    {"Fingerprint", get_fingerprint},
    {"Origin", get_origin},
    {"HasPrevious", get_has_previous},
    {"Previous", get_previous},
    {"KeyExportable", get_key_exportable},
    {"Generation", get_generation},
    {"TrialDeadline", get_trial_deadline},
    {"Findings", get_findings},
    {"Consumers", get_consumers},
};

int certd_certificate_get_property(sd_bus *connection, const char *path, const char *interface,
                                   const char *property, sd_bus_message *reply, void *userdata,
                                   sd_bus_error *error)
{
    CertdBus *bus = userdata;
    g_autoptr(GError) failure = NULL;
    const CertdSnapshot *snapshot = load(bus, path, &failure);
    if (snapshot == NULL)
        return certd_bus_fail(error, failure);
    for (size_t i = 0; i < G_N_ELEMENTS(getters); i++) {
        if (g_str_equal(getters[i].name, property)) {
            g_autoptr(GVariant) value = g_variant_take_ref(getters[i].get(bus, snapshot));
            return certd_variant_append(reply, value);
        }
    }
    return sd_bus_error_setf(error, SD_BUS_ERROR_UNKNOWN_PROPERTY, "There is no property %s",
                             property);
}
