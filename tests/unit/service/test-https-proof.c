/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R63: what is proven of HTTPS, by whose word, and what ends it; and what keeps it from being served. */

#include <string.h>

#include "fake-https.h"
#include "model/limits.h"
#include "service/https-private.h"
#include "service/trial.h"

#define PROBLEM "https-not-served"

/* Only the user certd-tls is believed, root neither. */
static void test_whose(Fake *fake, const void *data)
{
    const CertdCaller *const others[] = {&fake_root, &fake_user};
    fake_start(fake);
    g_autoptr(CertdCertificateRecord) https = fake_get(fake, "https");
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(certd_https_report_proof(fake->service, others[i], https->generation,
                                                "standard", TRUE, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED);
        g_clear_error(&error);
        g_assert_false(certd_https_report_problem(fake->service, others[i], "no port", &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED);
    }
    g_assert_false(https_get(fake).proven);
    g_assert_false(fake_problem(fake, PROBLEM));
}

/* Another generation than the one in use is no error, and proves nothing. */
static void test_generation(Fake *fake, const void *data)
{
    fake_start(fake);
    g_autoptr(CertdCertificateRecord) https = fake_get(fake, "https");
    const guint64 others[] = {0, https->generation - 1, https->generation + 1, G_MAXUINT64};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        if (others[i] == https->generation)
            continue;
        g_assert_true(certd_https_report_proof(fake->service, &fake_server, others[i], "standard",
                                               TRUE, NULL));
        g_assert_false(https_get(fake).proven);
    }
    fake_heard(fake, "");
    https_prove(fake, FALSE);
    g_assert_true(https_get(fake).proven);
    g_assert_false(https_get(fake).proven_client_certificate);
    https_prove(fake, TRUE);
    https_prove(fake, FALSE);
    https_prove(fake, TRUE);
    g_assert_true(https_get(fake).proven_client_certificate);
    /* Each thing that is new is told, once. */
    g_assert_cmpuint(fake_heard(fake, "https"), ==, 2);
}

/* R62: what was before the level, a connection that goes on, proves nothing of it; a level that is none is an error. */
static void test_level(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    fake_start(fake);
    g_autoptr(CertdCertificateRecord) https = fake_get(fake, "https");
    https_prove(fake, TRUE);
    g_assert_cmpint(https_level(fake, &fake_root, "high", "@a{sv} {}"), ==, HTTPS_OK);
    g_assert_true(certd_https_report_proof(fake->service, &fake_server, https->generation,
                                           "standard", TRUE, NULL));
    g_assert_false(https_get(fake).proven);
    g_assert_false(certd_https_report_proof(fake->service, &fake_server, https->generation, "low",
                                            TRUE, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    g_assert_false(https_get(fake).proven);
    https_prove(fake, FALSE);
    g_assert_false(https_get(fake).proven);
    https_prove(fake, TRUE);
    g_assert_true(https_get(fake).proven);
}

/* It ends with what is in use, which is told. */
static void test_renewed(Fake *fake, const void *data)
{
    fake_start(fake);
    https_prove(fake, TRUE);
    fake_heard(fake, "");
    fake_try_reset(fake, "@a{sv} {}");
    g_assert_cmpuint(fake_heard(fake, "https"), ==, 1);
    g_assert_false(https_get(fake).proven);
    g_assert_false(https_get(fake).proven_client_certificate);
    g_assert_cmpint(https_force(fake, &fake_root, TRUE, "@a{sv} {}"), ==, CERTD_ERROR_NOT_PROVEN);
}

/* R38: proof of the generation on trial confirms the certificate too; that of another one doesn't. */
static void test_certificate(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_parsed("@a{sv} {}");
    g_autoptr(GError) error = NULL;
    fake_start(fake);
    https_prove(fake, TRUE);
    g_autoptr(CertdCertificateRecord) before = fake_get(fake, "https");
    fake_try_reset(fake, "{'trial': <60>}");
    g_autofree char *tried = fake_fingerprint(fake);
    g_assert_true(certd_https_report_proof(fake->service, &fake_server, before->generation,
                                           "standard", TRUE, NULL));
    g_assert_false(certd_confirm(fake->service, &fake_root, "https", none, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NOT_PROVEN);
    g_clear_error(&error);
    https_prove(fake, FALSE);
    g_assert_true(certd_confirm(fake->service, &fake_root, "https", none, &error));
    g_assert_no_error(error);
    fake_pass_boottime(fake, 60);
    g_autofree char *kept = fake_fingerprint(fake);
    g_assert_cmpstr(kept, ==, tried);
    g_assert_true(https_get(fake).proven);
    /* A trial that came to nothing: what is back is of another generation. */
    fake_try_reset(fake, "{'trial': <60>}");
    https_prove(fake, TRUE);
    fake_pass_boottime(fake, 60);
    g_assert_false(https_get(fake).proven);
}

/* No other certificate is proven by what is in use in https. */
static void test_other_certificate(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_parsed("@a{sv} {}");
    g_autoptr(GError) error = NULL;
    fake_start(fake);
    fake_create(fake, "web");
    g_assert_cmpint(fake_request(fake, "web", "external"), !=, 0);
    fake->trial_seconds = 60;
    fake_import(fake, "web", fake->made - 1);
    g_autoptr(CertdCertificateRecord) web = fake_get(fake, "web");
    g_autoptr(CertdCertificateRecord) https = fake_get(fake, "https");
    g_assert_cmpuint(web->generation, ==, https->generation);
    https_prove(fake, TRUE);
    g_assert_false(certd_confirm(fake->service, &fake_root, "web", none, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NOT_PROVEN);
}

/* What a client showed was vouched for by the trust store as it was. */
static void test_trust(Fake *fake, const void *data)
{
    fake_start(fake);
    https_prove(fake, TRUE);
    g_assert_cmpint(https_level(fake, &fake_root, "high", "{'trial': <60>}"), ==, HTTPS_OK);
    https_prove(fake, TRUE);
    g_assert_true(https_get(fake).proven);
    fake_heard(fake, "");
    certd_https_trust_changed(fake->service);
    g_assert_cmpuint(fake_heard(fake, "https"), ==, 1);
    g_assert_false(https_get(fake).proven);
    g_assert_false(https_get(fake).proven_client_certificate);
    certd_https_trust_changed(fake->service);
    g_assert_cmpuint(fake_heard(fake, "https"), ==, 0);
    https_prove(fake, TRUE);
    g_assert_cmpint(https_confirm(fake, &fake_root, "@a{sv} {}"), ==, HTTPS_OK);
}

/* R55: a problem as long as its reporter says so and is there; a sentence of 512 bytes, and one more. */
static void test_problem(Fake *fake, const void *data)
{
    g_autofree char *longest = g_strnfill(CERTD_LIMIT_HTTPS_PROBLEM_BYTES, 'x');
    g_autofree char *longer = g_strnfill(CERTD_LIMIT_HTTPS_PROBLEM_BYTES + 1, 'x');
    const char *const bad[] = {longer, "\033[2J", "two\nlines", "\xff"};
    fake_start(fake);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(certd_https_report_problem(fake->service, &fake_server, bad[i], &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
        g_assert_false(fake_problem(fake, PROBLEM));
    }
    g_assert_true(certd_https_report_problem(fake->service, &fake_server, longest, NULL));
    g_assert_true(fake_problem(fake, PROBLEM));
    g_assert_true(certd_https_report_problem(fake->service, &fake_server, "", NULL));
    g_assert_false(fake_problem(fake, PROBLEM));
    g_assert_true(certd_https_report_problem(fake->service, &fake_server, "No port 443", NULL));
    certd_https_reporter_left(fake->service, ":1.7");
    g_assert_true(fake_problem(fake, PROBLEM));
    certd_https_reporter_left(fake->service, fake_server.sender);
    g_assert_false(fake_problem(fake, PROBLEM));
    certd_https_reporter_left(fake->service, fake_server.sender);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/service/https-proof/whose", test_whose);
    fake_add("/service/https-proof/generation", test_generation);
    fake_add("/service/https-proof/level", test_level);
    fake_add("/service/https-proof/renewed", test_renewed);
    fake_add("/service/https-proof/certificate", test_certificate);
    fake_add("/service/https-proof/other-certificate", test_other_certificate);
    fake_add("/service/https-proof/trust", test_trust);
    fake_add("/service/https-proof/problem", test_problem);
    return g_test_run();
}
