/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The trial of HTTPS' settings as it is kept, and what ends it by itself: its deadline, and another boot. */

#include "model/error.h"
#include "model/names.h"
#include "service/https-private.h"
#include "service/trial-private.h"

/* What the problem of an end that can't be written is about. */
#define OBJECT CERTD_PATH_HTTPS

void certd_https_look_clear(CertdHttpsLook *look)
{
    g_clear_pointer(&look->trial, certd_https_trial_record_free);
}

static gboolean is_over(const CertdService *service, const CertdHttpsTrialRecord *trial)
{
    return certd_trial_is_over(service, trial->boot, trial->deadline);
}

gboolean certd_https_look(CertdService *service, CertdHttpsLook *look, GError **error)
{
    g_autoptr(CertdHttpsTrialRecord) trial = NULL;
    CertdHttpsRecord record;
    if (!certd_store_https_get(service->store, &record, error) ||
        !certd_store_https_trial_get(service->store, &trial, error))
        return FALSE;
    if (trial != NULL && is_over(service, trial)) {
        record.level = trial->level;
        record.force = trial->force;
        g_clear_pointer(&trial, certd_https_trial_record_free);
    }
    look->record = record;
    look->trial = g_steal_pointer(&trial);
    return TRUE;
}

gboolean certd_https_may_be_high(CertdService *service, gboolean *high, GError **error)
{
    g_auto(CertdHttpsLook) look = {0};
    if (!certd_https_look(service, &look, error))
        return FALSE;
    *high = look.record.level == CERTD_HTTPS_HIGH ||
            (look.trial != NULL && look.trial->level == CERTD_HTTPS_HIGH);
    return TRUE;
}

char *certd_https_describe(const CertdHttpsRecord *record)
{
    return g_strdup_printf("%s, HTTP %s", certd_https_level_name(record->level),
                           record->force ? "closed" : "open");
}

gboolean certd_https_may_end(const CertdCaller *caller, const CertdHttpsTrialRecord *trial,
                             GError **error)
{
    if (trial == NULL || caller->administrator || caller->uid == trial->uid)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                "The trial of HTTPS was begun by the user with id %u; only they and administrators "
                "may end it",
                trial->uid);
    return FALSE;
}

static gboolean write_rows(CertdService *service, const CertdCaller *caller,
                           const CertdHttpsChange *change, GError **error)
{
    g_autoptr(CertdRoom) room = change->is_way_back ? certd_room_take(service->store) : NULL;
    if (!certd_store_begin(room != NULL ? room : service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    return certd_store_https_set(transaction, change->record, error) &&
           (change->trial != NULL ? certd_store_https_trial_set(transaction, change->trial, error)
                                  : certd_store_https_trial_delete(transaction, error)) &&
           certd_audit(service, caller, change->action, "https", "all", change->detail, error) &&
           certd_store_commit(transaction, error);
}

gboolean certd_https_write(CertdService *service, const CertdCaller *caller,
                           const CertdHttpsChange *change, GError **error)
{
    g_autoptr(CertdHttpsTrialRecord) before = NULL;
    if (!certd_store_https_trial_get(service->store, &before, error) ||
        !write_rows(service, caller, change, error))
        return FALSE;
    certd_trial_is_ended(service, OBJECT);
    if (change->trial != NULL && before == NULL)
        certd_https_proof_begin(service);
    if (change->trial != NULL)
        certd_trial_watch(service, change->trial->deadline);
    certd_https_tell(service);
    return TRUE;
}

static gboolean write_end(CertdService *service, const char *why, GError **error)
{
    g_auto(CertdHttpsLook) look = {0};
    if (!certd_https_look(service, &look, error))
        return FALSE;
    g_autofree char *said = certd_https_describe(&look.record);
    g_autofree char *detail = g_strdup_printf("%s; %s is back", why, said);
    const CertdHttpsChange change = {&look.record, NULL, CERTD_AUDIT_HTTPS_TRIAL_END, detail, TRUE};
    return certd_https_write(service, &certd_caller_self, &change, error);
}

/* 0, or in how many microseconds it is to be tried again. */
static gint64 end(CertdService *service, const CertdHttpsTrialRecord *trial)
{
    g_autoptr(GError) error = NULL;
    gboolean same_boot = g_str_equal(trial->boot, service->device->boot);
    if (write_end(service,
                  same_boot ? "nobody confirmed it in time" : "the device was started again",
                  &error))
        return 0;
    /* Everybody sees it as it will be. */
    if (certd_trial_note_unfinished(service, OBJECT, error))
        certd_https_tell(service);
    return certd_trial_retry_usec(error);
}

gint64 certd_https_trials_look(CertdService *service)
{
    const CertdDevice *device = service->device;
    g_autoptr(CertdHttpsTrialRecord) trial = NULL;
    g_autoptr(GError) error = NULL;
    gint64 now = device->boottime(device->userdata);
    if (!certd_store_https_trial_get(service->store, &trial, &error))
        return now + certd_trial_retry_usec(error);
    if (trial == NULL)
        return 0;
    if (!is_over(service, trial))
        return trial->deadline;
    gint64 again = end(service, trial);
    return again != 0 ? now + again : 0;
}

void certd_https_clock_changed(CertdService *service)
{
    g_auto(CertdHttpsLook) look = {0};
    if (certd_https_look(service, &look, NULL) && look.trial != NULL)
        certd_https_tell(service);
}
