/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is delivered when: with each way of another certificate into use, and after what was in the way. */

#include <glib/gstdio.h>
#include <string.h>

#include "delivered.h"
#include "model/limits.h"
#include "service/configure.h"
#include "service/deliver.h"
#include "service/import.h"
#include "service/reset.h"
#include "service/review.h"
#include "service/service-private.h"
#include "service/trial.h"

#define NGINX "unit:nginx.service:reload"

static void change(Delivered *delivered, const char *name)
{
    delivered_change(delivered, name);
    fake_settle(&delivered->fake);
}

/* A unit that becomes a consumer is not told, and then once of each change; others are not. */
static void test_once(Delivered *delivered, const void *data)
{
    g_autofree char *detail = NULL;
    g_autofree char *expected = NULL;
    delivered_consume(delivered, "web", NGINX);
    delivered_consume(delivered, "web", "unit:quiet.service");
    delivered_consume(delivered, "web", "user:postfix");
    delivered_make(delivered, "mail");
    delivered_expect(delivered, "");
    change(delivered, "web");
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, NULL);
    certd_deliver(delivered->fake.service, "web");
    fake_settle(&delivered->fake);
    delivered_expect(delivered, "");
    g_autoptr(CertdCertificateRecord) record = fake_get(&delivered->fake, "web");
    expected =
        g_strdup_printf("nginx.service reload: generation %" G_GUINT64_FORMAT, record->generation);
    g_assert_cmpuint(delivered_rows(delivered, "ok", &detail), ==, 1);
    g_assert_cmpstr(detail, ==, expected);
    g_assert_cmpuint(delivered_rows(delivered, "failed", NULL), ==, 0);
    change(delivered, "mail");
    delivered_expect(delivered, "");
}

/* One after another in the order of the consumers; and what changes together is one restart, which stands
 * before a reload. */
static void test_together(Delivered *delivered, const void *data)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "web"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (!g_str_equal(names[i], "web"))
            delivered_make(delivered, names[i]);
        delivered_consume(delivered, names[i], NGINX);
    }
    delivered_consume(delivered, "a", "unit:haproxy.service:reload");
    delivered_consume(delivered, "g", "unit:haproxy.service:restart");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        delivered_change(delivered, names[i]);
    fake_settle(&delivered->fake);
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, NULL);
    delivered_expect(delivered, "haproxy.service:restart ");
    delivered_answer(delivered, NULL);
    delivered_expect(delivered, "");
    g_assert_null(delivered->done);
}

/* A crash between the commit and the delivery, and while a unit was being told. */
static void test_crash(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", NGINX);
    delivered_change(delivered, "web");
    delivered_expect(delivered, "");
    delivered_restart(delivered);
    fake_start(&delivered->fake);
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_restart(delivered);
    fake_start(&delivered->fake);
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, NULL);
    delivered_restart(delivered);
    fake_start(&delivered->fake);
    delivered_expect(delivered, "");
}

static void on_factory_reset(char **lost, const GError *error, void *userdata)
{
    g_assert_no_error(error);
}

/* A factory reset ends the consumers, of https too, and what was under way with them. */
static void test_factory_reset(Delivered *delivered, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    delivered_consume(delivered, "web", NGINX);
    delivered_consume(delivered, "https", NGINX);
    change(delivered, "web");
    delivered_expect(delivered, "nginx.service:reload ");
    g_assert_true(certd_factory_reset(delivered->fake.service, &fake_root, none, on_factory_reset,
                                      NULL, NULL));
    fake_settle(&delivered->fake);
    g_assert_false(delivered_exists(delivered, "web"));
    g_assert_false(delivered_exists(delivered, "https"));
    delivered_answer(delivered, "void");
    delivered_expect(delivered, "");
    g_assert_false(fake_problem(&delivered->fake, "consumer-failed"));
    g_assert_cmpuint(delivered_rows(delivered, NULL, NULL), ==, 0);
}

static void on_failed_reset(char **lost, const GError *error, void *userdata)
{
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
}

/* R54: nobody reads a key while one is made to replace it; where that fails, files are there again. */
static void test_failed_reset(Delivered *delivered, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    delivered_consume(delivered, "web", "user:postfix");
    delivered_change(delivered, "web");
    fake_settle(&delivered->fake);
    g_assert_true(certd_factory_reset(delivered->fake.service, &fake_root, none, on_failed_reset,
                                      NULL, NULL));
    g_assert_false(delivered_exists(delivered, "web"));
    fake_answer_code(&delivered->fake, FAKE_RENEW, CERTD_ERROR_WORKER_FAILED);
    fake_settle(&delivered->fake);
    g_assert_true(delivered_exists(delivered, "web"));
}

/* A key that is opened while a reset begins is written nowhere. */
static void test_reset_meanwhile(Delivered *delivered, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    delivered_consume(delivered, "web", "user:postfix");
    delivered_change(delivered, "web");
    delivered_settle_without_keys(delivered);
    g_assert_true(certd_factory_reset(delivered->fake.service, &fake_root, none, on_factory_reset,
                                      NULL, NULL));
    fake_answer(&delivered->fake, FAKE_OPEN_KEY, NULL);
    g_assert_cmpuint(fake_waiting(&delivered->fake, FAKE_RENEW), ==, 1);
    g_assert_false(delivered_exists(delivered, "web"));
    fake_settle(&delivered->fake);
}

/* What the turn of the event loop itself puts in use is delivered in it. */
static void test_same_turn(Delivered *delivered, const void *data)
{
    Fake *fake = &delivered->fake;
    fake_request(fake, "web", "external");
    fake->judged = (CertdValidity){fake->now - 10, fake->now + 1000};
    fake->trial_seconds = 3600;
    delivered_consume(delivered, "web", "user:postfix");
    fake_import(fake, "web", fake->made - 1);
    g_string_truncate(fake->events, 0);
    fake->now += 1001;
    certd_work(fake->service);
    g_assert_cmpuint(fake_heard(fake, "web:trial-end"), ==, 1);
    g_assert_cmpuint(fake_waiting(fake, FAKE_OPEN_KEY), ==, 1);
}

/* A clock that is set back does not put off what is tried again. */
static void test_clock(Delivered *delivered, const void *data)
{
    Fake *fake = &delivered->fake;
    delivered_consume(delivered, "web", "user:postfix");
    delivered_change(delivered, "web");
    delivered_settle_without_keys(delivered);
    fake_answer_code(fake, FAKE_OPEN_KEY, CERTD_ERROR_WORKER_FAILED);
    g_assert_true(fake_problem(fake, "export-failed"));
    fake->now -= 1000;
    certd_time_changed(fake->service);
    fake_settle(fake);
    g_assert_false(fake_problem(fake, "export-failed"));
}

/* A reset keeps the consumers and tells them; so do a trial's beginning and end, and a way back. */
static void test_every_way(Delivered *delivered, const void *data)
{
    Fake *fake = &delivered->fake;
    delivered_consume(delivered, "https", NGINX);
    fake_try_reset(fake, "@a{sv} {}");
    delivered_answer(delivered, NULL);
    delivered_pass(delivered, CERTD_UNIT_PACE_SECONDS);
    delivered_expect(delivered, "nginx.service:reload ");
    g_assert_true(certd_rollback(fake->service, &fake_root, "https", NULL));
    fake_settle(fake);
    delivered_answer(delivered, NULL);
    delivered_pass(delivered, CERTD_UNIT_PACE_SECONDS);
    delivered_expect(delivered, "nginx.service:reload ");
    fake_try_reset(fake, "{'trial': <uint32 60>}");
    delivered_answer(delivered, NULL);
    delivered_pass(delivered, CERTD_UNIT_PACE_SECONDS);
    delivered_expect(delivered, "nginx.service:reload ");
    g_autofree char *tried = delivered_read(delivered, "https/tls.crt");
    fake_pass_boottime(fake, 60);
    delivered_answer(delivered, NULL);
    delivered_pass(delivered, CERTD_UNIT_PACE_SECONDS);
    delivered_expect(delivered, "nginx.service:reload ");
    g_autofree char *back = delivered_read(delivered, "https/tls.crt");
    g_assert_cmpstr(back, !=, tried);
}

/* R55: what stands in is delivered, and what it stood in for once that can be used again: also where a
 * restart took the one away. */
static void test_emergency(Delivered *delivered, const void *data)
{
    Fake *fake = &delivered->fake;
    g_autofree char *good = NULL;
    fake_request(fake, "web", "external");
    fake->judged = (CertdValidity){fake->now - 10, fake->now + 1000};
    fake_import(fake, "web", fake->made - 1);
    delivered_consume(delivered, "web", NGINX);
    good = delivered_read(delivered, "web/tls.crt");
    fake_pass(fake, 2000);
    delivered_expect(delivered, "nginx.service:reload ");
    g_autofree char *emergency = delivered_read(delivered, "web/tls.crt");
    g_assert_cmpstr(emergency, !=, good);
    delivered_answer(delivered, NULL);
    fake->now -= 1900;
    delivered_restart(delivered);
    fake_start(fake);
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, NULL);
    g_autofree char *again = delivered_read(delivered, "web/tls.crt");
    g_assert_cmpstr(again, ==, good);
}

/* What can't be used is not delivered while something may take its place: a restart takes the one that
 * stood in away, and makes another. */
static void test_put_off(Delivered *delivered, const void *data)
{
    Fake *fake = &delivered->fake;
    fake_request(fake, "web", "external");
    fake->judged = (CertdValidity){fake->now - 10, fake->now + 1000};
    fake_import(fake, "web", fake->made - 1);
    delivered_consume(delivered, "web", NGINX);
    fake_pass(fake, 2000);
    delivered_answer(delivered, NULL);
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_restart(delivered);
    fake_start(fake);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    g_assert_cmpint(record->emergency_chain, !=, 0);
    delivered_answer(delivered, NULL);
    delivered_expect(delivered, "nginx.service:reload ");
    fake_pass(fake, 120);
    delivered_expect(delivered, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    delivered_add("/deliver/once", test_once);
    delivered_add("/deliver/together", test_together);
    delivered_add("/deliver/crash", test_crash);
    delivered_add("/deliver/factory-reset", test_factory_reset);
    delivered_add("/deliver/failed-reset", test_failed_reset);
    delivered_add("/deliver/reset-meanwhile", test_reset_meanwhile);
    delivered_add("/deliver/same-turn", test_same_turn);
    delivered_add("/deliver/clock", test_clock);
    delivered_add("/deliver/every-way", test_every_way);
    delivered_add("/deliver/emergency", test_emergency);
    delivered_add("/deliver/put-off", test_put_off);
    return g_test_run();
}
