/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the keystore knows of time, so that a clock that was set back is noticed (R72); and the
 * problems that a restart must not make forgotten. */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
    gint64 seen;         /* the latest time a trusted clock showed: seconds since the epoch */
    gint64 synchronized; /* likewise, while the kernel said that it was synchronized */
} CertdClockRecord;

/* Zeros where no time was seen yet. */
gboolean certd_store_clock_get(CertdStore *store, CertdClockRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Times before 1970 are written as zeros. */
gboolean certd_store_clock_set(CertdStore *store, const CertdClockRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Keeps the problem @code, or with @message NULL forgets it. */
gboolean certd_store_problem_set(CertdStore *store, const char *code, const char *message,
                                 const char *remedy, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* An array of NULL-terminated (code, message, remedy); frees its elements. */
GPtrArray *certd_store_problems(CertdStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
