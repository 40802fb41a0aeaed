/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A fake of time, preloaded into certd by the tests before libfaketime, which fakes the wall clock
 * itself. What else there is to a clock stands in files that are read anew at each call:
 *
 * $CERTD_TEST_SYNCHRONIZED  whether the kernel calls the clock synchronized: "1"; "-1" where it may not be
 *                           asked; or anything else
 * $CERTD_TEST_SLEPT         seconds that the device was suspended, which CLOCK_BOOTTIME counts
 *
 * Their names are kept from the start, for programs that clear their environment.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static char *synchronized_path, *slept_path;

static char *copy_of(const char *value)
{
    return value != NULL ? strdup(value) : NULL;
}

__attribute__((constructor)) static void keep_names(void)
{
    synchronized_path = copy_of(getenv("CERTD_TEST_SYNCHRONIZED"));
    slept_path = copy_of(getenv("CERTD_TEST_SLEPT"));
}

/* The number in the file at @path; 0 without. */
static long read_number(const char *path)
{
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    char text[32] = "";
    if (file == NULL)
        return 0;
    long number = fgets(text, sizeof text, file) != NULL ? strtol(text, NULL, 10) : 0;
    fclose(file);
    return number;
}

int adjtimex(struct timex *state)
{
    long said = read_number(synchronized_path);
    int synchronized = said == 1;
    if (said == -1) {
        errno = EPERM;
        return -1;
    }
    state->status = synchronized ? STA_PLL : STA_UNSYNC;
    return synchronized ? TIME_OK : TIME_ERROR;
}

int clock_gettime(clockid_t id, struct timespec *time)
{
    static int (*next)(clockid_t, struct timespec *);
    if (id == CLOCK_BOOTTIME) {
        int status = (int)syscall(SYS_clock_gettime, id, time);
        time->tv_sec += read_number(slept_path);
        return status;
    }
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
    return next(id, time);
}

/* As it is: libfaketime takes every absolute time for one of the wall clock, and shifts those of the
 * event loop's monotonic clocks. So a timer on the wall clock goes by the real one, as it would
 * where somebody changes what only a program sees, and certd has to find that out by itself. One on
 * CLOCK_BOOTTIME is late by what the device slept; the event loop looks at the clock before. */
int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
    return (int)syscall(SYS_timerfd_settime, fd, flags, value, old);
}
