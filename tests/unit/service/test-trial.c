/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R38, R39: trials by the use cases, with time in the test's hands. */

#include "service/trial.h"

#include <string.h>

#include "fake.h"
#include "model/limits.h"
#include "service/configure.h"
#include "service/import.h"
#include "service/look.h"
#include "service/request.h"
#include "service/reset.h"
#include "service/review.h"

static void on_reset(const GError *error, void *userdata)
{
    g_assert_no_error(error);
    *(gboolean *)userdata = TRUE;
}

static void refuse_confirm(Fake *fake, const CertdCaller *caller, const char *how, int code)
{
    g_autoptr(GVariant) given = fake_parsed(how);
    g_autoptr(GError) error = NULL;
    g_assert_false(certd_confirm(fake->service, caller, "https", given, &error));
    g_assert_error(error, CERTD_ERROR, code);
}

static void confirm(Fake *fake, const CertdCaller *caller)
{
    g_autoptr(GVariant) tested = fake_parsed("{'tested': <true>}");
    g_autoptr(GError) error = NULL;
    g_assert_true(certd_confirm(fake->service, caller, "https", tested, &error));
    g_assert_no_error(error);
}

/* Nobody confirms: what was there is back at the deadline, not before, and what was tried is gone. */
static void test_deadline(Fake *fake, const void *data)
{
    fake_start(fake);
    g_autofree char *before = fake_fingerprint(fake);
    g_autoptr(CertdCertificateRecord) old = fake_get(fake, "https");
    fake_try_reset(fake, "{'trial': <uint32 60>}");
    g_autofree char *tried = fake_fingerprint(fake);
    g_assert_cmpstr(tried, !=, before);
    g_autoptr(CertdCertificateRecord) during = fake_get(fake, "https");
    g_assert_cmpuint(during->generation, ==, old->generation + 1);
    g_assert_cmpint(during->previous_chain, ==, old->previous_chain);
    g_assert_cmpint(certd_trial_deadline(fake->service, "https"), ==, fake->now + 60);
    g_assert_cmpint(fake->trial_wake, ==, fake->boottime + 60 * G_USEC_PER_SEC);
    fake_pass_boottime(fake, 59);
    g_autofree char *still = fake_fingerprint(fake);
    g_assert_cmpstr(still, ==, tried);
    g_string_truncate(fake->events, 0);
    fake_pass_boottime(fake, 1);
    g_autofree char *after = fake_fingerprint(fake);
    g_assert_cmpstr(after, ==, before);
    g_assert_nonnull(strstr(fake->events->str, "https:trial-end"));
    g_autoptr(CertdCertificateRecord) back = fake_get(fake, "https");
    g_assert_cmpint(back->active_chain, ==, old->active_chain);
    g_assert_cmpint(back->previous_chain, ==, old->previous_chain);
    g_assert_cmpuint(back->generation, ==, old->generation + 2);
    g_assert_cmpint(certd_trial_deadline(fake->service, "https"), ==, 0);
    g_assert_cmpint(fake->trial_wake, ==, 0);
    g_autoptr(GError) error = NULL;
    g_assert_null(certd_store_chain_get(fake->fixture.store, during->active_chain, &error));
    refuse_confirm(fake, &fake_root, "{'tested': <true>}", CERTD_ERROR_CANCELLED);
}

/* Who says that it was tested keeps it; what it replaced is the previous one, and can come back. */
static void test_confirm(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    fake_start(fake);
    g_autofree char *before = fake_fingerprint(fake);
    fake_try_reset(fake, "{'trial': <true>}");
    g_autofree char *tried = fake_fingerprint(fake);
    g_assert_cmpint(certd_trial_deadline(fake->service, "https"), ==,
                    fake->now + CERTD_DEFAULT_TRIAL_SECONDS);
    refuse_confirm(fake, &fake_root, "@a{sv} {}", CERTD_ERROR_NOT_PROVEN);
    refuse_confirm(fake, &fake_root, "{'tested': <false>}", CERTD_ERROR_NOT_PROVEN);
    refuse_confirm(fake, &fake_root, "{'sure': <true>}", CERTD_ERROR_INVALID_OPTION);
    g_string_truncate(fake->events, 0);
    confirm(fake, &fake_user);
    g_assert_nonnull(strstr(fake->events->str, "https:trial"));
    g_assert_cmpint(fake->trial_wake, ==, 0);
    fake_pass_boottime(fake, CERTD_LIMIT_TRIAL_SECONDS_MAX);
    g_autofree char *after = fake_fingerprint(fake);
    g_assert_cmpstr(after, ==, tried);
    refuse_confirm(fake, &fake_root, "{'tested': <true>}", CERTD_ERROR_CANCELLED);
    g_assert_true(certd_rollback(fake->service, &fake_root, "https", &error));
    g_assert_no_error(error);
    fake_settle(fake);
    g_autofree char *back = fake_fingerprint(fake);
    g_assert_cmpstr(back, ==, before);
}

/* Only who began it, or an administrator, ends it, whatever else they may. */
static void test_whose(Fake *fake, const void *data)
{
    static const CertdCaller other = {.uid = 1001, .sender = ":1.9"};
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) none = fake_parsed("@a{sv} {}");
    gboolean done = FALSE;
    fake_start(fake);
    g_autofree char *before = fake_fingerprint(fake);
    fake_try_reset(fake, "{'trial': <30>}");
    refuse_confirm(fake, &other, "{'tested': <true>}", CERTD_ERROR_ACCESS_DENIED);
    g_assert_false(certd_rollback(fake->service, &other, "https", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED);
    g_clear_error(&error);
    g_assert_false(certd_reset(fake->service, &other, "https", none, on_reset, &done, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED);
    g_clear_error(&error);
    g_assert_true(certd_rollback(fake->service, &fake_user, "https", &error));
    g_assert_no_error(error);
    fake_settle(fake);
    g_autofree char *back = fake_fingerprint(fake);
    g_assert_cmpstr(back, ==, before);
}

/* The limits, and what is no number of seconds. */
static void test_limits(Fake *fake, const void *data)
{
    static const char *const bad[] = {
        "{'trial': <uint32 29>}",         "{'trial': <uint32 3601>}", "{'trial': <uint32 0>}",
        "{'trial': <int64 -30>}",         "{'trial': <'60'>}",        "{'trial': <60.0>}",
        "{'trial': <uint64 4294967356>}",
    };
    gboolean done = FALSE;
    fake_start(fake);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GVariant) given = fake_parsed(bad[i]);
        g_autoptr(GError) error = NULL;
        g_assert_false(
            certd_reset(fake->service, &fake_root, "https", given, on_reset, &done, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    }
    fake_try_reset(fake, "{'trial': <false>}");
    g_assert_cmpint(certd_trial_deadline(fake->service, "https"), ==, 0);
    fake_try_reset(fake, "{'trial': <uint32 3600>}");
    g_assert_cmpint(certd_trial_deadline(fake->service, "https"), ==,
                    fake->now + CERTD_LIMIT_TRIAL_SECONDS_MAX);
    fake_pass_boottime(fake, 3599);
    g_assert_cmpint(certd_trial_deadline(fake->service, "https"), ==, fake->now + 1);
    fake_pass_boottime(fake, 1);
    fake_try_reset(fake, "{'trial': <uint32 30>}");
    g_assert_cmpint(certd_trial_deadline(fake->service, "https"), ==,
                    fake->now + CERTD_LIMIT_TRIAL_SECONDS_MIN);
}

/* One at a time: whatever would install is refused, and what was asked for before fails. */
static void test_one(Fake *fake, const void *data)
{
    g_autoptr(GVariant) again = fake_parsed("{'trial': <60>}");
    g_autoptr(GVariant) none = fake_parsed("@a{sv} {}");
    g_autoptr(GError) error = NULL;
    gboolean done = FALSE;
    gint64 id = 0;
    fake_start(fake);
    g_autofree char *before = fake_fingerprint(fake);
    g_assert_true(
        certd_request_create(fake->service, &fake_root, "https", "internal", none, &id, &error));
    g_autoptr(GVariant) trial = fake_parsed("{'trial': <60>}");
    g_assert_true(certd_reset(fake->service, &fake_root, "https", trial, on_reset, &done, &error));
    /* The reset was asked for later and is answered first. */
    while (!done) {
        FakeJob *first = g_queue_pop_head(&fake->jobs);
        if (first->makes == CERTD_ISSUE_SIGNED && g_queue_get_length(&fake->jobs) > 0)
            g_queue_push_tail(&fake->jobs, first);
        else
            g_queue_push_head(&fake->jobs, first);
        fake_answer(fake, ((FakeJob *)g_queue_peek_head(&fake->jobs))->kind, NULL);
    }
    fake_settle(fake);
    g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_FAILED);
    g_assert_false(certd_reset(fake->service, &fake_root, "https", again, on_reset, &done, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_ON_TRIAL);
    g_clear_error(&error);
    g_assert_false(
        certd_request_create(fake->service, &fake_root, "https", "self", none, &id, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_ON_TRIAL);
    g_clear_error(&error);
    const CertdImportInput input = {.data_fd = -1, .passphrase_fd = -1};
    g_assert_false(
        certd_import(fake->service, &fake_root, "https", &input, NULL, NULL, NULL, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_ON_TRIAL);
    g_clear_error(&error);
    /* What installs nothing goes on. */
    g_assert_true(
        certd_request_create(fake->service, &fake_root, "https", "external", none, &id, &error));
    g_assert_false(
        certd_request_create(fake->service, &fake_root, "https", "external", again, &id, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    fake_pass_boottime(fake, 60);
    g_autofree char *back = fake_fingerprint(fake);
    g_assert_cmpstr(back, ==, before);
}

/* R50: a reset for good is a way out of a trial. */
static void test_reset_ends(Fake *fake, const void *data)
{
    fake_start(fake);
    g_autoptr(CertdCertificateRecord) old = fake_get(fake, "https");
    fake_try_reset(fake, "{'trial': <60>}");
    fake_try_reset(fake, "@a{sv} {}");
    g_assert_cmpint(certd_trial_deadline(fake->service, "https"), ==, 0);
    g_autoptr(CertdCertificateRecord) now = fake_get(fake, "https");
    g_assert_cmpint(now->previous_chain, ==, old->active_chain);
    g_autofree char *reset = fake_fingerprint(fake);
    fake_pass_boottime(fake, 120);
    g_autofree char *after = fake_fingerprint(fake);
    g_assert_cmpstr(after, ==, reset);
}

/* The settings that a reset on trial replaced come back with the chain, where nobody set others. */
static void test_settings(Fake *fake, const void *data)
{
    g_autoptr(GVariant) days = fake_parsed("{'days': <uint32 11>}");
    g_autoptr(GVariant) other = fake_parsed("{'days': <uint32 12>}");
    g_autoptr(GError) error = NULL;
    fake_start(fake);
    g_assert_true(certd_configure(fake->service, &fake_root, "https", days, &error));
    fake_try_reset(fake, "{'trial': <60>}");
    g_autoptr(CertdCertificateRecord) during = fake_get(fake, "https");
    g_assert_cmpuint(during->settings->days, ==, CERTD_DEFAULT_DAYS);
    fake_pass_boottime(fake, 60);
    g_autoptr(CertdCertificateRecord) back = fake_get(fake, "https");
    g_assert_cmpuint(back->settings->days, ==, 11);
    fake_try_reset(fake, "{'trial': <60>}");
    g_assert_true(certd_configure(fake->service, &fake_root, "https", other, &error));
    fake_pass_boottime(fake, 60);
    g_autoptr(CertdCertificateRecord) kept = fake_get(fake, "https");
    g_assert_cmpuint(kept->settings->days, ==, 12);
}

/* A daemon that was killed goes on with the trial; one in another boot has ended it before it is
 * asked. */
static void test_restart(Fake *fake, const void *data)
{
    fake_start(fake);
    g_autofree char *before = fake_fingerprint(fake);
    fake_try_reset(fake, "{'trial': <60>}");
    g_autofree char *tried = fake_fingerprint(fake);
    fake_restart(fake);
    fake->trial_wake = 0;
    fake_start(fake);
    g_autofree char *same_boot = fake_fingerprint(fake);
    g_assert_cmpstr(same_boot, ==, tried);
    g_assert_cmpint(fake->trial_wake, ==, fake->boottime + 60 * G_USEC_PER_SEC);
    strcpy(fake->boot, "2222");
    fake->boottime = 1;
    fake_restart(fake);
    fake_start(fake);
    g_autofree char *other_boot = fake_fingerprint(fake);
    g_assert_cmpstr(other_boot, ==, before);
    g_assert_cmpint(certd_trial_deadline(fake->service, "https"), ==, 0);
    fake_try_reset(fake, "{'trial': <60>}");
    fake->boottime += 61 * G_USEC_PER_SEC;
    fake_restart(fake);
    fake_start(fake);
    g_autofree char *too_late = fake_fingerprint(fake);
    g_assert_cmpstr(too_late, ==, before);
}

/* The wall clock is no matter to the deadline; only what it reads is. */
static void test_wall_clock(Fake *fake, const void *data)
{
    fake_start(fake);
    g_autofree char *before = fake_fingerprint(fake);
    fake_try_reset(fake, "{'trial': <60>}");
    fake->now += 365 * 86400;
    g_string_truncate(fake->events, 0);
    certd_time_changed(fake->service);
    g_assert_nonnull(strstr(fake->events->str, "https:trial "));
    g_assert_cmpint(certd_trial_deadline(fake->service, "https"), ==, fake->now + 60);
    fake->now -= 2 * 365 * 86400;
    certd_time_changed(fake->service);
    g_assert_cmpint(certd_trial_deadline(fake->service, "https"), ==, fake->now + 60);
    fake->now += 365 * 86400;
    fake_pass_boottime(fake, 60);
    g_autofree char *back = fake_fingerprint(fake);
    g_assert_cmpstr(back, ==, before);
}

/* What was tried where nothing was comes to nothing again. */
static void test_nothing_before(Fake *fake, const void *data)
{
    g_autoptr(GVariant) trial = fake_parsed("{'trial': <60>, 'subject': <'CN=web'>}");
    g_autoptr(GError) error = NULL;
    gint64 id = 0;
    fake_start(fake);
    fake_create(fake, "web");
    g_assert_true(
        certd_request_create(fake->service, &fake_root, "web", "self", trial, &id, &error));
    g_assert_no_error(error);
    fake_settle(fake);
    g_autoptr(CertdCertificateRecord) during = fake_get(fake, "web");
    g_assert_cmpint(during->active_chain, !=, 0);
    fake_pass_boottime(fake, 60);
    g_autoptr(CertdCertificateRecord) back = fake_get(fake, "web");
    g_assert_cmpint(back->active_chain, ==, 0);
    g_assert_cmpint(back->previous_chain, ==, 0);
    g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_ISSUED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/service/trial/deadline", test_deadline);
    fake_add("/service/trial/confirm", test_confirm);
    fake_add("/service/trial/whose", test_whose);
    fake_add("/service/trial/limits", test_limits);
    fake_add("/service/trial/one", test_one);
    fake_add("/service/trial/reset-ends", test_reset_ends);
    fake_add("/service/trial/settings", test_settings);
    fake_add("/service/trial/restart", test_restart);
    fake_add("/service/trial/wall-clock", test_wall_clock);
    fake_add("/service/trial/nothing-before", test_nothing_before);
    return g_test_run();
}
