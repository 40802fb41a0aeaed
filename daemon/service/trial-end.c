/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What ends a trial by itself: its deadline, another boot, a certificate that can't be used. */

#include "model/error.h"
#include "model/names.h"
#include "service/https-private.h"
#include "service/trial-private.h"

/* What could not be written is tried again after this; until then nobody is shown what was tried. */
#define RETRY_USEC G_USEC_PER_SEC
#define UNFINISHED "trial-unfinished"
/* For so long a rollback means the trial that has just ended. */
#define JUST_ENDED_USEC (60 * (gint64)G_USEC_PER_SEC)
/* A row that can't be read will not be readable soon. */
#define RETRY_DAMAGED_USEC (60 * G_USEC_PER_SEC)

gboolean certd_trial_is_over(const CertdService *service, const char *boot, gint64 deadline)
{
    const CertdDevice *device = service->device;
    return *device->boot == '\0' || !g_str_equal(boot, device->boot) ||
           device->boottime(device->userdata) >= deadline;
}

static gboolean is_over(const CertdService *service, const CertdTrialRecord *trial)
{
    return certd_trial_is_over(service, trial->boot, trial->deadline);
}

gboolean certd_trial_stands(CertdService *service, const char *name, gboolean *over)
{
    g_autoptr(CertdTrialRecord) trial = NULL;
    if (!certd_store_trial_get(service->store, name, &trial, NULL) || trial == NULL)
        return FALSE;
    if (over != NULL)
        *over = is_over(service, trial);
    return TRUE;
}

/* @record becomes what it was, as far as that can be read; what can't is found by the next look. */
static void restore(CertdService *service, CertdCertificateRecord *record,
                    const CertdTrialRecord *trial)
{
    g_autoptr(CertdChainRecord) confirmed =
        trial->chain != 0 ? certd_store_chain_get(service->store, trial->chain, NULL) : NULL;
    CertdValidity validity = {0, 0};
    if (confirmed != NULL)
        validity = (CertdValidity){confirmed->not_before, confirmed->not_after};
    if (trial->settings != NULL) {
        certd_settings_free(record->settings);
        record->settings = certd_settings_copy(trial->settings);
    }
    record->active_chain = trial->chain;
    record->generation++;
    certd_plan(service, record, &validity);
    if (confirmed != NULL)
        return;
    record->attempt = 0;
    record->due = certd_now(service);
}

gboolean certd_trial_undo(CertdService *service, CertdCertificateRecord *record, GError **error)
{
    g_autoptr(CertdTrialRecord) trial = NULL;
    if (!certd_store_trial_get(service->store, record->name, &trial, error))
        return FALSE;
    if (trial == NULL)
        return TRUE;
    gint64 tried = record->active_chain;
    restore(service, record, trial);
    return certd_emergency_drop(service, record, error) &&
           certd_store_certificate_update(service->store, record, error) &&
           certd_store_trial_delete(service->store, record->name, error) &&
           (tried == 0 || tried == trial->chain ||
            certd_store_chain_delete(service->store, tried, error));
}

gboolean certd_trial_has_just_ended(CertdService *service, const char *name, GError **error)
{
    const CertdDevice *device = service->device;
    const gint64 *ended = g_hash_table_lookup(service->trials_ended, name);
    if (ended == NULL || device->boottime(device->userdata) - *ended >= JUST_ENDED_USEC)
        return FALSE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_CANCELLED,
                "The trial of the certificate \"%s\" has just ended by itself, and what was there "
                "before is back already; to go to the one before that, roll back again in a minute",
                name);
    return TRUE;
}

/* One that is older than a moment says nothing any more. */
static gboolean is_long_ago(void *name, void *ended, void *now)
{
    return *(const gint64 *)now - *(const gint64 *)ended >= JUST_ENDED_USEC;
}

static void note_ended(CertdService *service, const char *name)
{
    const CertdDevice *device = service->device;
    gint64 now = device->boottime(device->userdata);
    g_hash_table_foreach_remove(service->trials_ended, is_long_ago, &now);
    g_hash_table_insert(service->trials_ended, g_strdup(name), g_memdup2(&now, sizeof now));
}

char *certd_trial_fingerprint(CertdService *service, const CertdCertificateRecord *record)
{
    g_autoptr(CertdChainRecord) active =
        record->active_chain != 0
            ? certd_store_chain_get(service->store, record->active_chain, NULL)
            : NULL;
    return active != NULL ? g_strdup(active->fingerprint) : NULL;
}

static gboolean write_end(CertdService *service, const char *name, const char *why, GError **error)
{
    g_autoptr(CertdRoom) room = certd_room_take(service->store);
    if (!certd_store_begin(room, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(transaction, name, error);
    if (record == NULL || !certd_trial_undo(service, record, error))
        return FALSE;
    g_autofree char *fingerprint = certd_trial_fingerprint(service, record);
    g_autofree char *detail =
        g_strdup_printf("%s; %s is back", why, fingerprint != NULL ? fingerprint : "nothing");
    return certd_audit(service, &certd_caller_self, CERTD_AUDIT_TRIAL_END, "certificate", name,
                       detail, error) &&
           certd_store_commit(transaction, error);
}

gboolean certd_trial_note_unfinished(CertdService *service, const char *object, const GError *error)
{
    gboolean is_news = !certd_problem_has(service, UNFINISHED, object);
    const CertdProblem problem = {
        .code = UNFINISHED,
        .object = object,
        .severity = CERTD_SEVERITY_ERROR,
        .message = error->message,
        .remedy = "Make room on the disk; what was confirmed is in use meanwhile",
    };
    certd_problem_set(service, &problem);
    return is_news;
}

gint64 certd_trial_retry_usec(const GError *error)
{
    return g_error_matches(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED) ? RETRY_DAMAGED_USEC
                                                                            : RETRY_USEC;
}

/* 0, or in how many microseconds it is to be tried again. */
static gint64 end(CertdService *service, const char *name, const char *why)
{
    g_autoptr(GError) error = NULL;
    gboolean over = FALSE;
    if (!certd_trial_stands(service, name, &over))
        over = FALSE;
    if (!write_end(service, name, why, &error)) {
        gboolean is_news = certd_trial_note_unfinished(service, name, error);
        /* Everybody sees it as it will be. */
        if (is_news && over)
            certd_tell_changed(service, name, "trial-end");
        return certd_trial_retry_usec(error);
    }
    certd_trial_is_ended(service, name);
    note_ended(service, name);
    if (service->listener.certificate_configured != NULL)
        service->listener.certificate_configured(service->listener.userdata, name);
    certd_tell_changed(service, name, "trial-end");
    return 0;
}

void certd_trial_is_ended(CertdService *service, const char *name)
{
    const CertdProblem gone = {.code = UNFINISHED, .object = name};
    certd_problem_set(service, &gone);
}

gboolean certd_trial_give_up(CertdService *service, const char *name, const char *why)
{
    gint64 again = end(service, name, why);
    if (again != 0)
        certd_trial_watch(service, service->device->boottime(service->device->userdata) + again);
    return again == 0;
}

/* When to look at @name's trial again: CLOCK_BOOTTIME in microseconds, 0 for never. */
static gint64 look(CertdService *service, const char *name)
{
    const CertdDevice *device = service->device;
    g_autoptr(CertdTrialRecord) trial = NULL;
    gint64 now = device->boottime(device->userdata);
    if (!certd_store_trial_get(service->store, name, &trial, NULL))
        return now + RETRY_DAMAGED_USEC;
    if (trial == NULL)
        return 0;
    if (!is_over(service, trial))
        return trial->deadline;
    gboolean same_boot = g_str_equal(trial->boot, device->boot);
    gint64 again = end(service, name,
                       same_boot ? "nobody confirmed it in time" : "the device was started again");
    if (again != 0)
        return now + again;
    /* The start looks at all of them itself. */
    if (service->started)
        certd_review_with_key(service, name, NULL, NULL);
    return 0;
}

void certd_trials_look(CertdService *service)
{
    g_autoptr(GPtrArray) names = certd_store_trial_names(service->store, NULL);
    gint64 next = 0;
    for (guint i = 0; names != NULL && i < names->len; i++) {
        gint64 when = look(service, g_ptr_array_index(names, i));
        if (when != 0 && (next == 0 || when < next))
            next = when;
    }
    if (names == NULL)
        next = service->device->boottime(service->device->userdata) + RETRY_DAMAGED_USEC;
    gint64 https = certd_https_trials_look(service);
    if (https != 0 && (next == 0 || https < next))
        next = https;
    service->trial_due = next;
    service->device->wake_for_trial(service->device->userdata, next);
}

gboolean certd_trial_settle(CertdService *service, CertdCertificateRecord *record)
{
    g_autoptr(CertdTrialRecord) trial = NULL;
    if (!certd_store_trial_get(service->store, record->name, &trial, NULL) || trial == NULL ||
        !is_over(service, trial))
        return FALSE;
    restore(service, record, trial);
    return TRUE;
}

void certd_trial_tell(CertdService *service, const char *name)
{
    if (service->listener.trial_changed != NULL)
        service->listener.trial_changed(service->listener.userdata, name);
}

void certd_trials_clock_changed(CertdService *service)
{
    g_autoptr(GPtrArray) names = certd_store_trial_names(service->store, NULL);
    for (guint i = 0; names != NULL && i < names->len; i++)
        certd_trial_tell(service, g_ptr_array_index(names, i));
    certd_https_clock_changed(service);
}
