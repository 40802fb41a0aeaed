/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thread that carries connections: what a handshake costs is shared among the processors. */
#pragma once

#include <glib.h>

#include "tls/connection.h"

G_BEGIN_DECLS

typedef struct CertdWorker CertdWorker;

/* What a worker tells: written whole to a pipe. */
typedef struct {
    enum { CERTD_TOLD_PROOF, CERTD_TOLD_WEB } what;
    gboolean certified;
    guint64 serial; /* of the credentials */
} CertdTold;

/* What all workers share; the caller's, as long as they are there. */
typedef struct {
    const char *web_socket;
    int web_problem; /* errno of the last connection to it, atomic: CERTD_TOLD_WEB says that it is another one */
    int changes; /* atomic: how often what is served was changed, each of which wants proof anew */
    int told;    /* the pipe */
} CertdWorkersShare;

/* A thread of its own. NULL with CERTD_ERROR_WORKER_FAILED. */
CertdWorker *certd_worker_new(CertdWorkersShare *share, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Has it carry @arrival, which it takes. */
void certd_worker_give(CertdWorker *worker, const CertdArrival *arrival);
/* Ends its connections, and waits for its end; NULL is allowed. */
void certd_worker_free(CertdWorker *worker);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdWorker, certd_worker_free)

G_END_DECLS
