/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for files: who does, and for how long at most. */

#include <glib/gstdio.h>

#include "delivered.h"
#include "model/limits.h"
#include "service/deliver.h"
#include "service/reset.h"

#define NGINX "unit:nginx.service:reload"

static void change(Delivered *delivered, const char *name)
{
    delivered_change(delivered, name);
    fake_settle(&delivered->fake);
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

static void note_end(const GError *error, void *userdata)
{
    g_assert_no_error(error);
    g_string_append(((Delivered *)userdata)->told, "started ");
}

/* A worker that hangs does not keep the start, which is told once; the files come later. */
static void test_slow_start(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", "user:postfix");
    delivered_restart(delivered);
    certd_start(delivered->fake.service, note_end, delivered);
    delivered_settle_without_keys(delivered);
    for (guint i = 0; i < CERTD_LIMIT_DELIVERY_WAIT_SECONDS; i++) {
        delivered_expect(delivered, "");
        delivered->fake.boottime += G_USEC_PER_SEC;
        delivered->fake.now++;
        delivered->fake.woken = delivered->fake.timer <= delivered->fake.now;
        delivered_settle_without_keys(delivered);
    }
    delivered_expect(delivered, "started ");
    g_autofree char *path = delivered_path(delivered, "web/tls.crt");
    g_assert_cmpint(g_unlink(path), ==, 0);
    fake_settle(&delivered->fake);
    delivered_expect(delivered, "");
    g_assert_true(delivered_exists(delivered, "web/tls.crt"));
}

/* Nor do many names, each of which fails after a long time. */
static void test_failing_start(Delivered *delivered, const void *data)
{
    delivered_make(delivered, "mail");
    delivered_consume(delivered, "mail", "user:postfix");
    delivered_consume(delivered, "web", "user:postfix");
    delivered_restart(delivered);
    certd_start(delivered->fake.service, note_end, delivered);
    delivered_settle_without_keys(delivered);
    delivered_expect(delivered, "");
    fake_answer_code(&delivered->fake, FAKE_OPEN_KEY, CERTD_ERROR_WORKER_FAILED);
    g_assert_cmpuint(fake_waiting(&delivered->fake, FAKE_OPEN_KEY), ==, 1);
    delivered_expect(delivered, "started ");
    fake_settle(&delivered->fake);
    delivered_expect(delivered, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    delivered_add("/deliver-wait/slow-unit", test_slow_unit);
    delivered_add("/deliver-wait/start", test_start);
    delivered_add("/deliver-wait/slow-start", test_slow_start);
    delivered_add("/deliver-wait/failing-start", test_failing_start);
    return g_test_run();
}
