/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A thousand renewals of a hundred certificates in simulated time (R24, R41): none late, none twice,
 * spread by the jitter, and certd sleeps in between. */

#include <string.h>

#include "fake.h"
#include "service/review.h"

#define CERTIFICATES 100u
#define RENEWALS 1000u
#define DAY G_GINT64_CONSTANT(86400)
#define SEED 20240229u

/* The renewal window, from a thirtieth of the lifetime before the third, in equal parts. */
#define BUCKETS 10u
#define FAIR (RENEWALS / BUCKETS)
/* A fair share, half of it more or less: five standard deviations of chance. */
#define MOST (FAIR + FAIR / 2)
#define LEAST (FAIR / 2)
/* The first renewals of all that were issued together fall into 317 hours. */
#define MOST_IN_AN_HOUR 6u

typedef struct {
    CertdValidity validity;
    gint64 attempt;
    gint64 last; /* renewal */
} Plan;

typedef struct {
    Fake *fake;
    GHashTable *plans; /* name → Plan */
    guint renewals;
    guint buckets[BUCKETS];
    guint turns;
    guint in_hour;
    gint64 hour;
} Simulation;

static void read_plan(Simulation *simulation, const char *name)
{
    g_autoptr(CertdCertificateRecord) record = fake_get(simulation->fake, name);
    Plan *plan = g_hash_table_lookup(simulation->plans, name);
    if (plan == NULL) {
        plan = g_new0(Plan, 1);
        g_hash_table_insert(simulation->plans, g_strdup(name), plan);
    }
    plan->validity = record->validity;
    plan->attempt = record->attempt;
    g_assert_cmpint(plan->attempt, >, simulation->fake->now);
    g_assert_cmpint(plan->attempt, <=, certd_validity_third(&plan->validity));
}

static void issue_all(Simulation *simulation)
{
    Fake *fake = simulation->fake;
    for (guint i = 0; i < CERTIFICATES; i++) {
        g_autofree char *name = g_strdup_printf("web%u", i);
        fake_create(fake, name);
        fake_request(fake, name, i % 2 == 0 ? "self" : "internal");
        fake_settle(fake);
        read_plan(simulation, name);
    }
    fake_heard(fake, "");
}

static void count_hour(Simulation *simulation)
{
    gint64 hour = simulation->fake->now / 3600;
    simulation->in_hour = hour == simulation->hour ? simulation->in_hour + 1 : 1;
    simulation->hour = hour;
    g_assert_cmpuint(simulation->in_hour, <=, MOST_IN_AN_HOUR);
}

/* @name was renewed now: when that was planned, in time, and not a second time. */
static void on_renewed(Simulation *simulation, const char *name)
{
    gint64 now = simulation->fake->now;
    Plan *plan = g_hash_table_lookup(simulation->plans, name);
    g_assert_nonnull(plan);
    gint64 third = certd_validity_third(&plan->validity);
    gint64 window = (plan->validity.not_after - plan->validity.not_before) / 30 + 1;
    g_assert_cmpint(now, ==, plan->attempt);
    g_assert_cmpint(now, <=, third);
    g_assert_cmpint(now, >, third - window);
    g_assert_true(plan->last == 0 || now - plan->last > 200 * DAY);
    plan->last = now;
    simulation->buckets[(third - now) * BUCKETS / window]++;
    simulation->renewals++;
    count_hour(simulation);
    read_plan(simulation, name);
}

/* All that was renewed in this turn, but https, which has no plan here. */
static void hear(Simulation *simulation)
{
    g_auto(GStrv) words = g_strsplit(simulation->fake->events->str, " ", -1);
    for (size_t i = 0; words[i] != NULL; i++) {
        char *colon = strchr(words[i], ':');
        if (colon == NULL || !g_str_has_prefix(words[i], "web"))
            continue;
        *colon = '\0';
        g_assert_cmpstr(colon + 1, ==, "renewal");
        on_renewed(simulation, words[i]);
    }
    fake_heard(simulation->fake, "");
}

/* R24 */
static void test_renewals(Fake *fake, const void *data)
{
    Simulation simulation = {
        .fake = fake,
        .plans = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
    };
    fake->chance = g_rand_new_with_seed(SEED);
    fake_start(fake);
    issue_all(&simulation);
    while (simulation.renewals < RENEWALS) {
        gint64 next = certd_work_next(fake->service);
        g_assert_cmpint(next, >, fake->now);
        fake->now = next;
        fake->woken = TRUE;
        fake_settle(fake);
        hear(&simulation);
        simulation.turns++;
    }
    /* certd wakes for what it does, and hardly ever for nothing. */
    g_assert_cmpuint(simulation.turns, <=, RENEWALS + RENEWALS / 10);
    for (guint i = 0; i < BUCKETS; i++) {
        g_test_message("bucket %u: %u", i, simulation.buckets[i]);
        g_assert_cmpuint(simulation.buckets[i], <=, MOST);
        g_assert_cmpuint(simulation.buckets[i], >=, LEAST);
    }
    GHashTableIter iter;
    void *plan;
    g_hash_table_iter_init(&iter, simulation.plans);
    while (g_hash_table_iter_next(&iter, NULL, &plan))
        g_assert_cmpint(((const Plan *)plan)->attempt, >, fake->now);
    g_hash_table_unref(simulation.plans);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/simulated/renewals", test_renewals);
    return g_test_run();
}
