/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads for what waits: so many at a time in all, and so many for one owner; the rest stand in a queue, first come, first
 * served but for those whose owner has enough. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CertdWorkers CertdWorkers;

/* @for_one: of one owner at a time. */
CertdWorkers *certd_workers_new(guint threads, guint for_one);
/* Waits for what is being worked on; what stands in the queue is not begun, and nobody is told. */
void certd_workers_free(CertdWorkers *workers);
/* @work is called in a thread, and then @done on the main thread. @owner (nullable) is only compared. FALSE where too much
 * stands in the queue, of all or of this one: nothing is called. */
gboolean certd_workers_do(CertdWorkers *workers, const void *owner, void (*work)(void *data),
                          void (*done)(void *data), void *data) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdWorkers, certd_workers_free)

G_END_DECLS
