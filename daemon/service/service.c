/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the use cases share. */

#include "service/service-private.h"

#include <sys/random.h>

const CertdCaller certd_caller_self = {.uid = G_MAXUINT32, .administrator = TRUE, .sender = ""};

CertdService *certd_service_new(CertdStore *store, CertdWorkers *workers, const CertdDevice *device,
                                CertdPolicy policy)
{
    CertdService *service = g_new0(CertdService, 1);
    service->store = store;
    service->workers = workers;
    service->device = device;
    service->policy = policy;
    service->maker = certd_maker_new(service);
    g_queue_init(&service->operations);
    service->problems = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    return service;
}

void certd_service_free(CertdService *service)
{
    if (service == NULL)
        return;
    certd_operations_cancel(service);
    certd_maker_free(service->maker);
    g_ptr_array_unref(service->problems);
    g_free(service);
}

void certd_service_set_listener(CertdService *service, const CertdListener *listener)
{
    service->listener = *listener;
}

CertdPolicy certd_service_policy(const CertdService *service)
{
    return service->policy;
}

const CertdDevice *certd_service_device(const CertdService *service)
{
    return service->device;
}

static gboolean problem_has_code(gconstpointer problem, gconstpointer code)
{
    return g_str_equal(((const char *const *)problem)[0], code);
}

void certd_service_set_problem(CertdService *service, const char *code, const char *message,
                               const char *remedy)
{
    guint index;
    gboolean stood =
        g_ptr_array_find_with_equal_func(service->problems, code, problem_has_code, &index);
    if (stood)
        g_ptr_array_remove_index(service->problems, index);
    if (message != NULL) {
        const char *problem[] = {code, message, remedy, NULL};
        g_ptr_array_add(service->problems, g_strdupv((char **)problem));
    }
    if ((stood || message != NULL) && service->listener.problems_changed != NULL)
        service->listener.problems_changed(service->listener.userdata);
}

GVariant *certd_service_problems(const CertdService *service)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a(ssss)"));
    for (guint i = 0; i < service->problems->len; i++) {
        char **problem = g_ptr_array_index(service->problems, i);
        g_variant_builder_add(&builder, "(ssss)", problem[0],
                              certd_severity_name(CERTD_SEVERITY_ERROR), problem[1], problem[2]);
    }
    return g_variant_builder_end(&builder);
}

gboolean certd_service_is_degraded(const CertdService *service)
{
    return service->problems->len > 0;
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

gboolean certd_audit(CertdService *service, const CertdCaller *caller, const char *action,
                     const char *kind, const char *id, const char *detail, GError **error)
{
    g_autofree char *object = g_strdup_printf("%s/%s", kind, id);
    const CertdAuditEntry entry = {
        .time = certd_now(service),
        .uid = caller->uid,
        .sender = caller->sender,
        .action = action,
        .object = object,
        .outcome = "ok",
        .detail = detail != NULL ? detail : "",
    };
    return certd_store_audit_append(service->store, &entry, error);
}

void certd_tell_changed(CertdService *service, const char *name, const char *cause)
{
    if (service->listener.certificate_changed != NULL)
        service->listener.certificate_changed(service->listener.userdata, name, cause);
}

void certd_tell_request(CertdService *service, const char *certificate, gint64 id,
                        CertdRequestState state)
{
    if (service->listener.request_changed != NULL)
        service->listener.request_changed(service->listener.userdata, certificate, id, state);
}
