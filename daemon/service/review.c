/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one certificate needs, and doing it: issue it again, have the next request ready, warn, put an
 * emergency certificate in its place or take it away. The dates count only by a clock that is
 * trusted, and nothing here takes away what somebody installed.
 */

#include "service/review.h"

#include "model/error.h"
#include "model/limits.h"
#include "model/names.h"
#include "service/reset-private.h"
#include "service/review-private.h"
#include "service/trial-private.h"

/* What no date tells to look at again, or what nothing can be done about now: something else will
 * have it looked at, and this does in any case. */
#define LATER_SECONDS (24 * 3600)
/* More than certd_backoff() gives. */
#define LONGEST_WAIT_SECONDS (2 * 24 * 3600)

typedef struct {
    CertdOperation operation;
    char *name;
    char *key_id;
    CertdDone done;
    void *userdata;
} KeyCheck;

static void key_check_free(void *operation)
{
    KeyCheck *check = operation;
    g_free(check->name);
    g_free(check->key_id);
    g_free(check);
}

/* Whether an attempt failed and the next is not due yet. One that is further away than any wait was
 * planned by a clock that has been set back since. */
static gboolean must_wait(const CertdView *view)
{
    gint64 wait = view->record->attempt - view->now;
    return view->record->failures > 0 && wait > 0 && wait <= LONGEST_WAIT_SECONDS;
}

static gboolean is_underway(const CertdView *view)
{
    gboolean underway = FALSE;
    return certd_store_request_is_underway(view->service->store, view->record->name, &underway,
                                           NULL) &&
           underway;
}

static gboolean is_due(const CertdView *view)
{
    return view->trusted && view->record->attempt != 0 && view->now >= view->record->attempt;
}

/* The next request, for who signs it elsewhere: unless one is waiting that was made since. */
static gboolean has_request(const CertdView *view)
{
    gint64 id = 0;
    if (!certd_store_request_newest(view->service->store, view->record->name, CERTD_REQUEST_READY,
                                    &id, NULL) ||
        id == 0)
        return FALSE;
    g_autoptr(CertdRequestRecord) request = certd_store_request_get(view->service->store, id, NULL);
    return request != NULL && view->active != NULL && request->created >= view->active->installed;
}

/* Where nothing is installed yet certd issues what it is to issue; the default of https has its own
 * way. */
static gboolean issue_first(CertdView *view)
{
    CertdCertificateRecord *record = view->record;
    CertdIssuer issuer = record->settings->issuer;
    if (issuer != CERTD_ISSUER_EXTERNAL && !g_str_equal(record->name, CERTD_CERTIFICATE_HTTPS))
        return certd_renew(view->service, record, issuer, "issue");
    record->attempt = 0;
    record->failures = 0;
    return FALSE;
}

/* TRUE where something was begun: the end of that is another reason to look. */
static gboolean renew(CertdView *view)
{
    CertdService *service = view->service;
    const char *cause = certd_view_outdated(view);
    if (service->sealing_key_broken || view->on_trial || must_wait(view) || is_underway(view))
        return FALSE;
    if (cause != NULL)
        return certd_renew(service, view->record, view->issuer, cause);
    if (view->record->active_chain == 0)
        return issue_first(view);
    if (!is_due(view) || view->active == NULL)
        return FALSE;
    if (view->issuer == CERTD_ISSUER_EXTERNAL && has_request(view)) {
        view->record->attempt = 0;
        return FALSE;
    }
    return certd_renew(service, view->record, view->issuer, "renewal");
}

/* R41. What renews by itself is told of only once that has failed. TRUE where somebody is to be
 * told. */
static gboolean count_warnings(CertdView *view)
{
    CertdCertificateRecord *record = view->record;
    if (!view->trusted || record->active_chain == 0)
        return FALSE;
    guint due = certd_validity_warnings_due(&record->validity, view->now);
    if (due <= record->warnings)
        return FALSE;
    record->warnings = due;
    gboolean renews = view->issuer != CERTD_ISSUER_EXTERNAL && record->failures == 0;
    return !renews && view->now <= record->validity.not_after;
}

static void tell_expiring(const CertdView *view)
{
    CertdService *service = view->service;
    if (service->listener.certificate_expiring != NULL)
        service->listener.certificate_expiring(service->listener.userdata, view->record->name,
                                               view->record->validity.not_after);
}

/* Writes the plan where it has changed. */
static void write_plan(CertdView *view, const CertdCertificateRecord *before)
{
    CertdService *service = view->service;
    CertdCertificateRecord *record = view->record;
    record->due = certd_plan_due(record, certd_view_emergency_renewal(view));
    if (record->due != 0 && (!view->trusted || record->due <= view->now))
        record->due = view->now + LATER_SECONDS;
    /* On trial nothing is renewed; that it can't be used any more ends it. */
    if (view->on_trial && view->trusted && !view->bad && record->active_chain != 0)
        record->due = MIN(record->due, record->validity.not_after + 1);
    if (record->failures > 0 && record->attempt > view->now)
        record->due = MIN(record->due, record->attempt);
    if (record->due == before->due && record->warnings == before->warnings &&
        record->attempt == before->attempt && record->failures == before->failures)
        return;
    if (!certd_store_begin(service->store, NULL))
        return;
    g_autoptr(CertdTransaction) transaction = service->store;
    if (certd_store_certificate_update(transaction, record, NULL) &&
        certd_store_commit(transaction, NULL))
        certd_expect(service, record->due);
}

static gboolean take_back(CertdView *view)
{
    CertdService *service = view->service;
    if (!certd_store_begin(service->store, NULL))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    return certd_emergency_drop(service, view->record, NULL) &&
           certd_audit(service, &certd_caller_self, CERTD_AUDIT_RECOVERED, "certificate",
                       view->record->name, NULL, NULL) &&
           certd_store_commit(transaction, NULL);
}

/* TRUE where @done will be called by the emergency's end. */
static gboolean settle_emergency(CertdView *view, gboolean renewing, CertdDone done, void *userdata)
{
    CertdService *service = view->service;
    gboolean ours = view->issuer != CERTD_ISSUER_EXTERNAL;
    /* The emergency stays until the default has taken its place. */
    if (service->started && certd_wants_default(service, view->record))
        certd_default_begin(service, NULL, NULL);
    if (service->default_underway && view->active == NULL && view->record->emergency_chain != 0)
        return FALSE;
    if (!view->bad) {
        certd_view_tell_bad(view);
        if (view->record->emergency_chain != 0 && take_back(view))
            certd_tell_changed(service, view->record->name, "recovered");
        return FALSE;
    }
    /* What is being issued again this very moment needs nobody to stand in for it. */
    if (ours && service->started &&
        (renewing || certd_maker_issues(service->maker, view->record->name)))
        return FALSE;
    /* Nor what is being reset: should that fail, it is looked at again. */
    if (service->started && service->https_resets > 0 && !service->default_underway &&
        g_str_equal(view->record->name, CERTD_CERTIFICATE_HTTPS))
        return FALSE;
    certd_view_tell_bad(view);
    if (certd_view_emergency_is_good(view))
        return FALSE;
    certd_emergency_begin(service, view->record->name, done, userdata);
    return TRUE;
}

void certd_look_again(CertdService *service, const char *name, gint64 seconds)
{
    gint64 due = certd_now(service) + seconds;
    if (!certd_store_begin(service->store, NULL))
        return;
    g_autoptr(CertdTransaction) transaction = service->store;
    if (certd_store_certificate_set_due(transaction, name, due, NULL) &&
        certd_store_commit(transaction, NULL))
        certd_expect(service, due);
}

/* Looks, and does what is needed. TRUE where @done will be called later. */
static gboolean settle(CertdService *service, const char *name, CertdDone done, void *userdata)
{
    g_autoptr(CertdView) view = certd_view_new(service, name);
    if (view == NULL) {
        /* A row that can't be read must not stay due for ever. */
        certd_look_again(service, name, LATER_SECONDS);
        return FALSE;
    }
    if (view->on_trial && view->bad && certd_trial_give_up(service, name, "it can't be used")) {
        /* The key of what is back has not been opened since. */
        certd_review_with_key(service, name, done, userdata);
        return TRUE;
    }
    /* What is not written yet is looked at once it is. */
    if (view->settled)
        return FALSE;
    const CertdCertificateRecord before = *view->record;
    gboolean renewing = renew(view);
    gboolean expiring = count_warnings(view);
    write_plan(view, &before);
    if (expiring)
        tell_expiring(view);
    certd_view_tell_warnings(view);
    return settle_emergency(view, renewing, done, userdata);
}

void certd_review(CertdService *service, const char *name)
{
    settle(service, name, NULL, NULL);
}

void certd_review_installed(CertdService *service, const char *name)
{
    if (certd_problem_is_about(service, name))
        certd_review(service, name);
}

static void end_check(KeyCheck *check)
{
    CertdService *service = check->operation.service;
    g_autofree char *name = g_strdup(check->name);
    CertdDone done = check->done;
    void *userdata = check->userdata;
    g_hash_table_remove(service->reviews, name);
    certd_operation_end(&check->operation);
    if (!settle(service, name, done, userdata) && done != NULL)
        done(NULL, userdata);
}

static gboolean write_checked(KeyCheck *check, gboolean opened, GError **error)
{
    CertdService *service = check->operation.service;
    if (!certd_store_begin(service->store, error))
        return FALSE;
    g_autoptr(CertdTransaction) transaction = service->store;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(transaction, check->name, error);
    if (record == NULL)
        return FALSE;
    g_autoptr(CertdChainRecord) chain =
        record->active_chain != 0 ? certd_store_chain_get(transaction, record->active_chain, NULL)
                                  : NULL;
    CertdUnusable now = opened ? CERTD_USABLE : CERTD_UNUSABLE_KEY;
    /* Another chain may have taken its place meanwhile. */
    if (chain == NULL || !g_str_equal(chain->key_id, check->key_id) || record->unusable == now)
        return TRUE;
    record->unusable = now;
    return certd_store_certificate_update(transaction, record, error) &&
           certd_store_commit(transaction, error);
}

static void on_key_checked(GBytes *public_hash, const GError *error, void *userdata)
{
    KeyCheck *check = userdata;
    CertdService *service = check->operation.service;
    check->operation.job = 0;
    g_autoptr(CertdKeyRecord) key = certd_store_key_get(service->store, check->key_id, NULL);
    gboolean opened =
        public_hash != NULL && key != NULL && g_bytes_equal(key->public_hash, public_hash);
    /* A worker that failed says nothing of the key. */
    gboolean known =
        public_hash != NULL || g_error_matches(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    if (known && !write_checked(check, opened, NULL))
        known = FALSE;
    end_check(check);
}

void certd_review_with_key(CertdService *service, const char *name, CertdDone done, void *userdata)
{
    g_autoptr(CertdView) view = certd_view_new(service, name);
    g_autoptr(CertdKeyRecord) key =
        view != NULL && view->active != NULL
            ? certd_store_key_get(service->store, view->active->key_id, NULL)
            : NULL;
    if (key == NULL || !g_hash_table_add(service->reviews, g_strdup(name))) {
        if (!settle(service, name, done, userdata) && done != NULL)
            done(NULL, userdata);
        return;
    }
    KeyCheck *check = g_new0(KeyCheck, 1);
    certd_operation_begin(&check->operation, service, key_check_free);
    check->name = g_strdup(name);
    check->key_id = g_strdup(key->id);
    check->done = done;
    check->userdata = userdata;
    check->operation.job =
        service->workers->check(service->workers, key->id, key->sealed, on_key_checked, check);
}
