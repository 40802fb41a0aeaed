/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Workers and a device of the tests' own: jobs wait until the test answers them, and faults are
 * answers too. The store below is the real one. */
#pragma once

#include "model/error.h"
#include "fixture.h"
#include "service/service.h"

G_BEGIN_DECLS

typedef enum {
    FAKE_ISSUE,
    FAKE_SEAL,
    FAKE_PKCS12,
    FAKE_PKCS7,
    FAKE_RENEW,
    FAKE_READ,
    FAKE_JUDGE,
} FakeKind;

typedef struct {
    CertdWorkers table; /* first */
    Fixture fixture;
    CertdDevice device;
    CertdService *service;
    GQueue jobs;          /* waiting, oldest first */
    CertdJobId last;
    guint made;           /* keys so far: number of the next is in its hash */
    guint cancelled;      /* jobs */
    gboolean kept_old;    /* of the last renewal */
    CertdJudgeJob *judge; /* what the last judgement was asked, without its lists */
    GPtrArray *findings;  /* of the next judgement */
    CertdReadResult read; /* of the next reading */
    gint64 now;
    GString *events;      /* what the listener heard, a word each */
} Fake;

#define fake_add(path, function) g_test_add(path, Fake, NULL, fake_set_up, function, fake_tear_down)

/* An administrator and a user who is none. */
extern const CertdCaller fake_root;
extern const CertdCaller fake_user;

void fake_set_up(Fake *fake, const void *data);
void fake_tear_down(Fake *fake, const void *data);
/* Ends the service and begins another on the same store. */
void fake_restart(Fake *fake);
/* Closes all, runs @sql on the database, and begins again. */
void fake_restart_with_sql(Fake *fake, const char *sql);

/* How many jobs of @kind wait. */
guint fake_waiting(const Fake *fake, FakeKind kind);
/* Answers the oldest job, which has to be of @kind: with success, or with @error. */
void fake_answer(Fake *fake, FakeKind kind, const GError *error);
void fake_answer_code(Fake *fake, FakeKind kind, CertdError code);
/* The public-key hash of the key that was made as the @number-th, from 0. */
GBytes *fake_hash(guint number);

/* Certificate @name, made by root; and a request for it, made ready. */
void fake_create(Fake *fake, const char *name);
gint64 fake_request(Fake *fake, const char *name, const char *issuer);
CertdRequestState fake_state(Fake *fake, gint64 id);
CertdCertificateRecord *fake_get(Fake *fake, const char *name);
/* An empty a{sv}, or one of @text, owned by the caller. */
GVariant *fake_options(const char *text);

G_END_DECLS
