/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusals, limited by user and minute. */

#include "bus/refusals.h"

#include "model/error.h"
#include "model/limits.h"
#include "service/log.h"

#define MINUTE_USEC (60 * G_USEC_PER_SEC)

/* A user's minute, which begins with a refusal. */
typedef struct {
    guint32 uid;
    gint64 end; /* CLOCK_BOOTTIME, microseconds */
    guint written;
    guint64 more;
} Minute;

struct CertdRefusals {
    CertdService *service;
    GHashTable *minutes;    /* uid → Minute */
    sd_event_source *timer; /* or NULL */
};

static gint64 boottime(const CertdRefusals *refusals)
{
    const CertdDevice *device = certd_service_device(refusals->service);
    return device->boottime(device->userdata);
}

static void write_count(CertdRefusals *refusals, const Minute *minute)
{
    const CertdCaller caller = {.uid = minute->uid};
    if (minute->more == 0)
        return;
    g_autofree char *detail = g_strdup_printf(
        "%" G_GUINT64_FORMAT " more calls were refused within a minute", minute->more);
    certd_log_refuse(refusals->service, &caller, CERTD_AUDIT_REFUSED, "log/all",
                     certd_error_dbus_name(CERTD_ERROR_LIMIT_EXCEEDED), detail);
}

/* Ends the minutes that are over. */
static void end_minutes(CertdRefusals *refusals, gint64 now)
{
    GHashTableIter iter;
    void *value;
    g_hash_table_iter_init(&iter, refusals->minutes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Minute *minute = value;
        if (now < minute->end)
            continue;
        write_count(refusals, minute);
        g_hash_table_iter_remove(&iter);
    }
}

/* Has the first minute that has counted anything ended in time. */
static void arm(CertdRefusals *refusals)
{
    gint64 first = G_MAXINT64;
    GHashTableIter iter;
    void *value;
    g_hash_table_iter_init(&iter, refusals->minutes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Minute *minute = value;
        if (minute->more > 0)
            first = MIN(first, minute->end);
    }
    if (refusals->timer == NULL || first == G_MAXINT64)
        return;
    sd_event_source_set_time(refusals->timer, (uint64_t)first);
    sd_event_source_set_enabled(refusals->timer, SD_EVENT_ONESHOT);
}

static int on_minute(sd_event_source *source, uint64_t usec, void *userdata)
{
    CertdRefusals *refusals = userdata;
    end_minutes(refusals, boottime(refusals));
    arm(refusals);
    return 0;
}

CertdRefusals *certd_refusals_new(CertdService *service, sd_event *event)
{
    CertdRefusals *refusals = g_new0(CertdRefusals, 1);
    refusals->service = service;
    refusals->minutes = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    /* Without a timer the count is written with the next refusal. */
    if (event != NULL &&
        sd_event_add_time(event, &refusals->timer, CLOCK_BOOTTIME, 0, 0, on_minute, refusals) >= 0)
        sd_event_source_set_enabled(refusals->timer, SD_EVENT_OFF);
    return refusals;
}

void certd_refusals_free(CertdRefusals *refusals)
{
    if (refusals == NULL)
        return;
    end_minutes(refusals, G_MAXINT64);
    if (refusals->timer != NULL)
        sd_event_source_disable_unref(refusals->timer);
    g_hash_table_unref(refusals->minutes);
    g_free(refusals);
}

/* The minute of @uid; beyond so many users, one that those of others share. */
static Minute *minute_of(CertdRefusals *refusals, guint32 uid, gint64 now)
{
    Minute *minute = g_hash_table_lookup(refusals->minutes, GUINT_TO_POINTER(uid));
    if (minute == NULL && g_hash_table_size(refusals->minutes) + 1 >= CERTD_LIMIT_REFUSED_USERS) {
        uid = CERTD_UID_UNKNOWN;
        minute = g_hash_table_lookup(refusals->minutes, GUINT_TO_POINTER(uid));
    }
    if (minute == NULL) {
        minute = g_new0(Minute, 1);
        minute->uid = uid;
        minute->end = now + MINUTE_USEC;
        g_hash_table_insert(refusals->minutes, GUINT_TO_POINTER(uid), minute);
    }
    return minute;
}

void certd_refusals_note(CertdRefusals *refusals, const CertdCaller *caller,
                         const CertdRefusal *refusal)
{
    gint64 now = boottime(refusals);
    end_minutes(refusals, now);
    Minute *minute = minute_of(refusals, caller->uid, now);
    if (minute->written >= CERTD_LIMIT_LOGGED_REFUSALS) {
        if (minute->more++ == 0)
            arm(refusals);
        return;
    }
    minute->written++;
    certd_log_refuse(refusals->service, caller, refusal->action, refusal->object,
                     refusal->error_name, refusal->message != NULL ? refusal->message : "");
}
