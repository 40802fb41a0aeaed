/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel whose wall clock can be set, and a CertdClock on it. */
#pragma once

#include "watch/clock.h"

G_BEGIN_DECLS

/* Usec. Nothing takes longer than a poll of ten seconds. */
#define CLOCK_WATCH_PATIENCE ((uint64_t)20 * G_USEC_PER_SEC)

/* What the kernel says now: time itself is the one thing that the tests may make. adjtimex(),
 * clock_gettime(), timerfd_settime() and read() of the test's program go by it. */
typedef struct {
    int clock;          /* what adjtimex() returns; -1: it is forbidden */
    int status;         /* what it tells */
    unsigned int asked; /* calls of it */
    gint64 set_by;      /* seconds that the wall clock was set ahead */
    gint64 slept;       /* seconds that the device was suspended; the loop finds out when it runs */
    gboolean is_unaware; /* only we see that, as with a library that fakes the clock */
    int timer;           /* the descriptor that tells of the clock's being set */
    gboolean is_told;    /* by that descriptor, next time */
    gint64 armed;        /* seconds since the epoch that it was armed for */
    gint64 timers_end;   /* when the loop's own timers end, usec of CLOCK_BOOTTIME */
} FakeKernel;

extern FakeKernel fake_kernel;

/* Sets the wall clock ahead by @seconds, or back; with @is_told the kernel says so. */
void fake_set_clock(gint64 seconds, gboolean is_told);

typedef struct {
    sd_event *event;
    CertdClock *clock;
    unsigned int changed;            /* calls */
    unsigned int due;                /* calls */
    gint64 due_at;                   /* seconds since the epoch */
    unsigned int changed_before_due; /* calls */
    gboolean frees;                  /* the callbacks free the clock */
    gboolean is_calling;             /* callbacks may not be called now */
} ClockWatch;

/* What certd_clock_new() takes. */
void clock_watch_changed(void *userdata);
void clock_watch_due(void *userdata);

/* With a kernel of its own, @synchronized or not. */
void clock_watch_open(ClockWatch *watch, gboolean synchronized);
/* With one that may not be asked. */
void clock_watch_open_forbidden(ClockWatch *watch);
void clock_watch_close(ClockWatch *watch);
/* certd_clock_wake_at(), which may not call back. */
void clock_watch_wake_at(ClockWatch *watch, gint64 when);
/* Turns the loop until nothing is left to do now; how often that was. */
unsigned int clock_watch_turn(const ClockWatch *watch);
/* Something happens that has nothing to do with the clock. */
void clock_watch_dispatch(const ClockWatch *watch);
/* Turns the loop until *@calls is @n or more. */
void clock_watch_await(const ClockWatch *watch, const unsigned int *calls, unsigned int n);

G_END_DECLS
