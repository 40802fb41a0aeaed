/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The worker processes: started ahead, fed, limited and recycled. The daemon asks through the
 * CertdWorkers table (model/job.h); a worker that dies or runs over its time costs its one job.
 */
#pragma once

#include <systemd/sd-event.h>

#include "model/job.h"
#include "pool/process.h"

G_BEGIN_DECLS

typedef struct CertdPool CertdPool;

/* Starts a pool on @event with the program @worker_program. The sealing key is in
 * @state_directory, made by the first keys worker where it is missing; its wrapping key is in
 * @credentials_directory (nullable) where that has one, and it is wrapped then where it was not. Fails where @state_directory cannot be
 * opened; a sealing key that cannot be unlocked fails the keys jobs instead. */
CertdPool *certd_pool_new(sd_event *event, const char *worker_program, const char *state_directory,
                          const char *credentials_directory, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Kills the workers; jobs under way are dropped without an answer. Never from a callback of a
 * job. NULL is allowed. */
void certd_pool_free(CertdPool *pool);

/* Borrowed. */
CertdWorkers *certd_pool_workers(CertdPool *pool);

/* Waits, for the few milliseconds the first keys worker takes, until it is known whether the
 * sealing key can be unlocked. FALSE with CERTD_ERROR_KEY_UNAVAILABLE where it cannot, or with
 * CERTD_ERROR_WORKER_FAILED where no worker could try. Calls no callback of a job. */
gboolean certd_pool_check_sealing_key(CertdPool *pool, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Tries a sealing key that could not be unlocked afresh, without waiting; the listener is told the
 * outcome. Where the key was there, it is only read: a file that has gone meanwhile is awaited, not
 * replaced. Jobs that are asked for meanwhile wait. FALSE where the key is not broken, and nothing
 * is done. */
gboolean certd_pool_retry_sealing_key(CertdPool *pool);

/* What has become of the sealing key. Its errors are the listener's only until it returns. */
typedef struct {
    const GError *error; /* why it can't be used, which the jobs of role keys fail with; or NULL */
    gboolean wrapped;    /* its file is under the wrapping key, and none in clear is left */
    gboolean newly;      /* and was not, until this start wrapped it; told once */
    const GError *wrap_error; /* why it is plain still though there is a wrapping key; or NULL */
} CertdSealingKeyStatus;

typedef void (*CertdSealingKeyListener)(const CertdSealingKeyStatus *status, void *userdata);

/* Has @listener (nullable, in place of the one before) called from the event loop, never from
 * within a call of the pool, whenever the sealing key has been tried, renewed or made: after the
 * start, after certd_pool_retry_sealing_key(), and after a renewal, before that is answered. As long
 * as no worker process starts there is nothing to tell. It may ask for jobs and for a retry. */
void certd_pool_set_sealing_key_listener(CertdPool *pool, CertdSealingKeyListener listener,
                                         void *userdata);

/* The process ids of the workers of @role; of those at a job only with @busy. Caller frees. */
GArray *certd_pool_pids(const CertdPool *pool, CertdProcessRole role, gboolean busy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdPool, certd_pool_free)

G_END_DECLS
