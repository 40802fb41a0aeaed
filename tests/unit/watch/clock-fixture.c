/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clock-fixture.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

FakeKernel fake_kernel;

int adjtimex(struct timex *state)
{
    g_assert_cmpuint(state->modes, ==, 0); /* asked, never set */
    state->status = fake_kernel.status;
    fake_kernel.asked++;
    if (fake_kernel.clock < 0)
        errno = EPERM;
    return fake_kernel.clock;
}

int clock_gettime(clockid_t id, struct timespec *time)
{
    int r = (int)syscall(SYS_clock_gettime, id, time);
    if (id == CLOCK_REALTIME)
        time->tv_sec += fake_kernel.set_by;
    if (id == CLOCK_REALTIME || id == CLOCK_BOOTTIME)
        time->tv_sec += fake_kernel.slept;
    return r;
}

/* The kernel's own clock is not set, so its timer has to end when the faked one is there. That the
 * clock was set is told once: by this, or when the descriptor is read. */
int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
    struct itimerspec real = *value;
    gboolean tells = FALSE;
    if ((flags & TFD_TIMER_CANCEL_ON_SET) != 0) {
        g_assert_cmpint(flags, ==, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
        tells = fake_kernel.is_told && fd == fake_kernel.timer;
        fake_kernel.is_told = fake_kernel.is_told && !tells;
        fake_kernel.timer = fd;
        fake_kernel.armed = value->it_value.tv_sec;
        real.it_value.tv_sec -= fake_kernel.is_unaware ? 0 : fake_kernel.set_by;
    } else if (value->it_value.tv_sec != 0 || value->it_value.tv_nsec != 0) {
        fake_kernel.timers_end =
            value->it_value.tv_sec * G_USEC_PER_SEC + value->it_value.tv_nsec / 1000;
    }
    int r = (int)syscall(SYS_timerfd_settime, fd, flags, &real, old);
    if (!tells)
        return r;
    errno = ECANCELED;
    return -1;
}

/* Under its own name here, as the C library may have it inline. */
ssize_t fake_read(int fd, void *buffer, size_t size) __asm__("read");
ssize_t fake_read(int fd, void *buffer, size_t size)
{
    ssize_t n = syscall(SYS_read, fd, buffer, size);
    if (fd != fake_kernel.timer || !fake_kernel.is_told)
        return n;
    fake_kernel.is_told = FALSE;
    errno = ECANCELED;
    return -1;
}

void clock_watch_changed(void *userdata)
{
    ClockWatch *watch = userdata;
    g_assert_false(watch->is_calling);
    watch->changed++;
    if (watch->frees)
        certd_clock_free(g_steal_pointer(&watch->clock));
}

void clock_watch_due(void *userdata)
{
    ClockWatch *watch = userdata;
    g_assert_false(watch->is_calling);
    watch->due++;
    watch->due_at = certd_clock_now(watch->clock);
    watch->changed_before_due = watch->changed;
    if (watch->frees)
        certd_clock_free(g_steal_pointer(&watch->clock));
}

static void open_with(ClockWatch *watch, int clock, int status)
{
    g_autoptr(GError) error = NULL;
    fake_kernel = (FakeKernel){.clock = clock, .status = status};
    g_assert_cmpint(sd_event_new(&watch->event), >=, 0);
    watch->clock =
        certd_clock_new(watch->event, clock_watch_changed, clock_watch_due, watch, &error);
    g_assert_no_error(error);
}

void clock_watch_open(ClockWatch *watch, gboolean synchronized)
{
    open_with(watch, synchronized ? TIME_OK : TIME_ERROR, synchronized ? STA_PLL : STA_UNSYNC);
}

void clock_watch_open_forbidden(ClockWatch *watch)
{
    open_with(watch, -1, 0);
}

void clock_watch_close(ClockWatch *watch)
{
    certd_clock_free(watch->clock);
    sd_event_unref(watch->event);
}

void clock_watch_wake_at(ClockWatch *watch, gint64 when)
{
    watch->is_calling = TRUE;
    certd_clock_wake_at(watch->clock, when);
    watch->is_calling = FALSE;
}

unsigned int clock_watch_turn(const ClockWatch *watch)
{
    unsigned int turns = 0;
    int r = 1;
    for (; r > 0; turns++) {
        g_assert_cmpuint(turns, <, 100);
        r = sd_event_run(watch->event, 0);
        g_assert_cmpint(r, >=, 0);
    }
    return turns;
}

static int on_anything(sd_event_source *source, void *userdata)
{
    return 0;
}

void clock_watch_dispatch(const ClockWatch *watch)
{
    sd_event_source *source = NULL;
    g_assert_cmpint(sd_event_add_defer(watch->event, &source, on_anything, NULL), >=, 0);
    clock_watch_turn(watch);
    sd_event_source_disable_unref(source);
}

void clock_watch_await(const ClockWatch *watch, const unsigned int *calls, unsigned int n)
{
    while (*calls < n)
        g_assert_cmpint(sd_event_run(watch->event, CLOCK_WATCH_PATIENCE), >, 0);
}

void fake_set_clock(gint64 seconds, gboolean is_told)
{
    const struct itimerspec at_once = {.it_value.tv_nsec = 1};
    fake_kernel.set_by += seconds;
    fake_kernel.is_told = is_told;
    if (is_told)
        g_assert_cmpint(syscall(SYS_timerfd_settime, fake_kernel.timer, 0, &at_once, NULL), ==, 0);
}
