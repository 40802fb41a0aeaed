/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the clock is worth judging dates by (R72). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether @now (seconds since the epoch) is to be trusted: the kernel says that the clock is
 * synchronized, or it is not before this software was made. */
gboolean certd_clock_is_trusted(gint64 now);

G_END_DECLS
