/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the keystore knows of time, and the problems that last (R55, R72). */
#include "fixture.h"

#include "store/clock.h"

static CertdClockRecord get(Fixture *fixture)
{
    CertdClockRecord record = {-1, -1};
    g_autoptr(GError) error = NULL;

    g_assert_true(certd_store_clock_get(fixture->store, &record, &error));
    g_assert_no_error(error);
    return record;
}

static void set(Fixture *fixture, gint64 seen, gint64 synchronized)
{
    const CertdClockRecord record = {seen, synchronized};
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    g_assert_true(certd_store_clock_set(fixture->store, &record, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
}

/* R72: a time is kept as it was, and before 1970 there is none. */
static void test_clock(Fixture *fixture, const void *data)
{
    static const struct {
        gint64 seen;
        gint64 synchronized;
        CertdClockRecord expected;
    } rows[] = {
        {0, 0, {0, 0}},
        {1800000000, 1700000000, {1800000000, 1700000000}},
        {5, 4, {5, 4}},
        {-1, G_MININT64, {0, 0}},
        {4294967296, 4294967297, {4294967296, 4294967297}},
    };

    g_assert_cmpint(get(fixture).seen, ==, 0);
    g_assert_cmpint(get(fixture).synchronized, ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        set(fixture, rows[i].seen, rows[i].synchronized);
        fixture_close(fixture);
        g_free(fixture_open(fixture, CERTD_STORE_OPENED));
        g_assert_cmpint(get(fixture).seen, ==, rows[i].expected.seen);
        g_assert_cmpint(get(fixture).synchronized, ==, rows[i].expected.synchronized);
    }
}

static void set_problem(Fixture *fixture, const char *code, const char *message)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    g_assert_true(certd_store_problem_set(fixture->store, code, message, "mend it", &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
}

static GPtrArray *problems(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *found = certd_store_problems(fixture->store, &error);

    g_assert_no_error(error);
    return found;
}

/* R55: one of a code, over restarts, until it is taken away. */
static void test_problems(Fixture *fixture, const void *data)
{
    const char *const expected[] = {"b-code", "said again", "mend it", NULL};

    set_problem(fixture, "b-code", "said first");
    set_problem(fixture, "a-code", "another");
    set_problem(fixture, "b-code", "said again");
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_autoptr(GPtrArray) both = problems(fixture);
    g_assert_cmpuint(both->len, ==, 2);
    g_assert_cmpstrv(both->pdata[1], expected);
    set_problem(fixture, "a-code", NULL);
    set_problem(fixture, "no-such-code", NULL);
    g_autoptr(GPtrArray) one = problems(fixture);
    g_assert_cmpuint(one->len, ==, 1);
    g_assert_cmpstrv(one->pdata[0], expected);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/clock/clock", test_clock);
    fixture_add("/store/clock/problems", test_problems);
    return g_test_run();
}
