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
    gboolean limited;
    gboolean slow;
    CertdJobId job;       /* 0 while it is queued */
    char *authority;      /* identity of the one that signs; NULL for another issuer */
    gboolean provisional; /* the clock was not trusted when the job began */
} CertdMaking;

/* Commits @result, or with none @failure. The request as it is then; NULL with the reason where the
 * store doesn't take it. */
CertdRequestRecord *certd_making_finish(CertdService *service, const CertdMaking *making,
                                        const CertdIssueResult *result, const GError *failure,
                                        GError **error);

G_END_DECLS
