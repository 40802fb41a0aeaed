/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One job on its way to a worker and back: what to send, where it is, and whom to answer. What
 * differs between jobs is a row of CertdCallKind; calls-keys.c, calls-parse.c and calls-trust.c
 * have the rows.
 */
#pragma once

#include "model/job.h"
#include "pool/process.h"

G_BEGIN_DECLS

typedef struct CertdCall CertdCall;
typedef struct CertdPoolWorker CertdPoolWorker;

typedef struct CertdCallKind CertdCallKind;

struct CertdCallKind {
    const char *method;
    CertdProcessRole role;
    uint64_t wall_usec;
    /* Appends the arguments; a negative errno on failure. */
    int (*fill)(const CertdCall *call, sd_bus_message *message);
    /* Tells whoever asked: the answer, or @error with @reply NULL. */
    void (*finish)(CertdCall *call, sd_bus_message *reply, const GError *error);
    /* What it goes on as where the answer is CERTD_ERROR_KEY_UNAVAILABLE and there is a temporary
     * sealing key; NULL: nothing. */
    const CertdCallKind *temporary;
};

typedef enum {
    CERTD_CALL_QUEUED,  /* waits for a worker, in a queue of the pool */
    CERTD_CALL_RUNNING, /* on a worker */
    CERTD_CALL_HELD,    /* read and answered: its worker waits for judge or cancel */
    CERTD_CALL_FAILED,  /* answered with an error at the next turn of the event loop */
} CertdCallState;

struct CertdCall {
    CertdJobId id;
    const CertdCallKind *kind;
    CertdCallState state;
    gboolean slow;           /* not for the worker that is kept for quick jobs */
    GList link;              /* its element of @queue */
    GQueue *queue;           /* the one it is in, or NULL */
    CertdPoolWorker *worker; /* while RUNNING or HELD */
    sd_bus_slot *slot;
    GError *error;  /* of FAILED; of HELD: why the worker is gone */
    GError *before; /* why it has gone on as kind->temporary */

    /* What the kinds send. */
    GVariant *dict;
    char *key_id;
    GBytes *sealed_key;
    GPtrArray *chain; /* of GBytes */
    char *friendly_name;
    CertdPolicy policy;
    int fds[2]; /* owned, or -1 */

    union {
        CertdIssueDone issue;
        CertdSealDone seal;
        CertdFdDone fd;
        CertdBytesDone bytes;
        CertdReadRequestDone read_request;
        CertdReadDone read;
        CertdJudgeDone judge;
        CertdReadAnchorsDone read_anchors;
        CertdVerifyDone verify;
    } done;
    void *userdata;
};

CertdCall *certd_call_new(const CertdCallKind *kind, void *userdata);
void certd_call_free(CertdCall *call);
/* Puts @call at the end (or at the beginning) of @queue, and takes it from the one it is in. */
void certd_call_push(CertdCall *call, GQueue *queue, gboolean first);
void certd_call_unlink(CertdCall *call);
/* Keeps a duplicate of @fd as call->fds[@index]; errno stays in call->error otherwise. */
void certd_call_keep_fd(CertdCall *call, unsigned int index, int fd);

/* Appends ay and aay. A negative errno on failure. */
int certd_call_append_bytes(sd_bus_message *message, GBytes *bytes);
int certd_call_append_chain(sd_bus_message *message, const GPtrArray *chain);
GBytes *certd_call_read_bytes(sd_bus_message *message);

/* The error for an answer that is none of the interface. */
void certd_call_protocol_error(GError **error, const char *detail);

/* The functions of the table (model/job.h), by role. */
CertdJobId certd_calls_issue(CertdWorkers *workers, const CertdIssueJob *job, CertdIssueDone done,
                             void *userdata);
CertdJobId certd_calls_check(CertdWorkers *workers, const char *key_id, GBytes *sealed_key,
                             CertdBytesDone done, void *userdata);
CertdJobId certd_calls_seal(CertdWorkers *workers, const char *key_id, int key_fd,
                            CertdSealDone done, void *userdata);
CertdJobId certd_calls_export_pkcs12(CertdWorkers *workers, const char *key_id, GBytes *sealed_key,
                                     GPtrArray *chain, const char *friendly_name, int passphrase_fd,
                                     CertdFdDone done, void *userdata);
CertdJobId certd_calls_open_key(CertdWorkers *workers, const char *key_id, GBytes *sealed_key,
                                CertdFdDone done, void *userdata);
CertdJobId certd_calls_export_pkcs7(CertdWorkers *workers, GPtrArray *chain, CertdBytesDone done,
                                    void *userdata);
CertdJobId certd_calls_renew_sealing_key(CertdWorkers *workers, gboolean keep_old,
                                         CertdBytesDone done, void *userdata);
CertdJobId certd_calls_read_request(CertdWorkers *workers, int data_fd, CertdPolicy policy,
                                    CertdReadRequestDone done, void *userdata);
CertdJobId certd_calls_read(CertdWorkers *workers, int data_fd, int passphrase_fd,
                            CertdReadDone done, void *userdata);
CertdJobId certd_calls_judge(CertdWorkers *workers, CertdJobId read, const CertdJudgeJob *job,
                             CertdJudgeDone done, void *userdata);
CertdJobId certd_calls_read_anchors(CertdWorkers *workers, int data_fd, int passphrase_fd,
                                    CertdReadAnchorsDone done, void *userdata);
CertdJobId certd_calls_verify(CertdWorkers *workers, int data_fd, const CertdVerifyJob *job,
                              CertdVerifyDone done, void *userdata);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdCall, certd_call_free)

G_END_DECLS
