/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the clock is worth judging dates by. */

#include "watch/clock.h"

#include <sys/timex.h>

#include "config.h"

gboolean certd_clock_is_trusted(gint64 now)
{
    struct timex state = {0};
    int clock = adjtimex(&state);
    if (clock >= 0 && clock != TIME_ERROR && (state.status & STA_UNSYNC) == 0)
        return TRUE;
    return now >= CERTD_RELEASE_TIME;
}
