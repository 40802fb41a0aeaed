/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the use cases share: the store, the workers, the device they run on, and who listens.
 * No bus, no SQL, no X.509 here. Nothing is kept across an answer but names and ids.
 */
#pragma once

#include "model/consumer.h"
#include "model/finding.h"
#include "model/job.h"
#include "service/caller.h"
#include "store/audit.h"
#include "store/certificate.h"
#include "store/request.h"
#include "store/store.h"

G_BEGIN_DECLS

typedef struct CertdService CertdService;

typedef void (*CertdDone)(const GError *error, void *userdata);

/* The device, as the use cases see it; the tests have one of their own. */
typedef struct {
    /* Seconds since the epoch. */
    gint64 (*now)(void *userdata);
    gboolean (*clock_trusted)(void *userdata);
    /* The host name, as far as known the full one. Caller frees. */
    char *(*host_name)(void *userdata);
    /* CertdSan of each host name and address but loopback's. Caller unrefs. */
    GPtrArray *(*names)(void *userdata);
    /* Whether everybody registers names below it. */
    CertdIsPublicSuffix is_public_suffix;
    /* A random number, for jitter alone. */
    guint32 (*random)(void *userdata);
    /* Whether the kernel says that the clock is synchronized. */
    gboolean (*clock_synchronized)(void *userdata);
    /* Has certd_work() called soon, from the event loop. */
    void (*wake)(void *userdata);
    /* Has certd_commit_results() called from the event loop, at once or a moment later. */
    void (*commit)(void *userdata, gboolean at_once);
    /* CLOCK_BOOTTIME, and how far the wall clock is ahead of it; microseconds. */
    gint64 (*boottime)(void *userdata);
    gint64 (*clock_offset)(void *userdata);
    /* Has certd_trials_look() called at @boottime (microseconds, 0: never), before others' work. */
    void (*wake_for_trial)(void *userdata, gint64 boottime);
    /* The number of the user or group @name; FALSE where there is none. */
    gboolean (*user_id)(void *userdata, const char *name, guint32 *uid);
    gboolean (*group_id)(void *userdata, const char *name, guint32 *gid);
    /* Which boot this is: CLOCK_BOOTTIME means nothing in another. "" where nobody knows. */
    const char *boot;
    /* When this software was made: no true time is before it. Seconds since the epoch. */
    gint64 release_time;
    void *userdata;
} CertdDevice;

/* The service manager, as far as consumers need it. */
typedef struct {
    /* Has @unit take up what has changed by @action, which is not NONE. A unit that is not running is
     * left alone, which is no error. @done is called once, later, or never when the manager's side ends
     * before; the error says what came of it. */
    void (*act)(void *userdata, const char *unit, CertdConsumerAction action, CertdDone done,
                void *done_userdata);
    void *userdata;
} CertdUnits;

/* Who is told, after the commit. */
typedef struct {
    void (*certificate_added)(void *userdata, const char *name);
    void (*certificate_removed)(void *userdata, const char *name);
    /* Settings changed. */
    void (*certificate_configured)(void *userdata, const char *name);
    /* Another chain is in use: @cause is "import", "issue", "renewal", "names", "clock",
     * "authority", "emergency", "recovered", "rollback", "trial-end", "reset", "factory-reset",
     * "first-start". */
    void (*certificate_changed)(void *userdata, const char *name, const char *cause);
    void (*request_added)(void *userdata, const char *certificate, gint64 id);
    void (*request_changed)(void *userdata, const char *certificate, gint64 id,
                            CertdRequestState state);
    void (*problems_changed)(void *userdata);
    void (*sealing_key_changed)(void *userdata);
    /* R41: it is valid until @not_after (seconds) and has reached the next of the warnings' times. */
    void (*certificate_expiring)(void *userdata, const char *name, gint64 not_after);
    /* A trial ended with what was tried confirmed, or its deadline reads otherwise on the wall clock. */
    void (*trial_changed)(void *userdata, const char *name);
    /* Who gets its private key. */
    void (*consumers_changed)(void *userdata, const char *name);
    /* What is found about what is in use: the device's names have changed. */
    void (*findings_changed)(void *userdata, const char *name);
    /* What the device is called: its host names and addresses. */
    void (*names_changed)(void *userdata);
    /* The authority has another certificate. */
    void (*authority_changed)(void *userdata);
    /* What the device trusts has changed. */
    void (*trust_changed)(void *userdata);
    /* How HTTPS is served, or what is proven of it. */
    void (*https_changed)(void *userdata);
    /* Whether the clock is trusted. */
    void (*clock_changed)(void *userdata);
    /* What is supported: the policy is another. */
    void (*features_changed)(void *userdata);
    /* A row of the log was written; its id is 0 where it could not be. */
    void (*audit_added)(void *userdata, const CertdAuditRecord *record);
    void *userdata;
} CertdListener;

/* All three outlive the service. */
CertdService *certd_service_new(CertdStore *store, CertdWorkers *workers, const CertdDevice *device,
                                CertdPolicy policy);
/* Cancels what is under way; its callbacks are not called. */
void certd_service_free(CertdService *service);
/* @listener is copied. */
void certd_service_set_listener(CertdService *service, const CertdListener *listener);
CertdPolicy certd_service_policy(const CertdService *service);
/* From now on it is @policy; what was asked before ends under the old one. The listener is told. */
void certd_service_set_policy(CertdService *service, CertdPolicy policy);
const CertdDevice *certd_service_device(const CertdService *service);

/* @units is copied; without it no unit is told of anything. */
void certd_service_set_units(CertdService *service, const CertdUnits *units);
/* Where what everybody may read is published, "authority/ca.crt" below it; NULL for nowhere, which
 * is how a service begins. */
void certd_service_set_runtime_directory(CertdService *service, const char *directory);
/* The time before which no clock is to be trusted any more: what a trusted one has shown, less a few
 * minutes. Seconds since the epoch. */
gint64 certd_service_seen(const CertdService *service);

/* Stores what the workers have made of requests, in one transaction: as many as there are by now cost
 * hardly more than one. */
void certd_commit_results(CertdService *service);

/* Something is wrong with the service itself: (code, severity "error", message, remedy). Told to
 * the listener. A code that stands already is replaced; @message NULL takes it away. */
void certd_service_set_problem(CertdService *service, const char *code, const char *message,
                               const char *remedy);
/* The same, in the keystore too, so that it stands after a restart until it is taken away. */
void certd_service_keep_problem(CertdService *service, const char *code, const char *message,
                                const char *remedy);
/* a(ssss), floating. */
GVariant *certd_service_problems(const CertdService *service);
/* The certificate that each of them is about, in their order: as, "" for one that is about none. Floating. */
GVariant *certd_service_problem_certificates(const CertdService *service);
/* How the sealing key lies on the disk: "wrapped" by the wrapping key, "plain", or "unusable"; static. */
const char *certd_service_sealing_key(const CertdService *service);
/* Whether one of them is an error: warnings alone don't degrade. */
gboolean certd_service_is_degraded(const CertdService *service);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdService, certd_service_free)

G_END_DECLS
