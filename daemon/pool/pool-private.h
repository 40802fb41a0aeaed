/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the pool share: the pool itself, its workers, and the sealing key's state. */
#pragma once

#include "pool/call.h"
#include "pool/pool.h"

G_BEGIN_DECLS

typedef enum {
    CERTD_SEALING_KEY_LOADING,  /* the next keys worker tries whether it opens */
    CERTD_SEALING_KEY_CREATING, /* the next keys worker makes it, in a file beside */
    CERTD_SEALING_KEY_READY,
    CERTD_SEALING_KEY_BROKEN, /* keys jobs fail with key_error */
} CertdSealingKeyState;

struct CertdPoolWorker {
    CertdPool *pool;
    CertdProcess *process;
    CertdProcessRole role;
    gboolean quick;   /* takes no slow jobs */
    gboolean ready;   /* has unlocked, or answered a ping */
    gboolean ending;  /* killed, or its connection is gone: takes nothing more */
    gboolean dropped; /* ended because we wanted it, which is no failure */
    gboolean creates; /* its Unlock makes the sealing key */
    gboolean beside;  /* its Unlock tries the file beside, as the key's own can't be used */
    unsigned int n_jobs;
    GQueue running; /* of CertdCall, the oldest first */
    CertdCall *held;
    sd_bus_slot *start_slot;
    void (*wrapped)(CertdPoolWorker *worker); /* of a worker that wraps: what is next */
};

/* What one role's workers have to do and how their starts went. */
typedef struct {
    GPtrArray *workers; /* of CertdPoolWorker */
    GQueue quick, slow; /* of CertdCall; parse and temporary jobs are all quick */
    unsigned int n_start_failures;
    gboolean backs_off; /* until the backoff timer */
    sd_event_source *backoff;
} CertdPoolSide;

struct CertdPool {
    CertdWorkers table; /* first, so that the table is the pool */
    sd_event *event;
    char *program;
    char *credentials_directory;
    int state_fd;
    unsigned int n_general_max;
    CertdPoolSide sides[CERTD_PROCESS_ROLE_COUNT_];
    GHashTable *calls; /* id to CertdCall, owned */
    CertdJobId last_id;
    GQueue failed; /* calls to answer from the defer source */
    sd_event_source *defer;
    CertdSealingKeyState key_state;
    GError *key_error;      /* while LOADING: of the key's own file, and the one beside is tried */
    GQueue renewals;        /* of CertdCall that wait for a new sealing key */
    gboolean keep_old;      /* the old sealing key is set aside, not destroyed */
    gboolean make_on_retry; /* it is broken because it could not be made, and there was none */
    gboolean key_settled;   /* READY or BROKEN, and the listener has not been told yet */
    gboolean key_wrapped;   /* the file is under the wrapping key, and no plain one is left */
    gboolean newly_wrapped; /* it has become so, and the listener has not been told yet */
    gboolean wrap_tried;    /* once for each pool */
    GError *wrap_error;     /* why that failed */
    CertdSealingKeyListener key_listener;
    void *key_listener_userdata;
    int temporary_fd;        /* memfd with the temporary sealing key, or -1 */
    gboolean temporary_made; /* it is whole, and sealed against changes */
    gboolean freeing;
};

static inline CertdPool *certd_pool_of(CertdWorkers *workers)
{
    return (CertdPool *)workers;
}

/* pool.c: gives @call an id and queues it, or fails it at the next turn where call->error is set,
 * the queues are full or the key is broken. Takes @call. */
CertdJobId certd_pool_submit(CertdPool *pool, CertdCall *call);
/* Sets @call to be answered from the event loop, with @error (taken; NULL: done, for renewals). */
void certd_pool_answer_later(CertdPool *pool, CertdCall *call, GError *error);
/* Drops @call without an answer, and its process where it runs. */
void certd_pool_cancel_call(CertdPool *pool, CertdCall *call);
/* Answers and frees @call. */
void certd_pool_finish(CertdPool *pool, CertdCall *call, sd_bus_message *reply,
                       const GError *error);
/* Fails every call that waits for @role. */
void certd_pool_fail_queued(CertdPool *pool, CertdProcessRole role, const GError *error);

/* schedule.c: starts workers and gives them what is queued, as far as the rules go. */
void certd_pool_schedule(CertdPool *pool);
/* Whether @worker may go when it has nothing to do: a temporary one, or a keys worker where another
 * that does any job stays. */
gboolean certd_pool_is_surplus(const CertdPoolWorker *worker);

/* send.c: sends @call to @worker, now. */
void certd_pool_send(CertdPoolWorker *worker, CertdCall *call);
/* Gives @worker the time of its oldest job, or where it has none and isn't kept, a time to wait. */
void certd_pool_set_deadline(CertdPoolWorker *worker);
/* The error in @reply, a worker's, as ours; NULL where it is none. @lost (nullable) is set where
 * the worker is gone instead: then its end will tell why. */
GError *certd_pool_reply_error(sd_bus_message *reply, gboolean *lost);
/* What @worker, which has not started yet, answered: FALSE where it was dropped meanwhile, or ended, which it
 * is given up for; else @answer is its error, or NULL. Caller frees. */
gboolean certd_pool_worker_answers(CertdPoolWorker *worker, sd_bus_message *reply, GError **answer);

/* Counts the calls that wait for @role. */
unsigned int certd_pool_side_queued(const CertdPoolSide *side);

/* worker.c: starts one, or returns NULL; failures are counted on the side, and end in backing
 * off. */
CertdPoolWorker *certd_pool_worker_start(CertdPool *pool, CertdProcessRole role, gboolean quick);
void certd_pool_worker_free(CertdPoolWorker *worker);
/* Ends @worker; what it runs goes back to the head of its queue. */
void certd_pool_worker_drop(CertdPoolWorker *worker);
void certd_pool_drop_workers(CertdPool *pool, CertdProcessRole role);

/* sealing-key.c */
/* Sends Unlock to the keys or temporary worker @worker, with the descriptors that its role and the
 * state call for. */
gboolean certd_pool_unlock(CertdPoolWorker *worker, sd_bus_message_handler_t done, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The new file beside, to write: empty, and nobody else's; one that is there is destroyed. -1 with an
 * error. */
int certd_pool_new_key_open(const CertdPool *pool, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The wrapping key into @fd, -1 where there is none. FALSE on failure. */
gboolean certd_pool_wrapping_key_open(const CertdPool *pool, int *fd, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Overwrites what the new file beside holds, and removes it; TRUE also without one. FALSE on failure:
 * then it is there, and holds what it held unless it is known that the sealing key's own file lasts. */
gboolean certd_pool_new_key_destroy(const CertdPool *pool, GError **error);
/* sealing-wrap.c: the keys worker @worker has the sealing key, in clear in its file unless @wrapped.
 * TRUE where it is wrapping it now: then done() is called once, with the worker, when it is through,
 * well or not. */
gboolean certd_pool_wrap(CertdPoolWorker *worker, gboolean wrapped,
                         void (*done)(CertdPoolWorker *worker));
/* sealing-key.c: the worker that creates has answered: puts the new file in the old one's place. */
gboolean certd_pool_sealing_key_commit(CertdPool *pool, GError **error);
/* The file beside opens, and the sealing key's own did not: puts it in its place, and sets that aside. */
gboolean certd_pool_sealing_key_take_beside(CertdPool *pool, GError **error);
/* Takes note that the key is ready, or that @error (not taken) keeps it from being. The listener
 * is told at the next turn of the event loop; but where there is a file beside, that is tried first. */
void certd_pool_sealing_key_settle(CertdPool *pool, const GError *error);
/* Drops the keys workers and has a new sealing key made; the old one's file is set aside where
 * @keep_old, else destroyed. The renewal is in pool->renewals. */
void certd_pool_sealing_key_renew(CertdPool *pool, gboolean keep_old);
/* From the event loop: tells the listener what the key has settled to, where that is news. */
void certd_pool_sealing_key_tell(CertdPool *pool);
/* LOADING or CREATING, by whether there is a file. */
CertdSealingKeyState certd_pool_sealing_key_look(const CertdPool *pool);

/* temporary-key.c */
/* The memfd of the temporary sealing key, with @creates whether it is still to be written to it;
 * the pool's own. -1 with CERTD_ERROR_WORKER_FAILED. */
int certd_pool_temporary_key_open(CertdPool *pool, gboolean *creates, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The worker that creates has answered: nobody changes the key any more.
 * CERTD_ERROR_WORKER_FAILED. */
gboolean certd_pool_temporary_key_commit(CertdPool *pool, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sd_bus_message, sd_bus_message_unref)

G_END_DECLS
