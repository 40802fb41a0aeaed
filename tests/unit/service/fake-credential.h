/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of credentials share: a certificate with consumers, and what came of opening its parts. */
#pragma once

#include "fake.h"
#include "service/credential.h"

G_BEGIN_DECLS

/* What came of an opening. */
typedef struct {
    guint answers;
    char *text; /* of the descriptor; NULL on failure */
    gint64 generation;
    int code; /* of the error, or ANSWER_OK */
} Answer;
/* No CertdError has this number. */
#define ANSWER_OK (-1)

void answer_clear(Answer *answer);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)

#define GROUPS(...)                                                                                \
    .groups = (const guint32[]){__VA_ARGS__},                                                      \
    .n_groups = sizeof((const guint32[]){__VA_ARGS__}) / sizeof(guint32)

/* The PEM of what a worker issues first, which signed itself. */
#define LEAF "-----BEGIN CERTIFICATE-----\nbGVhZiAx\n-----END CERTIFICATE-----\n"

/* The user postfix. */
extern const CertdCaller fake_postfix;

/* A CertdCredentialDone whose userdata is an Answer. */
void fake_opened(int fd, gint64 generation, const GError *error, void *answer);
/* One more consumer, without an action. */
void fake_add_consumer(Fake *fake, const char *name, const char *kind, const char *consumer);
/* Certificate "web", which signed itself, for the user postfix, the group mail and the unit a.service. */
void fake_make_web(Fake *fake);
/* Has @part of @name opened for @caller; the error that it begins with, or ANSWER_OK. */
int fake_open(Fake *fake, const CertdCaller *caller, const char *name, const char *part,
              Answer *answer);
/* Raises the generation of @name, as if another chain were in use. */
void fake_raise_generation(Fake *fake, const char *name);

G_END_DECLS
