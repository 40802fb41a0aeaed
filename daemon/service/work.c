/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What there is to do by itself, in parts small enough that nobody waits for them: the certificates
 * that are due, and the walk over all of them after something that may concern each.
 */

#include "model/names.h"
#include "service/authority-private.h"
#include "service/request.h"
#include "service/review-private.h"
#include "service/review.h"

/* Certificates that are looked at in one turn of the event loop. */
#define PART 16u
/* And what is due still when all was looked at, because it could not be written, after this. */
#define UNWRITTEN_SECONDS 60
/* Nothing due or not: how far the clock has come is written down this often. */
#define LONGEST_SECONDS (30 * 24 * 3600)

void certd_review_all(CertdService *service, gboolean with_keys)
{
    service->sweep.wanted = TRUE;
    service->sweep.with_keys = service->sweep.with_keys || with_keys;
    service->device->wake(service->device->userdata);
}

/* What failed may have failed for what has changed now: nobody waits for it longer. */
static void forget_failures(CertdService *service)
{
    if (!certd_store_begin(service->store, NULL))
        return;
    g_autoptr(CertdTransaction) transaction = service->store;
    if (certd_store_certificates_forget_failures(transaction, certd_now(service), NULL) &&
        certd_store_commit(transaction, NULL))
        return;
}

void certd_retry_all(CertdService *service, gboolean with_keys)
{
    forget_failures(service);
    certd_review_all(service, with_keys);
}

static void on_swept(const GError *error, void *userdata)
{
    CertdService *service = userdata;
    service->sweep.busy = FALSE;
    service->device->wake(service->device->userdata);
}

static void tell_findings(CertdService *service, const char *name)
{
    if (service->listener.findings_changed != NULL)
        service->listener.findings_changed(service->listener.userdata, name);
}

static void sweep_one(CertdService *service, const char *name)
{
    CertdSweep *sweep = &service->sweep;
    g_free(sweep->cursor);
    sweep->cursor = g_strdup(name);
    if (sweep->with_keys) {
        sweep->busy = TRUE;
        certd_review_with_key(service, name, on_swept, service);
    } else {
        certd_review(service, name);
    }
    if (sweep->with_findings)
        tell_findings(service, name);
}

static void sweep_begin(CertdService *service)
{
    CertdSweep *sweep = &service->sweep;
    g_free(sweep->cursor);
    sweep->cursor = g_strdup("");
    sweep->wanted = FALSE;
    sweep->running = TRUE;
    /* What everybody sees comes first. */
    certd_review(service, CERTD_CERTIFICATE_HTTPS);
}

/* TRUE where there is more at once. */
static gboolean sweep(CertdService *service)
{
    CertdSweep *sweep = &service->sweep;
    if (sweep->busy)
        return FALSE;
    if (sweep->wanted)
        sweep_begin(service);
    if (!sweep->running)
        return FALSE;
    g_autoptr(GPtrArray) names =
        certd_store_certificate_names(service->store, sweep->cursor, PART, NULL);
    if (names == NULL || names->len == 0) {
        sweep->running = FALSE;
        sweep->with_findings = FALSE;
        sweep->with_keys = sweep->wanted && sweep->with_keys;
        return sweep->wanted;
    }
    for (guint i = 0; i < names->len && !sweep->busy && !sweep->wanted; i++)
        sweep_one(service, g_ptr_array_index(names, i));
    return !sweep->busy;
}

/* TRUE where there are more that are due, and looking at them is of use: where nothing can be written
 * the first one is the same again. */
static gboolean do_due(CertdService *service)
{
    gint64 now = certd_now(service);
    g_autoptr(GPtrArray) names = certd_store_certificates_due(service->store, now, PART, NULL);
    for (guint i = 0; names != NULL && i < names->len; i++)
        certd_review(service, g_ptr_array_index(names, i));
    if (names == NULL || names->len < PART)
        return FALSE;
    g_autoptr(GPtrArray) rest = certd_store_certificates_due(service->store, now, 1, NULL);
    return rest != NULL && rest->len > 0 &&
           !g_str_equal(g_ptr_array_index(rest, 0), g_ptr_array_index(names, 0));
}

static void on_retried(const GError *error, void *userdata)
{
    if (error == NULL)
        certd_retry_all(userdata, FALSE);
}

gboolean certd_work(CertdService *service)
{
    if (!service->started)
        return FALSE;
    certd_time_watch(service);
    if (service->authority_due != 0 && certd_now(service) >= service->authority_due) {
        /* It sets the next time itself, where it can. */
        service->authority_due = certd_now(service) + CERTD_AUTHORITY_RETRY_SECONDS;
        certd_authority_ensure(service, FALSE, on_retried, service);
    }
    certd_trust_work(service);
    if (service->resume_due != 0 && certd_now(service) >= service->resume_due) {
        service->resume_due = 0;
        if (!certd_request_resume(service, NULL))
            service->resume_due = certd_now(service) + CERTD_RESUME_SECONDS;
    }
    gboolean more = do_due(service);
    more = certd_log_work(service) || more;
    more = sweep(service) || more;
    /* What has changed in this turn, too. */
    certd_delivery_work(service);
    return more;
}

gint64 certd_work_next(CertdService *service)
{
    gint64 now = certd_now(service);
    gint64 next = now + LONGEST_SECONDS;
    gint64 due = 0;
    if (!certd_store_next_due(service->store, &due, NULL))
        due = now + CERTD_AUTHORITY_RETRY_SECONDS;
    const gint64 all[] = {due, service->authority_due, service->resume_due, service->trust_due,
                          certd_delivery_due(service)};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        if (all[i] != 0 && all[i] < next)
            next = all[i];
    }
    service->next_work = next <= now ? now + UNWRITTEN_SECONDS : next;
    return service->next_work;
}

static gboolean same_names(const GPtrArray *a, const GPtrArray *b)
{
    if (a == NULL || a->len != b->len)
        return FALSE;
    for (guint i = 0; i < a->len; i++) {
        if (!certd_san_equal(g_ptr_array_index(a, i), g_ptr_array_index(b, i)))
            return FALSE;
    }
    return TRUE;
}

static void on_names(const GError *error, void *userdata)
{
    CertdService *service = userdata;
    service->sweep.with_findings = TRUE;
    certd_retry_all(service, FALSE);
}

void certd_names_changed(CertdService *service)
{
    const CertdDevice *device = service->device;
    g_autoptr(GPtrArray) names = device->names(device->userdata);
    if (same_names(service->names, names))
        return;
    g_clear_pointer(&service->names, g_ptr_array_unref);
    service->names = g_steal_pointer(&names);
    if (service->listener.names_changed != NULL)
        service->listener.names_changed(service->listener.userdata);
    certd_authority_ensure(service, FALSE, on_names, service);
}
