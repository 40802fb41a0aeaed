/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clock that is wrong (R72): it is said, no date is judged by it, what is issued holds once the time is
 * known, and nothing that somebody installed is lost. */

#include "fake.h"
#include "service/authority.h"
#include "service/look.h"
#include "service/request.h"
#include "service/review.h"

#define DAY G_GINT64_CONSTANT(86400)
#define YEAR (365 * DAY)

static void set_clock(Fake *fake, gint64 now, gboolean trusted, gboolean synchronized)
{
    fake->now = now;
    fake->clock_trusted = trusted;
    fake->synchronized = synchronized;
    certd_time_changed(fake->service);
    fake_settle(fake);
}

static void import_https(Fake *fake)
{
    guint key = fake->made;
    fake_request(fake, "https", "external");
    fake_import(fake, "https", key);
    fake_heard(fake, "");
}

static CertdCertificateState state(Fake *fake)
{
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "https");
    return certd_look_state(fake->service, record);
}

/* R72: first start in 1970: what is issued is valid from the time that this software was made, is said to
 * be provisional, and is issued again once the time is known. */
static void test_first_start(Fake *fake, const void *data)
{
    fake->now = 100;
    fake->clock_trusted = FALSE;
    fake_start(fake);
    g_assert_true(fake_problem(fake, "clock-untrusted"));
    g_assert_false(certd_service_is_degraded(fake->service));
    g_autoptr(CertdChainRecord) guessed = fake_in_use(fake, "https");
    g_autoptr(CertdAuthorityRecord) authority = certd_authority_get(fake->service, NULL);
    g_assert_true(guessed->provisional);
    g_assert_cmpint(guessed->not_before, ==, fake->device.release_time - 3600);
    g_assert_cmpint(authority->validity.not_before, ==, fake->device.release_time - 3600);
    fake_heard(fake, "");
    set_clock(fake, fake->device.release_time + YEAR / 2, TRUE, TRUE);
    g_assert_cmpuint(fake_heard(fake, "https:clock"), ==, 1);
    g_assert_false(fake_problem(fake, "clock-untrusted"));
    g_autoptr(CertdChainRecord) known = fake_in_use(fake, "https");
    g_assert_false(known->provisional);
    g_assert_cmpint(known->not_before, ==, fake->now - 3600);
    g_autoptr(CertdAuthorityRecord) same = certd_authority_get(fake->service, NULL);
    g_assert_cmpstr(same->fingerprint, ==, authority->fingerprint);
}

/* R72: told once each way, and again after a restart. */
static void test_told(Fake *fake, const void *data)
{
    fake_start(fake);
    fake_heard(fake, "");
    set_clock(fake, 100, FALSE, FALSE);
    g_assert_cmpuint(fake_heard(fake, "clock"), ==, 1);
    set_clock(fake, 200, FALSE, FALSE);
    g_assert_cmpuint(fake_heard(fake, "clock"), ==, 0);
    fake_restart(fake);
    fake_start(fake);
    g_assert_true(fake_problem(fake, "clock-untrusted"));
    set_clock(fake, 1800000500, TRUE, FALSE);
    g_assert_cmpuint(fake_heard(fake, "clock"), ==, 1);
    g_assert_false(fake_problem(fake, "clock-untrusted"));
}

/* R72: by a clock that is not trusted nothing has expired and nothing is renewed. */
static void test_not_judged(Fake *fake, const void *data)
{
    static const gint64 times[] = {0, 100, 1700000000, 1800000000 + 20 * YEAR};
    fake_start(fake);
    import_https(fake);
    g_autoptr(CertdCertificateRecord) before = fake_get(fake, "https");
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        set_clock(fake, times[i], FALSE, FALSE);
        fake_pass(fake, 3 * DAY);
        g_assert_cmpint(state(fake), ==, CERTD_CERTIFICATE_ACTIVE);
        g_autoptr(CertdCertificateRecord) record = fake_get(fake, "https");
        g_assert_cmpuint(record->generation, ==, before->generation);
        g_assert_cmpint(record->active_chain, ==, before->active_chain);
    }
}

/* R72, R55: ten years ahead and back, trusted all the while: the user's certificate is answered for and
 * comes back, and certd's own ones hold at each time. */
static void test_ten_years(Fake *fake, const void *data)
{
    fake_start(fake);
    fake_create(fake, "web");
    fake_request(fake, "web", "internal");
    fake_settle(fake);
    import_https(fake);
    gint64 start = fake->now;
    g_autoptr(CertdCertificateRecord) before = fake_get(fake, "https");
    static const gint64 shifts[] = {10 * YEAR, 0, -10 * YEAR, 0, 11 * YEAR, 5, -1};
    for (size_t i = 0; i < G_N_ELEMENTS(shifts); i++) {
        g_test_message("%" G_GINT64_FORMAT, shifts[i]);
        set_clock(fake, start + shifts[i], TRUE, TRUE);
        static const char *const both[] = {"https", "web"};
        for (size_t j = 0; j < G_N_ELEMENTS(both); j++) {
            g_autoptr(CertdChainRecord) chain = fake_in_use(fake, both[j]);
            g_assert_cmpint(chain->not_before, <=, fake->now);
            g_assert_cmpint(chain->not_after, >, fake->now);
        }
        gboolean far = ABS(shifts[i]) > YEAR;
        g_autoptr(CertdChainRecord) https = fake_in_use(fake, "https");
        g_assert_cmpstr(https->origin, ==, far ? "emergency" : "request");
        g_autoptr(CertdCertificateRecord) record = fake_get(fake, "https");
        g_assert_cmpint(record->active_chain, ==, before->active_chain);
        g_autoptr(CertdAuthorityRecord) authority = certd_authority_get(fake->service, NULL);
        g_assert_cmpint(authority->validity.not_before, <=, fake->now);
        g_assert_cmpint(authority->validity.not_after, >, fake->now);
    }
}

/* R72: the time that was seen lasts over restarts; one that somebody synchronized corrects it. */
static void test_seen(Fake *fake, const void *data)
{
    fake_start(fake);
    g_assert_cmpint(certd_service_seen(fake->service), ==, fake->now - 300);
    fake_pass(fake, 10 * DAY);
    fake_restart(fake);
    fake_start(fake);
    g_assert_cmpint(certd_service_seen(fake->service), ==, fake->now - 300);
    gint64 latest = fake->now;
    set_clock(fake, latest - DAY, FALSE, FALSE);
    g_assert_cmpint(certd_service_seen(fake->service), ==, latest - 300);
    set_clock(fake, latest - DAY, TRUE, TRUE);
    g_assert_cmpint(certd_service_seen(fake->service), ==, latest - DAY - 300);
    fake_restart(fake);
    g_assert_cmpint(certd_service_seen(fake->service), ==, 0);
    fake_start(fake);
    g_assert_cmpint(certd_service_seen(fake->service), ==, latest - DAY - 300);
}

/* R72: with a clock that was set back, what is issued begins at the latest time that was certain. */
static void test_set_back(Fake *fake, const void *data)
{
    fake_start(fake);
    gint64 certain = fake->now + 100 * DAY;
    set_clock(fake, certain, TRUE, TRUE);
    set_clock(fake, 100, FALSE, FALSE);
    fake_create(fake, "web");
    fake_request(fake, "web", "internal");
    fake_settle(fake);
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, "web");
    g_assert_cmpint(chain->not_before, ==, certain - 3600);
    g_assert_true(chain->provisional);
    fake_restart(fake);
    fake_start(fake);
    fake_request(fake, "web", "internal");
    fake_settle(fake);
    g_autoptr(CertdChainRecord) again = fake_in_use(fake, "web");
    g_assert_cmpint(again->not_before, ==, certain - 3600);
}

/* R72: what is due by a clock that is not trusted waits, and keeps nobody busy (fake_settle() sees to
 * that). */
static void test_due_untrusted(Fake *fake, const void *data)
{
    fake->now = 100;
    fake->clock_trusted = FALSE;
    fake_start(fake);
    fake_rename(fake, "device.example.com", "DNS:device.example.com");
    certd_names_changed(fake->service);
    fake_settle(fake);
    g_assert_true(fake_problem(fake, "authority-replaced"));
    fake->now += 31 * DAY;
    fake->woken = TRUE;
    fake_settle(fake);
    g_assert_cmpint(certd_work_next(fake->service), >, fake->now);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/time/first-start", test_first_start);
    fake_add("/time/told", test_told);
    fake_add("/time/not-judged", test_not_judged);
    fake_add("/time/ten-years", test_ten_years);
    fake_add("/time/seen", test_seen);
    fake_add("/time/set-back", test_set_back);
    fake_add("/time/due-untrusted", test_due_untrusted);
    return g_test_run();
}
