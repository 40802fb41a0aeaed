/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Workers and a device of the tests' own: jobs wait until the test answers them, and faults are
 * answers too. The store below is the real one. A sealed key of these workers carries the hash of its
 * public key and the number of the sealing key, so that what can't be opened any more shows.
 */
#pragma once

#include "fixture.h"
#include "model/error.h"
#include "service/service.h"

G_BEGIN_DECLS

typedef enum {
    FAKE_ISSUE,
    FAKE_CHECK,
    FAKE_SEAL,
    FAKE_PKCS12,
    FAKE_OPEN_KEY,
    FAKE_PKCS7,
    FAKE_RENEW,
    FAKE_READ_REQUEST,
    FAKE_READ,
    FAKE_JUDGE,
    FAKE_READ_ANCHORS,
    FAKE_VERIFY,
} FakeKind;

/* What a worker was asked. */
typedef struct {
    CertdJobId id;
    FakeKind kind;
    CertdIssueKind makes; /* of an issue job, as all that follows */
    gboolean reused;      /* the key is a stored one */
    gboolean foreign;     /* the key is somebody else's */
    gboolean temporary;
    CertdDigest digest;
    CertdPurposes purposes;
    CertdValidity validity;
    CertdSubject *subject;
    GPtrArray *sans;
    GPtrArray *permitted; /* NULL: any */
    GBytes *sealed;       /* the key that is used again or checked */
    GBytes *signer;       /* the sealed key that signs */
    GBytes *leaf_hash;    /* of a judgement */
    void *done;
    void *userdata;
} FakeJob;

typedef struct {
    CertdWorkers table; /* first */
    Fixture fixture;
    CertdDevice device;
    CertdService *service;
    CertdPolicy policy;      /* of each service that begins */
    char *runtime_directory; /* of each service that begins; NULL for none */
    GQueue jobs;             /* FakeJob, waiting, oldest first */
    CertdJobId last;
    guint made;                              /* keys so far: number of the next is in its hash */
    guint issued;                            /* certificates so far: each has bytes of its own */
    guint cancelled;                         /* jobs */
    gboolean kept_old;                       /* of the last renewal of the sealing key */
    guint8 sealing_key;                      /* number of the one in use */
    gboolean sealing_key_broken;             /* nothing can be sealed or opened with it */
    gboolean fails[CERTD_ISSUE_KIND_COUNT_]; /* with WORKER_FAILED */
    CertdJudgeJob *judge; /* what the last judgement was asked, without its lists */
    CertdValidity judged; /* the dates of what is judged next */
    GPtrArray *judged_sans;
    GPtrArray *findings;              /* of the next judgement */
    CertdReadResult read;             /* of the next reading */
    CertdReadRequestResult requested; /* of the next reading of a request */
    int opened;          /* the memfd of the next opened key; the test's; -1: one with "key" */
    GPtrArray *anchors;  /* CertdAnchor, of the next reading of anchors; the test's; NULL: none */
    GPtrArray *verified; /* findings of the next verification; the test's; NULL: none */
    CertdVerifyJob *verify; /* what the last verification was asked, without its lists and name */
    gint64 now;
    gint64 boottime;     /* microseconds */
    guint trial_seconds; /* of each import */
    gint64 trial_wake;   /* when the service wants to be called for a trial */
    char boot[33];
    gboolean clock_trusted;
    gboolean synchronized;
    GRand *chance; /* NULL: chance is always 0 */
    char *host_name;
    GPtrArray *names;       /* of CertdSan */
    gboolean holds_results; /* certd_commit_results() is for the test to call */
    gboolean woken;         /* certd_work() is to be called */
    gint64 timer;           /* and at this time, as it said when it was called last; 0: never */
    GString *events;        /* what the listener heard, a word each */
} Fake;

#define fake_add(path, function) g_test_add(path, Fake, NULL, fake_set_up, function, fake_tear_down)

/* An administrator and a user who is none. */
extern const CertdCaller fake_root;
extern const CertdCaller fake_user;
/* Who serves https. */
extern const CertdCaller fake_server;

/* With a service that was not started, at a time that is trusted. */
void fake_set_up(Fake *fake, const void *data);
void fake_tear_down(Fake *fake, const void *data);
/* Ends the service and begins another on the same store; what waits is lost. */
void fake_restart(Fake *fake);
/* Closes all, runs @sql on the database, and begins again. */
void fake_restart_with_sql(Fake *fake, const char *sql);
/* Starts the service, as certd does, and does all there is to do. */
void fake_start(Fake *fake);

/* The table of functions, into fake->table. */
void fake_workers_init(Fake *fake);
void fake_job_free(FakeJob *job);
/* fake-accounts.c: the users root (0), postfix (1000), other (1001) and certd-tls (1002), the groups ssl-cert (2000) and
 * mail (2001). */
gboolean fake_user_id(void *userdata, const char *name, guint32 *uid);
gboolean fake_group_id(void *userdata, const char *name, guint32 *gid);
/* How many jobs of @kind wait. */
guint fake_waiting(const Fake *fake, FakeKind kind);
/* The oldest job, which has to be of @kind. */
const FakeJob *fake_peek(const Fake *fake, FakeKind kind);
/* Answers the oldest job, which has to be of @kind: as workers would, or with @error. */
void fake_answer(Fake *fake, FakeKind kind, const GError *error);
void fake_answer_code(Fake *fake, FakeKind kind, CertdError code);
/* Works as the event loop would once it is woken, and answers whatever is asked, until nothing is left
 * at this time. */
void fake_settle(Fake *fake);
/* Lets @seconds pass, to the next time that there is something to do at most a time. */
void fake_pass(Fake *fake, gint64 seconds);
/* The public-key hash of the key that was made as the @number-th, from 0. */
GBytes *fake_hash(guint number);

/* The device is called @names from now on ("DNS:a.example.org IP:192.0.2.1"), its host name @host. */
void fake_rename(Fake *fake, const char *host, const char *names);

/* Certificate @name, made by root; and a request for it, made ready. */
void fake_create(Fake *fake, const char *name);
gint64 fake_request(Fake *fake, const char *name, const char *issuer);
/* Imports a certificate for the @key-th key into @name, valid as fake->judged says. */
void fake_import(Fake *fake, const char *name, guint key);
/* The newest of @name's requests, 0 for none; @count of them in all. */
gint64 fake_newest_request(Fake *fake, const char *name, guint *count);
CertdRequestState fake_state(Fake *fake, gint64 id);
CertdCertificateRecord *fake_get(Fake *fake, const char *name);
/* What is in use in @name: the emergency's chain where there is one. */
CertdChainRecord *fake_in_use(Fake *fake, const char *name);
/* Whether what is in use in @name is for @san, "DNS:a.example.org". */
gboolean fake_answers_for(Fake *fake, const char *name, const char *san);
/* fake-trial.c: what g_variant_new_parsed() makes of @text. Caller unrefs. */
GVariant *fake_parsed(const char *text);
/* Resets https for fake_user with the options @how, and waits for it. */
void fake_try_reset(Fake *fake, const char *how);
/* That of what is in use in https; NULL for nothing. Caller frees. */
char *fake_fingerprint(Fake *fake);
/* @seconds pass by both clocks, and trials whose time has come are looked at. */
void fake_pass_boottime(Fake *fake, gint64 seconds);
/* Whether the problem @code is told. */
gboolean fake_problem(Fake *fake, const char *code);
/* fake-listener.c: has the service tell of what happens, in fake->events. */
void fake_listen(Fake *fake);
/* How often the listener heard @word; all is forgotten with it. */
guint fake_heard(Fake *fake, const char *word);
/* An empty a{sv}, or one of @text, owned by the caller. */
GVariant *fake_options(const char *text);

G_END_DECLS
