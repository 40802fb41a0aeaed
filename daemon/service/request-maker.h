/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the maker and its results share: one request in the making. */
#pragma once

#include "service/service-private.h"

G_BEGIN_DECLS

typedef struct {
    CertdMaker *maker;
    gint64 id;
    char *certificate;
    char *key_id; /* of the new key */
    guint32 uid;
    CertdCallerCopy asker; /* uid alone where certd was started since */
    CertdIssuer issuer;
    gboolean limited;
    gboolean slow;
    CertdJobId job;    /* 0 while it is queued */
    gboolean answered; /* @result or @failure is there, to be stored */
    CertdIssueResult *result;
    GError *failure;
    const CertdRequestRecord *fresh; /* while it is being added */
    char *authority;                 /* identity of the one that signs; NULL for another issuer */
    gboolean provisional;            /* the clock was not trusted when the job began */
} CertdMaking;

/* Stores what @making has come to, within the transaction. The request as it is then; NULL with the
 * reason where the store doesn't take it. */
CertdRequestRecord *certd_making_store(CertdService *service, const CertdMaking *making,
                                       GError **error);
/* The same in a transaction of its own. What can't be stored fails with that reason; NULL where not even
 * this can be stored. */
CertdRequestRecord *certd_making_finish(CertdService *service, CertdMaking *making);

G_END_DECLS
