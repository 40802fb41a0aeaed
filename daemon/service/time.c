/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The clock as the use cases see it (R72). A time that was certain once is a floor: whatever the
 * clock says later, what is issued from there is valid now. What a clock showed while nobody
 * synchronized it counts only for noticing that it was set back.
 */

#include "service/review.h"
#include "service/service-private.h"
#include "service/trial-private.h"

/* How far the time that was seen may be ahead of the one that is written down. */
#define NOTE_SECONDS 60
#define CORRECTION_SECONDS 300

gboolean certd_time_is_trusted(CertdService *service)
{
    const CertdDevice *device = service->device;
    gint64 now = certd_now(service);
    gboolean synchronized = device->clock_synchronized(device->userdata);
    gboolean trusted = device->clock_trusted(device->userdata);
    if (synchronized)
        service->clock.seen = service->clock.synchronized = now;
    else if (trusted)
        service->clock.seen = MAX(service->clock.seen, now);
    return trusted;
}

gint64 certd_time_to_issue(CertdService *service)
{
    if (certd_time_is_trusted(service))
        return certd_now(service);
    return MAX(service->device->release_time, service->clock.synchronized);
}

/* Whether what was seen is far enough from what is written down. */
static gboolean is_news(const CertdService *service)
{
    const CertdClockRecord *seen = &service->clock, *written = &service->clock_written;
    return ABS(seen->seen - written->seen) >= NOTE_SECONDS ||
           ABS(seen->synchronized - written->synchronized) >= NOTE_SECONDS;
}

gboolean certd_time_note(CertdService *service, GError **error)
{
    if (!is_news(service))
        return TRUE;
    if (!certd_store_clock_set(service->store, &service->clock, error))
        return FALSE;
    /* Should the transaction fail, the next news are written all the same. */
    service->clock_written = service->clock;
    return TRUE;
}

gboolean certd_time_load(CertdService *service, GError **error)
{
    if (!certd_store_clock_get(service->store, &service->clock, error))
        return FALSE;
    service->clock_written = service->clock;
    return TRUE;
}

/* A clock that is put right by a little was not set back. */
gint64 certd_service_seen(const CertdService *service)
{
    return MAX(service->clock.seen - CORRECTION_SECONDS, 0);
}

static void note_now(CertdService *service)
{
    if (!is_news(service) || !certd_store_begin(service->store, NULL))
        return;
    g_autoptr(CertdTransaction) transaction = service->store;
    /* A full disk must not keep the clock from being used. */
    if (certd_time_note(service, NULL) && certd_store_commit(transaction, NULL))
        return;
}

static void tell_trust(CertdService *service, gboolean trusted)
{
    const CertdProblem problem = {
        .code = "clock-untrusted",
        .severity = CERTD_SEVERITY_WARNING,
        .message = trusted ? NULL
                           : "The clock is not to be trusted: it is before the time that this "
                             "software was made or that was seen already, and nobody has "
                             "synchronized it",
        .remedy = "Set the clock, or let it be synchronized over the network",
    };
    certd_problem_set(service, &problem);
    if (trusted != service->trusted && service->listener.clock_changed != NULL)
        service->listener.clock_changed(service->listener.userdata);
    service->trusted = trusted;
}

void certd_time_watch(CertdService *service)
{
    tell_trust(service, certd_time_is_trusted(service));
    note_now(service);
}

static void on_authority(const GError *error, void *userdata)
{
    certd_retry_all(userdata, FALSE);
}

void certd_time_changed(CertdService *service)
{
    certd_time_watch(service);
    /* A clock that was set back would put it off. */
    if (service->trust_due != 0)
        service->trust_due = certd_now(service);
    certd_delivery_clock_changed(service);
    certd_trials_clock_changed(service);
    certd_authority_ensure(service, FALSE, on_authority, service);
}
