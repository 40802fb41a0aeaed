/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the use cases alone. */
#pragma once

#include "model/audit.h"
#include "model/requester.h"
#include "service/accounts.h"
#include "service/authority.h"
#include "service/handouts.h"
#include "service/service.h"
#include "store/audit.h"
#include "store/chain.h"
#include "store/clock.h"
#include "store/key.h"

G_BEGIN_DECLS

typedef struct CertdMaker CertdMaker;
typedef struct CertdDelivery CertdDelivery;

/* Who hears of an end. */
typedef struct {
    CertdDone done; /* or NULL */
    void *userdata;
} CertdWaiter;
typedef struct CertdAuthorityWork CertdAuthorityWork;

/* Why certd makes a request by itself: a requester asked for the certificate. */
#define CERTD_CAUSE_REQUESTER "requester"

/* What could not be stored is tried again after this. */
#define CERTD_RESUME_SECONDS 60

/* What https lacks is made as soon as it can be: a default or an emergency certificate that failed is
 * tried again after this, and what stands in for a better one is looked at after the other. */
#define CERTD_EMERGENCY_RETRY_SECONDS 300
#define CERTD_EMERGENCY_BETTER_SECONDS 3600

/* The walk over all certificates after something that may concern each of them. */
typedef struct {
    gboolean wanted; /* begin another from the first one */
    gboolean running;
    gboolean busy;          /* with one, whose key is being checked */
    gboolean with_keys;     /* open each key too */
    gboolean with_findings; /* what is found may have changed */
    char *cursor;           /* the last that was looked at */
} CertdSweep;

/* How the sealing key lies on the disk; plain where nothing is known yet. */
typedef enum {
    CERTD_SEALING_KEY_PLAIN,
    CERTD_SEALING_KEY_WRAPPED,
    CERTD_SEALING_KEY_UNUSABLE,
} CertdSealingKey;

/* What certd-tls has reported of one generation of https in one keystore (https-proof.c). */
typedef struct {
    guint64 epoch;
    guint64 generation;
    gboolean any;          /* a client has been through */
    gboolean client;       /* with a certificate of its own */
    gboolean any_since;    /* the same since the trial of HTTPS' settings began */
    gboolean client_since; /* likewise */
} CertdHttpsProof;

struct CertdService {
    CertdStore *store;
    CertdWorkers *workers;
    const CertdDevice *device;
    CertdPolicy policy;
    CertdListener listener;
    CertdUnits units;        /* or empty */
    CertdMaker *maker;       /* keys in the making, see request-maker.c */
    GPtrArray *requesters;   /* CertdRequester; or NULL, where there is none */
    CertdAccounts *accounts; /* whom lists name, see accounts.c */
    CertdHandouts *handouts; /* keys, as the log says, see handouts.c */
    CertdDelivery *delivery; /* what consumers wait for, see deliver.c */
    GQueue operations;       /* CertdOperation, under way */
    GQueue verifications;    /* of the log, see log.c: the first is under way */
    GPtrArray *problems;     /* see problems.c */
    char *runtime_directory;
    CertdClockRecord clock;
    CertdClockRecord clock_written; /* as the store has it */
    gboolean trusted;               /* the clock, as the listener was told last */
    gboolean sealing_key_broken;
    CertdSealingKey sealing_key;
    CertdAuthorityWork *authority;          /* being checked or made; NULL otherwise */
    gboolean authority_checked;             /* its key could be opened */
    CertdAuthorityRecord *authority_record; /* as the store has it, or NULL: not read yet */
    gint64 authority_due;                   /* when to look at it again: seconds, 0 for never */
    GPtrArray *names;                       /* the device's, as of the last look */
    GHashTable *emergencies;                /* names of certificates one is being made for */
    GHashTable *reviews;                    /* names of certificates whose key is being checked */
    CertdSweep sweep;
    gint64 trust_due; /* when to publish the trust store again, or to remove the one before; 0 */
    gboolean trust_published; /* its files are what the store has */
    gint64 resume_due;        /* when to take up requests that could not be finished; 0: none */
    guint https_resets;       /* under way */
    guint64 epoch;            /* grows with each keystore that begins: what began before is void */
    GHashTable *trials_ended; /* name → when its trial ended by itself: CLOCK_BOOTTIME, gint64 */
    CertdHttpsProof https_proof;
    char *https_reporter;      /* bus name of who reported the problem https-not-served, or NULL */
    gint64 trial_due;          /* when a trial ends: CLOCK_BOOTTIME in microseconds, 0: none */
    gint64 next_work;          /* what certd_work_next() said last */
    gboolean default_underway; /* https gets its first certificate */
    CertdWaiter default_made;  /* who hears when it has */
    CertdWaiter start;         /* who hears of the start's end */
    GError *start_error;       /* what that ends with, while files are written */
    gboolean started;
};

typedef struct {
    const char *code;
    const char *object; /* the certificate it is about, or NULL */
    CertdSeverity severity;
    const char *message; /* NULL takes it away */
    const char *remedy;
} CertdProblem;

/* problems.c */
void certd_problem_set(CertdService *service, const CertdProblem *problem);
/* Takes away all that are about @object. */
void certd_problem_clear(CertdService *service, const char *object);
gboolean certd_problem_is_about(const CertdService *service, const char *object);
gboolean certd_problem_stands(const CertdService *service, const char *code);
/* The same of one about @object. */
gboolean certd_problem_has(const CertdService *service, const char *code, const char *object);
GPtrArray *certd_problems_new(void);
/* Takes all away: what they are about is gone. What is about files and sockets of the machine stays. */
void certd_problems_forget(CertdService *service);
/* The same of those that are about certificates. */
void certd_problems_forget_certificates(CertdService *service);
/* Those that outlived a restart. */
gboolean certd_problems_load(CertdService *service, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One use case under way in a worker. The first member of its struct, so that whatever is under
 * way when the service ends can be cancelled and freed. */
typedef struct {
    CertdService *service;
    CertdJobId job; /* 0 between jobs */
    void (*free)(void *operation);
} CertdOperation;

void certd_operation_begin(CertdOperation *operation, CertdService *service,
                           void (*free)(void *operation));
/* Takes it off the list and frees it. */
void certd_operation_end(CertdOperation *operation);
/* Ends all that are under way, without their callbacks. */
void certd_operations_cancel(CertdService *service);

gint64 certd_now(const CertdService *service);
/* 32 random hex digits. Caller frees. */
char *certd_key_id_new(void);

/* A row of the log, within the transaction: @action was done to @kind/@id ("certificate/https").
 * @detail is one line without secrets, or NULL. */
gboolean certd_audit(CertdService *service, const CertdCaller *caller, CertdAuditAction action,
                     const char *kind, const char *id, const char *detail, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* log.c: has the listener told of each row once it is committed. */
void certd_log_listen(CertdService *service);
/* Begins a new chain where the one there is can't go on. */
void certd_log_mend(CertdService *service);
/* Checks a part of what is to be verified; TRUE where there is more. */
gboolean certd_log_work(CertdService *service);

/* The same of what came to nothing after it was answered: @outcome is the D-Bus error name, @detail its
 * message. */
gboolean certd_audit_failure(CertdService *service, const CertdCaller *caller,
                             CertdAuditAction action, const char *kind, const char *id,
                             const char *outcome, const char *detail, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What becomes of the chain that was active. */
typedef enum {
    CERTD_KEEP_AS_PREVIOUS, /* what was previous goes with its key */
    CERTD_REPLACE,          /* it goes, and the previous one stays: certd renews its own */
    CERTD_TRY,              /* it stays beside, for the trial to bring it back */
} CertdInstallMode;
/* Makes @chain (its id is ignored) the active one of @record, which becomes written with its plan,
 * without failures and without an emergency. Within the transaction. */
gboolean certd_install(CertdService *service, CertdCertificateRecord *record,
                       const CertdChainRecord *chain, CertdInstallMode mode, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Sets what @record, whose active chain is valid for @validity, has to expect: renewal, warnings. */
void certd_plan(CertdService *service, CertdCertificateRecord *record,
                const CertdValidity *validity);
/* Has certd_work() done at @when (seconds; 0: never). */
void certd_expect(CertdService *service, gint64 when);
/* When to look at @record again, by its plan; @emergency: when to renew that, or 0. */
gint64 certd_plan_due(const CertdCertificateRecord *record, gint64 emergency);
/* Takes the emergency chain of @record away; it is not written. Within the transaction. */
gboolean certd_emergency_drop(CertdService *service, CertdCertificateRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* A chain record of @details and @chain for @certificate; NULL where the details lack something.
 * certd_chain_note() follows. */
CertdChainRecord *certd_chain_record_new(CertdService *service, const char *certificate,
                                         const char *key_id, GPtrArray *chain, GVariant *details,
                                         GPtrArray *findings, const char *origin, GError **error);

/* Takes note of what certd issued @chain with (NULL: somebody else did), and whether it is for one of the
 * device's names, which is watched then (R25). */
void certd_chain_note(CertdService *service, CertdChainRecord *chain,
                      const CertdSettings *settings);

/* Tells the listener of another active chain, of other consumers, and of a request's new state. */
void certd_tell_changed(CertdService *service, const char *name, const char *cause);
void certd_tell_consumers(CertdService *service, const char *name);
void certd_tell_request(CertdService *service, const char *certificate, gint64 id,
                        CertdRequestState state);

/* time.c: what the clock says, as far as it can be believed (R72). */
gboolean certd_time_is_trusted(CertdService *service);
/* What to issue from: now, or with a clock that is not trusted the latest time that was certain. */
gint64 certd_time_to_issue(CertdService *service);
/* Writes the latest time seen, within the transaction. */
gboolean certd_time_note(CertdService *service, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_time_load(CertdService *service, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* request.c: a request of @issuer for @certificate with @settings (taken) as it would be made now; not
 * stored yet. */
CertdRequestRecord *certd_request_describe(CertdService *service, const CertdCaller *caller,
                                           const CertdCertificateRecord *certificate,
                                           CertdSettings *settings, CertdIssuer issuer,
                                           gboolean reuse_key, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* LIMIT_EXCEEDED where @caller, or all together, have as many open requests as there may be. */
gboolean certd_request_check_limits(CertdService *service, const CertdCaller *caller,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* requester.c: LIMIT_EXCEEDED where @requester has as many certificates as it may. */
gboolean certd_requester_check_count(CertdService *service, const CertdRequester *requester,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes @requester the consumer of @certificate, told of @generation. Within the transaction. */
gboolean certd_requester_consumes(CertdService *service, const CertdRequester *requester,
                                  const char *certificate, gint64 generation, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* renew.c: has certd itself make a request of @issuer for @record, which becomes written, because of
 * @cause; in a transaction of its own. FALSE where it could not even be made: that is a failure like
 * others, and @record has the plan after it. */
gboolean certd_renew(CertdService *service, CertdCertificateRecord *record, CertdIssuer issuer,
                     const char *cause);
/* The same of what the requester @caller asked for, whose request it is: CERTD_CAUSE_REQUESTER. */
gboolean certd_renew_for(CertdService *service, const CertdCaller *caller,
                         CertdCertificateRecord *record);
/* Takes note that @request, which certd had made by itself, came to nothing; within the
 * transaction. */
gboolean certd_renew_failed(CertdService *service, const CertdRequestRecord *request,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What the next one in @record's place is issued with, where certd renews @active (nullable, its
 * active chain) by itself: requests to others change the certificate's settings meanwhile. The
 * @record's or the @active's own. */
const CertdSettings *certd_renew_settings(const CertdCertificateRecord *record,
                                          const CertdChainRecord *active);
/* Whether certd could issue with @settings, where they say that it shall. */
gboolean certd_renew_check(CertdService *service, const CertdSettings *settings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The settings of @record are what that is issued with from now on, where certd is to and can. Within
 * the transaction. */
gboolean certd_renew_configure(CertdService *service, const CertdCertificateRecord *record,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Who renews what came from @origin. */
CertdIssuer certd_renew_issuer(const char *origin);

/* review.c: looks at certificate @name and does what it needs now. */
void certd_review(CertdService *service, const char *name);
/* After another chain was installed in it: a look only where that can matter, for it costs as much as
 * the installation. */
void certd_review_installed(CertdService *service, const char *name);
/* The same as certd_review(), with its key opened; @done (nullable) once that is known and settled. */
void certd_review_with_key(CertdService *service, const char *name, CertdDone done, void *userdata);
/* Has it looked at in @seconds. */
void certd_look_again(CertdService *service, const char *name, gint64 seconds);
/* Looks at all of them, one after another. */
void certd_review_all(CertdService *service, gboolean with_keys);
/* The same after something changed that attempts may have failed for: they are made again at once. */
void certd_retry_all(CertdService *service, gboolean with_keys);
/* Whether what is installed in @record can't be used now, and why. */
gboolean certd_review_is_bad(CertdService *service, const CertdCertificateRecord *record,
                             CertdFindingCode *why);

/* look.c: the names that a certificate with @settings should answer for: those it was asked to have,
 * and the device's. Caller unrefs. */
GPtrArray *certd_expected_names(CertdService *service, const CertdSettings *settings);
/* Whether the certificate of @details is for one of the device's names. */
gboolean certd_names_match(CertdService *service, GVariant *details);
/* Whether @chain was, and is not any more (R25). One that never was is for a name that somebody chose,
 * and was judged when it was installed. */
gboolean certd_names_lost(CertdService *service, const CertdChainRecord *chain);

/* emergency.c: makes one for @name; @done (nullable) when it is in use or could not be made. */
void certd_emergency_begin(CertdService *service, const char *name, CertdDone done, void *userdata);

/* authority-work.c: sees that the authority exists, can be used and may speak for the device's names.
 * @mend: makes a new one where its key or its row is lost. @done may be called before this returns;
 * with an error where there is no usable one. */
void certd_authority_ensure(CertdService *service, gboolean mend, CertdDone done, void *userdata);
/* Ends what is under way with the authority, whose row and key are to go. */
void certd_authority_forget(CertdService *service);
/* Whether the authority is still the one with @identity; TRUE for NULL, where none signed. */
gboolean certd_authority_is(CertdService *service, const char *identity);
/* What a certificate says of who issued it: changes with the authority's key and its subject. Caller
 * frees. */
char *certd_authority_identity(const CertdAuthorityRecord *record);
/* The names that a certificate of the authority @record with @settings carries now: the device's own
 * only as far as it may speak for them, and POLICY_FORBIDS for others beyond that. */
gboolean certd_authority_names(CertdService *service, const CertdAuthorityRecord *record,
                               const CertdSettings *settings, CertdSubject **subject,
                               GPtrArray **sans, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The authority as a signer of jobs; NULL with KEY_UNAVAILABLE. @record is set to a copy. */
CertdSigner *certd_authority_signer(CertdService *service, CertdAuthorityRecord **record,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* authority-files.c: writes the certificate where everybody may read it. */
void certd_authority_publish(CertdService *service, const CertdAuthorityRecord *record);

/* trust.c: publishes the trust store, which has changed, and tells the listener. */
void certd_trust_tell(CertdService *service);
/* trust-files.c: writes the trust store where everybody may read it; what fails is a problem, and is
 * tried again. */
void certd_trust_publish(CertdService *service);
/* What is due of that. */
void certd_trust_work(CertdService *service);

/* deliver.c */
CertdDelivery *certd_delivery_new(void);
void certd_delivery_free(CertdDelivery *delivery);
/* What there is to deliver; and when to try again what could not be: seconds, 0 for never. */
void certd_delivery_work(CertdService *service);
gint64 certd_delivery_due(CertdService *service);
/* The wall clock was set: what is to be tried again is tried now. */
void certd_delivery_clock_changed(CertdService *service);
/* There are no consumers any more: all their files go at once. */
void certd_delivery_reset(CertdService *service);

/* request-maker.c */
CertdMaker *certd_maker_new(CertdService *service);
void certd_maker_free(CertdMaker *maker);
/* Queues a request of @caller's (NULL: of before the start) that the store has; limited: one key of this
 * user's in the making at a time. */
void certd_maker_add(CertdMaker *maker, const CertdRequestRecord *request,
                     const CertdCaller *caller, gboolean limited);
/* Takes it off, wherever it is. */
void certd_maker_cancel(CertdMaker *maker, gint64 id);
/* Takes off all of @certificate's, or everyone's with NULL. */
void certd_maker_cancel_certificate(CertdMaker *maker, const char *certificate);
gboolean certd_maker_is_running(const CertdMaker *maker, gint64 id);
gboolean certd_maker_has(const CertdMaker *maker, gint64 id);
/* Whether it has one that is to be installed in @certificate. Looks at all it has. */
gboolean certd_maker_issues(const CertdMaker *maker, const char *certificate);

G_END_DECLS
