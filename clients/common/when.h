/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times as people read them: always UTC, because certificates are. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "2026-11-21 01:20:56 UTC"; "-" for 0, and "@SECONDS" beyond the year 9999. Caller frees. */
char *certd_when_print(guint64 seconds);
/* How far @seconds is from @now in whole days: "in 12 days", "in less than a day", "3 days ago".
 * Caller frees. */
char *certd_when_distance(guint64 seconds, guint64 now);
/* How long it is from @now to @seconds: "2 min 5 s", "1 h 0 min"; "0 s" where that is past. Caller
 * frees. */
char *certd_when_left(guint64 seconds, guint64 now);
/* Whether one that renews itself should have done so at @now: a third of its lifetime is left, or
 * less. */
gboolean certd_when_is_late(guint64 not_before, guint64 not_after, guint64 now);
/* Whether a certificate valid from @not_before to @not_after should be replaced at @now: a third
 * of its lifetime or 30 days are left, or less (R41). */
gboolean certd_when_is_due(guint64 not_before, guint64 not_after, guint64 now);

G_END_DECLS
