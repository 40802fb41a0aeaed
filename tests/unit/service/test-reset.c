/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Back to the factory default, and the first start. */

#include "service/reset.h"

#include "fake.h"
#include "service/request.h"

typedef struct {
    guint calls;
    GError *error;
    char **lost;
} Outcome;

static void on_done(const GError *error, void *userdata)
{
    Outcome *outcome = userdata;
    outcome->calls++;
    outcome->error = error != NULL ? g_error_copy(error) : NULL;
}

static void on_factory(char **lost, const GError *error, void *userdata)
{
    Outcome *outcome = userdata;
    on_done(error, userdata);
    outcome->lost = g_strdupv(lost);
}

static void start(Fake *fake)
{
    Outcome outcome = {0};
    certd_start(fake->service, on_done, &outcome);
    if (fake_waiting(fake, FAKE_ISSUE) > 0)
        fake_answer(fake, FAKE_ISSUE, NULL);
    g_assert_cmpuint(outcome.calls, ==, 1);
    g_assert_no_error(outcome.error);
}

static void reset(Fake *fake, const char *name, Outcome *outcome)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    g_assert_true(certd_reset(fake->service, &fake_root, name, none, on_done, outcome, &error));
    g_assert_no_error(error);
}

/* https exists from the first start, and a second one changes nothing. */
static void test_start(Fake *fake, const void *data)
{
    start(fake);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "https");
    g_assert_cmpuint(record->generation, ==, 1);
    g_assert_cmpint(record->settings->issuer, ==, CERTD_ISSUER_SELF);
    fake_restart(fake);
    start(fake);
    g_autoptr(CertdCertificateRecord) again = fake_get(fake, "https");
    g_assert_cmpuint(again->generation, ==, 1);
}

/* A default that can't be made is a problem that is told, and that a reset takes away. */
static void test_start_fails(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    certd_start(fake->service, on_done, &outcome);
    fake_answer_code(fake, FAKE_ISSUE, CERTD_ERROR_WORKER_FAILED);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    g_clear_error(&outcome.error);
    g_assert_true(certd_service_is_degraded(fake->service));
    reset(fake, "https", &outcome);
    fake_answer(fake, FAKE_ISSUE, NULL);
    g_assert_no_error(outcome.error);
    g_assert_false(certd_service_is_degraded(fake->service));
}

/* R50: settings and chain go back, the previous chain stays, other certificates too. */
static void test_reset(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    start(fake);
    fake_create(fake, "web");
    g_autoptr(GVariant) options = fake_options("{'subject': <'CN=a.example.org'>}");
    gint64 id;
    g_assert_true(
        certd_request_create(fake->service, &fake_root, "https", "external", options, &id, NULL));
    fake_answer(fake, FAKE_ISSUE, NULL);
    reset(fake, "https", &outcome);
    fake_answer(fake, FAKE_ISSUE, NULL);
    g_assert_cmpuint(outcome.calls, ==, 1);
    g_assert_no_error(outcome.error);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "https");
    g_assert_cmpuint(record->generation, ==, 2);
    g_assert_cmpint(record->previous_chain, !=, 0);
    g_assert_cmpuint(certd_subject_length(record->settings->subject), ==, 0);
    g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_READY);
    g_autoptr(CertdCertificateRecord) other = fake_get(fake, "web");
    g_assert_cmpuint(other->generation, ==, 0);
}

/* R51: a sealing key that can't be used is set aside, once, and the reset goes on. */
static void test_reset_without_sealing_key(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    start(fake);
    certd_service_set_problem(fake->service, "sealing-key-unusable", "it is damaged", "reset");
    reset(fake, "https", &outcome);
    fake_answer_code(fake, FAKE_ISSUE, CERTD_ERROR_KEY_UNAVAILABLE);
    fake_answer(fake, FAKE_RENEW, NULL);
    g_assert_true(fake->kept_old);
    fake_answer_code(fake, FAKE_ISSUE, CERTD_ERROR_KEY_UNAVAILABLE);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    g_clear_error(&outcome.error);
    reset(fake, "https", &outcome);
    fake_answer_code(fake, FAKE_ISSUE, CERTD_ERROR_KEY_UNAVAILABLE);
    fake_answer(fake, FAKE_RENEW, NULL);
    fake_answer(fake, FAKE_ISSUE, NULL);
    g_assert_no_error(outcome.error);
    g_assert_false(certd_service_is_degraded(fake->service));
}

static void test_reset_refused(Fake *fake, const void *data)
{
    static const struct {
        const char *name;
        const char *options;
        CertdError code;
    } rows[] = {
        {"none", "@a{sv} {}", CERTD_ERROR_NO_SUCH_CERTIFICATE},
        {"https", "{'digest': <'sha1'>}", CERTD_ERROR_POLICY_FORBIDS},
        {"https", "{'digest': <'sha3'>}", CERTD_ERROR_INVALID_OPTION},
        {"https", "{'days': <uint32 5>}", CERTD_ERROR_INVALID_OPTION},
    };
    start(fake);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GVariant) options = fake_options(rows[i].options);
        g_autoptr(GError) error = NULL;
        g_assert_false(
            certd_reset(fake->service, &fake_root, rows[i].name, options, on_done, NULL, &error));
        g_assert_error(error, CERTD_ERROR, (int)rows[i].code);
    }
}

/* The sealing key goes first and is not kept; then everything; then https is new. */
static void test_factory(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    g_autoptr(GVariant) none = fake_options(NULL);
    start(fake);
    fake_create(fake, "web");
    fake_request(fake, "web", "external");
    fake_create(fake, "idle");
    g_assert_true(certd_factory_reset(fake->service, &fake_root, none, on_factory, &outcome, NULL));
    fake_answer(fake, FAKE_RENEW, NULL);
    g_assert_false(fake->kept_old);
    fake_answer(fake, FAKE_ISSUE, NULL);
    g_assert_no_error(outcome.error);
    g_assert_cmpuint(g_strv_length(outcome.lost), ==, 2);
    g_assert_true(g_strv_contains((const char *const *)outcome.lost, "https"));
    g_assert_true(g_strv_contains((const char *const *)outcome.lost, "web"));
    g_strfreev(outcome.lost);
    g_assert_cmpuint(fixture_count(&fake->fixture), ==, 1);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "https");
    g_assert_cmpuint(record->generation, ==, 1);
}

/* A sealing key that can't be destroyed leaves everything as it was. */
static void test_factory_fails(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    g_autoptr(GVariant) none = fake_options(NULL);
    start(fake);
    fake_create(fake, "web");
    g_assert_true(certd_factory_reset(fake->service, &fake_root, none, on_factory, &outcome, NULL));
    fake_answer_code(fake, FAKE_RENEW, CERTD_ERROR_STORAGE_FULL);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_STORAGE_FULL);
    g_clear_error(&outcome.error);
    g_assert_null(outcome.lost);
    g_assert_cmpuint(fixture_count(&fake->fixture), ==, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/reset/start", test_start);
    fake_add("/reset/start-fails", test_start_fails);
    fake_add("/reset/one", test_reset);
    fake_add("/reset/without-sealing-key", test_reset_without_sealing_key);
    fake_add("/reset/refused", test_reset_refused);
    fake_add("/reset/factory", test_factory);
    fake_add("/reset/factory-fails", test_factory_fails);
    return g_test_run();
}
