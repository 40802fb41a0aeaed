/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Telling units what changed: when, in which order, how often, and what becomes of a failure. */

#include <glib/gstdio.h>
#include <string.h>

#include "delivered.h"
#include "service/configure.h"
#include "service/deliver.h"
#include "service/import.h"
#include "service/reset.h"
#include "service/review.h"
#include "service/trial.h"

#define NGINX "unit:nginx.service:reload"

/* The message of the problem @code. Caller frees. */
static char *problem(Delivered *delivered, const char *code)
{
    g_autoptr(GVariant) problems =
        g_variant_ref_sink(certd_service_problems(delivered->fake.service));
    const char *found, *message;
    GVariantIter iter;
    g_variant_iter_init(&iter, problems);
    while (g_variant_iter_next(&iter, "(&s&s&s&s)", &found, NULL, &message, NULL)) {
        if (g_str_equal(found, code))
            return g_strdup(message);
    }
    return NULL;
}

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

/* What changes while a unit is being told is told afterwards. */
static void test_meanwhile(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", NGINX);
    change(delivered, "web");
    delivered_expect(delivered, "nginx.service:reload ");
    change(delivered, "web");
    change(delivered, "web");
    delivered_expect(delivered, "");
    delivered_answer(delivered, NULL);
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, NULL);
    delivered_expect(delivered, "");
    g_assert_cmpuint(delivered_rows(delivered, "ok", NULL), ==, 2);
}

static void note_written(const GError *error, void *userdata)
{
    gboolean *written = userdata;
    g_assert_no_error(error);
    *written = TRUE;
}

/* Files don't wait for a unit that takes its time, and who waits for files hears when they are there. */
static void test_slow_unit(Delivered *delivered, const void *data)
{
    gboolean web = FALSE, mail = FALSE, none = FALSE;
    delivered_make(delivered, "mail");
    delivered_consume(delivered, "web", NGINX);
    delivered_consume(delivered, "mail", "user:postfix");
    g_autofree char *before = delivered_read(delivered, "mail/tls.crt");
    change(delivered, "web");
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_change(delivered, "mail");
    certd_deliver_then(delivered->fake.service, "mail", note_written, &mail);
    g_assert_false(mail);
    certd_deliver_then(delivered->fake.service, "web", note_written, &web);
    g_assert_true(web);
    certd_deliver_then(delivered->fake.service, "nobody", note_written, &none);
    g_assert_true(none);
    fake_settle(&delivered->fake);
    g_assert_true(mail);
    g_autofree char *after = delivered_read(delivered, "mail/tls.crt");
    g_assert_cmpstr(after, !=, before);
    delivered_answer(delivered, NULL);
}

static void note_start(const GError *error, void *userdata)
{
    Delivered *delivered = userdata;
    g_assert_no_error(error);
    g_assert_true(delivered_exists(delivered, "web/tls.crt"));
    g_string_append(delivered->told, "started ");
}

/* Who waits for the start finds the files. */
static void test_start(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", "user:postfix");
    g_autofree char *path = delivered_path(delivered, "web/tls.crt");
    delivered_restart(delivered);
    g_assert_cmpint(g_unlink(path), ==, 0);
    certd_start(delivered->fake.service, note_start, delivered);
    fake_settle(&delivered->fake);
    delivered_expect(delivered, "started ");
}

/* A failure is told until the unit succeeds, and holds up no other. */
static void test_failure(Delivered *delivered, const void *data)
{
    g_autofree char *detail = NULL;
    delivered_consume(delivered, "web", NGINX);
    delivered_consume(delivered, "web", "unit:other.service:restart");
    change(delivered, "web");
    delivered_answer(delivered, "it has burnt down");
    delivered_expect(delivered, "nginx.service:reload other.service:restart ");
    delivered_answer(delivered, NULL);
    delivered_expect(delivered, "");
    g_autofree char *message = problem(delivered, "consumer-failed");
    g_assert_cmpstr(message, ==,
                    "nginx.service has not taken up the certificate \"web\": it has burnt down");
    g_assert_true(certd_service_is_degraded(delivered->fake.service));
    g_assert_cmpuint(delivered_rows(delivered, "failed", &detail), ==, 1);
    g_assert_true(g_str_has_suffix(detail, "; it has burnt down"));
    g_assert_cmpuint(delivered_rows(delivered, "ok", NULL), ==, 1);
    change(delivered, "web");
    delivered_answer(delivered, NULL);
    g_assert_false(fake_problem(&delivered->fake, "consumer-failed"));
    delivered_answer(delivered, "so has this");
    g_assert_true(fake_problem(&delivered->fake, "consumer-failed"));
    delivered_remove(delivered, "web", "unit", "other.service");
    g_assert_false(fake_problem(&delivered->fake, "consumer-failed"));
}

/* Who is removed while it waits is not told, and while it is told leaves no problem. */
static void test_removed(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", NGINX);
    delivered_consume(delivered, "web", "unit:other.service:restart");
    change(delivered, "web");
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_remove(delivered, "web", "unit", "other.service");
    delivered_remove(delivered, "web", "unit", "nginx.service");
    delivered_answer(delivered, "it is gone");
    delivered_expect(delivered, "");
    g_assert_false(fake_problem(&delivered->fake, "consumer-failed"));
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

/* A reset keeps the consumers and tells them; so do a trial's beginning and end, and a way back. */
static void test_every_way(Delivered *delivered, const void *data)
{
    Fake *fake = &delivered->fake;
    delivered_consume(delivered, "https", NGINX);
    fake_try_reset(fake, "@a{sv} {}");
    delivered_answer(delivered, NULL);
    delivered_expect(delivered, "nginx.service:reload ");
    g_assert_true(certd_rollback(fake->service, &fake_root, "https", NULL));
    fake_settle(fake);
    delivered_answer(delivered, NULL);
    delivered_expect(delivered, "nginx.service:reload ");
    fake_try_reset(fake, "{'trial': <uint32 60>}");
    delivered_answer(delivered, NULL);
    delivered_expect(delivered, "nginx.service:reload ");
    g_autofree char *tried = delivered_read(delivered, "https/tls.crt");
    fake_pass_boottime(fake, 60);
    delivered_answer(delivered, NULL);
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
    delivered_add("/deliver/meanwhile", test_meanwhile);
    delivered_add("/deliver/slow-unit", test_slow_unit);
    delivered_add("/deliver/start", test_start);
    delivered_add("/deliver/failure", test_failure);
    delivered_add("/deliver/removed", test_removed);
    delivered_add("/deliver/crash", test_crash);
    delivered_add("/deliver/factory-reset", test_factory_reset);
    delivered_add("/deliver/every-way", test_every_way);
    delivered_add("/deliver/emergency", test_emergency);
    delivered_add("/deliver/put-off", test_put_off);
    return g_test_run();
}
