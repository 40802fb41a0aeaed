/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting for files to be delivered: whoever waits for a service that reads them. Nobody waits for ever: a
 * worker that hangs must keep neither a call nor the start of the whole device.
 */

#include "model/limits.h"
#include "service/deliver-private.h"

/* Who hears when the files of @name are what they can be; NULL: those of everybody. */
typedef struct {
    char *name;
    gint64 until; /* CLOCK_BOOTTIME in microseconds */
    CertdDone done;
    void *userdata;
} Waiter;

static void waiter_free(void *data)
{
    Waiter *waiter = data;
    g_free(waiter->name);
    g_free(waiter);
}

static gboolean is_underway(CertdDelivery *delivery, const char *name)
{
    if (name == NULL)
        return delivery->opening != NULL || !g_queue_is_empty(&delivery->names);
    return g_strcmp0(delivery->opening, name) == 0 ||
           g_hash_table_contains(delivery->waiting, name);
}

void certd_delivery_init_waiters(CertdDelivery *delivery)
{
    delivery->waiters = g_ptr_array_new_with_free_func(waiter_free);
}

void certd_delivery_answer(CertdService *service)
{
    CertdDelivery *delivery = service->delivery;
    gint64 now = service->device->boottime(service->device->userdata);
    for (guint i = 0; i < delivery->waiters->len;) {
        const Waiter *waiter = g_ptr_array_index(delivery->waiters, i);
        if (now < waiter->until && is_underway(delivery, waiter->name)) {
            i++;
            continue;
        }
        /* Each may begin another. */
        Waiter *over = g_ptr_array_steal_index(delivery->waiters, i);
        over->done(NULL, over->userdata);
        waiter_free(over);
        i = 0;
    }
}

void certd_delivery_wait(CertdService *service, const char *name, CertdDone done, void *userdata)
{
    const CertdDevice *device = service->device;
    if (!is_underway(service->delivery, name)) {
        done(NULL, userdata);
        return;
    }
    Waiter *waiter = g_new0(Waiter, 1);
    waiter->name = g_strdup(name);
    waiter->until = device->boottime(device->userdata) +
                    CERTD_LIMIT_DELIVERY_WAIT_SECONDS * (gint64)G_USEC_PER_SEC;
    waiter->done = done;
    waiter->userdata = userdata;
    g_ptr_array_add(service->delivery->waiters, waiter);
    certd_expect(service, certd_delivery_due(service));
}

void certd_delivery_wait_no_longer(CertdService *service)
{
    for (guint i = 0; i < service->delivery->waiters->len; i++) {
        Waiter *waiter = g_ptr_array_index(service->delivery->waiters, i);
        if (waiter->name == NULL)
            waiter->until = 0;
    }
}

gint64 certd_delivery_wait_due(const CertdDelivery *delivery)
{
    gint64 due = 0;
    for (guint i = 0; i < delivery->waiters->len; i++) {
        const Waiter *waiter = g_ptr_array_index(delivery->waiters, i);
        due = due == 0 ? waiter->until : MIN(due, waiter->until);
    }
    return due;
}
