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
    g_autofree char *object = g_strdup_printf("%s/%s", kind, id);
    g_autofree char *text = certd_log_detail(detail != NULL ? detail : "");
    const CertdAuditEntry entry = {
        .time = certd_now(service),
        .uid = caller->uid,
        .sender = caller->sender,
        .unit = caller->unit != NULL ? caller->unit : "",
        .action = certd_audit_action_name(action),
        .object = object,
        .outcome = CERTD_AUDIT_OK,
        .detail = text,
    };
    return certd_store_audit_append(service->store, &entry, error);
}

static gboolean store_refusal(CertdService *service, const CertdAuditEntry *entry)
{
    if (!certd_store_begin(service->store, NULL))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    return certd_store_audit_append(transaction, entry, NULL) &&
           certd_store_commit(transaction, NULL);
}

void certd_log_refuse(CertdService *service, const CertdCaller *caller, CertdAuditAction action,
                      const char *object, const char *outcome, const char *detail)
{
    g_autofree char *text = certd_log_detail(detail);
    const CertdAuditEntry entry = {
        .time = certd_now(service),
        .uid = caller->uid,
        .sender = caller->sender != NULL ? caller->sender : "",
        .unit = caller->unit != NULL ? caller->unit : "",
        .action = certd_audit_action_name(action),
        .object = object,
        .outcome = outcome,
        .detail = text,
    };
    const CertdAuditRecord lost = {
        .time = entry.time,
        .uid = entry.uid,
        .sender = (char *)entry.sender,
        .unit = (char *)entry.unit,
        .action = (char *)entry.action,
        .object = (char *)object,
        .outcome = (char *)outcome,
        .detail = text,
        .hash = (char *)"",
    };
    if (!store_refusal(service, &entry) && service->listener.audit_added != NULL)
        service->listener.audit_added(service->listener.userdata, &lost);
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
    if (!verification->begun)
        verification->begun =
            certd_store_audit_walk_begin(service->store, &verification->walk, &error);
    if (error != NULL ||
        !certd_store_audit_walk(service->store, &verification->walk, PART, &done, &error) || done)
        finish(verification, error);
    return !g_queue_is_empty(&service->verifications);
}
