/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R38: trials as they are kept. */
#include "fixture.h"

#include "model/error.h"
#include "store/trial.h"

static CertdTrialRecord *get(Fixture *fixture, const char *name)
{
    CertdTrialRecord *record = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(certd_store_trial_get(fixture->store, name, &record, &error));
    g_assert_no_error(error);
    return record;
}

static gboolean insert(Fixture *fixture, const char *name, gint64 chain, CertdSettings *settings,
                       GError **error)
{
    const CertdTrialRecord record = {
        .certificate = (char *)name,
        .chain = chain,
        .settings = settings,
        .boot = (char *)"0123456789abcdef0123456789abcdef",
        .deadline = G_GINT64_CONSTANT(7000000000),
        .uid = 4294967295,
        .started = -5,
    };
    return certd_store_trial_insert(fixture->store, &record, error);
}

/* What was written is what is read, also after another start. */
static void test_kept(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSettings) settings = certd_settings_new();
    g_autoptr(GError) error = NULL;

    settings->days = 17;
    fixture_begin(fixture);
    fixture_add_certificate(fixture, "web");
    fixture_add_key(fixture, 1);
    gint64 chain = fixture_add_chain(fixture, "web", 1, 1000, 2000);
    g_assert_true(insert(fixture, "web", chain, settings, &error));
    fixture_commit(fixture);
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_autoptr(CertdTrialRecord) read = get(fixture, "web");
    g_assert_nonnull(read);
    g_assert_cmpstr(read->certificate, ==, "web");
    g_assert_cmpint(read->chain, ==, chain);
    g_assert_cmpuint(read->settings->days, ==, 17);
    g_assert_cmpstr(read->boot, ==, "0123456789abcdef0123456789abcdef");
    g_assert_cmpint(read->deadline, ==, G_GINT64_CONSTANT(7000000000));
    g_assert_cmpuint(read->uid, ==, 4294967295);
    g_assert_cmpint(read->started, ==, -5);
    g_assert_null(get(fixture, "other"));
    fixture_begin(fixture);
    g_assert_true(certd_store_trial_keep_settings(fixture->store, "web", &error));
    g_assert_true(certd_store_trial_keep_settings(fixture->store, "other", &error));
    fixture_commit(fixture);
    g_autoptr(CertdTrialRecord) kept = get(fixture, "web");
    g_assert_null(kept->settings);
    g_assert_cmpint(kept->chain, ==, chain);
}

/* One at a time, of a certificate that is there, and gone with it. */
static void test_one(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "web");
    fixture_add_certificate(fixture, "b");
    g_assert_true(insert(fixture, "web", 0, NULL, &error));
    g_assert_false(insert(fixture, "web", 0, NULL, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_EXISTS);
    g_clear_error(&error);
    g_assert_false(insert(fixture, "nowhere", 0, NULL, &error));
    g_clear_error(&error);
    g_assert_true(insert(fixture, "b", 0, NULL, &error));
    fixture_commit(fixture);
    g_autoptr(GPtrArray) names = certd_store_trial_names(fixture->store, &error);
    g_assert_cmpuint(names->len, ==, 2);
    g_assert_cmpstr(names->pdata[0], ==, "b");
    g_assert_cmpstr(names->pdata[1], ==, "web");
    g_autoptr(CertdTrialRecord) plain = get(fixture, "web");
    g_assert_cmpint(plain->chain, ==, 0);
    g_assert_null(plain->settings);
    fixture_begin(fixture);
    g_assert_true(certd_store_trial_keep_settings(fixture->store, "web", &error));
    g_assert_true(certd_store_certificate_delete(fixture->store, "web", &error));
    g_assert_true(certd_store_trial_delete(fixture->store, "b", &error));
    g_assert_true(certd_store_trial_delete(fixture->store, "b", &error));
    fixture_commit(fixture);
    g_assert_null(get(fixture, "web"));
    g_assert_null(get(fixture, "b"));
}

/* What comes back can't be deleted meanwhile; a factory reset takes all. */
static void test_referred(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) lost = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "web");
    fixture_add_key(fixture, 1);
    gint64 chain = fixture_add_chain(fixture, "web", 1, 1000, 2000);
    g_assert_true(insert(fixture, "web", chain, NULL, &error));
    g_assert_false(certd_store_chain_delete(fixture->store, chain, &error));
    g_clear_error(&error);
    g_assert_true(certd_store_clear(fixture->store, &lost, &error));
    fixture_commit(fixture);
    g_assert_null(get(fixture, "web"));
}

/* R51: settings that can't be read don't keep the chain from coming back. */
static void test_damaged(Fixture *fixture, const void *data)
{
    static const char *const rows[] = {
        "UPDATE trial SET settings = x'00'",
        "UPDATE trial SET settings = x'0102030405060708090a'",
        "UPDATE trial SET boot = CAST(x'ff3031' AS TEXT)",
        "UPDATE trial SET boot = 'not a boot'",
    };
    g_autoptr(CertdSettings) settings = certd_settings_new();
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "web");
    g_assert_true(insert(fixture, "web", 0, settings, &error));
    fixture_commit(fixture);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(CertdTrialRecord) read = NULL;
        fixture_close(fixture);
        fixture_sql(fixture, rows[i]);
        fixture_sql(fixture, "PRAGMA wal_checkpoint");
        g_free(fixture_open(fixture, CERTD_STORE_OPENED));
        g_assert_true(certd_store_trial_get(fixture->store, "web", &read, &error));
        g_assert_no_error(error);
        g_assert_null(read->settings);
        g_assert_cmpint(read->deadline, ==, G_GINT64_CONSTANT(7000000000));
        g_assert_cmpstr(read->boot, ==, i < 2 ? "0123456789abcdef0123456789abcdef" : "");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/trial/kept", test_kept);
    fixture_add("/store/trial/one", test_one);
    fixture_add("/store/trial/referred", test_referred);
    fixture_add("/store/trial/damaged", test_damaged);
    return g_test_run();
}
