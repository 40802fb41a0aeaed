/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Telling units: one after another, in the order of the consumers, and each once for all certificates that
 * wait for it. What came of it is in the log; a failure is a problem until the unit succeeds.
 */

#include "model/error.h"
#include "service/deliver-private.h"
#include "store/consumer.h"

/* A unit that is to be told of a certificate. */
typedef struct {
    char *certificate;
    gint64 generation;
    CertdConsumer *unit;
} Due;

static void due_free(void *data)
{
    Due *due = data;
    g_free(due->certificate);
    certd_consumer_free(due->unit);
    g_free(due);
}

static void table_free(void *table)
{
    g_hash_table_unref(table);
}

void certd_delivery_init_units(CertdDelivery *delivery)
{
    delivery->units = g_ptr_array_new_with_free_func(due_free);
    delivery->failures = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, table_free);
}

void certd_delivery_free_units(CertdDelivery *delivery)
{
    g_ptr_array_unref(delivery->units);
    g_clear_pointer(&delivery->told, g_ptr_array_unref);
    g_hash_table_unref(delivery->failures);
}

void certd_delivery_forget_units(CertdDelivery *delivery)
{
    g_ptr_array_set_size(delivery->units, 0);
    g_hash_table_remove_all(delivery->failures);
}

/* The problem of certificate @name, of all its units that failed. */
static void tell_problem(CertdService *service, const char *name)
{
    GHashTable *units = g_hash_table_lookup(service->delivery->failures, name);
    g_autoptr(GString) message = g_string_new(NULL);
    g_autoptr(GList) sorted =
        units != NULL ? g_list_sort(g_hash_table_get_keys(units), (GCompareFunc)g_strcmp0) : NULL;
    for (const GList *link = sorted; link != NULL; link = link->next)
        g_string_append_printf(message, "%s%s", message->len > 0 ? "; " : "",
                               (const char *)g_hash_table_lookup(units, link->data));
    const CertdProblem problem = {
        .code = "consumer-failed",
        .object = name,
        .severity = CERTD_SEVERITY_ERROR,
        .message = message->len > 0 ? message->str : NULL,
        .remedy = "Mend what systemctl status says of the unit, then reload or restart it",
    };
    certd_problem_set(service, &problem);
}

static void note_failure(CertdService *service, const Due *due, const GError *failure)
{
    GHashTable *failures = service->delivery->failures;
    GHashTable *units = g_hash_table_lookup(failures, due->certificate);
    if (units == NULL) {
        units = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_hash_table_insert(failures, g_strdup(due->certificate), units);
    }
    g_hash_table_insert(units, g_strdup(due->unit->name),
                        g_strdup_printf("%s has not taken up the certificate \"%s\": %s",
                                        due->unit->name, due->certificate, failure->message));
}

static void note_success(CertdService *service, const Due *due)
{
    GHashTable *units = g_hash_table_lookup(service->delivery->failures, due->certificate);
    if (units != NULL && g_hash_table_remove(units, due->unit->name) &&
        g_hash_table_size(units) == 0)
        g_hash_table_remove(service->delivery->failures, due->certificate);
}

static gboolean is_unit_among(const GPtrArray *consumers, const char *unit)
{
    for (guint i = 0; i < consumers->len; i++) {
        const CertdConsumer *consumer = g_ptr_array_index(consumers, i);
        if (consumer->kind == CERTD_CONSUMER_UNIT && g_str_equal(consumer->name, unit))
            return TRUE;
    }
    return FALSE;
}

static gboolean is_gone(void *unit, void *message, void *consumers)
{
    return !is_unit_among(consumers, unit);
}

void certd_delivery_revise(CertdService *service, const char *name, const GPtrArray *consumers)
{
    CertdDelivery *delivery = service->delivery;
    GHashTable *failures = g_hash_table_lookup(delivery->failures, name);
    for (guint i = delivery->units->len; i > 0; i--) {
        const Due *due = g_ptr_array_index(delivery->units, i - 1);
        if (g_str_equal(due->certificate, name))
            g_ptr_array_remove_index(delivery->units, i - 1);
    }
    if (failures != NULL && g_hash_table_foreach_remove(failures, is_gone, (void *)consumers) > 0 &&
        g_hash_table_size(failures) == 0)
        g_hash_table_remove(delivery->failures, name);
    tell_problem(service, name);
}

void certd_delivery_collect(CertdService *service, const char *name, gint64 generation,
                            gboolean written)
{
    CertdDelivery *delivery = service->delivery;
    g_autoptr(GPtrArray) waiting =
        certd_store_consumers_waiting(service->store, name, generation, NULL);
    for (guint i = 0; waiting != NULL && i < waiting->len; i++) {
        const CertdConsumer *consumer = g_ptr_array_index(waiting, i);
        if (consumer->action == CERTD_CONSUMER_RELOAD && !written)
            continue;
        Due *due = g_new0(Due, 1);
        due->certificate = g_strdup(name);
        due->generation = generation;
        due->unit = g_new0(CertdConsumer, 1);
        due->unit->kind = consumer->kind;
        due->unit->name = g_strdup(consumer->name);
        due->unit->action = consumer->action;
        g_ptr_array_add(delivery->units, due);
    }
}

/* A row of the log, and that @due was told, whatever came of it. */
static gboolean write_one(CertdService *service, const Due *due, const GError *failure)
{
    const char *action = certd_consumer_action_name(due->unit->action);
    g_autofree char *detail = g_strdup_printf("%s %s: generation %" G_GINT64_FORMAT,
                                              due->unit->name, action, due->generation);
    g_autofree char *reason =
        failure != NULL ? g_strdup_printf("%s; %s", detail, failure->message) : NULL;
    if (!certd_store_consumer_delivered(service->store, due->certificate, due->unit,
                                        due->generation, NULL))
        return FALSE;
    if (failure == NULL)
        return certd_audit(service, &certd_caller_self, CERTD_AUDIT_DELIVER, "certificate",
                           due->certificate, detail, NULL);
    return certd_audit_failure(service, &certd_caller_self, CERTD_AUDIT_DELIVER, "certificate",
                               due->certificate, certd_error_dbus_name((CertdError)failure->code),
                               reason, NULL);
}

/* Where it can't be written, units are told once more after the next start. */
static gboolean write_told(CertdService *service, const GPtrArray *told, const GError *failure)
{
    if (!certd_store_begin(service->store, NULL))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    for (guint i = 0; i < told->len; i++) {
        if (!write_one(service, g_ptr_array_index(told, i), failure))
            return FALSE;
    }
    return certd_store_commit(transaction, NULL);
}

static void settle_one(CertdService *service, const Due *due, const GError *failure)
{
    g_autoptr(GPtrArray) consumers = certd_store_consumers(service->store, due->certificate, NULL);
    /* It may have been removed meanwhile. */
    if (consumers != NULL && !is_unit_among(consumers, due->unit->name))
        return;
    if (failure != NULL)
        note_failure(service, due, failure);
    else
        note_success(service, due);
    tell_problem(service, due->certificate);
}

static void on_told(const GError *error, void *userdata)
{
    CertdService *service = userdata;
    CertdDelivery *delivery = service->delivery;
    g_autoptr(GPtrArray) told = g_steal_pointer(&delivery->told);
    /* What a factory reset ended is nobody's any more. */
    if (delivery->told_epoch == service->epoch) {
        (void)write_told(service, told, error);
        for (guint i = 0; i < told->len; i++)
            settle_one(service, g_ptr_array_index(told, i), error);
    }
    delivery->batch = g_queue_get_length(&delivery->names);
    certd_delivery_go_on(service);
}

void certd_delivery_tell(CertdService *service)
{
    CertdDelivery *delivery = service->delivery;
    if (delivery->told != NULL || delivery->units->len == 0 || service->units.act == NULL)
        return;
    g_autofree char *unit =
        g_strdup(((const Due *)g_ptr_array_index(delivery->units, 0))->unit->name);
    CertdConsumerAction action = CERTD_CONSUMER_RELOAD;
    delivery->told = g_ptr_array_new_with_free_func(due_free);
    for (guint i = 0; i < delivery->units->len;) {
        Due *due = g_ptr_array_index(delivery->units, i);
        if (!g_str_equal(due->unit->name, unit)) {
            i++;
            continue;
        }
        action = MAX(action, due->unit->action);
        g_ptr_array_add(delivery->told, g_ptr_array_steal_index(delivery->units, i));
    }
    delivery->told_epoch = service->epoch;
    service->units.act(service->units.userdata, unit, action, on_told, service);
}
