/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The row of the device's own authority: there and back, replaced, and damaged (R22, R51). */
#include "fixture.h"

#include "model/error.h"
#include "store/authority.h"

#include <sqlite3.h>
#include <string.h>

/* An authority with the key @number, whose certificate says so. */
static CertdAuthorityRecord *authority(guint number, gboolean constrained)
{
    const char *const permitted[] = {"DNS:example.org", "IP:192.168.0.0/16", NULL};
    CertdAuthorityRecord *record = g_new0(CertdAuthorityRecord, 1);
    g_autoptr(GVariant) names = g_variant_ref_sink(g_variant_new_strv(permitted, -1));
    char *bytes = g_strdup_printf("authority %u", number);

    record->key_id = fixture_key_id(number);
    record->subject = certd_subject_parse("CN=dev1 authority,O=Example", NULL);
    record->scope = constrained ? CERTD_SCOPE_DEVICE : CERTD_SCOPE_ANY;
    if (constrained)
        g_assert_true(certd_permitted_from_variant(names, &record->permitted, NULL));
    record->certificate = g_bytes_new_take(bytes, strlen(bytes));
    record->validity = (CertdValidity){1000, 9000};
    record->fingerprint = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, record->certificate);
    record->days = 3650;
    record->created = 1200;
    record->replaced = number;
    return record;
}

static void set(Fixture *fixture, const CertdAuthorityRecord *record)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    g_assert_true(certd_store_authority_set(fixture->store, record, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
}

static CertdAuthorityRecord *get(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    CertdAuthorityRecord *record = NULL;

    g_assert_true(certd_store_authority_get(fixture->store, &record, &error));
    g_assert_no_error(error);
    return record;
}

static void add_keys(Fixture *fixture)
{
    fixture_begin(fixture);
    fixture_add_key(fixture, 1);
    fixture_add_key(fixture, 2);
    fixture_commit(fixture);
}

/* R22 */
static void test_round_trip(Fixture *fixture, const void *data)
{
    g_autoptr(CertdAuthorityRecord) record = authority(1, TRUE);

    g_assert_null(get(fixture));
    add_keys(fixture);
    set(fixture, record);
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_autoptr(CertdAuthorityRecord) found = get(fixture);
    g_autofree char *subject = certd_subject_print(found->subject);
    g_assert_cmpstr(found->key_id, ==, record->key_id);
    g_assert_cmpstr(subject, ==, "CN=dev1 authority,O=Example");
    g_assert_cmpint(found->scope, ==, CERTD_SCOPE_DEVICE);
    g_assert_cmpuint(found->permitted->len, ==, 2);
    g_assert_true(g_bytes_equal(found->certificate, record->certificate));
    g_assert_cmpint(found->validity.not_before, ==, 1000);
    g_assert_cmpint(found->validity.not_after, ==, 9000);
    g_assert_cmpstr(found->fingerprint, ==, record->fingerprint);
    g_assert_cmpuint(found->days, ==, 3650);
    g_assert_cmpint(found->created, ==, 1200);
    g_assert_cmpint(found->replaced, ==, 1);
}

/* R26: there is one at a time; the key of the one before goes, but not while it is used. */
static void test_replace(Fixture *fixture, const void *data)
{
    g_autoptr(CertdAuthorityRecord) first = authority(1, TRUE);
    g_autoptr(CertdAuthorityRecord) second = authority(2, FALSE);
    g_autoptr(GError) error = NULL;

    add_keys(fixture);
    set(fixture, first);
    set(fixture, first);
    fixture_begin(fixture);
    g_assert_true(certd_store_key_collect(fixture->store, NULL, &error));
    fixture_commit(fixture);
    g_assert_true(fixture_has_key(fixture, 1));
    g_assert_false(fixture_has_key(fixture, 2));
    fixture_begin(fixture);
    fixture_add_key(fixture, 2);
    fixture_commit(fixture);
    set(fixture, second);
    g_autoptr(CertdAuthorityRecord) found = get(fixture);
    g_assert_cmpstr(found->key_id, ==, second->key_id);
    g_assert_null(found->permitted);
    g_assert_false(fixture_has_key(fixture, 1));
}

static void test_no_key(Fixture *fixture, const void *data)
{
    g_autoptr(CertdAuthorityRecord) record = authority(1, TRUE);
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    g_assert_false(certd_store_authority_set(fixture->store, record, &error));
    g_assert_nonnull(error);
    certd_store_rollback(fixture->store);
    g_assert_null(get(fixture));
}

static const struct {
    const char *name;
    const char *sql;
} DAMAGES[] = {
    {"certificate", "UPDATE authority SET certificate = x'00'"},
    {"fingerprint", "UPDATE authority SET fingerprint = replace(fingerprint, 'a', 'b')"},
    {"subject", "UPDATE authority SET subject = x'ffffffff'"},
    {"permitted", "UPDATE authority SET permitted = x'ffffffff'"},
};

static void count_damaged(Fixture *fixture, const char *object, int expected)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;

    fixture_close(fixture);
    g_assert_cmpint(sqlite3_open(fixture->path, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_prepare_v2(db,
                                       "SELECT count(*) FROM damaged WHERE object = ?1 AND"
                                       " json_extract(content, '$.key_id') IS NOT NULL",
                                       -1, &statement, NULL),
                    ==, SQLITE_OK);
    sqlite3_bind_text(statement, 1, object, -1, SQLITE_STATIC);
    g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
    g_assert_cmpint(sqlite3_column_int(statement, 0), ==, expected);
    sqlite3_finalize(statement);
    g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
}

/* R51: what can't be believed is said to be damaged, and is kept when another takes its place. */
static void test_damaged(Fixture *fixture, const void *data)
{
    g_autoptr(CertdAuthorityRecord) record = authority(1, TRUE);

    add_keys(fixture);
    for (size_t i = 0; i < G_N_ELEMENTS(DAMAGES); i++) {
        g_autoptr(GError) error = NULL;
        CertdAuthorityRecord *found = NULL;
        g_test_message("%s", DAMAGES[i].name);
        set(fixture, record);
        fixture_close(fixture);
        fixture_sql(fixture, DAMAGES[i].sql);
        g_free(fixture_open(fixture, CERTD_STORE_OPENED));
        g_assert_false(certd_store_authority_get(fixture->store, &found, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
        g_assert_null(found);
        set(fixture, record);
        g_autoptr(CertdAuthorityRecord) again = get(fixture);
        g_assert_nonnull(again);
        count_damaged(fixture, "authority/internal", (int)i + 1);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/authority/round-trip", test_round_trip);
    fixture_add("/store/authority/replace", test_replace);
    fixture_add("/store/authority/no-key", test_no_key);
    fixture_add("/store/authority/damaged", test_damaged);
    return g_test_run();
}
