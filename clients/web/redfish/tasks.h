/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What this API began and did not wait for to its end. A task is no more than the note that a request of certd's is one:
 * how far it is, certd says. Any thread may call.
 */
#pragma once

#include "web/redfish/pending.h"

G_BEGIN_DECLS

typedef struct {
    char *id; /* the request's */
    char *certificate;
    CertdPendingKind kind;
    gint64 started; /* seconds since the epoch */
} CertdTask;

void certd_task_free(CertdTask *task);

/* Notes it; of more than CERTD_LIMIT_WEB_TASKS the oldest is forgotten. */
void certd_tasks_add(const char *id, const char *certificate, CertdPendingKind kind,
                     gint64 started);
/* A copy of the task @id, or NULL. The caller frees. */
CertdTask *certd_tasks_find(const char *id);
/* Copies of all, the oldest first. */
GPtrArray *certd_tasks_list(void);
/* FALSE where there is none. */
gboolean certd_tasks_remove(const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdTask, certd_task_free)

G_END_DECLS
