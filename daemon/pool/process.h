/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One worker process: its start, its connection, its end, and the time it has. */
#pragma once

#include <glib.h>
#include <sys/types.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

G_BEGIN_DECLS

typedef enum {
    CERTD_PROCESS_KEYS,
    CERTD_PROCESS_PARSE,
    CERTD_PROCESS_TEMPORARY, /* a keys worker with the sealing key that ends with the daemon */
    CERTD_PROCESS_ROLE_COUNT_,
} CertdProcessRole;

typedef struct CertdProcess CertdProcess;

/* The process is gone and its last answers have been delivered; @cause says why: "ended by signal
 * 11 (Segmentation fault)". It may be freed in here. */
typedef void (*CertdProcessEnded)(CertdProcess *process, const char *cause, void *userdata);
/* The deadline has passed. */
typedef void (*CertdProcessDeadline)(CertdProcess *process, void *userdata);

/* Starts @program and connects to it. CERTD_ERROR_WORKER_FAILED. */
CertdProcess *certd_process_new(sd_event *event, const char *program, CertdProcessRole role,
                                CertdProcessEnded ended, CertdProcessDeadline deadline,
                                void *userdata, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Kills it where it still runs, and reaps it; ended() is not called. NULL is allowed. */
void certd_process_free(CertdProcess *process);
/* Kills it; ended() follows from the event loop, with @cause where that isn't NULL. */
void certd_process_kill(CertdProcess *process, const char *cause);

/* Borrowed. */
sd_bus *certd_process_bus(CertdProcess *process);
pid_t certd_process_pid(const CertdProcess *process);

/* Calls deadline() once in @usec microseconds, in place of the deadline before; UINT64_MAX for
 * none. 0 or a negative errno. */
int certd_process_set_deadline(CertdProcess *process, uint64_t usec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdProcess, certd_process_free)

G_END_DECLS
