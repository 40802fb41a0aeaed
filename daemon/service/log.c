/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log. A row is told after the commit alone; what was refused is told even where it can't be kept. */

#include "service/log.h"

#include <string.h>

#include "model/limits.h"
#include "model/text.h"
#include "service/service-private.h"

/* Rows that are checked in one turn of the event loop: a few milliseconds. */
#define PART 1000u

typedef struct {
    CertdOperation operation;
    CertdAuditWalk walk;
    gboolean begun;
    guint64 epoch; /* of the keystore that it began with */
    CertdLogVerified done;
    void *userdata;
} Verification;

char *certd_log_detail(const char *detail)
{
    g_autofree char *clean =
        certd_text_is_clean(detail) ? g_strdup(detail) : certd_text_escape(detail);
    if (strlen(clean) <= CERTD_LIMIT_LOG_DETAIL_BYTES)
        return g_steal_pointer(&clean);
    const char *end =
        g_utf8_find_prev_char(clean, clean + CERTD_LIMIT_LOG_DETAIL_BYTES - strlen("…") + 1);
    g_autofree char *begin = g_strndup(clean, (size_t)(end - clean));
    return g_strconcat(begin, "…", NULL);
}

gboolean certd_audit(CertdService *service, const CertdCaller *caller, CertdAuditAction action,
                     const char *kind, const char *id, const char *detail, GError **error)
{
    return certd_audit_failure(service, caller, action, kind, id, CERTD_AUDIT_OK, detail, error);
}

gboolean certd_audit_failure(CertdService *service, const CertdCaller *caller,
                             CertdAuditAction action, const char *kind, const char *id,
                             const char *outcome, const char *detail, GError **error)
{
    g_autofree char *object = g_strdup_printf("%s/%s", kind, id);
    g_autofree char *text = certd_log_detail(detail != NULL ? detail : "");
    const CertdAuditEntry entry = {
        .time = certd_now(service),
        .uid = caller->uid,
        .sender = caller->sender,
        .unit = caller->unit != NULL ? caller->unit : "",
        .action = certd_audit_action_name(action),
        .object = object,
        .outcome = outcome,
        .detail = text,
    };
    return certd_store_audit_append(service->store, &entry, error);
}

static gboolean store_refusals(CertdService *service, const CertdAuditEntry *entries, size_t count)
{
    if (!certd_store_begin(service->store, NULL))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    for (size_t i = 0; i < count; i++) {
        if (!certd_store_audit_append(transaction, &entries[i], NULL))
            return FALSE;
    }
    return certd_store_commit(transaction, NULL);
}

static void tell_lost(CertdService *service, const CertdAuditEntry *entry)
{
    const CertdAuditRecord lost = {
        .time = entry->time,
        .uid = entry->uid,
        .sender = (char *)entry->sender,
        .unit = (char *)entry->unit,
        .action = (char *)entry->action,
        .object = (char *)entry->object,
        .outcome = (char *)entry->outcome,
        .detail = (char *)entry->detail,
        .hash = (char *)"",
    };
    if (service->listener.audit_added != NULL)
        service->listener.audit_added(service->listener.userdata, &lost);
}

void certd_log_refuse_all(CertdService *service, const CertdLogRefusal *refusals, size_t count)
{
    g_autofree CertdAuditEntry *entries = g_new0(CertdAuditEntry, count);
    g_autoptr(GPtrArray) details = g_ptr_array_new_with_free_func(g_free);
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        const CertdLogRefusal *refusal = &refusals[i];
        const CertdCaller *caller = refusal->caller;
        char *text = certd_log_detail(refusal->detail);
        g_ptr_array_add(details, text);
        entries[i] = (CertdAuditEntry){
            .time = certd_now(service),
            .uid = caller->uid,
            .sender = caller->sender != NULL ? caller->sender : "",
            .unit = caller->unit != NULL ? caller->unit : "",
            .action = certd_audit_action_name(refusal->action),
            .object = refusal->object,
            .outcome = refusal->outcome,
            .detail = text,
        };
    }
    if (store_refusals(service, entries, count))
        return;
    for (size_t i = 0; i < count; i++)
        tell_lost(service, &entries[i]);
}

void certd_log_refuse(CertdService *service, const CertdCaller *caller, CertdAuditAction action,
                      const char *object, const char *outcome, const char *detail)
{
    const CertdLogRefusal refusal = {caller, action, object, outcome, detail};
    certd_log_refuse_all(service, &refusal, 1);
}

static void on_committed(const CertdAuditRecord *record, void *userdata)
{
    CertdService *service = userdata;
    if (service->listener.audit_added != NULL)
        service->listener.audit_added(service->listener.userdata, record);
    if (g_str_equal(record->action, certd_audit_action_name(CERTD_AUDIT_LOG_DAMAGED)))
        certd_service_set_problem(service, CERTD_AUDIT_PROBLEM, CERTD_AUDIT_PROBLEM_MESSAGE,
                                  CERTD_AUDIT_PROBLEM_REMEDY);
}

void certd_log_listen(CertdService *service)
{
    certd_store_audit_listen(service->store, on_committed, service);
}

/* What can't be written now is mended with the next row. */
void certd_log_mend(CertdService *service)
{
    if (!certd_store_begin(service->store, NULL))
        return;
    g_autoptr(CertdTransaction) transaction = service->store;
    if (certd_store_audit_mend(transaction, certd_now(service), NULL) &&
        certd_store_commit(transaction, NULL))
        return;
}

GPtrArray *certd_log_page(CertdService *service, const CertdAuditFilter *filter, guint limit,
                          gboolean *more, GError **error)
{
    return certd_store_audit_page(service->store, filter, limit, more, error);
}

gboolean certd_log_range(CertdService *service, gint64 *first, gint64 *last, GError **error)
{
    return certd_store_audit_range(service->store, first, last, error);
}

static void verification_free(void *operation)
{
    Verification *verification = operation;
    g_queue_remove(&verification->operation.service->verifications, verification);
    g_free(verification);
}

void certd_log_verify(CertdService *service, CertdLogVerified done, void *userdata)
{
    Verification *verification = g_new0(Verification, 1);
    certd_operation_begin(&verification->operation, service, verification_free);
    verification->done = done;
    verification->userdata = userdata;
    g_queue_push_tail(&service->verifications, verification);
    service->device->wake(service->device->userdata);
}

static void finish(Verification *verification, const GError *error)
{
    const CertdAuditWalk *walk = &verification->walk;
    g_autoptr(GString) hash = g_string_new(NULL);
    for (size_t i = 0; i < sizeof walk->hash; i++)
        g_string_append_printf(hash, "%02x", walk->hash[i]);
    verification->done(walk->first, walk->last, hash->str, error, verification->userdata);
    certd_operation_end(&verification->operation);
}

gboolean certd_log_work(CertdService *service)
{
    Verification *verification = g_queue_peek_head(&service->verifications);
    g_autoptr(GError) error = NULL;
    gboolean done = FALSE;
    if (verification == NULL)
        return FALSE;
    /* Another keystore has another log. */
    if (!verification->begun || verification->epoch != service->epoch) {
        verification->epoch = service->epoch;
        verification->begun =
            certd_store_audit_walk_begin(service->store, &verification->walk, &error);
    }
    if (error != NULL ||
        !certd_store_audit_walk(service->store, &verification->walk, PART, &done, &error) || done)
        finish(verification, error);
    return !g_queue_is_empty(&service->verifications);
}
