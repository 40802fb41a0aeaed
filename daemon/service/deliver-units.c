/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Telling units: one after another, in the order of the consumers, and each once for all certificates that
 * wait for it. One that takes very long holds up no other, and one that was told a moment ago waits, or many
 * changes in a row would be more starts than systemd allows. What came of it is in the log; a failure is a
 * problem until the unit succeeds.
 */

#include "model/error.h"
#include "model/limits.h"
#include "service/deliver-private.h"
#include "store/consumer.h"

/* A unit that is to be told of a certificate. */
typedef struct {
    char *certificate;
    gint64 generation;
    CertdConsumer *unit;
} Due;

/* A unit that is being told. */
typedef struct {
    CertdService *service;
    guint64 epoch;
    gint64 since; /* CLOCK_BOOTTIME in microseconds */
    char *unit;
    CertdConsumerAction action;
    GPtrArray *dues; /* of Due */
} Telling;

/* What a unit did wrong. It is told again where somebody asks for it, at the next start, and of the next
 * generation. */
typedef struct {
    char *message;
    gint64 generation;
} Failure;

static void failure_free(void *data)
{
    Failure *failure = data;
    g_free(failure->message);
    g_free(failure);
}

static void due_free(void *data)
{
    Due *due = data;
    g_free(due->certificate);
    certd_consumer_free(due->unit);
    g_free(due);
}

static void telling_free(void *data)
{
    Telling *telling = data;
    g_free(telling->unit);
    g_ptr_array_unref(telling->dues);
    g_free(telling);
}

static void table_free(void *table)
{
    g_hash_table_unref(table);
}

void certd_delivery_init_units(CertdDelivery *delivery)
{
    delivery->units = g_ptr_array_new_with_free_func(due_free);
    delivery->tellings = g_ptr_array_new_with_free_func(telling_free);
    delivery->paced = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    delivery->failures = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, table_free);
}

void certd_delivery_free_units(CertdDelivery *delivery)
{
    g_ptr_array_unref(delivery->units);
    g_ptr_array_unref(delivery->tellings);
    g_hash_table_unref(delivery->paced);
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
    for (const GList *link = sorted; link != NULL; link = link->next) {
        const Failure *failure = g_hash_table_lookup(units, link->data);
        g_string_append_printf(message, "%s%s", message->len > 0 ? "; " : "", failure->message);
    }
    const CertdProblem problem = {
        .code = "consumer-failed",
        .object = name,
        .severity = CERTD_SEVERITY_ERROR,
        .message = message->len > 0 ? message->str : NULL,
        .remedy = "Mend what systemctl status says of the unit, then add it once more with certctl "
                  "consumers, which has it told again",
    };
    certd_problem_set(service, &problem);
}

static void note_failure(CertdService *service, const Due *due, const GError *failure)
{
    GHashTable *failures = service->delivery->failures;
    GHashTable *units = g_hash_table_lookup(failures, due->certificate);
    if (units == NULL) {
        units = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, failure_free);
        g_hash_table_insert(failures, g_strdup(due->certificate), units);
    }
    Failure *noted = g_new0(Failure, 1);
    noted->message = g_strdup_printf("%s has not taken up the certificate \"%s\": %s",
                                     due->unit->name, due->certificate, failure->message);
    noted->generation = due->generation;
    g_hash_table_insert(units, g_strdup(due->unit->name), noted);
}

/* Whether @consumer was told of @generation of @name, and failed. */
static gboolean has_failed(const CertdService *service, const char *name, gint64 generation,
                           const CertdConsumer *consumer)
{
    GHashTable *units = g_hash_table_lookup(service->delivery->failures, name);
    const Failure *failure = units != NULL ? g_hash_table_lookup(units, consumer->name) : NULL;
    return failure != NULL && failure->generation == generation;
}

void certd_deliver_again(CertdService *service, const char *name)
{
    GHashTable *units = g_hash_table_lookup(service->delivery->failures, name);
    g_autoptr(GList) all = units != NULL ? g_hash_table_get_values(units) : NULL;
    for (const GList *link = all; link != NULL; link = link->next)
        ((Failure *)link->data)->generation = -1;
    certd_deliver(service, name);
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

static const Telling *find_telling(const CertdService *service, const char *unit)
{
    const GPtrArray *tellings = service->delivery->tellings;
    for (guint i = 0; i < tellings->len; i++) {
        const Telling *telling = g_ptr_array_index(tellings, i);
        if (g_str_equal(telling->unit, unit))
            return telling;
    }
    return NULL;
}

/* Whether @consumer is being told of @generation of @name, and will be noted as told when that is over. */
static gboolean is_being_told(const CertdService *service, const char *name, gint64 generation,
                              const CertdConsumer *consumer)
{
    const Telling *telling = find_telling(service, consumer->name);
    if (telling == NULL || telling->epoch != service->epoch || telling->action < consumer->action)
        return FALSE;
    for (guint i = 0; i < telling->dues->len; i++) {
        const Due *due = g_ptr_array_index(telling->dues, i);
        if (due->generation == generation && g_str_equal(due->certificate, name))
            return TRUE;
    }
    return FALSE;
}

void certd_delivery_collect(CertdService *service, const char *name, gint64 generation,
                            gboolean written)
{
    CertdDelivery *delivery = service->delivery;
    g_autoptr(GPtrArray) waiting =
        certd_store_consumers_waiting(service->store, name, generation, NULL);
    if (waiting == NULL)
        certd_delivery_try_again(service, name);
    for (guint i = 0; waiting != NULL && i < waiting->len; i++) {
        const CertdConsumer *consumer = g_ptr_array_index(waiting, i);
        if ((consumer->action == CERTD_CONSUMER_RELOAD && !written) ||
            is_being_told(service, name, generation, consumer) ||
            has_failed(service, name, generation, consumer))
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

/* A row of the log, and that @due has been told, unless it failed. */
static gboolean write_one(CertdService *service, const Due *due, const GError *failure)
{
    const char *action = certd_consumer_action_name(due->unit->action);
    g_autofree char *detail = g_strdup_printf("%s %s: generation %" G_GINT64_FORMAT,
                                              due->unit->name, action, due->generation);
    g_autofree char *reason =
        failure != NULL ? g_strdup_printf("%s; %s", detail, failure->message) : NULL;
    if (failure == NULL)
        return certd_store_consumer_delivered(service->store, due->certificate, due->unit,
                                              due->generation, NULL) &&
               certd_audit(service, &certd_caller_self, CERTD_AUDIT_DELIVER, "certificate",
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

static gint64 now_of(const CertdService *service)
{
    return service->device->boottime(service->device->userdata);
}

static gboolean is_past(void *unit, void *until, void *now)
{
    return *(const gint64 *)until <= *(const gint64 *)now;
}

/* When @unit may be told again. */
static void pace(const CertdService *service, const char *unit)
{
    GHashTable *paced = service->delivery->paced;
    gint64 now = now_of(service);
    gint64 until = now + CERTD_UNIT_PACE_SECONDS * (gint64)G_USEC_PER_SEC;
    (void)g_hash_table_foreach_remove(paced, is_past, &now);
    g_hash_table_insert(paced, g_strdup(unit), g_memdup2(&until, sizeof until));
}

static void on_told(const GError *error, void *userdata)
{
    Telling *telling = userdata;
    CertdService *service = telling->service;
    CertdDelivery *delivery = service->delivery;
    pace(service, telling->unit);
    /* What a factory reset ended is nobody's any more. */
    if (telling->epoch == service->epoch) {
        (void)write_told(service, telling->dues, error);
        for (guint i = 0; i < telling->dues->len; i++)
            settle_one(service, g_ptr_array_index(telling->dues, i), error);
    }
    g_ptr_array_remove_fast(delivery->tellings, telling);
    delivery->batch = g_queue_get_length(&delivery->names);
    certd_delivery_go_on(service);
}

/* When nobody is being told, or has been for so long that the next may begin. */
static gint64 find_turn(const CertdDelivery *delivery)
{
    gint64 turn = 1;
    for (guint i = 0; i < delivery->tellings->len; i++) {
        const Telling *telling = g_ptr_array_index(delivery->tellings, i);
        turn = MAX(turn, telling->since + CERTD_LIMIT_UNIT_ALONE_SECONDS * (gint64)G_USEC_PER_SEC);
    }
    return turn;
}

/* When the next unit is to be told, and which; 0 where there is none. */
static gint64 find_next(CertdService *service, const char **unit)
{
    const CertdDelivery *delivery = service->delivery;
    gint64 turn = find_turn(delivery);
    gint64 next = 0;
    for (guint i = 0; i < delivery->units->len; i++) {
        const Due *due = g_ptr_array_index(delivery->units, i);
        /* Its end will be heard of. */
        if (find_telling(service, due->unit->name) != NULL)
            continue;
        const gint64 *until = g_hash_table_lookup(delivery->paced, due->unit->name);
        gint64 when = until != NULL ? MAX(turn, *until) : turn;
        if (next == 0 || when < next) {
            next = when;
            *unit = due->unit->name;
        }
    }
    return next;
}

gint64 certd_delivery_tell_due(CertdService *service)
{
    const char *unit = NULL;
    /* The key that is on its way is followed by the next unit anyway. */
    if (service->delivery->opening != NULL || service->units.act == NULL)
        return 0;
    return find_next(service, &unit);
}

void certd_delivery_tell(CertdService *service)
{
    CertdDelivery *delivery = service->delivery;
    const char *unit = NULL;
    gint64 now = now_of(service);
    if (service->units.act == NULL || find_next(service, &unit) > now || unit == NULL)
        return;
    Telling *telling = g_new0(Telling, 1);
    telling->service = service;
    telling->epoch = service->epoch;
    telling->since = now;
    telling->unit = g_strdup(unit);
    telling->action = CERTD_CONSUMER_RELOAD;
    telling->dues = g_ptr_array_new_with_free_func(due_free);
    for (guint i = 0; i < delivery->units->len;) {
        Due *due = g_ptr_array_index(delivery->units, i);
        if (!g_str_equal(due->unit->name, telling->unit)) {
            i++;
            continue;
        }
        telling->action = MAX(telling->action, due->unit->action);
        g_ptr_array_add(telling->dues, g_ptr_array_steal_index(delivery->units, i));
    }
    g_ptr_array_add(delivery->tellings, telling);
    service->units.act(service->units.userdata, telling->unit, telling->action, on_told, telling);
}
