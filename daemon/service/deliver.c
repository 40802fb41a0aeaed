/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Delivering, one certificate after another: its key is opened, its files are written, and then its units
 * are told (deliver-units.c). It begins in the next turn of the event loop, so that what changes together
 * is delivered together.
 */

#include "service/deliver.h"

#include <unistd.h>

#include "model/error.h"
#include "service/deliver-private.h"
#include "service/look.h"
#include "store/consumer.h"

/* A key on its way. */
typedef struct {
    CertdOperation operation;
    char *name;
    gint64 generation;
    guint64 epoch;
    CertdChainRecord *chain;
} Opening;

static void opening_free(void *operation)
{
    Opening *opening = operation;
    g_free(opening->name);
    certd_chain_record_free(opening->chain);
    g_free(opening);
}

CertdDelivery *certd_delivery_new(void)
{
    CertdDelivery *delivery = g_new0(CertdDelivery, 1);
    g_queue_init(&delivery->names);
    delivery->waiting = g_hash_table_new(g_str_hash, g_str_equal);
    delivery->unwritten = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    delivery->put_off = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    certd_delivery_init_waiters(delivery);
    certd_delivery_init_units(delivery);
    return delivery;
}

static void forget_names(CertdDelivery *delivery)
{
    g_hash_table_remove_all(delivery->waiting);
    g_queue_clear_full(&delivery->names, g_free);
    g_hash_table_remove_all(delivery->unwritten);
    g_hash_table_remove_all(delivery->put_off);
    delivery->opening = NULL;
    delivery->batch = 0;
    delivery->unread = FALSE;
    delivery->retry = 0;
}

void certd_delivery_free(CertdDelivery *delivery)
{
    forget_names(delivery);
    g_hash_table_unref(delivery->waiting);
    g_hash_table_unref(delivery->unwritten);
    g_hash_table_unref(delivery->put_off);
    g_ptr_array_unref(delivery->waiters);
    certd_delivery_free_units(delivery);
    g_free(delivery);
}

void certd_deliver_then(CertdService *service, const char *name, CertdDone done, void *userdata)
{
    certd_delivery_wait(service, name, done, userdata);
}

/* When it will be @boottime (CLOCK_BOOTTIME in microseconds, 0: never) by the wall clock, in seconds. */
static gint64 by_clock(CertdService *service, gint64 boottime)
{
    gint64 left = boottime - service->device->boottime(service->device->userdata);
    if (boottime == 0)
        return 0;
    return certd_now(service) + MAX((left + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC, 1);
}

gint64 certd_delivery_due(CertdService *service)
{
    const CertdDelivery *delivery = service->delivery;
    const gint64 all[] = {delivery->retry, by_clock(service, certd_delivery_wait_due(delivery)),
                          by_clock(service, certd_delivery_tell_due(service))};
    gint64 next = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        if (all[i] != 0 && (next == 0 || all[i] < next))
            next = all[i];
    }
    return next;
}

static void set_retry(CertdService *service)
{
    if (service->delivery->retry != 0)
        return;
    service->delivery->retry = certd_now(service) + CERTD_RESUME_SECONDS;
    certd_expect(service, service->delivery->retry);
}

void certd_delivery_try_again(CertdService *service, const char *name)
{
    g_hash_table_insert(service->delivery->unwritten, g_strdup(name), NULL);
    set_retry(service);
}

void certd_delivery_look_for(CertdService *service, const char *name, const char *unknown)
{
    if (!g_hash_table_contains(service->delivery->unwritten, name))
        g_hash_table_insert(service->delivery->unwritten, g_strdup(name), g_strdup(unknown));
    set_retry(service);
}

void certd_delivery_clock_changed(CertdService *service)
{
    if (service->delivery->retry != 0)
        service->delivery->retry = certd_now(service);
    service->device->wake(service->device->userdata);
}

void certd_deliver(CertdService *service, const char *name)
{
    CertdDelivery *delivery = service->delivery;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) consumers = certd_store_consumers(service->store, name, &error);
    if (consumers == NULL) {
        certd_delivery_try_again(service, name);
        return;
    }
    certd_delivery_revise(service, name, consumers);
    if (consumers->len == 0) {
        certd_delivery_take_away(service, name);
        return;
    }
    certd_delivery_restrict(service, name, consumers);
    if (!g_hash_table_contains(delivery->waiting, name)) {
        char *added = g_strdup(name);
        g_queue_push_tail(&delivery->names, added);
        g_hash_table_add(delivery->waiting, added);
    }
    service->device->wake(service->device->userdata);
}

/* The key of what is in use can't be had: nobody goes on with one that may not be used any more. */
static void refuse_key(CertdService *service, const Opening *opening, const GError *error)
{
    if (g_error_matches(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE)) {
        certd_delivery_take_away(service, opening->name);
        /* Another certificate stands in for it then, and is delivered. */
        certd_review_with_key(service, opening->name, NULL, NULL);
    }
    /* It may be the same with each of the others, after as long a time. */
    if (g_error_matches(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED))
        certd_delivery_wait_no_longer(service);
    certd_delivery_tell_files(service, opening->name, error->message);
}

static void end_opening(CertdService *service, const Opening *opening, int key)
{
    g_autofree char *unknown = NULL;
    int exports = certd_delivery_open_files(service, opening->name);
    if (exports >= 0) {
        g_autofree char *failure = certd_delivery_write_files(
            service, opening->name, opening->chain, exports, key, &unknown);
        close(exports);
        certd_delivery_tell_files(service, opening->name, failure);
    }
    certd_delivery_collect(service, opening->name, opening->generation,
                           !g_hash_table_contains(service->delivery->unwritten, opening->name));
    certd_delivery_tell_unknown(service, opening->name, unknown);
}

/* Whether @opening is still of what is in use: else it is delivered once more. */
static gboolean is_current(CertdService *service, const Opening *opening)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdCertificateRecord) record =
        certd_look_certificate(service, opening->name, &error);
    if (record != NULL && (gint64)record->generation == opening->generation)
        return TRUE;
    if (record != NULL)
        certd_deliver(service, opening->name);
    else if (!g_error_matches(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_CERTIFICATE))
        certd_delivery_try_again(service, opening->name);
    return FALSE;
}

static void on_opened(int fd, const GError *error, void *userdata)
{
    Opening *opening = userdata;
    CertdService *service = opening->operation.service;
    opening->operation.job = 0;
    /* What a reset has made void is nobody's. */
    gboolean awaited = service->delivery->opening == opening->name;
    if (awaited)
        service->delivery->opening = NULL;
    if (awaited && opening->epoch == service->epoch && is_current(service, opening)) {
        if (fd >= 0)
            end_opening(service, opening, fd);
        else
            refuse_key(service, opening, error);
    }
    certd_operation_end(&opening->operation);
    certd_delivery_go_on(service);
}

/* Has the key of @chain opened; takes @chain. */
static void open_key(CertdService *service, const CertdCertificateRecord *record,
                     CertdChainRecord *chain)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdKeyRecord) key = certd_store_key_get(service->store, chain->key_id, &error);
    Opening *opening = g_new0(Opening, 1);
    certd_operation_begin(&opening->operation, service, opening_free);
    opening->name = g_strdup(record->name);
    opening->generation = (gint64)record->generation;
    opening->epoch = service->epoch;
    opening->chain = chain;
    if (key == NULL) {
        refuse_key(service, opening, error);
        certd_operation_end(&opening->operation);
        return;
    }
    service->delivery->opening = opening->name;
    opening->operation.job =
        service->workers->open_key(service->workers, key->id, key->sealed, on_opened, opening);
}

/* Whether what is in use in @record can't be used, so that another may take its place in a moment: that
 * is waited for, once. */
static gboolean put_off(CertdService *service, const CertdCertificateRecord *record)
{
    CertdFindingCode why;
    if (record->emergency_chain != 0 || !certd_review_is_bad(service, record, &why) ||
        !g_hash_table_add(service->delivery->put_off, g_strdup(record->name))) {
        g_hash_table_remove(service->delivery->put_off, record->name);
        return FALSE;
    }
    certd_delivery_try_again(service, record->name);
    return TRUE;
}

static void deliver_one(CertdService *service, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdCertificateRecord) record = certd_look_certificate(service, name, &error);
    g_autoptr(CertdChainRecord) chain =
        record != NULL ? certd_look_chain_in_use(service, record, &error) : NULL;
    if (error != NULL && !g_error_matches(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_CERTIFICATE)) {
        certd_delivery_tell_files(service, name, error->message);
        return;
    }
    if (chain == NULL) {
        certd_delivery_take_away(service, name);
        return;
    }
    if (put_off(service, record))
        return;
    if (service->runtime_directory == NULL) {
        certd_delivery_collect(service, name, (gint64)record->generation, TRUE);
        return;
    }
    int exports = certd_delivery_open_files(service, name);
    if (exports < 0) {
        certd_delivery_collect(service, name, (gint64)record->generation,
                               !g_hash_table_contains(service->delivery->unwritten, name));
        return;
    }
    close(exports);
    open_key(service, record, g_steal_pointer(&chain));
}

/* First the files of all that have changed so far, then one unit; and so on, so that neither waits for
 * ever. Files don't wait while a unit takes its time. */
void certd_delivery_go_on(CertdService *service)
{
    CertdDelivery *delivery = service->delivery;
    while (delivery->opening == NULL) {
        if (delivery->batch == 0) {
            certd_delivery_tell(service);
            delivery->batch = g_queue_get_length(&delivery->names);
        }
        g_autofree char *name = g_queue_pop_head(&delivery->names);
        if (name == NULL)
            break;
        g_hash_table_remove(delivery->waiting, name);
        delivery->batch--;
        deliver_one(service, name);
    }
    certd_delivery_answer(service);
    certd_expect(service, certd_delivery_due(service));
}

/* Nothing but the files of certificates with consumers is left; where those can't be read, nothing is. */
static void deliver_all(CertdService *service)
{
    CertdDelivery *delivery = service->delivery;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = certd_store_all_consumed(service->store, &error);
    g_autoptr(GHashTable) kept = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; names != NULL && i < names->len; i++)
        g_hash_table_add(kept, g_ptr_array_index(names, i));
    certd_delivery_clear_others(service, kept);
    delivery->unread = names == NULL;
    if (delivery->unread) {
        g_autofree char *message = g_strdup_printf(
            "Who may have keys can't be read, so that nobody has files: %s", error->message);
        certd_delivery_tell_files(service, NULL, message);
        set_retry(service);
        return;
    }
    for (guint i = 0; i < names->len; i++)
        certd_deliver(service, g_ptr_array_index(names, i));
}

static void try_again(CertdService *service)
{
    CertdDelivery *delivery = service->delivery;
    g_autoptr(GHashTable) names = g_steal_pointer(&delivery->unwritten);
    GHashTableIter iter;
    void *name, *unknown;
    delivery->retry = 0;
    delivery->unwritten = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &name, &unknown)) {
        /* Nobody's files are replaced where nothing would be another. */
        if (unknown != NULL && !certd_delivery_has_new_readers(service, name, unknown))
            certd_delivery_look_for(service, name, unknown);
        else
            certd_deliver(service, name);
    }
    if (delivery->unread)
        deliver_all(service);
}

void certd_delivery_work(CertdService *service)
{
    CertdDelivery *delivery = service->delivery;
    if (delivery->retry != 0 && certd_now(service) >= delivery->retry)
        try_again(service);
    certd_delivery_go_on(service);
}

void certd_delivery_reset(CertdService *service)
{
    g_autoptr(GHashTable) none = g_hash_table_new(g_str_hash, g_str_equal);
    forget_names(service->delivery);
    certd_delivery_forget_units(service->delivery);
    certd_delivery_clear_others(service, none);
    certd_delivery_answer(service);
}

void certd_deliver_all(CertdService *service, CertdDone done, void *userdata)
{
    deliver_all(service);
    if (done != NULL)
        certd_delivery_wait(service, NULL, done, userdata);
}
