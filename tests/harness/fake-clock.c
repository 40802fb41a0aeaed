/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fake of time, preloaded into certd by the tests before libfaketime, which fakes the clock itself.
 * Whether the kernel calls the clock synchronized is what the file $CERTD_TEST_SYNCHRONIZED says, "1"
 * or anything else, read anew at each call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <unistd.h>

static int is_synchronized(void)
{
    const char *path = getenv("CERTD_TEST_SYNCHRONIZED");
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    if (file == NULL)
        return 0;
    int first = fgetc(file);
    fclose(file);
    return first == '1';
}

int adjtimex(struct timex *state)
{
    int synchronized = is_synchronized();
    state->status = synchronized ? STA_PLL : STA_UNSYNC;
    return synchronized ? TIME_OK : TIME_ERROR;
}

/* As it is: libfaketime takes every absolute time for one of the wall clock, and shifts those of the
 * event loop's monotonic clocks. So a timer on the wall clock goes by the real one, as it would
 * where somebody changes what only a program sees, and certd has to find that out by itself. */
int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
    return (int)syscall(SYS_timerfd_settime, fd, flags, value, old);
}
