/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the use cases share. */

#include "service/service-private.h"

#include <sys/random.h>

#include "model/names.h"
#include "service/deliver.h"
#include "service/https-private.h"

CertdService *certd_service_new(CertdStore *store, CertdWorkers *workers, const CertdDevice *device,
                                CertdPolicy policy)
{
    CertdService *service = g_new0(CertdService, 1);
    service->store = store;
    service->workers = workers;
    service->device = device;
    service->policy = policy;
    service->maker = certd_maker_new(service);
    service->delivery = certd_delivery_new();
    service->accounts = certd_accounts_new(device);
    service->handouts = certd_handouts_new();
    g_queue_init(&service->operations);
    g_queue_init(&service->verifications);
    service->problems = certd_problems_new();
    service->emergencies = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    service->reviews = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    service->trials_ended = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    certd_log_listen(service);
    return service;
}

void certd_service_free(CertdService *service)
{
    if (service == NULL)
        return;
    certd_store_audit_listen(service->store, NULL, NULL);
    certd_operations_cancel(service);
    certd_maker_free(service->maker);
    certd_delivery_free(service->delivery);
    certd_accounts_free(service->accounts);
    certd_handouts_free(service->handouts);
    g_clear_pointer(&service->requesters, g_ptr_array_unref);
    g_ptr_array_unref(service->problems);
    g_hash_table_unref(service->emergencies);
    g_hash_table_unref(service->reviews);
    g_hash_table_unref(service->trials_ended);
    g_clear_pointer(&service->names, g_ptr_array_unref);
    g_clear_pointer(&service->authority_record, certd_authority_record_free);
    g_free(service->sweep.cursor);
    g_clear_error(&service->start_error);
    g_free(service->runtime_directory);
    g_free(service->https_reporter);
    g_free(service);
}

void certd_service_set_listener(CertdService *service, const CertdListener *listener)
{
    service->listener = *listener;
}

void certd_service_set_units(CertdService *service, const CertdUnits *units)
{
    service->units = *units;
}

void certd_service_set_runtime_directory(CertdService *service, const char *directory)
{
    g_free(service->runtime_directory);
    service->runtime_directory = g_strdup(directory);
}

CertdPolicy certd_service_policy(const CertdService *service)
{
    return service->policy;
}

void certd_service_set_policy(CertdService *service, CertdPolicy policy)
{
    if (policy == service->policy)
        return;
    service->policy = policy;
    if (service->listener.features_changed != NULL)
        service->listener.features_changed(service->listener.userdata);
}

const CertdDevice *certd_service_device(const CertdService *service)
{
    return service->device;
}

void certd_operation_begin(CertdOperation *operation, CertdService *service,
                           void (*free)(void *operation))
{
    operation->service = service;
    operation->job = 0;
    operation->free = free;
    g_queue_push_tail(&service->operations, operation);
}

void certd_operation_end(CertdOperation *operation)
{
    g_queue_remove(&operation->service->operations, operation);
    operation->free(operation);
}

void certd_operations_cancel(CertdService *service)
{
    CertdOperation *operation;
    while ((operation = g_queue_pop_head(&service->operations)) != NULL) {
        if (operation->job != 0)
            service->workers->cancel(service->workers, operation->job);
        operation->free(operation);
    }
}

gint64 certd_now(const CertdService *service)
{
    return service->device->now(service->device->userdata);
}

char *certd_key_id_new(void)
{
    guint8 bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        g_error("getrandom() gave no random bytes");
    GString *id = g_string_sized_new(2 * sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        g_string_append_printf(id, "%02x", bytes[i]);
    return g_string_free(id, FALSE);
}

void certd_tell_changed(CertdService *service, const char *name, const char *cause)
{
    if (service->listener.certificate_changed != NULL)
        service->listener.certificate_changed(service->listener.userdata, name, cause);
    if (g_str_equal(name, CERTD_CERTIFICATE_HTTPS))
        certd_https_certificate_changed(service);
    certd_deliver(service, name);
}

void certd_tell_consumers(CertdService *service, const char *name)
{
    if (service->listener.consumers_changed != NULL)
        service->listener.consumers_changed(service->listener.userdata, name);
}

void certd_tell_request(CertdService *service, const char *certificate, gint64 id,
                        CertdRequestState state)
{
    if (service->listener.request_changed != NULL)
        service->listener.request_changed(service->listener.userdata, certificate, id, state);
}
