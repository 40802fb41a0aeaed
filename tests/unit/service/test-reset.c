/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Back to the factory default, and the first start. */

#include "service/reset.h"

#include <string.h>

#include "fake.h"
#include "model/limits.h"
#include "service/request.h"
#include "service/review.h"

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

static void reset_with(Fake *fake, const char *name, const char *text, Outcome *outcome)
{
    g_autoptr(GVariant) options = fake_options(text);
    g_autoptr(GError) error = NULL;
    g_assert_true(certd_reset(fake->service, &fake_root, name, options, on_done, outcome, &error));
    g_assert_no_error(error);
}

static void reset(Fake *fake, const char *name, Outcome *outcome)
{
    reset_with(fake, name, NULL, outcome);
}

static void break_sealing_key(Fake *fake)
{
    g_autoptr(GError) error =
        g_error_new(CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE, "it is damaged");
    fake->sealing_key_broken = TRUE;
    certd_sealing_key_changed(fake->service, error);
    fake_settle(fake);
}

/* R23: https exists from the first start, issued by the device's authority for the device's names, with
 * a key of its own; and a second start changes nothing. */
static void test_start(Fake *fake, const void *data)
{
    fake_start(fake);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "https");
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, "https");
    g_assert_cmpuint(record->generation, ==, 1);
    g_assert_cmpint(record->settings->issuer, ==, CERTD_ISSUER_INTERNAL);
    g_assert_cmpstr(chain->origin, ==, "default");
    g_assert_nonnull(chain->authority);
    g_assert_false(g_str_has_prefix(chain->authority, chain->key_id));
    g_assert_cmpint(chain->not_after - chain->not_before, ==,
                    CERTD_LIMIT_INTERNAL_DAYS * G_GINT64_CONSTANT(86400));
    g_assert_cmpint(chain->not_before, ==, fake->now - 3600);
    g_assert_true(fake_answers_for(fake, "https", "DNS:device.example.org"));
    g_assert_false(certd_service_is_degraded(fake->service));
    g_assert_cmpuint(fake->issued, ==, 2);
    fake_restart(fake);
    fake_start(fake);
    g_autoptr(CertdCertificateRecord) again = fake_get(fake, "https");
    g_assert_cmpuint(again->generation, ==, 1);
    g_assert_cmpuint(fake->issued, ==, 2);
}

/* R55: a default that the authority can't issue is answered for, is a problem that is told, and a reset
 * takes that away. */
static void test_start_without_default(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    fake->fails[CERTD_ISSUE_SIGNED] = TRUE;
    fake_start(fake);
    g_assert_true(certd_service_is_degraded(fake->service));
    g_assert_true(fake_problem(fake, "certificate-missing"));
    g_autoptr(CertdChainRecord) emergency = fake_in_use(fake, "https");
    g_assert_cmpstr(emergency->origin, ==, "emergency");
    fake->fails[CERTD_ISSUE_SIGNED] = FALSE;
    reset(fake, "https", &outcome);
    fake_settle(fake);
    g_assert_no_error(outcome.error);
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, "https");
    g_assert_cmpstr(chain->origin, ==, "default");
    g_assert_false(certd_service_is_degraded(fake->service));
}

/* Where nothing at all can be made, certd starts, says so, and a reset takes that away too. */
static void test_start_fails(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    memset(fake->fails, 1, sizeof fake->fails);
    certd_start(fake->service, on_done, &outcome);
    fake_settle(fake);
    g_assert_cmpuint(outcome.calls, ==, 1);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    g_clear_error(&outcome.error);
    g_assert_true(fake_problem(fake, "default-missing"));
    memset(fake->fails, 0, sizeof fake->fails);
    reset(fake, "https", &outcome);
    fake_settle(fake);
    g_assert_no_error(outcome.error);
    g_assert_false(certd_service_is_degraded(fake->service));
}

/* R50: settings and chain go back, the previous chain stays, other certificates too. */
static void test_reset(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    fake_start(fake);
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

/* R51: a sealing key that can't be used is set aside, once, and the reset goes on with a new authority,
 * since nobody can open the key of the old one. */
static void test_reset_without_sealing_key(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    fake_start(fake);
    break_sealing_key(fake);
    g_assert_true(certd_service_is_degraded(fake->service));
    reset(fake, "https", &outcome);
    fake_answer(fake, FAKE_CHECK, NULL);
    fake_answer_code(fake, FAKE_RENEW, CERTD_ERROR_STORAGE_FULL);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_STORAGE_FULL);
    g_clear_error(&outcome.error);
    reset(fake, "https", &outcome);
    fake_answer(fake, FAKE_CHECK, NULL);
    fake_answer(fake, FAKE_RENEW, NULL);
    g_assert_true(fake->kept_old);
    fake_settle(fake);
    g_assert_cmpuint(outcome.calls, ==, 2);
    g_assert_no_error(outcome.error);
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, "https");
    g_assert_cmpstr(chain->origin, ==, "default");
    g_assert_true(fake_problem(fake, "authority-replaced"));
    g_assert_false(certd_service_is_degraded(fake->service));
}

/* R51: one new sealing key and no more, where that is no better. */
static void test_reset_renews_once(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    fake_start(fake);
    break_sealing_key(fake);
    reset(fake, "https", &outcome);
    fake_answer(fake, FAKE_CHECK, NULL);
    fake_answer(fake, FAKE_RENEW, NULL);
    fake->sealing_key_broken = TRUE;
    fake_settle(fake);
    g_assert_cmpuint(outcome.calls, ==, 1);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    g_clear_error(&outcome.error);
    g_assert_cmpuint(fake->sealing_key, ==, 1);
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, "https");
    g_assert_cmpstr(chain->origin, ==, "emergency");
}

/* R52: SHA-256 unless SHA-1 is asked for, which the policy has to allow. */
static void test_reset_digest(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    fake_start(fake);
    reset(fake, "https", &outcome);
    g_assert_cmpint(fake_peek(fake, FAKE_ISSUE)->digest, ==, CERTD_DIGEST_SHA256);
    fake_settle(fake);
    fake->policy = CERTD_POLICY_LEGACY;
    fake_restart(fake);
    fake_start(fake);
    reset_with(fake, "https", "{'digest': <'sha1'>}", &outcome);
    g_assert_cmpint(fake_peek(fake, FAKE_ISSUE)->digest, ==, CERTD_DIGEST_SHA1);
    fake_settle(fake);
    g_assert_no_error(outcome.error);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "https");
    g_assert_cmpint(record->settings->digest, ==, CERTD_DIGEST_SHA1);
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
    fake_start(fake);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GVariant) options = fake_options(rows[i].options);
        g_autoptr(GError) error = NULL;
        g_assert_false(
            certd_reset(fake->service, &fake_root, rows[i].name, options, on_done, NULL, &error));
        g_assert_error(error, CERTD_ERROR, (int)rows[i].code);
    }
}

/* R54: the sealing key goes first and is not kept; then everything; then authority and https are new, and
 * nothing that was wrong is told any more. */
static void test_factory(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    g_autoptr(GVariant) none = fake_options(NULL);
    fake_start(fake);
    fake_create(fake, "web");
    fake_request(fake, "web", "external");
    fake_create(fake, "idle");
    g_autoptr(CertdChainRecord) before = fake_in_use(fake, "https");
    g_assert_true(certd_factory_reset(fake->service, &fake_root, none, on_factory, &outcome, NULL));
    fake_answer(fake, FAKE_RENEW, NULL);
    g_assert_false(fake->kept_old);
    fake_settle(fake);
    g_assert_cmpuint(outcome.calls, ==, 1);
    g_assert_no_error(outcome.error);
    g_assert_cmpuint(g_strv_length(outcome.lost), ==, 2);
    g_assert_true(g_strv_contains((const char *const *)outcome.lost, "https"));
    g_assert_true(g_strv_contains((const char *const *)outcome.lost, "web"));
    g_strfreev(outcome.lost);
    g_assert_cmpuint(fixture_count(&fake->fixture), ==, 1);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "https");
    /* Whoever was handed the old one knows that this is another. */
    g_assert_cmpuint(record->generation, ==, 2);
    g_autoptr(CertdChainRecord) after = fake_in_use(fake, "https");
    g_assert_cmpstr(after->authority, !=, before->authority);
    g_assert_false(fake_problem(fake, "authority-replaced"));
    /* R72: a clock that was far ahead once is forgotten too. */
    fake->now -= 3650 * G_GINT64_CONSTANT(86400);
    fake->clock_trusted = FALSE;
    certd_time_changed(fake->service);
    g_assert_cmpint(certd_service_seen(fake->service), >, fake->now);
    g_assert_true(certd_factory_reset(fake->service, &fake_root, none, on_factory, &outcome, NULL));
    fake_settle(fake);
    g_strfreev(outcome.lost);
    g_assert_cmpint(certd_service_seen(fake->service), <=, fake->now);
    g_assert_false(certd_service_is_degraded(fake->service));
}

/* A sealing key that can't be destroyed leaves everything as it was. */
static void test_factory_fails(Fake *fake, const void *data)
{
    Outcome outcome = {0};
    g_autoptr(GVariant) none = fake_options(NULL);
    fake_start(fake);
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
    fake_add("/reset/start-without-default", test_start_without_default);
    fake_add("/reset/start-fails", test_start_fails);
    fake_add("/reset/one", test_reset);
    fake_add("/reset/without-sealing-key", test_reset_without_sealing_key);
    fake_add("/reset/renews-once", test_reset_renews_once);
    fake_add("/reset/digest", test_reset_digest);
    fake_add("/reset/refused", test_reset_refused);
    fake_add("/reset/factory", test_factory);
    fake_add("/reset/factory-fails", test_factory_fails);
    return g_test_run();
}
