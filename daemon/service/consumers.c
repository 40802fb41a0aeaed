/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Choosing consumers: one list is replaced by another, whatever was asked for. */

#include "service/consumers.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/text.h"
#include "service/deliver.h"
#include "service/service-private.h"
#include "store/consumer.h"

/* What turns @list, which it may keep, into another; NULL on failure. @detail is set for the log. */
typedef GPtrArray *(*Change)(CertdService *service, GPtrArray *list, const void *argument,
                             char **detail, GError **error);

GPtrArray *certd_consumers(CertdService *service, const char *name, GError **error)
{
    return certd_store_consumers(service->store, name, error);
}

/* In as many rows as it takes: nobody is hidden behind the end of one. */
static gboolean write_down(CertdService *service, const CertdCaller *caller, const char *name,
                           CertdAuditAction action, const char *detail, GError **error)
{
    while (strlen(detail) > CERTD_LIMIT_LOG_DETAIL_BYTES) {
        const char *end = g_strrstr_len(detail, CERTD_LIMIT_LOG_DETAIL_BYTES, " ");
        g_autofree char *part = g_strndup(detail, (size_t)(end - detail));
        if (!certd_audit(service, caller, action, "certificate", name, part, error))
            return FALSE;
        detail = end + 1;
    }
    return certd_audit(service, caller, action, "certificate", name, detail, error);
}

static gboolean change(CertdService *service, const CertdCaller *caller, const char *name,
                       CertdAuditAction action, Change make, const void *argument, GError **error)
{
    g_autofree char *detail = NULL;
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(transaction, name, error);
    g_autoptr(GPtrArray) list =
        record != NULL ? certd_store_consumers(transaction, name, error) : NULL;
    g_autoptr(GPtrArray) changed =
        list != NULL ? make(service, list, argument, &detail, error) : NULL;
    if (changed == NULL ||
        !certd_store_consumers_set(transaction, name, changed, (gint64)record->generation, error) ||
        !write_down(service, caller, name, action, detail, error) ||
        !certd_store_commit(transaction, error))
        return FALSE;
    certd_tell_consumers(service, name);
    certd_deliver_again(service, name);
    return TRUE;
}

/* NULL where it is not in @list. */
static CertdConsumer *find(const GPtrArray *list, const CertdConsumer *wanted)
{
    for (guint i = 0; i < list->len; i++) {
        if (certd_consumer_is_same(g_ptr_array_index(list, i), wanted))
            return g_ptr_array_index(list, i);
    }
    return NULL;
}

static gboolean exists(const CertdDevice *device, const CertdConsumer *consumer)
{
    guint32 id;
    switch (consumer->kind) {
    case CERTD_CONSUMER_USER:
        return device->user_id(device->userdata, consumer->name, &id);
    case CERTD_CONSUMER_GROUP:
        return device->group_id(device->userdata, consumer->name, &id);
    case CERTD_CONSUMER_UNIT: /* may be installed later */
    case CERTD_CONSUMER_KIND_COUNT_:
        break;
    }
    return TRUE;
}

/* A name without a number would be anybody's who gets it next. */
static gboolean check_exists(CertdService *service, const CertdConsumer *consumer, GError **error)
{
    if (exists(service->device, consumer))
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                "There is no %s \"%s\" on this device; make it first, or correct the name",
                certd_consumer_kind_name(consumer->kind), consumer->name);
    return FALSE;
}

static void append_text(GString *text, const CertdConsumer *consumer)
{
    g_string_append_printf(text, "%s%s:%s", text->len > 0 ? " " : "",
                           certd_consumer_kind_name(consumer->kind), consumer->name);
    if (consumer->action != CERTD_CONSUMER_NONE)
        g_string_append_printf(text, ":%s", certd_consumer_action_name(consumer->action));
}

/* "unit:nginx.service:reload user:postfix". Caller frees. */
static char *to_text(const GPtrArray *list)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < list->len; i++)
        append_text(text, g_ptr_array_index(list, i));
    return g_string_free(text, FALSE);
}

static GPtrArray *add(CertdService *service, GPtrArray *list, const void *argument, char **detail,
                      GError **error)
{
    const CertdConsumer *wanted = argument;
    CertdConsumer *there = find(list, wanted);
    if (!check_exists(service, wanted, error))
        return NULL;
    if (there == NULL && list->len >= CERTD_LIMIT_CONSUMERS) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                    "There are %u consumers, the most there may be; remove one, or use a group for "
                    "several users",
                    list->len);
        return NULL;
    }
    if (there != NULL)
        there->action = wanted->action;
    else
        g_ptr_array_add(list, certd_consumer_copy(wanted));
    GString *text = g_string_new(NULL);
    append_text(text, wanted);
    *detail = g_string_free(text, FALSE);
    return g_ptr_array_ref(list);
}

gboolean certd_add_consumer(CertdService *service, const CertdCaller *caller, const char *name,
                            const CertdConsumer *consumer, GError **error)
{
    return change(service, caller, name, CERTD_AUDIT_ADD_CONSUMER, add, consumer, error);
}

static GPtrArray *take_away(CertdService *service, GPtrArray *list, const void *argument,
                            char **detail, GError **error)
{
    const CertdConsumer *wanted = argument;
    CertdConsumer *there = find(list, wanted);
    if (there == NULL) {
        g_autofree char *quoted = certd_text_quote(wanted->name);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "The %s %s is not among the consumers; list them to see who is",
                    certd_consumer_kind_name(wanted->kind), quoted);
        return NULL;
    }
    *detail = g_strdup_printf("%s:%s", certd_consumer_kind_name(there->kind), there->name);
    g_ptr_array_remove(list, there);
    return g_ptr_array_ref(list);
}

gboolean certd_remove_consumer(CertdService *service, const CertdCaller *caller, const char *name,
                               const char *kind, const char *consumer, GError **error)
{
    CertdConsumer wanted = {.name = (char *)consumer};
    if (!certd_consumer_kind_parse(kind, &wanted.kind)) {
        g_autofree char *quoted = certd_text_quote(kind);
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "%s is no kind of consumer; there are unit, user and group", quoted);
        return FALSE;
    }
    return change(service, caller, name, CERTD_AUDIT_REMOVE_CONSUMER, take_away, &wanted, error);
}

static GPtrArray *replace(CertdService *service, GPtrArray *list, const void *argument,
                          char **detail, GError **error)
{
    g_autoptr(GPtrArray) wanted = certd_consumer_list_from_variant((GVariant *)argument, error);
    for (guint i = 0; wanted != NULL && i < wanted->len; i++) {
        const CertdConsumer *consumer = g_ptr_array_index(wanted, i);
        if (find(list, consumer) == NULL && !check_exists(service, consumer, error))
            return NULL;
    }
    if (wanted != NULL)
        *detail = to_text(wanted);
    return g_steal_pointer(&wanted);
}

gboolean certd_set_consumers(CertdService *service, const CertdCaller *caller, const char *name,
                             GVariant *consumers, GError **error)
{
    return change(service, caller, name, CERTD_AUDIT_SET_CONSUMERS, replace, consumers, error);
}
