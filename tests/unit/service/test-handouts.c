/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is remembered of keys that were handed out, for how long, and how much. */

#include "service/handouts.h"

#include "model/limits.h"

#define BEGUN (G_GINT64_CONSTANT(7000) * G_USEC_PER_SEC)
#define HOUR (CERTD_HANDOUT_SECONDS * (gint64)G_USEC_PER_SEC)

/* At CERTD_HANDOUT_SECONDS it is over; to be handed out again meanwhile makes it no longer. */
static void test_time(void)
{
    g_autoptr(CertdHandouts) handouts = certd_handouts_new();
    g_assert_false(certd_handouts_has(handouts, "a", BEGUN));
    certd_handouts_add(handouts, "a", BEGUN);
    g_assert_true(certd_handouts_has(handouts, "a", BEGUN));
    g_assert_false(certd_handouts_has(handouts, "b", BEGUN));
    certd_handouts_add(handouts, "a", BEGUN + HOUR / 2);
    g_assert_true(certd_handouts_has(handouts, "a", BEGUN + HOUR - 1));
    g_assert_false(certd_handouts_has(handouts, "a", BEGUN + HOUR));
    certd_handouts_add(handouts, "a", BEGUN + HOUR);
    g_assert_true(certd_handouts_has(handouts, "a", BEGUN + 2 * HOUR - 1));
}

static void add(CertdHandouts *handouts, guint first, guint count)
{
    for (guint i = first; i < first + count; i++) {
        g_autofree char *text = g_strdup_printf("%u", i);
        certd_handouts_add(handouts, text, BEGUN + (gint64)i);
    }
}

/* CERTD_LIMIT_HANDOUTS: at it all are known, and one beyond the oldest goes, no other. */
static void test_limit(void)
{
    g_autoptr(CertdHandouts) handouts = certd_handouts_new();
    add(handouts, 0, CERTD_LIMIT_HANDOUTS);
    g_assert_true(certd_handouts_has(handouts, "0", BEGUN + HOUR - 1));
    add(handouts, CERTD_LIMIT_HANDOUTS, 1);
    g_assert_false(certd_handouts_has(handouts, "0", BEGUN + HOUR - 1));
    g_assert_true(certd_handouts_has(handouts, "1", BEGUN + HOUR - 1));
}

/* What is over makes room: nothing that is not has to go for it. */
static void test_over(void)
{
    g_autoptr(CertdHandouts) handouts = certd_handouts_new();
    add(handouts, 0, CERTD_LIMIT_HANDOUTS);
    certd_handouts_add(handouts, "new", BEGUN + HOUR + 1);
    certd_handouts_add(handouts, "newer", BEGUN + HOUR + 1);
    g_assert_true(certd_handouts_has(handouts, "new", BEGUN + HOUR + 1));
    g_assert_true(certd_handouts_has(handouts, "newer", BEGUN + HOUR + 1));
    g_assert_false(certd_handouts_has(handouts, "1", BEGUN + HOUR + 1));
    g_assert_true(certd_handouts_has(handouts, "2", BEGUN + HOUR + 1));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/service/handouts/time", test_time);
    g_test_add_func("/service/handouts/limit", test_limit);
    g_test_add_func("/service/handouts/over", test_over);
    return g_test_run();
}
