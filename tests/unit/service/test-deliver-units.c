/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Telling units: how often, one beside another, and what becomes of a failure. */

#include <string.h>

#include "delivered.h"
#include "model/limits.h"
#include "service/deliver.h"

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
    delivered_pass(delivered, CERTD_UNIT_PACE_SECONDS);
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, NULL);
    delivered_expect(delivered, "");
    g_assert_cmpuint(delivered_rows(delivered, "ok", NULL), ==, 2);
}

/* Many changes in a row are two times that a unit is told, for systemd refuses the sixth start within 10 s;
 * others don't wait for it. */
static void test_pace(Delivered *delivered, const void *data)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g"};
    delivered_consume(delivered, "web", "unit:other.service:restart");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        delivered_make(delivered, names[i]);
        delivered_consume(delivered, names[i], NGINX);
    }
    change(delivered, names[0]);
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, NULL);
    for (size_t i = 1; i < G_N_ELEMENTS(names); i++)
        change(delivered, names[i]);
    delivered_expect(delivered, "");
    change(delivered, "web");
    delivered_expect(delivered, "other.service:restart ");
    delivered_answer(delivered, NULL);
    delivered_pass(delivered, CERTD_UNIT_PACE_SECONDS - 1);
    delivered_expect(delivered, "");
    delivered_pass(delivered, 1);
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, NULL);
    delivered_pass(delivered, 60);
    delivered_expect(delivered, "");
}

/* One that does not end holds up the next for a while, itself until it has ended. */
static void test_stuck(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", NGINX);
    delivered_consume(delivered, "web", "unit:other.service:restart");
    change(delivered, "web");
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_pass(delivered, CERTD_LIMIT_UNIT_ALONE_SECONDS - 1);
    delivered_expect(delivered, "");
    CertdDone stuck = delivered->done;
    void *userdata = delivered->userdata;
    delivered->done = NULL;
    delivered_pass(delivered, 1);
    delivered_expect(delivered, "other.service:restart ");
    delivered_answer(delivered, NULL);
    change(delivered, "web");
    delivered_pass(delivered, CERTD_UNIT_PACE_SECONDS);
    delivered_expect(delivered, "other.service:restart ");
    delivered_answer(delivered, NULL);
    stuck(NULL, userdata);
    delivered_pass(delivered, CERTD_UNIT_PACE_SECONDS);
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, NULL);
    delivered_expect(delivered, "");
}

/* What it is being told of just now it is not told again; but to restart, where that is what it is to do. */
static void test_no_second(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", NGINX);
    change(delivered, "web");
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_consume(delivered, "web", "user:postfix");
    delivered_answer(delivered, NULL);
    delivered_pass(delivered, CERTD_UNIT_PACE_SECONDS);
    delivered_expect(delivered, "");
    change(delivered, "web");
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_consume(delivered, "web", "unit:nginx.service:restart");
    delivered_answer(delivered, NULL);
    delivered_pass(delivered, CERTD_UNIT_PACE_SECONDS);
    delivered_expect(delivered, "nginx.service:restart ");
}

/* Who gets an action is told of the next change. */
static void test_action(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", "unit:nginx.service");
    change(delivered, "web");
    delivered_consume(delivered, "web", "unit:nginx.service:restart");
    delivered_expect(delivered, "");
    change(delivered, "web");
    delivered_expect(delivered, "nginx.service:restart ");
}

/* Consumers that can't be read for a moment are told when they can. */
static void test_unread_units(Delivered *delivered, const void *data)
{
    g_autofree char *directory = g_steal_pointer(&delivered->fake.runtime_directory);
    delivered_restart(delivered);
    fake_start(&delivered->fake);
    delivered_consume(delivered, "web", NGINX);
    delivered_change(delivered, "web");
    delivered_sql(delivered, "ALTER TABLE consumer RENAME TO gone");
    fake_settle(&delivered->fake);
    delivered_sql(delivered, "ALTER TABLE gone RENAME TO consumer");
    delivered_expect(delivered, "");
    delivered_pass(delivered, 60);
    delivered_expect(delivered, "nginx.service:reload ");
    delivered->fake.runtime_directory = g_steal_pointer(&directory);
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
    delivered_pass(delivered, CERTD_UNIT_PACE_SECONDS);
    change(delivered, "web");
    delivered_answer(delivered, NULL);
    g_assert_false(fake_problem(&delivered->fake, "consumer-failed"));
    delivered_answer(delivered, "so has this");
    g_assert_true(fake_problem(&delivered->fake, "consumer-failed"));
    delivered_remove(delivered, "web", "unit", "other.service");
    g_assert_false(fake_problem(&delivered->fake, "consumer-failed"));
}

/* A unit that failed is told again by being added once more, and at the next start; not by what else
 * delivers. */
static void test_again(Delivered *delivered, const void *data)
{
    delivered_consume(delivered, "web", NGINX);
    change(delivered, "web");
    delivered_answer(delivered, "it has burnt down");
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_pass(delivered, CERTD_UNIT_PACE_SECONDS);
    certd_deliver(delivered->fake.service, "web");
    fake_settle(&delivered->fake);
    delivered_expect(delivered, "");
    g_assert_true(fake_problem(&delivered->fake, "consumer-failed"));
    delivered_consume(delivered, "web", NGINX);
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, "again");
    delivered_restart(delivered);
    fake_start(&delivered->fake);
    delivered_expect(delivered, "nginx.service:reload ");
    delivered_answer(delivered, NULL);
    g_assert_false(fake_problem(&delivered->fake, "consumer-failed"));
    delivered_restart(delivered);
    fake_start(&delivered->fake);
    delivered_expect(delivered, "");
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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    delivered_add("/deliver-units/meanwhile", test_meanwhile);
    delivered_add("/deliver-units/pace", test_pace);
    delivered_add("/deliver-units/stuck", test_stuck);
    delivered_add("/deliver-units/no-second", test_no_second);
    delivered_add("/deliver-units/action", test_action);
    delivered_add("/deliver-units/unread-units", test_unread_units);
    delivered_add("/deliver-units/failure", test_failure);
    delivered_add("/deliver-units/again", test_again);
    delivered_add("/deliver-units/removed", test_removed);
    return g_test_run();
}
