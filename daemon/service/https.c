/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings of HTTPS, and how their trial begins and its user ends it; what ends it by itself is in
 * https-trial.c. */

#include "model/error.h"
#include "model/limits.h"
#include "model/options.h"
#include "service/https-private.h"
#include "service/trial-private.h"

void certd_https_tell(CertdService *service)
{
    if (service->listener.https_changed != NULL)
        service->listener.https_changed(service->listener.userdata);
}

static gboolean is_proven_enough(CertdService *service, const CertdHttpsLook *look)
{
    return certd_https_is_proven(service, look->trial != NULL,
                                 look->trial != NULL && look->record.level == CERTD_HTTPS_HIGH);
}

gboolean certd_https_get(CertdService *service, CertdHttpsState *state, GError **error)
{
    g_auto(CertdHttpsLook) look = {0};
    if (!certd_https_look(service, &look, error))
        return FALSE;
    *state = (CertdHttpsState){
        .settings = look.record,
        .trial_deadline =
            look.trial != NULL ? certd_trial_wall_time(service, look.trial->deadline) : 0,
        .proven = is_proven_enough(service, &look),
        .proven_client_certificate = certd_https_is_proven(service, FALSE, TRUE),
    };
    return TRUE;
}

static gboolean take_seconds(GVariant *options, guint64 *seconds, GError **error)
{
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    *seconds = CERTD_DEFAULT_TRIAL_SECONDS;
    return certd_options_take_unsigned(reader, "trial", CERTD_LIMIT_TRIAL_SECONDS_MIN,
                                       CERTD_LIMIT_TRIAL_SECONDS_MAX, seconds, error) &&
           certd_options_finish(reader, error);
}

/* What there is, for a change: a trial whose time is up has its end in the log first. */
static gboolean look_for_change(CertdService *service, CertdHttpsLook *look, GError **error)
{
    certd_trials_look(service);
    return certd_https_look(service, look, error);
}

/* Makes @now what is served, on trial for @seconds. */
static gboolean begin_trial(CertdService *service, const CertdCaller *caller,
                            const CertdHttpsLook *look, const CertdHttpsChange *wish,
                            guint64 seconds, GError **error)
{
    const CertdDevice *device = service->device;
    if (look->trial != NULL) {
        g_set_error(
            error, CERTD_ERROR, CERTD_ERROR_ON_TRIAL,
            "Another change of HTTPS is on trial, and there is one trial at a time; confirm "
            "it or roll it back first");
        return FALSE;
    }
    const CertdHttpsTrialRecord trial = {
        .level = look->record.level,
        .force = look->record.force,
        .boot = (char *)device->boot,
        .deadline = device->boottime(device->userdata) + (gint64)seconds * G_USEC_PER_SEC,
        .uid = caller->uid,
        .started = certd_now(service),
    };
    g_autofree char *said = certd_https_describe(wish->record);
    g_autofree char *detail =
        g_strdup_printf("%s, for %" G_GUINT64_FORMAT " seconds", said, seconds);
    const CertdHttpsChange change = {wish->record, &trial, wish->action, detail, FALSE};
    return certd_https_write(service, caller, &change, error);
}

/* What was confirmed is back, at once. */
static gboolean set_back(CertdService *service, const CertdCaller *caller,
                         const CertdHttpsLook *look, CertdAuditAction action, GError **error)
{
    CertdHttpsRecord back = look->record;
    back.level = look->trial->level;
    back.force = look->trial->force;
    g_autofree char *said = certd_https_describe(&back);
    const CertdHttpsChange change = {&back, NULL, action, said, TRUE};
    return certd_https_may_end(caller, look->trial, error) &&
           certd_https_write(service, caller, &change, error);
}

gboolean certd_https_set_level(CertdService *service, const CertdCaller *caller, const char *level,
                               GVariant *options, GError **error)
{
    g_auto(CertdHttpsLook) look = {0};
    CertdHttpsLevel wanted;
    guint64 seconds;
    if (!certd_https_level_parse(level, &wanted, error) ||
        !take_seconds(options, &seconds, error) || !look_for_change(service, &look, error))
        return FALSE;
    if (look.record.level == wanted)
        return TRUE;
    if (look.trial != NULL && look.trial->level == wanted)
        return set_back(service, caller, &look, CERTD_AUDIT_SET_LEVEL, error);
    if (look.trial == NULL && wanted == CERTD_HTTPS_HIGH &&
        !certd_https_is_proven(service, FALSE, TRUE)) {
        g_set_error(
            error, CERTD_ERROR, CERTD_ERROR_NOT_PROVEN,
            "The level high would lock everybody out: no client has shown a certificate that "
            "the trust store vouches for, over HTTPS with the certificate in use; add the "
            "anchor of the clients to the trust store, and connect with such a certificate "
            "first");
        return FALSE;
    }
    CertdHttpsRecord now = look.record;
    now.level = wanted;
    const CertdHttpsChange wish = {&now, NULL, CERTD_AUDIT_SET_LEVEL, NULL, FALSE};
    return begin_trial(service, caller, &look, &wish, seconds, error);
}

/* What is forced was confirmed: opening the plain port locks nobody out, and another trial goes on. */
static gboolean open_plain_port(CertdService *service, const CertdCaller *caller,
                                CertdHttpsLook *look, GError **error)
{
    look->record.force = FALSE;
    if (look->trial != NULL)
        look->trial->force = FALSE;
    g_autofree char *said = certd_https_describe(&look->record);
    const CertdHttpsChange change = {&look->record, look->trial, CERTD_AUDIT_SET_FORCE, said, TRUE};
    return certd_https_write(service, caller, &change, error);
}

gboolean certd_https_set_force(CertdService *service, const CertdCaller *caller, gboolean force,
                               GVariant *options, GError **error)
{
    g_auto(CertdHttpsLook) look = {0};
    guint64 seconds;
    if (!take_seconds(options, &seconds, error) || !look_for_change(service, &look, error))
        return FALSE;
    if (look.record.force == force)
        return TRUE;
    if (!force)
        return look.trial != NULL && !look.trial->force
                   ? set_back(service, caller, &look, CERTD_AUDIT_SET_FORCE, error)
                   : open_plain_port(service, caller, &look, error);
    if (look.trial == NULL && !certd_https_is_proven(service, FALSE, FALSE)) {
        g_set_error(
            error, CERTD_ERROR, CERTD_ERROR_NOT_PROVEN,
            "To force HTTPS could lock everybody out: no client has been through HTTPS with "
            "the certificate in use; connect by HTTPS first");
        return FALSE;
    }
    CertdHttpsRecord now = look.record;
    now.force = TRUE;
    const CertdHttpsChange wish = {&now, NULL, CERTD_AUDIT_SET_FORCE, NULL, FALSE};
    return begin_trial(service, caller, &look, &wish, seconds, error);
}

gboolean certd_https_set_ports(CertdService *service, const CertdCaller *caller, guint16 port,
                               guint16 plain_port, GError **error)
{
    g_auto(CertdHttpsLook) look = {0};
    if (port == 0 || plain_port == 0 || port == plain_port) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION,
                    "The ports %u for HTTPS and %u for HTTP are not two TCP ports; give two "
                    "different ones, each from 1 to 65535",
                    port, plain_port);
        return FALSE;
    }
    if (!look_for_change(service, &look, error))
        return FALSE;
    if (look.record.port == port && look.record.plain_port == plain_port)
        return TRUE;
    look.record.port = port;
    look.record.plain_port = plain_port;
    g_autofree char *detail = g_strdup_printf("HTTPS %u, HTTP %u", port, plain_port);
    const CertdHttpsChange change = {&look.record, look.trial, CERTD_AUDIT_SET_PORTS, detail,
                                     FALSE};
    return certd_https_write(service, caller, &change, error);
}

static gboolean fail_over(GError **error)
{
    g_set_error(
        error, CERTD_ERROR, CERTD_ERROR_CANCELLED,
        "No change of HTTPS is on trial: nothing was changed, or it was confirmed already, or "
        "its time was up and what it replaced is back");
    return FALSE;
}

gboolean certd_https_confirm(CertdService *service, const CertdCaller *caller, GVariant *options,
                             GError **error)
{
    g_autoptr(CertdOptions) reader = certd_options_new(options);
    g_auto(CertdHttpsLook) look = {0};
    gboolean tested = FALSE;
    if (!certd_options_take_boolean(reader, "tested", &tested, error) ||
        !certd_options_finish(reader, error) || !look_for_change(service, &look, error))
        return FALSE;
    if (look.trial == NULL)
        return fail_over(error);
    if (!certd_https_may_end(caller, look.trial, error))
        return FALSE;
    if (!tested && !is_proven_enough(service, &look)) {
        g_set_error(
            error, CERTD_ERROR, CERTD_ERROR_NOT_PROVEN,
            "No client has been through HTTPS as it is on trial%s; make such a connection, or "
            "say that you have tested it, with the option \"tested\"",
            look.record.level == CERTD_HTTPS_HIGH ? ", with a certificate of its own" : "");
        return FALSE;
    }
    g_autofree char *said = certd_https_describe(&look.record);
    const CertdHttpsChange change = {&look.record, NULL, CERTD_AUDIT_CONFIRM_HTTPS, said, FALSE};
    return certd_https_write(service, caller, &change, error);
}

gboolean certd_https_rollback(CertdService *service, const CertdCaller *caller, GError **error)
{
    g_auto(CertdHttpsLook) look = {0};
    if (!look_for_change(service, &look, error))
        return FALSE;
    return look.trial != NULL ? set_back(service, caller, &look, CERTD_AUDIT_ROLLBACK_HTTPS, error)
                              : fail_over(error);
}
