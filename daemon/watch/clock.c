/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A timerfd on the wall clock brings both the deadline and the news that the clock was set. The
 * kernel does not know of every step, though: a debugger, a snapshot or a library may change what
 * only we see. So after each event, and at least once an hour, the clock is compared with
 * CLOCK_BOOTTIME, and what is due is judged by what we see.
 *
 * Whether it is synchronized says the kernel, or where a sandbox forbids to ask it, timedate1.
 * Whoever sets the clock ends its being synchronized, and then the kernel says so at once; what
 * timedate1 said before counts no more.
 */

#include "watch/clock.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "model/error.h"
#include "watch/timedate.h"

/* 9999-12-31T23:59:59Z, beyond all dates of RFC 5280: a timer that only tells of the clock's being
 * set. */
#define NEVER 253402300799
/* The poll may be late by this, which lets sd-event group its timers. */
#define POLL_ACCURACY_USEC (1u * G_USEC_PER_SEC)
/* Two clocks are read one after the other, which blurs their difference by about this. */
#define READING_USEC 10000

struct CertdClock {
    sd_event_source *timer; /* the timerfd */
    sd_event_source *poll;
    sd_event_source *post;
    sd_event_source *tell;   /* enabled while a callback is to be called */
    gboolean is_forbidden;   /* the kernel may not be asked */
    CertdTimedate *timedate; /* who is asked then; or NULL */
    gboolean said;           /* what timedate1 said */
    gint64 offset;           /* usec of CLOCK_REALTIME over CLOCK_BOOTTIME, as last told */
    gint64 deadline;         /* seconds since the epoch, or 0 */
    gboolean synchronized;
    gboolean is_new; /* changed() is to be called */
    gboolean is_due; /* due() is to be called */
    void (*changed)(void *userdata);
    void (*due)(void *userdata);
    void *userdata;
};

static gboolean kernel_may_not_be_asked(void)
{
    struct timex state = {0};
    return adjtimex(&state) < 0 && errno == EPERM;
}

static gboolean kernel_is_synchronized(void)
{
    struct timex state = {0};
    int clock = adjtimex(&state);
    return clock >= 0 && clock != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

gboolean certd_clock_judge(gint64 now, gboolean synchronized, gint64 seen)
{
    return synchronized || (now >= CERTD_RELEASE_TIME && now >= seen);
}

static gint64 read_usec(clockid_t id)
{
    struct timespec time = {0};
    clock_gettime(id, &time);
    return (gint64)time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static gint64 read_offset(void)
{
    return read_usec(CLOCK_REALTIME) - read_usec(CLOCK_BOOTTIME);
}

gint64 certd_clock_now(const CertdClock *clock)
{
    struct timespec time = {0};
    clock_gettime(CLOCK_REALTIME, &time); /* time() lags behind the timers by some milliseconds */
    return time.tv_sec;
}

static void tell(CertdClock *clock, gboolean *what)
{
    *what = TRUE;
    sd_event_source_set_enabled(clock->tell, SD_EVENT_ONESHOT);
}

static gboolean has_stepped(const CertdClock *clock)
{
    return ABS(read_offset() - clock->offset) >= CERTD_CLOCK_STEP_USEC - READING_USEC;
}

static gboolean is_synchronized(const CertdClock *clock)
{
    return clock->is_forbidden ? clock->said : kernel_is_synchronized();
}

static void note_step(CertdClock *clock)
{
    clock->offset = read_offset();
    clock->said = FALSE;
    if (clock->timedate != NULL)
        certd_timedate_ask(clock->timedate);
}

/* Looks at the clock, of which the kernel may have said that it @was_set. */
static void look(CertdClock *clock, gboolean was_set)
{
    gboolean stepped = was_set || has_stepped(clock);
    if (stepped)
        note_step(clock);
    gboolean synchronized = is_synchronized(clock);
    if (!stepped && synchronized == clock->synchronized)
        return;
    clock->synchronized = synchronized;
    tell(clock, &clock->is_new);
}

/* Arms the timerfd; whatever @when is, it tells when the clock is set. */
static void arm_timer(CertdClock *clock, gint64 when)
{
    const struct itimerspec value = {.it_value.tv_sec = (time_t)MIN(when, NEVER)};
    int r = timerfd_settime(sd_event_source_get_io_fd(clock->timer),
                            TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &value, NULL);
    /* Armed nevertheless; but the clock was set, and the descriptor won't say so again. */
    if (r < 0 && errno == ECANCELED)
        look(clock, TRUE);
}

static void arm_poll(CertdClock *clock, gint64 now)
{
    gboolean asks_kernel = !clock->is_forbidden && !clock->synchronized;
    guint64 wait = asks_kernel ? CERTD_CLOCK_POLL_USEC : CERTD_CLOCK_POLL_SYNCHRONIZED_USEC;
    if (clock->deadline != 0 && (guint64)(clock->deadline - now) < wait / G_USEC_PER_SEC)
        wait = (guint64)(clock->deadline - now) * G_USEC_PER_SEC;
    sd_event_source_set_time_relative(clock->poll, wait);
    sd_event_source_set_enabled(clock->poll, SD_EVENT_ONESHOT);
}

/* Arms all timers anew. A @timer_is_early whose clock is ahead of the one we see must not be armed
 * for the deadline again: it would end at once, again and again. The poll waits for it then. */
static void arm(CertdClock *clock, gboolean timer_is_early)
{
    gint64 now = certd_clock_now(clock);
    if (clock->deadline != 0 && now >= clock->deadline) {
        clock->deadline = 0;
        tell(clock, &clock->is_due);
    }
    arm_timer(clock, clock->deadline == 0 || timer_is_early ? NEVER : clock->deadline);
    arm_poll(clock, now);
}

static int on_timer(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
    CertdClock *clock = userdata;
    uint64_t times = 0;
    ssize_t n = read(fd, &times, sizeof times);
    if (n < 0 && errno != ECANCELED)
        return 0;
    look(clock, n < 0);
    arm(clock, n > 0);
    return 0;
}

static int on_poll(sd_event_source *source, uint64_t usec, void *userdata)
{
    CertdClock *clock = userdata;
    look(clock, FALSE);
    arm(clock, FALSE);
    return 0;
}

static int on_post(sd_event_source *source, void *userdata)
{
    CertdClock *clock = userdata;
    if (has_stepped(clock)) {
        look(clock, FALSE);
        arm(clock, FALSE);
    }
    return 0;
}

/* One callback a turn, and the last thing done in it: it may do what it likes. */
static int on_tell(sd_event_source *source, void *userdata)
{
    CertdClock *clock = userdata;
    if (clock->is_new) {
        clock->is_new = FALSE;
        sd_event_source_set_enabled(source, clock->is_due ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
        clock->changed(clock->userdata);
    } else if (clock->is_due) {
        clock->is_due = FALSE;
        clock->due(clock->userdata);
    }
    return 0;
}

static int open_timer(CertdClock *clock, sd_event *event)
{
    int fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    int r = sd_event_add_io(event, &clock->timer, fd, EPOLLIN, on_timer, clock);
    if (r < 0) {
        close(fd);
        return r;
    }
    return sd_event_source_set_io_fd_own(clock->timer, TRUE);
}

static int open_sources(CertdClock *clock, sd_event *event)
{
    int r = open_timer(clock, event);
    if (r >= 0)
        r = sd_event_add_time(event, &clock->poll, CLOCK_BOOTTIME, 0, POLL_ACCURACY_USEC, on_poll,
                              clock);
    if (r >= 0)
        r = sd_event_add_post(event, &clock->post, on_post, clock);
    if (r >= 0)
        r = sd_event_add_defer(event, &clock->tell, on_tell, clock);
    return r < 0 ? r : sd_event_source_set_enabled(clock->tell, SD_EVENT_OFF);
}

CertdClock *certd_clock_new(sd_event *event, void (*changed)(void *userdata),
                            void (*due)(void *userdata), void *userdata, GError **error)
{
    g_autoptr(CertdClock) clock = g_new0(CertdClock, 1);
    clock->changed = changed;
    clock->due = due;
    clock->userdata = userdata;
    clock->offset = read_offset();
    clock->is_forbidden = kernel_may_not_be_asked();
    clock->synchronized = is_synchronized(clock);
    int r = open_sources(clock, event);
    if (r < 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED,
                    "The clock can't be watched: %s; see that memory and file descriptors are left",
                    g_strerror(-r));
        return NULL;
    }
    arm(clock, FALSE);
    return g_steal_pointer(&clock);
}

void certd_clock_free(CertdClock *clock)
{
    if (clock == NULL)
        return;
    certd_timedate_free(clock->timedate);
    sd_event_source_disable_unref(clock->timer);
    sd_event_source_disable_unref(clock->poll);
    sd_event_source_disable_unref(clock->post);
    sd_event_source_disable_unref(clock->tell);
    g_free(clock);
}

static void on_said(gboolean synchronized, void *userdata)
{
    CertdClock *clock = userdata;
    clock->said = synchronized;
    look(clock, FALSE);
}

void certd_clock_set_bus(CertdClock *clock, sd_bus *bus)
{
    if (clock->is_forbidden)
        clock->timedate = certd_timedate_new(bus, on_said, clock);
}

gboolean certd_clock_is_synchronized(CertdClock *clock)
{
    look(clock, FALSE);
    return clock->synchronized;
}

void certd_clock_wake_at(CertdClock *clock, gint64 when)
{
    clock->deadline = when;
    clock->is_due = FALSE;
    arm(clock, FALSE);
}
