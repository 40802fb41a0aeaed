/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R1: what is said of the sealing key: unusable, plain or wrapped; and what the log keeps of it. */

#include "fake.h"
#include "service/review.h"
#include "store/audit.h"

static void heard_change(void *userdata)
{
    (*(guint *)userdata)++;
}

static void heard_row(void *userdata, const CertdAuditRecord *record)
{
    g_assert_cmpstr(record->action, ==, "wrap");
    g_assert_cmpstr(record->outcome, ==, "ok");
    *(guint *)userdata += 100;
}

/* Changes that the listener heard, and a hundred for each row of the log. */
static void listen(Fake *fake, guint *heard)
{
    const CertdListener listener = {
        .sealing_key_changed = heard_change, .audit_added = heard_row, .userdata = heard};

    *heard = 0;
    certd_service_set_listener(fake->service, &listener);
}

static void assert_said(Fake *fake, const char *form, gboolean plain, gboolean unusable)
{
    g_assert_cmpstr(certd_service_sealing_key(fake->service), ==, form);
    g_assert_cmpint(fake_problem(fake, "sealing-key-plain"), ==, plain);
    g_assert_cmpint(fake_problem(fake, "sealing-key-unusable"), ==, unusable);
    g_assert_cmpint(certd_service_is_degraded(fake->service), ==, unusable);
}

/* Each change is told once; a failure to wrap is a warning, until it is wrapped. */
static void test_told(Fake *fake, const void *data)
{
    g_autoptr(GError) error =
        g_error_new(CERTD_ERROR, CERTD_ERROR_STORAGE_FULL, "there is no room for it");
    guint heard;

    listen(fake, &heard);
    assert_said(fake, "plain", FALSE, FALSE);
    certd_sealing_key_found(fake->service, FALSE, FALSE, NULL);
    assert_said(fake, "plain", FALSE, FALSE);
    g_assert_cmpuint(heard, ==, 0);
    certd_sealing_key_found(fake->service, FALSE, FALSE, error);
    assert_said(fake, "plain", TRUE, FALSE);
    g_assert_cmpuint(heard, ==, 0);
    certd_sealing_key_found(fake->service, TRUE, TRUE, NULL);
    assert_said(fake, "wrapped", FALSE, FALSE);
    g_assert_cmpuint(heard, ==, 101);
    certd_sealing_key_found(fake->service, TRUE, FALSE, NULL);
    g_assert_cmpuint(heard, ==, 101);
    certd_sealing_key_changed(fake->service, error);
    assert_said(fake, "unusable", FALSE, TRUE);
    certd_sealing_key_changed(fake->service, error);
    g_assert_cmpuint(heard, ==, 102);
    certd_sealing_key_changed(fake->service, NULL);
    certd_sealing_key_found(fake->service, TRUE, FALSE, NULL);
    assert_said(fake, "wrapped", FALSE, FALSE);
    g_assert_cmpuint(heard, ==, 103);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/sealing-key/told", test_told);
    return g_test_run();
}
