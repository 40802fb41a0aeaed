/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of the device's own authority: made at first start, made again with its key when it has to
 * be, and anew when somebody wants that (R22, R26). */

#include "service/authority.h"

#include <string.h>

#include "fake.h"
#include "model/limits.h"
#include "service/configure.h"
#include "service/reset.h"
#include "service/review.h"

#define DAY G_GINT64_CONSTANT(86400)

typedef struct {
    guint calls;
    GError *error;
} Outcome;

static void on_done(const GError *error, void *userdata)
{
    Outcome *outcome = userdata;
    outcome->calls++;
    outcome->error = error != NULL ? g_error_copy(error) : NULL;
}

static CertdAuthorityRecord *get(Fake *fake)
{
    g_autoptr(GError) error = NULL;
    CertdAuthorityRecord *record = certd_authority_get(fake->service, &error);
    g_assert_no_error(error);
    return record;
}

static gboolean permits(const CertdAuthorityRecord *record, const char *text)
{
    g_autoptr(CertdSan) san = certd_san_parse(text, NULL);
    return certd_permitted_allows(record->permitted, san);
}

static void regenerate(Fake *fake, const char *text)
{
    g_autoptr(GVariant) options = fake_options(text);
    g_autoptr(GError) error = NULL;
    Outcome outcome = {0};
    g_assert_true(
        certd_authority_regenerate(fake->service, &fake_root, options, on_done, &outcome, &error));
    g_assert_no_error(error);
    fake_settle(fake);
    g_assert_cmpuint(outcome.calls, ==, 1);
    g_assert_no_error(outcome.error);
}

/* R22: ten years, EC, a name and a key that no other device has, and no names but the device's, "local"
 * and private addresses. */
static void test_first_start(Fake *fake, const void *data)
{
    fake_rename(fake, "dev1.example.org", "DNS:dev1.example.org IP:198.51.100.7");
    fake_start(fake);
    g_autoptr(CertdAuthorityRecord) record = get(fake);
    const char *name = certd_subject_common_name(record->subject);
    g_assert_cmpuint(fake_heard(fake, "authority"), ==, 1);
    g_assert_cmpuint(record->days, ==, CERTD_DEFAULT_AUTHORITY_DAYS);
    g_assert_cmpint(record->validity.not_before, ==, fake->now - 3600);
    g_assert_cmpint(record->validity.not_after, ==, fake->now - 3600 + 3650 * DAY);
    g_assert_cmpint(record->scope, ==, CERTD_SCOPE_LOCAL);
    g_assert_true(g_str_has_prefix(name, "dev1 authority "));
    g_assert_true(strncmp(name + strlen("dev1 authority "), record->key_id, 8) == 0);
    g_assert_cmpint(record->replaced, ==, 0);
    g_assert_true(permits(record, "DNS:dev1.example.org"));
    g_assert_true(permits(record, "DNS:other.example.org"));
    g_assert_true(permits(record, "DNS:x.local"));
    g_assert_true(permits(record, "IP:198.51.100.7"));
    g_assert_true(permits(record, "IP:192.168.0.1"));
    g_assert_false(permits(record, "IP:198.51.100.8"));
    g_assert_false(permits(record, "DNS:bank.example.com"));
    g_assert_false(fake_problem(fake, "authority-replaced"));
    fake_restart(fake);
    fake_start(fake);
    g_autoptr(CertdAuthorityRecord) same = get(fake);
    g_assert_cmpstr(same->fingerprint, ==, record->fingerprint);
}

/* R22, R27: names beyond what is permitted: a new certificate, the same key and the same name, and for a
 * month it is said that clients must import it again. */
static void test_names_leave(Fake *fake, const void *data)
{
    fake_start(fake);
    g_autoptr(CertdAuthorityRecord) before = get(fake);
    fake_rename(fake, "device.example.org", "DNS:device.example.org IP:10.1.2.3");
    certd_names_changed(fake->service);
    fake_settle(fake);
    g_autoptr(CertdAuthorityRecord) same = get(fake);
    g_assert_cmpstr(same->fingerprint, ==, before->fingerprint);
    fake_heard(fake, "");
    fake_rename(fake, "device.example.com", "DNS:device.example.com");
    certd_names_changed(fake->service);
    fake_settle(fake);
    g_assert_cmpuint(fake_heard(fake, "authority"), ==, 1);
    g_autoptr(CertdAuthorityRecord) after = get(fake);
    g_assert_cmpstr(after->fingerprint, !=, before->fingerprint);
    g_assert_cmpstr(after->key_id, ==, before->key_id);
    g_assert_true(certd_subject_equal(after->subject, before->subject));
    g_assert_true(permits(after, "DNS:device.example.com"));
    g_assert_true(fake_answers_for(fake, "https", "DNS:device.example.com"));
    g_assert_true(fake_problem(fake, "authority-replaced"));
    g_assert_false(certd_service_is_degraded(fake->service));
    fake_restart(fake);
    fake_start(fake);
    g_assert_true(fake_problem(fake, "authority-replaced"));
    fake_pass(fake, 30 * DAY);
    g_assert_false(fake_problem(fake, "authority-replaced"));
}

/* R22: a third of its life left: again with the same key, long before anything of its own would end with
 * it. */
static void test_third(Fake *fake, const void *data)
{
    fake_start(fake);
    g_autoptr(CertdAuthorityRecord) before = get(fake);
    fake_pass(fake, certd_validity_third(&before->validity) - 1 - fake->now);
    g_autoptr(CertdAuthorityRecord) still = get(fake);
    g_assert_cmpstr(still->fingerprint, ==, before->fingerprint);
    fake_pass(fake, 1);
    g_autoptr(CertdAuthorityRecord) after = get(fake);
    g_assert_cmpstr(after->fingerprint, !=, before->fingerprint);
    g_assert_cmpstr(after->key_id, ==, before->key_id);
    g_assert_cmpint(after->validity.not_before, ==, fake->now - 3600);
    g_assert_true(fake_problem(fake, "authority-replaced"));
}

/* R26: with the organisation's own values; what it had issued is issued again, what others issued stays. */
static void test_regenerate(Fake *fake, const void *data)
{
    fake_start(fake);
    fake_create(fake, "web");
    fake_request(fake, "web", "internal");
    fake_create(fake, "alone");
    fake_request(fake, "alone", "self");
    fake_settle(fake);
    g_autoptr(CertdAuthorityRecord) before = get(fake);
    fake_heard(fake, "");
    regenerate(fake, "{'subject': <'O=Example,C=DE'>, 'days': <uint32 730>}");
    g_autofree char *events = g_strdup(fake->events->str);
    g_assert_nonnull(strstr(events, "authority "));
    g_assert_nonnull(strstr(events, "https:authority "));
    g_assert_nonnull(strstr(events, "web:authority "));
    g_assert_null(strstr(events, "alone:"));
    g_autoptr(CertdAuthorityRecord) after = get(fake);
    g_autofree char *subject = certd_subject_print(after->subject);
    g_assert_cmpstr(after->key_id, !=, before->key_id);
    g_assert_nonnull(strstr(subject, "O=Example,C=DE"));
    g_assert_nonnull(strstr(subject, "CN=device authority "));
    g_assert_cmpint(after->validity.not_after - after->validity.not_before, ==, 730 * DAY);
    g_autoptr(CertdChainRecord) https = fake_in_use(fake, "https");
    g_assert_true(g_str_has_prefix(https->authority, after->key_id));
    /* Made again, it keeps what it was given. */
    regenerate(fake, "{'authority-scope': <'device'>}");
    g_autoptr(CertdAuthorityRecord) third = get(fake);
    g_autofree char *kept = certd_subject_print(third->subject);
    g_assert_nonnull(strstr(kept, "O=Example,C=DE"));
    g_assert_null(strstr(kept, "authority device"));
    g_assert_cmpint(third->scope, ==, CERTD_SCOPE_DEVICE);
}

/* R26: the same key keeps who trusts it; its certificates stay as they are. */
static void test_regenerate_same_key(Fake *fake, const void *data)
{
    fake_start(fake);
    g_autoptr(CertdAuthorityRecord) before = get(fake);
    g_autoptr(CertdChainRecord) https = fake_in_use(fake, "https");
    regenerate(fake, "{'reuse-key': <true>, 'authority-scope': <'any'>}");
    g_autoptr(CertdAuthorityRecord) after = get(fake);
    g_assert_cmpstr(after->key_id, ==, before->key_id);
    g_assert_cmpstr(after->fingerprint, !=, before->fingerprint);
    g_assert_null(after->permitted);
    g_autoptr(CertdChainRecord) same = fake_in_use(fake, "https");
    g_assert_cmpstr(same->fingerprint, ==, https->fingerprint);
}

/* What the same authority may not speak for any more is told of, and what it may is issued again. */
static void test_narrower(Fake *fake, const void *data)
{
    g_autoptr(GVariant) settings =
        fake_options("{'issuer': <'internal'>, 'subject-alt-names': <[('DNS', 'x.local')]>}");
    fake_start(fake);
    g_assert_true(certd_create(fake->service, &fake_root, "web", settings, NULL));
    fake_settle(fake);
    g_autoptr(CertdChainRecord) https = fake_in_use(fake, "https");
    regenerate(fake, "{'reuse-key': <true>, 'authority-scope': <'device'>}");
    g_assert_true(fake_problem(fake, "renewal-failed"));
    g_assert_true(fake_answers_for(fake, "web", "DNS:x.local"));
    g_autoptr(CertdChainRecord) same = fake_in_use(fake, "https");
    g_assert_cmpstr(same->fingerprint, ==, https->fingerprint);
    regenerate(fake, "{'reuse-key': <true>, 'authority-scope': <'local'>}");
    fake_pass(fake, 3600);
    g_assert_false(fake_problem(fake, "renewal-failed"));
}

static const struct {
    const char *options;
    int code; /* -1: taken */
} OPTIONS[] = {
    {"{'days': <uint32 365>}", -1},
    {"{'days': <uint32 364>}", CERTD_ERROR_INVALID_OPTION},
    {"{'days': <uint32 36500>}", -1},
    {"{'days': <uint32 36501>}", CERTD_ERROR_INVALID_OPTION},
    {"{'days': <'365'>}", CERTD_ERROR_INVALID_OPTION},
    {"{'authority-scope': <'local'>}", -1},
    {"{'authority-scope': <'world'>}", CERTD_ERROR_INVALID_OPTION},
    {"{'authority-scope': <true>}", CERTD_ERROR_INVALID_OPTION},
    {"{'reuse-key': <'yes'>}", CERTD_ERROR_INVALID_OPTION},
    {"{'subject': <[('O', 'Example'), ('CN', 'Ours')]>}", -1},
    {"{'subject': <'C=UK'>}", CERTD_ERROR_INVALID_SUBJECT},
    {"{'subject': <uint32 3>}", CERTD_ERROR_INVALID_OPTION},
    {"{'key-type': <'rsa:2048'>}", CERTD_ERROR_INVALID_OPTION},
};

/* R26: each option, at its limit and beyond it; what is refused changes nothing. */
static void test_options(Fake *fake, const void *data)
{
    fake_start(fake);
    for (size_t i = 0; i < G_N_ELEMENTS(OPTIONS); i++) {
        g_test_message("%s", OPTIONS[i].options);
        g_autoptr(CertdAuthorityRecord) before = get(fake);
        g_autoptr(GVariant) options = fake_options(OPTIONS[i].options);
        g_autoptr(GError) error = NULL;
        if (OPTIONS[i].code < 0) {
            regenerate(fake, OPTIONS[i].options);
            continue;
        }
        g_assert_false(
            certd_authority_regenerate(fake->service, &fake_root, options, on_done, NULL, &error));
        g_assert_error(error, CERTD_ERROR, OPTIONS[i].code);
        g_assert_true(g_queue_is_empty(&fake->jobs));
        g_autoptr(CertdAuthorityRecord) after = get(fake);
        g_assert_cmpstr(after->fingerprint, ==, before->fingerprint);
    }
    g_autoptr(CertdAuthorityRecord) last = get(fake);
    g_assert_cmpstr(certd_subject_common_name(last->subject), ==, "Ours");
}

/* R26: one at a time; and one that fails leaves the one that there is. */
static void test_regenerate_fails(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    Outcome outcome = {0};
    fake_start(fake);
    g_autoptr(CertdAuthorityRecord) before = get(fake);
    g_assert_true(
        certd_authority_regenerate(fake->service, &fake_root, none, on_done, &outcome, NULL));
    g_assert_false(
        certd_authority_regenerate(fake->service, &fake_root, none, on_done, &outcome, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_BUSY);
    fake_answer_code(fake, FAKE_ISSUE, CERTD_ERROR_WORKER_FAILED);
    g_assert_cmpuint(outcome.calls, ==, 1);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    g_clear_error(&outcome.error);
    g_autoptr(CertdAuthorityRecord) after = get(fake);
    g_assert_cmpstr(after->fingerprint, ==, before->fingerprint);
    /* It can be used as before, so nothing is wrong with it. */
    fake_settle(fake);
    g_assert_false(fake_problem(fake, "authority-unusable"));
}

/* R51: what can't be read or opened is not replaced unasked, but is by a reset and by a regeneration. */
static void test_mend(Fake *fake, const void *data)
{
    static const struct {
        const char *sql;
        gboolean by_reset;
    } rows[] = {
        {"UPDATE authority SET certificate = x'00'", TRUE},
        {"UPDATE authority SET subject = x'ff'", FALSE},
        {"UPDATE key SET sealed = x'00' WHERE id IN (SELECT key_id FROM authority)", TRUE},
        {"UPDATE key SET public_hash = zeroblob(32) WHERE id IN (SELECT key_id FROM authority)",
         FALSE},
    };
    fake_start(fake);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(CertdAuthorityRecord) before = get(fake);
        g_autoptr(GVariant) none = fake_options(NULL);
        Outcome outcome = {0};
        g_test_message("%s", rows[i].sql);
        fake_restart_with_sql(fake, rows[i].sql);
        fake_start(fake);
        g_assert_true(fake_problem(fake, "authority-unusable"));
        if (rows[i].by_reset)
            g_assert_true(
                certd_reset(fake->service, &fake_root, "https", none, on_done, &outcome, NULL));
        else
            g_assert_true(certd_authority_regenerate(fake->service, &fake_root, none, on_done,
                                                     &outcome, NULL));
        fake_settle(fake);
        g_assert_no_error(outcome.error);
        g_assert_cmpuint(outcome.calls, ==, 1);
        g_assert_false(certd_service_is_degraded(fake->service));
        g_autoptr(CertdAuthorityRecord) after = get(fake);
        g_assert_cmpstr(after->key_id, !=, before->key_id);
        g_autoptr(CertdChainRecord) https = fake_in_use(fake, "https");
        g_assert_true(g_str_has_prefix(https->authority, after->key_id));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/authority/first-start", test_first_start);
    fake_add("/authority/names-leave", test_names_leave);
    fake_add("/authority/third", test_third);
    fake_add("/authority/regenerate", test_regenerate);
    fake_add("/authority/regenerate-same-key", test_regenerate_same_key);
    fake_add("/authority/options", test_options);
    fake_add("/authority/narrower", test_narrower);
    fake_add("/authority/regenerate-fails", test_regenerate_fails);
    fake_add("/authority/mend", test_mend);
    return g_test_run();
}
