/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the clock is trusted, by what the kernel says and by the release's day. */
#include "watch/clock.h"

#include <errno.h>
#include <sys/timex.h>

#include "config.h"

/* What the kernel says now: time itself is the one thing that the tests may make. */
static struct {
    int clock;
    int status;
} kernel;

int adjtimex(struct timex *state)
{
    g_assert_cmpuint(state->modes, ==, 0); /* asked, never set */
    state->status = kernel.status;
    if (kernel.clock < 0)
        errno = EPERM;
    return kernel.clock;
}

typedef struct {
    const char *row;
    int clock;
    int status;
    gint64 after_release; /* seconds */
    gboolean trusted;
} Row;

static const Row rows[] = {
    {"synchronized", TIME_OK, STA_PLL, 0, TRUE},
    {"synchronized-early", TIME_OK, STA_PLL, -1, TRUE},
    {"leap-second-early", TIME_INS, STA_PLL | STA_INS, -1, TRUE},
    {"never-synchronized", TIME_ERROR, STA_UNSYNC, 1, TRUE},
    {"never-synchronized-same-second", TIME_ERROR, STA_UNSYNC, 0, TRUE},
    {"never-synchronized-early", TIME_ERROR, STA_UNSYNC, -1, FALSE},
    {"error-alone-early", TIME_ERROR, STA_PLL, -1, FALSE},
    {"unsynchronized-alone-early", TIME_OK, STA_UNSYNC, -1, FALSE},
    {"not-told-early", -1, 0, -1, FALSE},
    {"not-told", -1, 0, 1, TRUE},
    {"epoch", TIME_ERROR, STA_UNSYNC, -(gint64)CERTD_RELEASE_TIME, FALSE},
};

static void test_row(gconstpointer data)
{
    const Row *row = data;
    kernel.clock = row->clock;
    kernel.status = row->status;
    g_assert_cmpint(certd_clock_is_trusted((gint64)CERTD_RELEASE_TIME + row->after_release), ==,
                    row->trusted);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/watch/clock/", rows[i].row, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    return g_test_run();
}
