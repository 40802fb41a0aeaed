/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R63: what ends a trial of HTTPS' settings by itself, and what can be in the way of that. */

#include <string.h>

#include "fake-https.h"
#include "service/reset.h"
#include "service/review.h"
#include "service/trial.h"

#define MINUTE "{'trial': <60>}"

static void try_all(Fake *fake)
{
    fake_start(fake);
    https_prove(fake, TRUE);
    g_assert_cmpint(https_level(fake, &fake_root, "high", MINUTE), ==, HTTPS_OK);
}

static CertdHttpsLevel level_of(Fake *fake)
{
    return https_get(fake).settings.level;
}

/* At the deadline, not before; what it was proven with before stays proven. */
static void test_deadline(Fake *fake, const void *data)
{
    try_all(fake);
    g_assert_cmpint(fake->trial_wake, ==, fake->boottime + 60 * G_USEC_PER_SEC);
    fake_pass_boottime(fake, 59);
    g_assert_cmpint(level_of(fake), ==, CERTD_HTTPS_HIGH);
    fake_heard(fake, "");
    fake_pass_boottime(fake, 1);
    g_assert_cmpuint(fake_heard(fake, "https"), ==, 1);
    g_assert_cmpint(level_of(fake), ==, CERTD_HTTPS_STANDARD);
    g_assert_cmpint(https_get(fake).trial_deadline, ==, 0);
    g_assert_true(https_get(fake).proven);
    g_assert_cmpint(fake->trial_wake, ==, 0);
    g_assert_cmpint(https_confirm(fake, &fake_root, "{'tested': <true>}"), ==,
                    CERTD_ERROR_CANCELLED);
}

/* A certificate's trial and this one go on beside each other, and each ends at its own time. */
static void test_beside(Fake *fake, const void *data)
{
    try_all(fake);
    g_autofree char *before = fake_fingerprint(fake);
    fake_try_reset(fake, "{'trial': <90>}");
    fake_pass_boottime(fake, 60);
    g_assert_cmpint(level_of(fake), ==, CERTD_HTTPS_STANDARD);
    g_assert_cmpint(fake->trial_wake, ==, fake->boottime + 30 * G_USEC_PER_SEC);
    fake_pass_boottime(fake, 30);
    g_autofree char *after = fake_fingerprint(fake);
    g_assert_cmpstr(after, ==, before);
}

/* A daemon that was killed goes on with the trial, but has seen no proof; in another boot, and too late, it
 * is over before anybody is asked. */
static void test_restart(Fake *fake, const void *data)
{
    try_all(fake);
    https_prove(fake, TRUE);
    g_assert_true(https_get(fake).proven);
    fake_restart(fake);
    fake->trial_wake = 0;
    fake_start(fake);
    g_assert_cmpint(level_of(fake), ==, CERTD_HTTPS_HIGH);
    g_assert_cmpint(fake->trial_wake, ==, fake->boottime + 60 * G_USEC_PER_SEC);
    g_assert_false(https_get(fake).proven);
    g_assert_false(https_get(fake).proven_client_certificate);
    strcpy(fake->boot, "2222");
    fake->boottime = 1;
    fake_restart(fake);
    g_assert_cmpint(level_of(fake), ==, CERTD_HTTPS_STANDARD); /* not written yet */
    fake_start(fake);
    g_assert_cmpint(level_of(fake), ==, CERTD_HTTPS_STANDARD);
    g_assert_cmpint(https_get(fake).trial_deadline, ==, 0);
    https_prove(fake, FALSE);
    g_assert_cmpint(https_force(fake, &fake_root, TRUE, MINUTE), ==, HTTPS_OK);
    fake->boottime += 61 * G_USEC_PER_SEC;
    fake_restart(fake);
    fake_start(fake);
    g_assert_false(https_get(fake).settings.force);
}

/* The wall clock is no matter to the deadline; only what it reads is, and that is told. */
static void test_wall_clock(Fake *fake, const void *data)
{
    try_all(fake);
    fake->now += 365 * 86400;
    fake_heard(fake, "");
    certd_time_changed(fake->service);
    g_assert_cmpint(https_get(fake).trial_deadline, ==, fake->now + 60);
    g_assert_cmpuint(fake_heard(fake, "https"), ==, 1);
    fake_pass_boottime(fake, 60);
    g_assert_cmpint(level_of(fake), ==, CERTD_HTTPS_STANDARD);
    fake_heard(fake, "");
    certd_time_changed(fake->service);
    g_assert_cmpuint(fake_heard(fake, "https"), ==, 0);
}

/* One whose time is up is over, though nobody has looked yet: it can't be confirmed any more. */
static void test_unwritten(Fake *fake, const void *data)
{
    try_all(fake);
    https_prove(fake, TRUE);
    fake->boottime += 60 * G_USEC_PER_SEC;
    g_assert_cmpint(level_of(fake), ==, CERTD_HTTPS_STANDARD);
    g_assert_cmpint(https_get(fake).trial_deadline, ==, 0);
    g_assert_cmpint(https_confirm(fake, &fake_root, "@a{sv} {}"), ==, CERTD_ERROR_CANCELLED);
    g_assert_cmpint(level_of(fake), ==, CERTD_HTTPS_STANDARD);
}

/* R55: an end that can't be written is a problem, everybody sees what was confirmed, and it is tried again. */
static void test_stuck(Fake *fake, const void *data)
{
    try_all(fake);
    fake_restart_with_sql(fake, "CREATE TRIGGER stuck BEFORE DELETE ON https_trial BEGIN"
                                " SELECT RAISE(ABORT, 'stuck'); END");
    fake_start(fake);
    g_assert_cmpint(level_of(fake), ==, CERTD_HTTPS_HIGH);
    fake_heard(fake, "");
    fake_pass_boottime(fake, 60);
    g_assert_true(fake_problem(fake, "trial-unfinished"));
    g_assert_cmpuint(fake_heard(fake, "https"), ==, 1);
    g_assert_cmpint(level_of(fake), ==, CERTD_HTTPS_STANDARD);
    g_assert_cmpint(fake->trial_wake, ==, fake->boottime + G_USEC_PER_SEC);
    fake_pass_boottime(fake, 1);
    g_assert_cmpuint(fake_heard(fake, "https"), ==, 0);
    g_assert_cmpint(fake->trial_wake, ==, fake->boottime + G_USEC_PER_SEC);
    fake_restart_with_sql(fake, "DROP TRIGGER stuck");
    fake_start(fake);
    g_assert_false(fake_problem(fake, "trial-unfinished"));
    g_assert_cmpint(level_of(fake), ==, CERTD_HTTPS_STANDARD);
    g_assert_cmpint(fake->trial_wake, ==, 0);
}

static void on_factory_reset(char **lost, const GError *error, void *userdata)
{
    g_assert_no_error(error);
    *(gboolean *)userdata = TRUE;
}

/* R54: a factory reset puts all back, ends the trial, and nothing is proven. */
static void test_factory_reset(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_parsed("@a{sv} {}");
    gboolean done = FALSE;
    fake_start(fake);
    https_prove(fake, TRUE);
    g_assert_cmpint(https_level(fake, &fake_root, "high", MINUTE), ==, HTTPS_OK);
    g_assert_cmpint(https_confirm(fake, &fake_root, "{'tested': <true>}"), ==, HTTPS_OK);
    g_assert_cmpint(https_force(fake, &fake_root, TRUE, MINUTE), ==, HTTPS_OK);
    g_assert_true(certd_https_set_ports(fake->service, &fake_root, 8443, 8080, NULL));
    fake_heard(fake, "");
    g_assert_true(
        certd_factory_reset(fake->service, &fake_root, none, on_factory_reset, &done, NULL));
    fake_settle(fake);
    g_assert_true(done);
    g_assert_cmpuint(fake_heard(fake, "https"), >=, 1);
    CertdHttpsState state = https_get(fake);
    g_assert_cmpint(state.settings.level, ==, CERTD_HTTPS_STANDARD);
    g_assert_false(state.settings.force);
    g_assert_cmpuint(state.settings.port, ==, CERTD_HTTPS_PORT);
    g_assert_cmpuint(state.settings.plain_port, ==, CERTD_HTTPS_PLAIN_PORT);
    g_assert_cmpint(state.trial_deadline, ==, 0);
    g_assert_false(state.proven);
    g_assert_false(state.proven_client_certificate);
    fake_pass_boottime(fake, 60);
    g_assert_cmpint(level_of(fake), ==, CERTD_HTTPS_STANDARD);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/service/https-trial/deadline", test_deadline);
    fake_add("/service/https-trial/beside", test_beside);
    fake_add("/service/https-trial/restart", test_restart);
    fake_add("/service/https-trial/wall-clock", test_wall_clock);
    fake_add("/service/https-trial/unwritten", test_unwritten);
    fake_add("/service/https-trial/stuck", test_stuck);
    fake_add("/service/https-trial/factory-reset", test_factory_reset);
    return g_test_run();
}
