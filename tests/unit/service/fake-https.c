/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTPS' settings, as the tests change and look at them. */

#include "fake-https.h"

CertdHttpsState https_get(Fake *fake)
{
    CertdHttpsState state = {0};
    g_autoptr(GError) error = NULL;
    g_assert_true(certd_https_get(fake->service, &state, &error));
    g_assert_no_error(error);
    return state;
}

static int code_of(gboolean done, const GError *error)
{
    g_assert_true(done == (error == NULL));
    return error != NULL ? error->code : HTTPS_OK;
}

int https_level(Fake *fake, const CertdCaller *caller, const char *level, const char *how)
{
    g_autoptr(GVariant) options = fake_parsed(how);
    g_autoptr(GError) error = NULL;
    gboolean done = certd_https_set_level(fake->service, caller, level, options, &error);
    return code_of(done, error);
}

int https_force(Fake *fake, const CertdCaller *caller, gboolean force, const char *how)
{
    g_autoptr(GVariant) options = fake_parsed(how);
    g_autoptr(GError) error = NULL;
    gboolean done = certd_https_set_force(fake->service, caller, force, options, &error);
    return code_of(done, error);
}

int https_confirm(Fake *fake, const CertdCaller *caller, const char *how)
{
    g_autoptr(GVariant) options = fake_parsed(how);
    g_autoptr(GError) error = NULL;
    gboolean done = certd_https_confirm(fake->service, caller, options, &error);
    return code_of(done, error);
}

int https_rollback(Fake *fake, const CertdCaller *caller)
{
    g_autoptr(GError) error = NULL;
    gboolean done = certd_https_rollback(fake->service, caller, &error);
    return code_of(done, error);
}

void https_prove(Fake *fake, gboolean client_certificate)
{
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "https");
    g_autoptr(GError) error = NULL;
    g_assert_true(certd_https_report_proof(fake->service, &fake_server, record->generation,
                                           certd_https_level_name(https_get(fake).settings.level),
                                           client_certificate, &error));
    g_assert_no_error(error);
}
