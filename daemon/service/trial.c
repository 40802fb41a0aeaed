/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a trial begins, and how its user ends it. Its deadline, and what else ends it, is in trial-end.c. */

#include "service/trial.h"

#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "service/https-private.h"
#include "service/trial-private.h"

gboolean certd_trial_take(CertdOptions *options, guint *seconds, GError **error)
{
    static const char KEY[] = "trial";
    GVariant *given = NULL;
    guint64 value = 0;
    if (!certd_options_take_variant(options, KEY, &given, error))
        return FALSE;
    if (given == NULL)
        return TRUE;
    if (g_variant_is_of_type(given, G_VARIANT_TYPE_BOOLEAN)) {
        *seconds = g_variant_get_boolean(given) ? CERTD_DEFAULT_TRIAL_SECONDS : 0;
        return TRUE;
    }
    if (!certd_options_take_unsigned(options, KEY, CERTD_LIMIT_TRIAL_SECONDS_MIN,
                                     CERTD_LIMIT_TRIAL_SECONDS_MAX, &value, error))
        return FALSE;
    *seconds = (guint)value;
    return TRUE;
}

gboolean certd_trial_refuse(CertdService *service, const char *name, GError **error)
{
    g_autoptr(CertdTrialRecord) trial = NULL;
    if (!certd_store_trial_get(service->store, name, &trial, error))
        return FALSE;
    if (trial == NULL)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_ON_TRIAL,
                "The certificate \"%s\" is on trial, and there is one trial at a time; confirm it "
                "or roll it back first",
                name);
    return FALSE;
}

static gboolean may_end(const CertdCaller *caller, const CertdTrialRecord *trial, GError **error)
{
    if (trial == NULL || caller->administrator || caller->uid == trial->uid)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED,
                "The trial of the certificate \"%s\" was begun by the user with id %u; only they "
                "and administrators may end it",
                trial->certificate, trial->uid);
    return FALSE;
}

gboolean certd_trial_may_end(CertdService *service, const CertdCaller *caller, const char *name,
                             GError **error)
{
    g_autoptr(CertdTrialRecord) trial = NULL;
    return certd_store_trial_get(service->store, name, &trial, error) &&
           may_end(caller, trial, error);
}

void certd_trial_watch(CertdService *service, gint64 when)
{
    if (service->trial_due != 0 && service->trial_due <= when)
        return;
    service->trial_due = when;
    service->device->wake_for_trial(service->device->userdata, when);
}

static gboolean has_room(CertdService *service, GError **error)
{
    g_autoptr(GPtrArray) names = certd_store_trial_names(service->store, error);
    if (names == NULL)
        return FALSE;
    if (names->len < CERTD_LIMIT_TRIALS)
        return TRUE;
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED,
                "There are %u certificates on trial, the most there may be; confirm some, or roll "
                "them back",
                names->len);
    return FALSE;
}

gboolean certd_trial_install(CertdService *service, CertdCertificateRecord *record,
                             const CertdChainRecord *chain, CertdInstallMode mode,
                             const CertdTrialWish *wish, GError **error)
{
    const CertdDevice *device = service->device;
    if (!certd_trial_refuse(service, record->name, error))
        return FALSE;
    /* Who rolls back from here on means what is installed now. */
    if (wish->caller->uid != certd_caller_self.uid)
        g_hash_table_remove(service->trials_ended, record->name);
    if (wish->seconds == 0)
        return certd_install(service, record, chain, mode, error);
    if (!has_room(service, error))
        return FALSE;
    const CertdTrialRecord trial = {
        .certificate = record->name,
        .chain = record->active_chain,
        .settings = (CertdSettings *)wish->settings,
        .boot = (char *)device->boot,
        .deadline = device->boottime(device->userdata) + (gint64)wish->seconds * G_USEC_PER_SEC,
        .uid = wish->caller->uid,
        .started = certd_now(service),
    };
    g_autofree char *detail = g_strdup_printf("for %u seconds", wish->seconds);
    if (!certd_store_trial_insert(service->store, &trial, error) ||
        !certd_install(service, record, chain, CERTD_TRY, error) ||
        !certd_audit(service, wish->caller, CERTD_AUDIT_TRIAL_BEGIN, "certificate", record->name,
                     detail, error))
        return FALSE;
    certd_trial_watch(service, trial.deadline);
    return TRUE;
}

static gboolean commit_confirmed(CertdService *service, const CertdCaller *caller,
                                 CertdCertificateRecord *record, const CertdTrialRecord *trial,
                                 GError **error)
{
    g_autofree char *fingerprint = certd_trial_fingerprint(service, record);
    gint64 outdated = trial->chain != 0 ? record->previous_chain : 0;
    if (trial->chain != 0)
        record->previous_chain = trial->chain;
    return certd_store_certificate_update(service->store, record, error) &&
           certd_store_trial_delete(service->store, record->name, error) &&
           (outdated == 0 || certd_store_chain_delete(service->store, outdated, error)) &&
           certd_audit(service, caller, CERTD_AUDIT_CONFIRM, "certificate", record->name,
                       fingerprint, error) &&
           certd_store_commit(service->store, error);
}

static gboolean fail_over(const char *name, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_CANCELLED,
                "The certificate \"%s\" is not on trial: nothing was installed on trial, or it was "
                "confirmed already, or its time was up and what it replaced is back",
                name);
    return FALSE;
}

/* Who serves https reports that clients have been through; of others nobody does. */
static gboolean is_proven(const CertdService *service, const CertdCertificateRecord *record)
{
    return g_str_equal(record->name, CERTD_CERTIFICATE_HTTPS) &&
           certd_https_is_proven_with(service, record->generation);
}

gboolean certd_confirm(CertdService *service, const CertdCaller *caller, const char *name,
                       GVariant *options, GError **error)
{
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    gboolean tested = FALSE, over = FALSE;
    if (!certd_options_take_boolean(reader, "tested", &tested, error) ||
        !certd_options_finish(reader, error))
        return FALSE;
    if (certd_trial_stands(service, name, &over) && over)
        certd_trials_look(service);
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdTrialRecord) trial = NULL;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(transaction, name, error);
    if (record == NULL || !certd_store_trial_get(transaction, name, &trial, error))
        return FALSE;
    if (trial == NULL || over)
        return fail_over(name, error);
    if (!may_end(caller, trial, error))
        return FALSE;
    if (!tested && !is_proven(service, record)) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_NOT_PROVEN,
                    "certd has not seen a connection that uses the new certificate of \"%s\"; make "
                    "one, or say that you have tested it, with the option \"tested\"",
                    name);
        return FALSE;
    }
    if (!commit_confirmed(service, caller, record, trial, error))
        return FALSE;
    certd_trial_is_ended(service, name);
    certd_trial_tell(service, name);
    certd_trials_look(service);
    certd_review(service, name);
    return TRUE;
}

/* Without a trial: the previous chain and the active one change places. */
static gboolean swap(CertdService *service, CertdCertificateRecord *record, GError **error)
{
    if (record->previous_chain == 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_NOTHING_PREVIOUS,
                    "The certificate \"%s\" has no previous chain to go back to; import one, or "
                    "reset it",
                    record->name);
        return FALSE;
    }
    g_autoptr(CertdChainRecord) previous =
        certd_store_chain_get(service->store, record->previous_chain, error);
    if (previous == NULL)
        return FALSE;
    const CertdValidity validity = {previous->not_before, previous->not_after};
    gint64 active = record->active_chain;
    record->active_chain = record->previous_chain;
    record->previous_chain = active;
    record->generation++;
    certd_plan(service, record, &validity);
    return certd_emergency_drop(service, record, error) &&
           certd_store_certificate_update(service->store, record, error);
}

static gboolean go_back(CertdService *service, const CertdCaller *caller, const char *name,
                        gboolean *was_on_trial, GError **error)
{
    g_autoptr(CertdRoom) room = certd_room_take(service->store);
    if (!certd_store_begin(room, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdTrialRecord) trial = NULL;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(transaction, name, error);
    if (record == NULL || !certd_store_trial_get(transaction, name, &trial, error) ||
        !may_end(caller, trial, error))
        return FALSE;
    *was_on_trial = trial != NULL;
    if (trial == NULL && certd_trial_has_just_ended(service, name, error))
        return FALSE;
    if (!(trial != NULL ? certd_trial_undo(service, record, error) : swap(service, record, error)))
        return FALSE;
    g_autofree char *fingerprint = certd_trial_fingerprint(service, record);
    return certd_audit(service, caller, CERTD_AUDIT_ROLLBACK, "certificate", name, fingerprint,
                       error) &&
           certd_store_commit(transaction, error);
}

gboolean certd_rollback(CertdService *service, const CertdCaller *caller, const char *name,
                        GError **error)
{
    gboolean was_on_trial = FALSE;
    if (!go_back(service, caller, name, &was_on_trial, error))
        return FALSE;
    certd_trial_is_ended(service, name);
    /* Its settings came back too. */
    if (was_on_trial && service->listener.certificate_configured != NULL)
        service->listener.certificate_configured(service->listener.userdata, name);
    certd_tell_changed(service, name, "rollback");
    certd_trials_look(service);
    certd_review_with_key(service, name, NULL, NULL);
    return TRUE;
}

gint64 certd_trial_wall_time(const CertdService *service, gint64 deadline)
{
    const CertdDevice *device = service->device;
    /* Whole seconds, as clocks show them: what is left is never more than was asked for. Readings of two
     * clocks differ by less than a millisecond. */
    return (deadline + device->clock_offset(device->userdata) + 1000) / G_USEC_PER_SEC;
}

gint64 certd_trial_deadline(CertdService *service, const char *name)
{
    g_autoptr(CertdTrialRecord) trial = NULL;
    gboolean over = FALSE;
    if (!certd_trial_stands(service, name, &over) || over ||
        !certd_store_trial_get(service->store, name, &trial, NULL) || trial == NULL)
        return 0;
    return certd_trial_wall_time(service, trial->deadline);
}
