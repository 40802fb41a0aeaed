/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trying something in https, and letting CLOCK_BOOTTIME pass. */

#include "fake.h"

#include "service/reset.h"
#include "service/trial.h"

GVariant *fake_parsed(const char *text)
{
    return g_variant_ref_sink(g_variant_new_parsed(text));
}

static void on_reset(const GError *error, void *userdata)
{
    g_assert_no_error(error);
    *(gboolean *)userdata = TRUE;
}

void fake_try_reset(Fake *fake, const char *how)
{
    g_autoptr(GVariant) given = fake_parsed(how);
    g_autoptr(GError) error = NULL;
    gboolean done = FALSE;
    g_assert_true(certd_reset(fake->service, &fake_user, "https", given, on_reset, &done, &error));
    g_assert_no_error(error);
    fake_settle(fake);
    g_assert_true(done);
}

char *fake_fingerprint(Fake *fake)
{
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, "https");
    return chain != NULL ? g_strdup(chain->fingerprint) : NULL;
}

void fake_pass_boottime(Fake *fake, gint64 seconds)
{
    fake->boottime += seconds * G_USEC_PER_SEC;
    fake->now += seconds;
    if (fake->trial_wake != 0 && fake->boottime >= fake->trial_wake)
        certd_trials_look(fake->service);
    fake_settle(fake);
}
