/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the authority share: the one piece of work on it that is under way. */
#pragma once

#include "service/service-private.h"

G_BEGIN_DECLS

/* How long a replaced authority is told of: whoever looks once a month hears of it. */
#define CERTD_AUTHORITY_TOLD_SECONDS (30 * 24 * 3600)

/* One that could not be made or used is tried again after this. */
#define CERTD_AUTHORITY_RETRY_SECONDS 3600

struct CertdAuthorityWork {
    CertdOperation operation;   /* first */
    gboolean mend;              /* a lost one is made anew */
    CertdAuthorityRecord *plan; /* what is being made */
    char *old_identity;         /* of the one before; NULL without */
    GBytes *sealed_key;         /* of the key that is kept; NULL: a new one is made */
    CertdCallerCopy asker;      /* who wants it */
    CertdAuditAction action;    /* for the log */
    GQueue waiters;             /* of CertdWaiter */
};

/* Work that nobody has begun yet, with @done as its first waiter. */
CertdAuthorityWork *certd_authority_work_new(CertdService *service, const CertdCaller *caller,
                                             CertdDone done, void *userdata);
/* One more who waits for it. */
void certd_authority_work_wait(CertdAuthorityWork *work, CertdDone done, void *userdata);
/* Makes what work->plan says (its key id, certificate and dates are set here). */
void certd_authority_work_make(CertdAuthorityWork *work);
/* Ends it: all who wait are told. */
void certd_authority_work_end(CertdAuthorityWork *work, const GError *error);

/* The subject of an authority with the key @key_id: @organisation, with a common name that no other
 * device has where it has none. NULL for one that is too long. */
CertdSubject *certd_authority_subject(CertdService *service, const CertdSubject *organisation,
                                      const char *key_id, GError **error);
/* @record's subject without the common name that came from certd. */
CertdSubject *certd_authority_organisation(const CertdAuthorityRecord *record);
/* What is to be said of @record, and when next to look at it. */
void certd_authority_watch(CertdService *service, const CertdAuthorityRecord *record);

G_END_DECLS
