/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R41: who has to do something is warned in time, and of each step once. */

#include "fake.h"
#include "service/review.h"

#define DAY G_GINT64_CONSTANT(86400)

/* "web", imported, valid for @days from now on. */
static gint64 import(Fake *fake, gint64 days)
{
    fake_start(fake);
    fake_create(fake, "web");
    guint key = fake->made;
    fake_request(fake, "web", "external");
    fake->judged = (CertdValidity){fake->now, fake->now + days * DAY};
    fake_import(fake, "web", key);
    fake_heard(fake, "");
    return fake->judged.not_after;
}

/* One warning at each of its times, which are seconds before the end; no other. @restarts: certd ends
 * and begins again between any two. */
static void expect_warnings(Fake *fake, gint64 not_after, const gint64 *before, size_t count,
                            gboolean restarts)
{
    for (size_t i = 0; i < count; i++) {
        gint64 at = not_after - before[i];
        if (restarts) {
            fake_restart(fake);
            fake_start(fake);
        }
        fake_pass(fake, at - 1 - fake->now);
        g_assert_cmpuint(fake_heard(fake, "web:expiring"), ==, 0);
        fake_pass(fake, 1);
        g_assert_cmpuint(fake_heard(fake, "web:expiring"), ==, 1);
    }
    fake_pass(fake, not_after + 30 * DAY - fake->now);
    g_assert_cmpuint(fake_heard(fake, "web:expiring"), ==, 0);
}

static const gint64 year[] = {120 * DAY, 30 * DAY, 14 * DAY, 7 * DAY, 3 * DAY, DAY};

/* R41 */
static void test_year(Fake *fake, const void *data)
{
    gint64 not_after = import(fake, 360);
    expect_warnings(fake, not_after, year, G_N_ELEMENTS(year), FALSE);
}

/* R41: also across restarts, each of which looks at everything. */
static void test_restarts(Fake *fake, const void *data)
{
    gint64 not_after = import(fake, 360);
    expect_warnings(fake, not_after, year, G_N_ELEMENTS(year), TRUE);
}

/* R41: of a short one, those steps that are later than a third. */
static void test_short(Fake *fake, const void *data)
{
    static const gint64 steps[] = {10 * DAY, 7 * DAY, 3 * DAY, DAY};
    gint64 not_after = import(fake, 30);
    expect_warnings(fake, not_after, steps, G_N_ELEMENTS(steps), FALSE);
}

/* R41: whoever was switched off meanwhile hears once where he is, not of each step that he missed. */
static void test_missed(Fake *fake, const void *data)
{
    gint64 not_after = import(fake, 360);
    fake->now = not_after - 5 * DAY;
    fake_restart(fake);
    fake_start(fake);
    g_assert_cmpuint(fake_heard(fake, "web:expiring"), ==, 1);
    fake_pass(fake, 2 * DAY - 1);
    g_assert_cmpuint(fake_heard(fake, "web:expiring"), ==, 0);
    fake_pass(fake, 1);
    g_assert_cmpuint(fake_heard(fake, "web:expiring"), ==, 1);
}

/* R41: a new certificate begins with no warnings given. */
static void test_replaced(Fake *fake, const void *data)
{
    gint64 first = import(fake, 360);
    fake_pass(fake, first - 10 * DAY - fake->now);
    g_assert_cmpuint(fake_heard(fake, "web:expiring"), ==, 3);
    guint count = 0;
    g_assert_cmpint(fake_newest_request(fake, "web", &count), >, 0);
    fake->judged = (CertdValidity){fake->now, fake->now + 360 * DAY};
    fake_import(fake, "web", fake->made - 1);
    expect_warnings(fake, fake->judged.not_after, year, G_N_ELEMENTS(year), FALSE);
}

/* R41: what renews by itself needs nobody, until that fails. */
static void test_own(Fake *fake, const void *data)
{
    fake_start(fake);
    fake_create(fake, "web");
    fake_request(fake, "web", "self");
    fake_settle(fake);
    fake_pass(fake, 300 * DAY);
    g_assert_cmpuint(fake_heard(fake, "web:expiring"), ==, 0);
    fake->fails[CERTD_ISSUE_SELF_SIGNED] = TRUE;
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    fake_pass(fake, record->validity.not_after - fake->now);
    g_assert_cmpuint(fake_heard(fake, "web:expiring"), ==, 5);
}

/* R72: a clock that is not to be trusted warns of nothing. */
static void test_untrusted(Fake *fake, const void *data)
{
    gint64 not_after = import(fake, 360);
    fake_pass(fake, not_after - 122 * DAY - fake->now);
    fake->clock_trusted = FALSE;
    certd_time_changed(fake->service);
    fake_pass(fake, 4 * DAY);
    g_assert_cmpuint(fake_heard(fake, "web:expiring"), ==, 0);
    fake->clock_trusted = TRUE;
    certd_time_changed(fake->service);
    fake_settle(fake);
    g_assert_cmpuint(fake_heard(fake, "web:expiring"), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/warnings/year", test_year);
    fake_add("/warnings/restarts", test_restarts);
    fake_add("/warnings/short", test_short);
    fake_add("/warnings/missed", test_missed);
    fake_add("/warnings/replaced", test_replaced);
    fake_add("/warnings/own", test_own);
    fake_add("/warnings/untrusted", test_untrusted);
    return g_test_run();
}
