/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R61, R62: how HTTPS is served, and its trial, as they are kept. */
#include "fixture.h"

#include "store/https.h"

static CertdHttpsRecord get(Fixture *fixture)
{
    CertdHttpsRecord record = {0};
    g_autoptr(GError) error = NULL;

    g_assert_true(certd_store_https_get(fixture->store, &record, &error));
    g_assert_no_error(error);
    return record;
}

static CertdHttpsTrialRecord *get_trial(Fixture *fixture)
{
    CertdHttpsTrialRecord *record = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(certd_store_https_trial_get(fixture->store, &record, &error));
    g_assert_no_error(error);
    return record;
}

static void assert_settings(Fixture *fixture, CertdHttpsLevel level, gboolean force, guint port,
                            guint plain_port)
{
    CertdHttpsRecord record = get(fixture);

    g_assert_cmpint(record.level, ==, level);
    g_assert_cmpint(record.force, ==, force);
    g_assert_cmpuint(record.port, ==, port);
    g_assert_cmpuint(record.plain_port, ==, plain_port);
}

static void set_all(Fixture *fixture)
{
    const CertdHttpsRecord record = {CERTD_HTTPS_HIGH, TRUE, 65535, 1};
    const CertdHttpsTrialRecord trial = {
        .level = CERTD_HTTPS_HIGH,
        .force = TRUE,
        .boot = (char *)"0123456789abcdef0123456789abcdef",
        .deadline = G_GINT64_CONSTANT(7000000000),
        .uid = 4294967295,
        .started = -5,
    };
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    g_assert_true(certd_store_https_set(fixture->store, &record, &error));
    g_assert_true(certd_store_https_trial_set(fixture->store, &trial, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
}

static void reopen(Fixture *fixture)
{
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
}

/* What a device begins with; what was written is what is read, also after another start; one trial. */
static void test_kept(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    assert_settings(fixture, CERTD_HTTPS_STANDARD, FALSE, 443, 80);
    g_assert_null(get_trial(fixture));
    set_all(fixture);
    set_all(fixture);
    reopen(fixture);
    assert_settings(fixture, CERTD_HTTPS_HIGH, TRUE, 65535, 1);
    g_autoptr(CertdHttpsTrialRecord) trial = get_trial(fixture);
    g_assert_cmpint(trial->level, ==, CERTD_HTTPS_HIGH);
    g_assert_true(trial->force);
    g_assert_cmpstr(trial->boot, ==, "0123456789abcdef0123456789abcdef");
    g_assert_cmpint(trial->deadline, ==, G_GINT64_CONSTANT(7000000000));
    g_assert_cmpuint(trial->uid, ==, 4294967295);
    g_assert_cmpint(trial->started, ==, -5);
    fixture_begin(fixture);
    g_assert_true(certd_store_https_trial_delete(fixture->store, &error));
    fixture_commit(fixture);
    g_assert_null(get_trial(fixture));
}

/* R54: a factory reset takes all of it, and it can be written again. */
static void test_cleared(Fixture *fixture, const void *data)
{
    g_auto(GStrv) lost = NULL;
    g_autoptr(GError) error = NULL;

    set_all(fixture);
    fixture_begin(fixture);
    g_assert_true(certd_store_clear(fixture->store, &lost, &error));
    fixture_commit(fixture);
    assert_settings(fixture, CERTD_HTTPS_STANDARD, FALSE, 443, 80);
    g_assert_null(get_trial(fixture));
    set_all(fixture);
    assert_settings(fixture, CERTD_HTTPS_HIGH, TRUE, 65535, 1);
}

/* The table itself takes nothing that makes no sense. */
static void test_refused(Fixture *fixture, const void *data)
{
    const CertdHttpsRecord rows[] = {
        {CERTD_HTTPS_STANDARD, FALSE, 0, 80},
        {CERTD_HTTPS_STANDARD, FALSE, 443, 0},
        {CERTD_HTTPS_STANDARD, FALSE, 80, 80},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        fixture_begin(fixture);
        g_assert_false(certd_store_https_set(fixture->store, &rows[i], &error));
        g_assert_nonnull(error);
        fixture_commit(fixture);
    }
    assert_settings(fixture, CERTD_HTTPS_STANDARD, FALSE, 443, 80);
}

/* R51: settings that are gone are what a device begins with; a trial that makes no sense is of no boot that
 * is, and brings those back. */
static void test_damaged(Fixture *fixture, const void *data)
{
    set_all(fixture);
    fixture_close(fixture);
    fixture_sql(fixture, "DELETE FROM https");
    fixture_sql(fixture, "UPDATE https_trial SET boot = CAST(x'ff3031' AS TEXT)");
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    assert_settings(fixture, CERTD_HTTPS_STANDARD, FALSE, 443, 80);
    g_autoptr(CertdHttpsTrialRecord) trial = get_trial(fixture);
    g_assert_cmpint(trial->level, ==, CERTD_HTTPS_STANDARD);
    g_assert_false(trial->force);
    g_assert_cmpstr(trial->boot, ==, "");
    g_assert_cmpint(trial->deadline, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/https/kept", test_kept);
    fixture_add("/store/https/cleared", test_cleared);
    fixture_add("/store/https/refused", test_refused);
    fixture_add("/store/https/damaged", test_damaged);
    return g_test_run();
}
