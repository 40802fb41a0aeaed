/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which requester a caller is. */

#include "service/requester.h"

#include "model/error.h"
#include "model/limits.h"
#include "model/name.h"
#include "service/service-private.h"
#include "store/consumer.h"

/* The settings that a requester may give: what the certificate looks like. */
static const char *const keys[] = {
    "subject", "subject-alt-names", "key-type", "digest", "days", "issuer", NULL,
};

void certd_requesters_set(CertdService *service, GPtrArray *list)
{
    g_clear_pointer(&service->requesters, g_ptr_array_unref);
    service->requesters = list;
}

static gboolean has_own_keys(GVariant *settings)
{
    GVariantIter iter;
    const char *key;
    GVariant *value;
    gboolean own = TRUE;
    g_variant_iter_init(&iter, settings);
    while (g_variant_iter_loop(&iter, "{&sv}", &key, &value))
        own = own && g_strv_contains(keys, key);
    return own;
}

static gboolean is_caller(CertdService *service, const CertdRequester *requester,
                          const CertdCaller *caller)
{
    const char *name = requester->consumer->name;
    guint32 uid;
    /* What the log says of a caller costs nothing, and only what it says is worth proving. */
    if (requester->consumer->kind == CERTD_CONSUMER_UNIT)
        return caller->is_of_unit != NULL && g_strcmp0(caller->unit, name) == 0 &&
               caller->is_of_unit(caller->userdata, caller->sender, caller->uid, name);
    return requester->consumer->kind == CERTD_CONSUMER_USER &&
           certd_accounts_user(service->accounts, name, &uid) && uid == caller->uid;
}

const CertdRequester *certd_requester_find(CertdService *service, const CertdCaller *caller,
                                           const char *name, GVariant *settings)
{
    const CertdDevice *device = service->device;
    if (service->requesters == NULL || service->requesters->len == 0 ||
        !certd_name_validate(name, NULL) || !has_own_keys(settings))
        return NULL;
    g_autoptr(CertdSettings) defaults = certd_settings_new();
    g_autoptr(CertdSettings) asked =
        certd_settings_apply(defaults, settings, service->policy, NULL);
    if (asked == NULL)
        return NULL;
    g_autoptr(GPtrArray) names = device->names(device->userdata);
    for (guint i = 0; i < service->requesters->len; i++) {
        const CertdRequester *requester = g_ptr_array_index(service->requesters, i);
        if (certd_requester_permits(requester, name, asked, names) &&
            is_caller(service, requester, caller))
            return requester;
    }
    return NULL;
}

gboolean certd_requester_check_count(CertdService *service, const CertdRequester *requester,
                                     GError **error)
{
    const CertdConsumer *consumer = requester->consumer;
    g_autoptr(GPtrArray) names = certd_store_consumed(
        service->store, consumer->kind, consumer->name, CERTD_LIMIT_REQUESTER_CERTIFICATES, error);
    if (names == NULL)
        return FALSE;
    if (names->len < CERTD_LIMIT_REQUESTER_CERTIFICATES)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                "%s has %u certificates, the most a requester may have; have one removed that is "
                "not needed",
                consumer->name, CERTD_LIMIT_REQUESTER_CERTIFICATES);
    return FALSE;
}

gboolean certd_requester_consumes(CertdService *service, const CertdRequester *requester,
                                  const char *certificate, gint64 generation, GError **error)
{
    const CertdConsumer *consumer = requester->consumer;
    g_autoptr(GPtrArray) list = certd_consumer_list_new();
    CertdConsumer *copy =
        certd_consumer_new(certd_consumer_kind_name(consumer->kind), consumer->name,
                           certd_consumer_action_name(consumer->action), error);
    if (copy == NULL)
        return FALSE;
    g_ptr_array_add(list, copy);
    return certd_store_consumers_set(service->store, certificate, list, generation, error);
}
