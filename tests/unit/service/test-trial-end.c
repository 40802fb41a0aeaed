/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R38, R55: how trials end when nobody ends them, and when something is in the way of that. */

#include "service/trial.h"

#include <string.h>

#include "fake.h"
#include "model/limits.h"
#include "service/look.h"
#include "service/request.h"
#include "service/reset.h"
#include "service/review.h"
#include "service/service-private.h"

/* R38: who rolls back a moment too late means the trial that has ended, and not what was before that. */
static void test_rolled_back_late(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    fake_start(fake);
    fake_try_reset(fake, "@a{sv} {}");
    g_autofree char *confirmed = fake_fingerprint(fake);
    fake_try_reset(fake, "{'trial': <60>}");
    fake_pass_boottime(fake, 60);
    fake_pass_boottime(fake, 59);
    g_assert_false(certd_rollback(fake->service, &fake_root, "https", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_CANCELLED);
    g_clear_error(&error);
    g_autofree char *still = fake_fingerprint(fake);
    g_assert_cmpstr(still, ==, confirmed);
    fake_pass_boottime(fake, 1);
    g_assert_true(certd_rollback(fake->service, &fake_root, "https", &error));
    g_autofree char *previous = fake_fingerprint(fake);
    g_assert_cmpstr(previous, !=, confirmed);
}

/* R39: but what was installed since is meant, where something was. */
static void test_rolled_back_since(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    fake_start(fake);
    g_autofree char *confirmed = fake_fingerprint(fake);
    fake_try_reset(fake, "{'trial': <60>}");
    fake_pass_boottime(fake, 60);
    fake_try_reset(fake, "@a{sv} {}");
    g_assert_true(certd_rollback(fake->service, &fake_root, "https", &error));
    g_assert_no_error(error);
    g_autofree char *back = fake_fingerprint(fake);
    g_assert_cmpstr(back, ==, confirmed);
}

/* R55: what is back because the key of what was tried is lost has its own key looked at too. */
static void test_key_lost(Fake *fake, const void *data)
{
    g_autoptr(GError) error =
        g_error_new(CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE, "the sealing key is gone");
    fake_start(fake);
    fake_try_reset(fake, "{'trial': <3600>}");
    fake->sealing_key_broken = TRUE;
    certd_sealing_key_changed(fake->service, error);
    fake_settle(fake);
    g_assert_cmpint(certd_trial_deadline(fake->service, "https"), ==, 0);
    g_autoptr(CertdCertificateRecord) back = fake_get(fake, "https");
    g_assert_cmpint(back->unusable, ==, CERTD_UNUSABLE_KEY);
    g_assert_cmpint(back->emergency_chain, !=, 0);
}

/* Where the end can't be written yet nobody is shown or handed what was tried, in lists neither. */
static void test_unwritten(Fake *fake, const void *data)
{
    const CertdCertificateFilter all = {0};
    g_autoptr(GError) error = NULL;
    gboolean more;
    fake_start(fake);
    g_autofree char *before = fake_fingerprint(fake);
    g_autoptr(CertdCertificateRecord) old = fake_get(fake, "https");
    fake_try_reset(fake, "{'trial': <60>}");
    fake->boottime += 60 * G_USEC_PER_SEC;
    g_autoptr(CertdCertificateRecord) shown =
        certd_look_certificate(fake->service, "https", &error);
    g_assert_cmpint(shown->active_chain, ==, old->active_chain);
    g_autoptr(GPtrArray) rows = certd_look_certificates(fake->service, &all, "", 10, &more, &error);
    const CertdCertificateRow *row = g_ptr_array_index(rows, 0);
    g_assert_cmpstr(row->fingerprint, ==, before);
    g_assert_cmpuint(row->generation, ==, old->generation + 2);
    /* A look in between writes nothing of it, so that the end finds what to take away. */
    certd_review(fake->service, "https");
    g_autoptr(CertdCertificateRecord) stored =
        certd_store_certificate_get(fake->fixture.store, "https", &error);
    g_assert_cmpint(stored->active_chain, !=, old->active_chain);
    certd_trials_look(fake->service);
    g_assert_null(certd_store_chain_get(fake->fixture.store, stored->active_chain, &error));
}

/* The most trials at a time, and one more. */
static void test_many(Fake *fake, const void *data)
{
    g_autoptr(GVariant) trial = fake_parsed("{'trial': <60>, 'subject': <'CN=web'>}");
    g_autoptr(GError) error = NULL;
    gint64 last = 0;
    fake_start(fake);
    for (guint i = 0; i <= CERTD_LIMIT_TRIALS; i++) {
        g_autofree char *name = g_strdup_printf("web%u", i);
        fake_create(fake, name);
        g_assert_true(
            certd_request_create(fake->service, &fake_root, name, "self", trial, &last, &error));
        fake_settle(fake);
        g_assert_cmpint(fake_state(fake, last), ==,
                        i < CERTD_LIMIT_TRIALS ? CERTD_REQUEST_ISSUED : CERTD_REQUEST_FAILED);
    }
    fake_pass_boottime(fake, 60);
    g_autoptr(CertdCertificateRecord) back = fake_get(fake, "web0");
    g_assert_cmpint(back->active_chain, ==, 0);
}

/* R55: what expires on trial is taken back then, and not at the deadline. */
static void test_expires(Fake *fake, const void *data)
{
    fake_start(fake);
    g_autofree char *before = fake_fingerprint(fake);
    fake_create(fake, "web");
    gint64 id = fake_request(fake, "web", "external");
    g_assert_cmpint(id, !=, 0);
    fake->judged = (CertdValidity){fake->now - 1000, fake->now + 40};
    g_autoptr(CertdCertificateRecord) empty = fake_get(fake, "web");
    g_assert_cmpint(empty->active_chain, ==, 0);
    fake->trial_seconds = 3600;
    fake_import(fake, "web", fake->made - 1);
    g_autoptr(CertdCertificateRecord) tried = fake_get(fake, "web");
    g_assert_cmpint(tried->active_chain, !=, 0);
    fake_pass(fake, 40);
    g_autoptr(CertdCertificateRecord) still = fake_get(fake, "web");
    g_assert_cmpint(still->active_chain, ==, tried->active_chain);
    fake_pass(fake, 1);
    g_autoptr(CertdCertificateRecord) back = fake_get(fake, "web");
    g_assert_cmpint(back->active_chain, ==, 0);
    g_assert_nonnull(strstr(fake->events->str, "web:trial-end"));
    g_autofree char *https = fake_fingerprint(fake);
    g_assert_cmpstr(https, ==, before);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/service/trial-end/expires", test_expires);
    fake_add("/service/trial-end/rolled-back-late", test_rolled_back_late);
    fake_add("/service/trial-end/rolled-back-since", test_rolled_back_since);
    fake_add("/service/trial-end/key-lost", test_key_lost);
    fake_add("/service/trial-end/unwritten", test_unwritten);
    fake_add("/service/trial-end/many", test_many);
    return g_test_run();
}
