/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A keystore of an older certd, which must lose nothing and take all that is new. */
#include "fixture.h"

#include "model/error.h"
#include "store/authority.h"
#include "store/schema.h"

#include <glib/gstdio.h>
#include <sqlite3.h>

/* What the earlier certd of each version left: the first is written by hand, the others were in use. */
static const char *const keystores[] = {
    "version-1.sql",
    "../../integration/keystores/version-1.sql",
    "../../integration/keystores/version-2.sql",
    "../../integration/keystores/version-3.sql",
    "../../integration/keystores/version-4.sql",
};

/* Puts the keystore @name in the place of the fixture's, and opens it. */
static void open_keystore(Fixture *fixture, const char *name)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, name, NULL);
    g_autofree char *sql = NULL;
    g_autoptr(GError) error = NULL;

    fixture_close(fixture);
    g_assert_cmpint(g_remove(fixture->path), ==, 0);
    g_assert_true(g_file_get_contents(path, &sql, NULL, &error));
    g_assert_no_error(error);
    fixture_sql(fixture, sql);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
}

static void open_old(Fixture *fixture)
{
    open_keystore(fixture, keystores[0]);
}

static gint64 ask(Fixture *fixture, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;

    g_assert_cmpint(sqlite3_open(fixture->path, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
    gint64 answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    return answer;
}

/* R51: each row is there, and refers to what it referred to. */
static void test_rows(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    guint64 lines = 0;

    open_old(fixture);
    g_autoptr(CertdCertificateRecord) https =
        certd_store_certificate_get(fixture->store, "https", &error);
    g_assert_no_error(error);
    g_assert_cmpint(https->active_chain, ==, 3);
    g_assert_cmpint(https->previous_chain, ==, 2);
    g_assert_cmpint(https->emergency_chain, ==, 0);
    g_assert_cmpint(https->unusable, ==, CERTD_USABLE);
    g_assert_cmpuint(https->generation, ==, 1);
    g_assert_cmpint(https->validity.not_after, ==, 5000);
    g_autoptr(CertdChainRecord) chain = certd_store_chain_get(fixture->store, 3, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(chain->origin, ==, "imported");
    g_assert_cmpint(chain->not_before, ==, 2000);
    g_assert_cmpuint(chain->chain->len, ==, 2);
    g_assert_false(chain->provisional);
    g_assert_null(chain->authority);
    g_assert_true(fixture_has_key(fixture, 1));
    g_assert_true(fixture_has_key(fixture, 2));
    g_autoptr(CertdRequestRecord) request = certd_store_request_get(fixture->store, 1, &error);
    g_assert_no_error(error);
    g_assert_cmpint(request->state, ==, CERTD_REQUEST_READY);
    g_assert_null(request->cause);
    g_assert_cmpuint(fixture_count(fixture), ==, 2);
    g_assert_true(certd_store_audit_verify(fixture->store, &lines, &error));
    g_assert_cmpuint(lines, ==, 1);
}

/* What is installed is due at once, so that it gets a plan; what is empty isn't. */
static void test_due(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    open_old(fixture);
    g_autoptr(GPtrArray) due = certd_store_certificates_due(fixture->store, 1, 10, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(due->len, ==, 1);
    g_assert_cmpstr(due->pdata[0], ==, "https");
}

/* R23, R55: chains of the origins that are new are taken, and no id of before is given again. */
static void test_new_origins(Fixture *fixture, const void *data)
{
    static const char *const origins[] = {"internal", "emergency", "default", "self", "imported"};

    open_old(fixture);
    for (size_t i = 0; i < G_N_ELEMENTS(origins); i++) {
        g_autoptr(GError) error = NULL;
        gint64 id = 0;
        g_autoptr(CertdChainRecord) chain = certd_store_chain_get(fixture->store, 3, &error);
        g_assert_no_error(error);
        g_free(chain->origin);
        chain->origin = g_strdup(origins[i]);
        fixture_begin(fixture);
        g_assert_true(certd_store_chain_insert(fixture->store, chain, &id, &error));
        g_assert_no_error(error);
        fixture_commit(fixture);
        g_assert_cmpint(id, ==, 5 + (gint64)i);
    }
}

/* What is referred to can't go, as before. */
static void test_references(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    open_old(fixture);
    fixture_begin(fixture);
    g_assert_false(certd_store_chain_delete(fixture->store, 3, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_BUSY);
    fixture_commit(fixture);
}

/* An older keystore and a new one have the same tables with the same columns. */
static void test_same_as_new(Fixture *fixture, const void *data)
{
    static const char COLUMNS[] =
        "SELECT count(*) FROM sqlite_schema AS object, pragma_table_info(object.name)";
    static const char OBJECTS[] = "SELECT count(*) FROM sqlite_schema";

    fixture_close(fixture);
    gint64 columns = ask(fixture, COLUMNS);
    gint64 objects = ask(fixture, OBJECTS);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    for (size_t i = 0; i < G_N_ELEMENTS(keystores); i++) {
        guint64 lines = 0;
        open_keystore(fixture, keystores[i]);
        g_assert_true(certd_store_audit_verify(fixture->store, &lines, NULL));
        g_assert_cmpuint(lines, >, 0);
        fixture_close(fixture);
        g_assert_cmpint(ask(fixture, COLUMNS), ==, columns);
        g_assert_cmpint(ask(fixture, OBJECTS), ==, objects);
        g_assert_cmpint(ask(fixture, "SELECT count(*) FROM pragma_foreign_key_check"), ==, 0);
        g_assert_cmpint(ask(fixture, "PRAGMA user_version"), ==, certd_schema_version());
        g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/migration/rows", test_rows);
    fixture_add("/store/migration/due", test_due);
    fixture_add("/store/migration/new-origins", test_new_origins);
    fixture_add("/store/migration/references", test_references);
    fixture_add("/store/migration/same-as-new", test_same_as_new);
    return g_test_run();
}
