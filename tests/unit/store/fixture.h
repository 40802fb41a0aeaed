/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the store share: a keystore in a directory of its own, and rows to put in. */
#pragma once

#include "store/audit.h"
#include "store/certificate.h"
#include "store/chain.h"
#include "store/factory.h"
#include "store/key.h"
#include "store/request.h"

G_BEGIN_DECLS

typedef struct {
    char *directory;
    char *path; /* of the database */
    CertdStore *store;
} Fixture;

/* With a new keystore open. */
void fixture_set_up(Fixture *fixture, const void *data);
/* Removes the directory with all that is in it. */
void fixture_tear_down(Fixture *fixture, const void *data);
#define fixture_add(path, function)                                                                \
    g_test_add(path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)

void fixture_close(Fixture *fixture);
/* Opens again and expects @outcome; where it was set aside the name comes back, for g_free(). */
char *fixture_open(Fixture *fixture, CertdStoreOutcome outcome);
/* Runs @sql over a connection of its own, while the keystore is closed. */
void fixture_sql(Fixture *fixture, const char *sql);

void fixture_begin(Fixture *fixture);
void fixture_commit(Fixture *fixture);

/* How many certificates there are. */
guint64 fixture_count(Fixture *fixture);
/* One certificate, in a transaction of its own. */
void fixture_add_committed(Fixture *fixture, const char *name);

GBytes *fixture_hash(guint number);
char *fixture_key_id(guint number);
/* Rows with values made from @number; each in the caller's transaction. */
void fixture_add_key(Fixture *fixture, guint number);
void fixture_add_certificate(Fixture *fixture, const char *name);
/* A chain of key @number, valid in [@not_before, @not_after]; its id. */
gint64 fixture_add_chain(Fixture *fixture, const char *name, guint number, gint64 not_before,
                         gint64 not_after);
void fixture_activate(Fixture *fixture, const char *name, gint64 active, gint64 previous);
CertdRequestRecord *fixture_request(const char *name, CertdRequestState state, guint32 uid);
gint64 fixture_add_request(Fixture *fixture, const char *name, CertdRequestState state,
                           guint32 uid);
gboolean fixture_has_key(Fixture *fixture, guint number);

G_END_DECLS
