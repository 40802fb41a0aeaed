/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is due and what can't be read: the calendar of the certificates (R24, R41, R51, R55). */
#include "fixture.h"

#include "model/error.h"

#include <sqlite3.h>

static void add_due(Fixture *fixture, const char *name, gint64 due)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, name);
    g_assert_true(certd_store_certificate_set_due(fixture->store, name, due, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
}

/* The names that are due at @now, in order. */
static char *due_at(Fixture *fixture, gint64 now, guint limit)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = certd_store_certificates_due(fixture->store, now, limit, &error);

    g_assert_no_error(error);
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

/* R41: the most urgent first, at its second and not before. */
static void test_due(Fixture *fixture, const void *data)
{
    static const struct {
        gint64 now;
        guint limit;
        const char *expected;
    } rows[] = {
        {99, 10, ""}, {100, 10, "b"}, {200, 10, "b c"}, {300, 10, "b c a"}, {300, 2, "b c"},
    };
    g_autoptr(GError) error = NULL;
    gint64 next = -1;

    g_assert_true(certd_store_next_due(fixture->store, &next, &error));
    g_assert_cmpint(next, ==, 0);
    add_due(fixture, "a", 300);
    add_due(fixture, "b", 100);
    add_due(fixture, "c", 200);
    add_due(fixture, "never", 0);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *names = due_at(fixture, rows[i].now, rows[i].limit);
        g_assert_cmpstr(names, ==, rows[i].expected);
    }
    g_assert_true(certd_store_next_due(fixture->store, &next, &error));
    g_assert_cmpint(next, ==, 100);
}

/* R24: all of them, a part at a time, in order. */
static void test_names(Fixture *fixture, const void *data)
{
    static const char *const all[] = {"a", "b", "c", "d", "e"};
    g_autoptr(GError) error = NULL;
    g_autofree char *cursor = g_strdup("");
    guint found = 0;

    for (size_t i = G_N_ELEMENTS(all); i > 0; i--)
        fixture_add_committed(fixture, all[i - 1]);
    for (;;) {
        g_autoptr(GPtrArray) names =
            certd_store_certificate_names(fixture->store, cursor, 2, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(names->len, <=, 2);
        if (names->len == 0)
            break;
        for (guint i = 0; i < names->len; i++)
            g_assert_cmpstr(names->pdata[i], ==, all[found++]);
        g_free(cursor);
        cursor = g_strdup(names->pdata[names->len - 1]);
    }
    g_assert_cmpuint(found, ==, G_N_ELEMENTS(all));
}

/* The plan goes in and comes out as it was. */
static void test_plan(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    gint64 when = 0;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "web");
    fixture_add_key(fixture, 1);
    fixture_activate(fixture, "web", fixture_add_chain(fixture, "web", 1, 100, 400), 0);
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(fixture->store, "web", &error);
    record->attempt = 295;
    record->failures = 3;
    record->warnings = 2;
    record->due = 294;
    record->unusable = CERTD_UNUSABLE_KEY;
    g_assert_true(certd_store_certificate_update(fixture->store, record, &error));
    fixture_commit(fixture);
    g_autoptr(CertdCertificateRecord) found =
        certd_store_certificate_get(fixture->store, "web", &error);
    g_assert_no_error(error);
    g_assert_cmpint(found->validity.not_before, ==, 100);
    g_assert_cmpint(found->validity.not_after, ==, 400);
    g_assert_cmpint(found->attempt, ==, 295);
    g_assert_true(certd_store_next_renewal(fixture->store, &when, &error));
    g_assert_cmpint(when, ==, 295);
    g_assert_cmpuint(found->failures, ==, 3);
    g_assert_cmpuint(found->warnings, ==, 2);
    g_assert_cmpint(found->due, ==, 294);
    g_assert_cmpint(found->unusable, ==, CERTD_UNUSABLE_KEY);
    /* Done, or under way: nothing is planned. */
    record->attempt = 0;
    fixture_begin(fixture);
    g_assert_true(certd_store_certificate_update(fixture->store, record, &error));
    fixture_commit(fixture);
    g_assert_true(certd_store_next_renewal(fixture->store, &when, &error));
    g_assert_cmpint(when, ==, 0);
}

static guint failures_of(Fixture *fixture, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(fixture->store, name, &error);

    g_assert_no_error(error);
    return record->failures;
}

/* R72: what failed by another clock is as if it had not. */
static void test_forget_failures(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "good");
    fixture_add_certificate(fixture, "web");
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(fixture->store, "web", &error);
    record->failures = 3;
    record->attempt = 500;
    g_assert_true(certd_store_certificate_update(fixture->store, record, &error));
    fixture_commit(fixture);
    g_assert_cmpuint(failures_of(fixture, "web"), ==, 3);
    fixture_begin(fixture);
    g_assert_true(certd_store_certificates_forget_failures(fixture->store, 77, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
    g_assert_cmpuint(failures_of(fixture, "web"), ==, 0);
    g_assert_cmpuint(failures_of(fixture, "good"), ==, 0);
    g_autoptr(CertdCertificateRecord) again =
        certd_store_certificate_get(fixture->store, "web", &error);
    g_assert_cmpint(again->attempt, ==, 77);
}

/* R51: a row that can't be read is named all the same, and is kept when it is mended; what it referred
 * to stays in use. */
static void test_mend(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSettings) settings = certd_settings_new();
    g_autoptr(GError) error = NULL;
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "web");
    fixture_add_key(fixture, 1);
    gint64 chain = fixture_add_chain(fixture, "web", 1, 100, 400);
    fixture_activate(fixture, "web", chain, 0);
    fixture_commit(fixture);
    fixture_close(fixture);
    fixture_sql(fixture, "UPDATE certificate SET settings = x'c0ffee'");
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_assert_null(certd_store_certificate_get(fixture->store, "web", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    g_clear_error(&error);
    g_autoptr(GPtrArray) names = certd_store_certificate_names(fixture->store, "", 9, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(names->len, ==, 1);

    settings->issuer = CERTD_ISSUER_INTERNAL;
    fixture_begin(fixture);
    g_assert_true(certd_store_certificate_mend(fixture->store, "web", settings, 77, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
    g_autoptr(CertdCertificateRecord) mended =
        certd_store_certificate_get(fixture->store, "web", &error);
    g_assert_no_error(error);
    g_assert_cmpint(mended->settings->issuer, ==, CERTD_ISSUER_INTERNAL);
    g_assert_cmpuint(mended->generation, ==, 2);
    g_assert_cmpint(mended->active_chain, ==, chain);
    g_assert_cmpint(mended->validity.not_after, ==, 400);
    g_autoptr(CertdChainRecord) kept = certd_store_chain_get(fixture->store, chain, &error);
    g_assert_nonnull(kept);
    g_assert_true(fixture_has_key(fixture, 1));
    fixture_close(fixture);

    g_assert_cmpint(sqlite3_open(fixture->path, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_prepare_v2(db,
                                       "SELECT count(*) FROM damaged WHERE object ="
                                       " 'certificate/web' AND time = 77 AND"
                                       " json_extract(content, '$.settings') = 'C0FFEE'",
                                       -1, &statement, NULL),
                    ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
    g_assert_cmpint(sqlite3_column_int(statement, 0), ==, 1);
    sqlite3_finalize(statement);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
}

/* R55: emergencies end with the daemon, whose memory may have had their keys; what is installed stays. */
static void test_clear_emergencies(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "web");
    fixture_add_key(fixture, 1);
    gint64 active = fixture_add_chain(fixture, "web", 1, 100, 400);
    g_autoptr(CertdChainRecord) chain = certd_store_chain_get(fixture->store, active, &error);
    fixture_add_key(fixture, 2);
    g_free(chain->origin);
    chain->origin = g_strdup("emergency");
    g_free(chain->key_id);
    chain->key_id = fixture_key_id(2);
    fixture_activate(fixture, "web", active, 0);
    g_autoptr(CertdCertificateRecord) record =
        certd_store_certificate_get(fixture->store, "web", &error);
    g_assert_true(
        certd_store_chain_insert(fixture->store, chain, &record->emergency_chain, &error));
    g_assert_true(certd_store_certificate_update(fixture->store, record, &error));
    g_assert_true(certd_store_clear_emergencies(fixture->store, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
    g_autoptr(CertdCertificateRecord) after =
        certd_store_certificate_get(fixture->store, "web", &error);
    g_assert_cmpint(after->active_chain, ==, active);
    g_assert_cmpint(after->emergency_chain, ==, 0);
    g_assert_true(fixture_has_key(fixture, 1));
    g_assert_false(fixture_has_key(fixture, 2));
    g_autofree char *due = due_at(fixture, 1, 10);
    g_assert_cmpstr(due, ==, "web");
    g_assert_null(certd_store_chain_get(fixture->store, record->emergency_chain, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/certificate-due/due", test_due);
    fixture_add("/store/certificate-due/names", test_names);
    fixture_add("/store/certificate-due/plan", test_plan);
    fixture_add("/store/certificate-due/forget-failures", test_forget_failures);
    fixture_add("/store/certificate-due/mend", test_mend);
    fixture_add("/store/certificate-due/clear-emergencies", test_clear_emergencies);
    return g_test_run();
}
