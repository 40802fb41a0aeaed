/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deadlines on a wall clock that may be set while they are waited for: R72. */
#include <time.h>

#include "clock-fixture.h"

#define HOUR 3600

/* How long the loop may sleep. */
typedef struct {
    const char *row;
    gboolean synchronized;
    gint64 deadline; /* seconds from now; 0 for none */
    gint64 sleep;    /* seconds */
} SleepRow;

static const SleepRow sleep_rows[] = {
    {"unsynchronized", FALSE, 0, 10},
    {"unsynchronized-until-deadline", FALSE, 5, 5},
    {"unsynchronized-deadline-is-far", FALSE, HOUR, 10},
    {"synchronized", TRUE, 0, HOUR},
    {"synchronized-until-deadline", TRUE, 60, 60},
    {"synchronized-deadline-is-far", TRUE, 100 * HOUR, HOUR},
    {"deadline-is-at-the-end-of-time", TRUE, G_MAXINT64 / 2, HOUR},
};

static void test_sleep_row(gconstpointer data)
{
    const SleepRow *row = data;
    __attribute__((cleanup(clock_watch_close))) ClockWatch watch = {0};
    struct timespec time;
    clock_watch_open(&watch, row->synchronized);
    if (row->deadline != 0)
        clock_watch_wake_at(&watch, certd_clock_now(watch.clock) + row->deadline);
    clock_watch_dispatch(&watch);
    g_assert_cmpint(clock_gettime(CLOCK_BOOTTIME, &time), ==, 0);
    gint64 sleep = fake_kernel.timers_end / G_USEC_PER_SEC - time.tv_sec;
    g_assert_cmpint(sleep, >=, row->sleep - 2);
    g_assert_cmpint(sleep, <=, row->sleep + 2);
}

static void test_deadline(void)
{
    __attribute__((cleanup(clock_watch_close))) ClockWatch watch = {0};
    clock_watch_open(&watch, TRUE);
    gint64 when = certd_clock_now(watch.clock) + 2;
    clock_watch_wake_at(&watch, when + HOUR);
    clock_watch_wake_at(&watch, when);
    g_assert_cmpint(fake_kernel.armed, ==, when);
    clock_watch_dispatch(&watch);
    g_assert_cmpuint(watch.due, ==, 0);
    clock_watch_await(&watch, &watch.due, 1);
    g_assert_cmpint(watch.due_at, >=, when);
    g_assert_cmpint(fake_kernel.armed, >, when);
    clock_watch_dispatch(&watch);
    g_assert_cmpuint(watch.due, ==, 1);
    g_assert_cmpuint(watch.changed, ==, 0);
}

/* At the next turn, and once; or not at all where it is taken back before. */
static void test_deadline_in_the_past(void)
{
    __attribute__((cleanup(clock_watch_close))) ClockWatch watch = {0};
    clock_watch_open(&watch, TRUE);
    const gint64 deadlines[] = {certd_clock_now(watch.clock), 1, -1, G_MININT64};
    unsigned int n = 0;
    for (; n < G_N_ELEMENTS(deadlines); n++) {
        clock_watch_wake_at(&watch, deadlines[n]);
        g_assert_cmpuint(watch.due, ==, n);
        clock_watch_turn(&watch);
        g_assert_cmpuint(watch.due, ==, n + 1);
    }
    clock_watch_dispatch(&watch);
    g_assert_cmpuint(watch.due, ==, n);
    clock_watch_wake_at(&watch, 1);
    clock_watch_wake_at(&watch, 0);
    clock_watch_dispatch(&watch);
    clock_watch_wake_at(&watch, 1);
    clock_watch_wake_at(&watch, certd_clock_now(watch.clock) + HOUR);
    clock_watch_dispatch(&watch);
    g_assert_cmpuint(watch.due, ==, n);
    g_assert_cmpuint(watch.changed, ==, 0);
}

/* A deadline that the clock jumps over is reached, whoever knows of the jump. */
static void test_jump_over_deadline(gconstpointer is_told)
{
    __attribute__((cleanup(clock_watch_close))) ClockWatch watch = {0};
    clock_watch_open(&watch, TRUE);
    clock_watch_wake_at(&watch, certd_clock_now(watch.clock) + HOUR);
    clock_watch_dispatch(&watch);
    fake_set_clock(HOUR, is_told != NULL);
    if (is_told == NULL)
        clock_watch_dispatch(&watch);
    clock_watch_await(&watch, &watch.due, 1);
    g_assert_cmpuint(watch.changed_before_due, ==, 1);
    clock_watch_dispatch(&watch);
    g_assert_cmpuint(watch.due, ==, 1);
}

/* A clock that is set back makes the deadline later, by the clock it was given in. */
static void test_set_back(gconstpointer is_told)
{
    __attribute__((cleanup(clock_watch_close))) ClockWatch watch = {0};
    clock_watch_open(&watch, TRUE);
    gint64 when = certd_clock_now(watch.clock) + HOUR;
    clock_watch_wake_at(&watch, when);
    fake_set_clock(-HOUR, is_told != NULL);
    fake_kernel.armed = 0;
    if (is_told == NULL)
        clock_watch_dispatch(&watch);
    clock_watch_await(&watch, &watch.changed, 1);
    g_assert_cmpint(fake_kernel.armed, ==, when);
    fake_set_clock(2 * HOUR - 1, FALSE);
    clock_watch_dispatch(&watch);
    g_assert_cmpuint(watch.due, ==, 0);
    clock_watch_await(&watch, &watch.due, 1);
    g_assert_cmpint(watch.due_at, >=, when);
}

/* The kernel's clock is ahead of the one that we see, so its timer ends too early: the deadline is
 * waited for all the same, and the loop sleeps meanwhile. */
static void test_timer_is_early(void)
{
    __attribute__((cleanup(clock_watch_close))) ClockWatch watch = {0};
    clock_watch_open(&watch, TRUE);
    fake_kernel.is_unaware = TRUE;
    fake_set_clock(-HOUR, FALSE);
    clock_watch_dispatch(&watch);
    gint64 when = certd_clock_now(watch.clock) + 3;
    clock_watch_wake_at(&watch, when);
    g_assert_cmpint(fake_kernel.armed, ==, when);
    while (fake_kernel.armed == when)
        g_assert_cmpint(sd_event_run(watch.event, CLOCK_WATCH_PATIENCE), >, 0);
    g_assert_cmpuint(clock_watch_turn(&watch), <, 5);
    g_assert_cmpuint(watch.due, ==, 0);
    clock_watch_await(&watch, &watch.due, 1);
    g_assert_cmpint(watch.due_at, >=, when);
}

static void test_freed_by_callbacks(void)
{
    ClockWatch changed = {.frees = TRUE}, due = {.frees = TRUE};
    clock_watch_open(&changed, TRUE);
    clock_watch_wake_at(&changed, certd_clock_now(changed.clock) + HOUR);
    fake_set_clock(2 * HOUR, FALSE);
    clock_watch_dispatch(&changed);
    g_assert_null(changed.clock);
    g_assert_cmpuint(changed.due, ==, 0);
    clock_watch_close(&changed);
    clock_watch_open(&due, TRUE);
    clock_watch_wake_at(&due, 1);
    clock_watch_turn(&due);
    g_assert_null(due.clock);
    clock_watch_close(&due);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(sleep_rows); i++) {
        g_autofree char *path =
            g_strconcat("/watch/clock-deadline/sleep/", sleep_rows[i].row, NULL);
        g_test_add_data_func(path, &sleep_rows[i], test_sleep_row);
    }
    g_test_add_func("/watch/clock-deadline/reached", test_deadline);
    g_test_add_func("/watch/clock-deadline/in-the-past", test_deadline_in_the_past);
    g_test_add_data_func("/watch/clock-deadline/jump", "told", test_jump_over_deadline);
    g_test_add_data_func("/watch/clock-deadline/jump-unseen", NULL, test_jump_over_deadline);
    g_test_add_data_func("/watch/clock-deadline/set-back", "told", test_set_back);
    g_test_add_data_func("/watch/clock-deadline/set-back-unseen", NULL, test_set_back);
    g_test_add_func("/watch/clock-deadline/timer-is-early", test_timer_is_early);
    g_test_add_func("/watch/clock-deadline/freed-by-callbacks", test_freed_by_callbacks);
    return g_test_run();
}
