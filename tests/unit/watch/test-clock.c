/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the clock is trusted, and that it is noticed when it is set or synchronized: R72. */
#include <sys/resource.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "clock-fixture.h"
#include "config.h"
#include "model/error.h"

#define HOUR 3600
#define POLL_SECONDS ((gint64)(CERTD_CLOCK_POLL_USEC / G_USEC_PER_SEC))
/* How late the poll may be. */
#define POLL_ACCURACY_SECONDS 1

typedef struct {
    const char *row;
    int clock;
    int status;
    gint64 after_release; /* seconds */
    gboolean synchronized;
    gboolean trusted;
} KernelRow;

static const KernelRow kernel_rows[] = {
    {"synchronized", TIME_OK, STA_PLL, 0, TRUE, TRUE},
    {"synchronized-early", TIME_OK, STA_PLL, -1, TRUE, TRUE},
    {"leap-second-early", TIME_INS, STA_PLL | STA_INS, -1, TRUE, TRUE},
    {"never-synchronized", TIME_ERROR, STA_UNSYNC, 1, FALSE, TRUE},
    {"never-synchronized-same-second", TIME_ERROR, STA_UNSYNC, 0, FALSE, TRUE},
    {"never-synchronized-early", TIME_ERROR, STA_UNSYNC, -1, FALSE, FALSE},
    {"error-alone-early", TIME_ERROR, STA_PLL, -1, FALSE, FALSE},
    {"unsynchronized-alone-early", TIME_OK, STA_UNSYNC, -1, FALSE, FALSE},
    {"not-told-early", -1, 0, -1, FALSE, FALSE},
    {"not-told", -1, 0, 1, FALSE, TRUE},
    {"epoch", TIME_ERROR, STA_UNSYNC, -(gint64)CERTD_RELEASE_TIME, FALSE, FALSE},
};

static void test_kernel_row(gconstpointer data)
{
    const KernelRow *row = data;
    gint64 now = (gint64)CERTD_RELEASE_TIME + row->after_release;
    __attribute__((cleanup(clock_watch_close))) ClockWatch watch = {0};
    clock_watch_open(&watch, FALSE);
    fake_kernel.clock = row->clock;
    fake_kernel.status = row->status;
    gboolean synchronized = certd_clock_is_synchronized(watch.clock);
    g_assert_cmpint(synchronized, ==, row->synchronized);
    g_assert_cmpint(certd_clock_judge(now, synchronized, 0), ==, row->trusted);
    /* That it is so now is news. */
    clock_watch_turn(&watch);
    g_assert_cmpuint(watch.changed, ==, row->synchronized ? 1 : 0);
}

/* Seconds after the release. */
typedef struct {
    const char *row;
    gint64 now;
    gboolean synchronized;
    gint64 seen;
    gboolean trusted;
} JudgeRow;

static const JudgeRow judge_rows[] = {
    {"release", 0, FALSE, -1, TRUE},
    {"before-release", -1, FALSE, -HOUR, FALSE},
    {"before-release-synchronized", -1, TRUE, HOUR, TRUE},
    {"as-seen", HOUR, FALSE, HOUR, TRUE},
    {"later-than-seen", HOUR + 1, FALSE, HOUR, TRUE},
    {"before-seen", HOUR - 1, FALSE, HOUR, FALSE},
    {"before-seen-synchronized", HOUR - 1, TRUE, HOUR, TRUE},
    {"nothing-seen", HOUR, FALSE, -(gint64)CERTD_RELEASE_TIME, TRUE},
    {"epoch", -(gint64)CERTD_RELEASE_TIME, FALSE, -(gint64)CERTD_RELEASE_TIME, FALSE},
    {"year-2038", (gint64)0x80000000 - CERTD_RELEASE_TIME, FALSE, HOUR, TRUE},
    {"year-2106", (gint64)0x100000000 - CERTD_RELEASE_TIME, FALSE, HOUR, TRUE},
    {"seen-in-2106", HOUR, FALSE, (gint64)0x100000000 - CERTD_RELEASE_TIME, FALSE},
};

static void test_judge_row(gconstpointer data)
{
    const JudgeRow *row = data;
    gint64 release = CERTD_RELEASE_TIME;
    g_assert_cmpint(certd_clock_judge(release + row->now, row->synchronized, release + row->seen),
                    ==, row->trusted);
}

/* What the wall clock is set by, one after the other, and how often that is told in all. */
typedef struct {
    const char *row;
    gint64 steps[2];
    gboolean is_told;
    unsigned int changed;
} StepRow;

static const StepRow step_rows[] = {
    {"a-second-unseen", {1, 0}, FALSE, 0},
    {"a-second-back-unseen", {-1, 0}, FALSE, 0},
    {"two-seconds-unseen", {2, 0}, FALSE, 1},
    {"two-seconds-back-unseen", {-2, 0}, FALSE, 1},
    {"twice-a-second-unseen", {1, 1}, FALSE, 1},
    {"forth-and-back-unseen", {HOUR, -HOUR}, FALSE, 2},
    {"ten-years-unseen", {(gint64)87600 * HOUR, 0}, FALSE, 1},
    {"less-than-a-second", {0, 0}, TRUE, 2},
    {"leap-second", {-1, 0}, TRUE, 2},
    {"forth-and-back", {HOUR, -HOUR}, TRUE, 2}, /* once each, though two sources see it */
};

static void test_step_row(gconstpointer data)
{
    const StepRow *row = data;
    __attribute__((cleanup(clock_watch_close))) ClockWatch watch = {0};
    clock_watch_open(&watch, TRUE);
    clock_watch_dispatch(&watch);
    for (size_t i = 0; i < G_N_ELEMENTS(row->steps); i++) {
        gint64 before = certd_clock_now(watch.clock);
        fake_set_clock(row->steps[i], row->is_told);
        g_assert_cmpint(certd_clock_now(watch.clock) - before - row->steps[i], <=, 1);
        if (row->is_told)
            clock_watch_await(&watch, &watch.changed, (unsigned int)i + 1);
        else
            clock_watch_dispatch(&watch);
    }
    clock_watch_dispatch(&watch);
    g_assert_cmpuint(watch.changed, ==, row->changed);
    g_assert_cmpuint(watch.due, ==, 0);
}

/* The kernel does not say when the clock gets synchronized: it is asked, for which the loop's timer
 * ends in time. */
static void test_becomes_synchronized(void)
{
    __attribute__((cleanup(clock_watch_close))) ClockWatch watch = {0};
    struct timespec time;
    clock_watch_open(&watch, FALSE);
    clock_watch_dispatch(&watch);
    g_assert_cmpint(clock_gettime(CLOCK_BOOTTIME, &time), ==, 0);
    gint64 left = fake_kernel.timers_end / G_USEC_PER_SEC - time.tv_sec;
    g_assert_cmpint(left, <=, POLL_SECONDS + POLL_ACCURACY_SECONDS);
    g_assert_cmpuint(watch.changed, ==, 0);
    fake_kernel.clock = TIME_OK;
    fake_kernel.status = STA_PLL;
    fake_kernel.slept = POLL_SECONDS + POLL_ACCURACY_SECONDS;
    clock_watch_dispatch(&watch);
    g_assert_cmpuint(watch.changed, ==, 1);
    g_assert_true(certd_clock_is_synchronized(watch.clock));
    clock_watch_dispatch(&watch);
    g_assert_cmpuint(watch.changed, ==, 1);
}

/* Without descriptors for each of its two timers it is refused, and leaves nothing behind. */
static void test_no_descriptors(void)
{
    __attribute__((cleanup(clock_watch_close))) ClockWatch watch = {0};
    struct rlimit usual, low;
    rlim_t n = 0;
    g_assert_cmpint(sd_event_new(&watch.event), >=, 0);
    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &usual), ==, 0);
    int next = dup(STDOUT_FILENO);
    g_assert_cmpint(close(next), ==, 0);
    for (; watch.clock == NULL; n++) {
        g_autoptr(GError) error = NULL;
        low = (struct rlimit){.rlim_cur = (rlim_t)next + n, .rlim_max = usual.rlim_max};
        g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &low), ==, 0);
        watch.clock =
            certd_clock_new(watch.event, clock_watch_changed, clock_watch_due, &watch, &error);
        if (watch.clock == NULL)
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    }
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &usual), ==, 0);
    g_assert_cmpuint(n, ==, 2 + 1);
}

#define ADD_ROWS(folder, rows, test)                                                               \
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {                                              \
        g_autofree char *path = g_strconcat("/watch/clock/" folder "/", (rows)[i].row, NULL);      \
        g_test_add_data_func(path, &(rows)[i], test);                                              \
    }

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD_ROWS("kernel", kernel_rows, test_kernel_row)
    ADD_ROWS("judge", judge_rows, test_judge_row)
    ADD_ROWS("step", step_rows, test_step_row)
    g_test_add_func("/watch/clock/becomes-synchronized", test_becomes_synchronized);
    g_test_add_func("/watch/clock/no-descriptors", test_no_descriptors);
    return g_test_run();
}
