/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R20, R22, R41, R72: the times in the life of a certificate, at every clock a device may have. */
#include "model/validity.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"

#define HOUR 3600
#define DAY 86400
#define YEAR_2026 G_GINT64_CONSTANT(1767225600)
/* The first second that a signed time of 32 bits can't say, and likewise an unsigned one. */
#define YEAR_2038 G_GINT64_CONSTANT(2147483648)
#define YEAR_2106 G_GINT64_CONSTANT(4294967296)
/* The second that GnuTLS takes for "never". */
#define NEVER G_GINT64_CONSTANT(4294197631)
#define LAST_NOW G_GINT64_CONSTANT(253370764799)
#define LAST_SECOND G_GINT64_CONSTANT(253402300799)

static const struct {
    const char *name;
    gint64 now;
    guint32 days;
    gint64 latest;
    gint64 not_before; /* -1: refused */
    gint64 not_after;
} validities[] = {
    {"today", YEAR_2026, 397, 0, YEAR_2026 - HOUR, YEAR_2026 - HOUR + 397 * DAY},
    {"one day", YEAR_2026, CERTD_LIMIT_DAYS_MIN, 0, YEAR_2026 - HOUR, YEAR_2026 - HOUR + DAY},
    {"a hundred years", YEAR_2026, CERTD_LIMIT_DAYS_MAX, 0, YEAR_2026 - HOUR,
     YEAR_2026 - HOUR + G_GINT64_CONSTANT(36500) * DAY},
    {"1970", 0, 397, 0, 0, 397 * DAY},
    {"half an hour into 1970", HOUR / 2, 1, 0, 0, DAY},
    {"an hour into 1970", HOUR, 1, 0, 0, DAY},
    {"a second more", HOUR + 1, 1, 0, 1, DAY + 1},
    {"before 1970", -1, 397, 0, -1, 0},
    {"across 2038", YEAR_2038 - 1, 1, 0, YEAR_2038 - 1 - HOUR, YEAR_2038 - 1 - HOUR + DAY},
    {"in 2038", YEAR_2038, 397, 0, YEAR_2038 - HOUR, YEAR_2038 - HOUR + 397 * DAY},
    {"across 2106", YEAR_2106 - 1, 1, 0, YEAR_2106 - 1 - HOUR, YEAR_2106 - 1 - HOUR + DAY},
    {"in 2106", YEAR_2106, 397, 0, YEAR_2106 - HOUR, YEAR_2106 - HOUR + 397 * DAY},
    {"never", NEVER - DAY + HOUR, 1, 0, NEVER - DAY, NEVER - 1},
    {"never, as the authority ends", NEVER - DAY, 397, NEVER, NEVER - DAY - HOUR, NEVER - 1},
    {"a second before never", NEVER - 1 - DAY + HOUR, 1, 0, NEVER - 1 - DAY, NEVER - 1},
    {"a second after never", NEVER + 1 - DAY + HOUR, 1, 0, NEVER + 1 - DAY, NEVER + 1},
    {"9998", LAST_NOW, 397, 0, LAST_NOW - HOUR, LAST_SECOND},
    {"9998, not to the end", LAST_NOW, 1, 0, LAST_NOW - HOUR, LAST_NOW - HOUR + DAY},
    {"9999", LAST_NOW + 1, 1, 0, -1, 0},
    {"the end of time", G_MAXINT64, 1, 0, -1, 0},
    {"the beginning of time", G_MININT64, 1, 0, -1, 0},
    {"the authority outlives it", YEAR_2026, 1, YEAR_2026 + DAY, YEAR_2026 - HOUR,
     YEAR_2026 - HOUR + DAY},
    {"the authority ends before", YEAR_2026, 397, YEAR_2026 + DAY, YEAR_2026 - HOUR,
     YEAR_2026 + DAY},
    {"the authority ends in a second", YEAR_2026, 397, YEAR_2026 + 1, YEAR_2026 - HOUR,
     YEAR_2026 + 1},
    {"the authority has ended", YEAR_2026, 397, YEAR_2026, -1, 0},
};

static void test_from(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(validities); i++) {
        CertdValidity validity = {-7, -7};
        g_autoptr(GError) error = NULL;
        gboolean done = certd_validity_from(validities[i].now, validities[i].days,
                                            validities[i].latest, &validity, &error);

        g_test_message("%s", validities[i].name);
        if (validities[i].not_before < 0) {
            g_assert_false(done);
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_CLOCK_UNTRUSTED);
            g_assert_nonnull(strstr(error->message, "set the clock"));
            g_assert_cmpint(validity.not_before, ==, -7);
            g_assert_cmpint(validity.not_after, ==, -7);
            continue;
        }
        g_assert_no_error(error);
        g_assert_cmpint(validity.not_before, ==, validities[i].not_before);
        g_assert_cmpint(validity.not_after, ==, validities[i].not_after);
    }
}

static const CertdValidity lifetimes[] = {
    {YEAR_2026, YEAR_2026 + 397 * DAY},   {YEAR_2026, YEAR_2026 + 90 * DAY},
    {YEAR_2026, YEAR_2026 + DAY},         {YEAR_2026, YEAR_2026 + 2},
    {YEAR_2038 - DAY, YEAR_2038 + DAY},   {0, LAST_SECOND},
    {YEAR_2106 - 9 * DAY, YEAR_2106 + 1},
};

/* Between the third and a thirtieth of the lifetime before it, both included; each second of a
 * short one comes up. */
static void test_renewal(void)
{
    static const guint32 numbers[] = {0, 1, 2, 59, 65537, G_MAXINT32, G_MAXUINT32 - 1, G_MAXUINT32};

    for (size_t i = 0; i < G_N_ELEMENTS(lifetimes); i++) {
        const CertdValidity *validity = &lifetimes[i];
        gint64 lifetime = validity->not_after - validity->not_before;
        gint64 third = certd_validity_third(validity);

        g_assert_cmpint(validity->not_after - third, ==, lifetime / 3);
        for (size_t j = 0; j < G_N_ELEMENTS(numbers); j++) {
            gint64 renewal = certd_validity_renewal(validity, numbers[j]);

            g_assert_cmpint(renewal, <=, third);
            g_assert_cmpint(renewal, >=, third - lifetime / 30);
        }
        g_assert_cmpint(certd_validity_renewal(validity, 0), ==, third);
    }

    const CertdValidity minute = {0, 60};
    g_assert_cmpint(certd_validity_renewal(&minute, 0), ==, 40);
    g_assert_cmpint(certd_validity_renewal(&minute, 1), ==, 39);
    g_assert_cmpint(certd_validity_renewal(&minute, 2), ==, 38);
    g_assert_cmpint(certd_validity_renewal(&minute, 3), ==, 40);
}

/* What was issued together is spread over the whole thirtieth. */
static void test_renewal_spread(void)
{
    const CertdValidity validity = {YEAR_2026, YEAR_2026 + 397 * DAY};
    gint64 third = certd_validity_third(&validity);
    gint64 jitter = (validity.not_after - validity.not_before) / 30;
    g_autoptr(GRand) numbers = g_rand_new_with_seed(1);
    guint parts[10] = {0};

    for (guint i = 0; i < 10000; i++) {
        gint64 earlier = third - certd_validity_renewal(&validity, g_rand_int(numbers));

        parts[earlier * 10 / (jitter + 1)]++;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_assert_cmpuint(parts[i], >, 800);
        g_assert_cmpuint(parts[i], <, 1200);
    }
}

/* R41: the seconds before the end of each warning. */
static const struct {
    const char *name;
    gint64 lifetime;
    gint64 warnings[7];
} warned[] = {
    {"397 days", 397 * DAY, {397 * DAY / 3, 30 * DAY, 14 * DAY, 7 * DAY, 3 * DAY, 1 * DAY}},
    {"90 days and 3 seconds",
     90 * DAY + 3,
     {30 * DAY + 1, 30 * DAY, 14 * DAY, 7 * DAY, 3 * DAY, 1 * DAY}},
    {"90 days", 90 * DAY, {30 * DAY, 14 * DAY, 7 * DAY, 3 * DAY, 1 * DAY}},
    {"10 days", 10 * DAY, {10 * DAY / 3, 3 * DAY, 1 * DAY}},
    {"9 days", 9 * DAY, {3 * DAY, 1 * DAY}},
    {"1 day", 1 * DAY, {8 * HOUR}},
    {"1 second", 1, {0}},
};

static void test_warnings(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(warned); i++) {
        const CertdValidity validity = {YEAR_2026, YEAR_2026 + warned[i].lifetime};
        guint count = 1;

        while (warned[i].warnings[count] != 0)
            count++;
        g_test_message("%s", warned[i].name);
        g_assert_cmpuint(certd_validity_warnings_due(&validity, validity.not_before - DAY), ==, 0);
        for (guint step = 0; step < count; step++) {
            gint64 at = validity.not_after - warned[i].warnings[step];

            g_assert_cmpint(certd_validity_warning(&validity, step), ==, at);
            g_assert_cmpuint(certd_validity_warnings_due(&validity, at - 1), ==, step);
            g_assert_cmpuint(certd_validity_warnings_due(&validity, at), ==, step + 1);
        }
        g_assert_cmpint(certd_validity_warning(&validity, count), ==, 0);
        g_assert_cmpint(certd_validity_warning(&validity, G_MAXUINT), ==, 0);
        g_assert_cmpuint(certd_validity_warnings_due(&validity, G_MAXINT64), ==, count);
    }
}

static const struct {
    guint failures;
    gint64 wait;
} backoffs[] = {
    {1, 60},     {2, 120},    {3, 240},    {4, 480},     {10, 30720},
    {11, 61440}, {12, 86400}, {13, 86400}, {100, 86400}, {G_MAXUINT, 86400},
};

static void test_backoff(void)
{
    g_autoptr(GRand) numbers = g_rand_new_with_seed(1);

    for (size_t i = 0; i < G_N_ELEMENTS(backoffs); i++) {
        gint64 wait = backoffs[i].wait;
        gint64 shortest = G_MAXINT64;
        gint64 longest = 0;

        for (guint j = 0; j < 2000; j++) {
            gint64 drawn = certd_backoff(backoffs[i].failures, g_rand_int(numbers));

            shortest = MIN(shortest, drawn);
            longest = MAX(longest, drawn);
        }
        g_assert_cmpint(certd_backoff(backoffs[i].failures, 0), ==, wait - wait / 4);
        g_assert_cmpint(certd_backoff(backoffs[i].failures, (guint32)(wait / 2)), ==,
                        wait + wait / 4);
        g_assert_cmpint(shortest, >=, wait - wait / 4);
        g_assert_cmpint(longest, <=, wait + wait / 4);
        /* It is spread, not only within the bounds. */
        g_assert_cmpint(shortest, <, wait - wait / 5);
        g_assert_cmpint(longest, >, wait + wait / 5);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/validity/from", test_from);
    g_test_add_func("/model/validity/renewal", test_renewal);
    g_test_add_func("/model/validity/renewal-spread", test_renewal_spread);
    g_test_add_func("/model/validity/warnings", test_warnings);
    g_test_add_func("/model/validity/backoff", test_backoff);
    return g_test_run();
}
