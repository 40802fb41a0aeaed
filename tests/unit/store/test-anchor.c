/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of anchors: there and back, in pages, damaged, and gone with a factory reset (R70). */
#include "fixture.h"

#include "model/error.h"
#include "store/anchor.h"
#include "store/statement.h"

#include <string.h>

#define SERVER CERTD_PURPOSE_SERVER
#define CLIENT CERTD_PURPOSE_CLIENT

static CertdAnchorRecord *anchor(guint number, CertdPurposes purposes)
{
    CertdAnchorRecord *record = g_new0(CertdAnchorRecord, 1);
    char *bytes = g_strdup_printf("anchor %u", number);

    record->certificate = g_bytes_new_take(bytes, strlen(bytes));
    record->fingerprint = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, record->certificate);
    record->details = g_variant_ref_sink(g_variant_new_parsed("{'subject': <'CN=x'>}"));
    record->subject_hash = g_strdup_printf("%08x", number);
    record->purposes = purposes;
    record->added = 1000 + (gint64)number;
    return record;
}

static void set(Fixture *fixture, const CertdAnchorRecord *record)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    g_assert_true(certd_store_anchor_set(fixture->store, record, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
}

static void add(Fixture *fixture, guint number, CertdPurposes purposes)
{
    g_autoptr(CertdAnchorRecord) record = anchor(number, purposes);

    set(fixture, record);
}

static gboolean removes(Fixture *fixture, const char *fingerprint)
{
    g_autoptr(GError) error = NULL;
    gboolean removed = FALSE;

    fixture_begin(fixture);
    g_assert_true(certd_store_anchor_remove(fixture->store, fingerprint, 5, &removed, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
    return removed;
}

static GPtrArray *page(Fixture *fixture, const char *cursor, guint limit, gboolean expected)
{
    g_autoptr(GError) error = NULL;
    gboolean more = !expected;
    GPtrArray *records =
        certd_store_anchor_page(fixture->store, cursor, limit, &more, NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpint(more, ==, expected);
    return records;
}

static guint count(Fixture *fixture, guint64 *bytes)
{
    g_autoptr(GError) error = NULL;
    guint number = 99;

    g_assert_true(certd_store_anchor_count(fixture->store, &number, bytes, &error));
    g_assert_no_error(error);
    return number;
}

static CertdPurposes purposes_of(Fixture *fixture, const char *fingerprint)
{
    g_autoptr(GError) error = NULL;
    CertdPurposes purposes = SERVER | CLIENT;

    g_assert_true(certd_store_anchor_purposes(fixture->store, fingerprint, &purposes, &error));
    g_assert_no_error(error);
    return purposes;
}

/* R70 */
static void test_round_trip(Fixture *fixture, const void *data)
{
    g_autoptr(CertdAnchorRecord) record = anchor(7, SERVER);
    guint64 bytes = 99;

    g_assert_cmpuint(count(fixture, &bytes), ==, 0);
    g_assert_cmpuint(bytes, ==, 0);
    g_assert_cmpint(purposes_of(fixture, record->fingerprint), ==, 0);
    set(fixture, record);
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_autoptr(GPtrArray) records = page(fixture, "", 10, FALSE);
    g_assert_cmpuint(records->len, ==, 1);
    const CertdAnchorRecord *found = g_ptr_array_index(records, 0);
    g_assert_cmpstr(found->fingerprint, ==, record->fingerprint);
    g_assert_true(g_bytes_equal(found->certificate, record->certificate));
    g_assert_cmpvariant(found->details, record->details);
    g_assert_cmpstr(found->subject_hash, ==, "00000007");
    g_assert_cmpint(found->purposes, ==, SERVER);
    g_assert_cmpint(found->added, ==, 1007);
    g_assert_cmpuint(count(fixture, &bytes), ==, 1);
    g_assert_cmpuint(bytes, ==, strlen("anchor 7"));
    g_assert_true(removes(fixture, record->fingerprint));
    g_assert_false(removes(fixture, record->fingerprint));
    g_assert_cmpuint(count(fixture, &bytes), ==, 0);
}

/* One that is there gets the purposes, and keeps the rest. */
static void test_again(Fixture *fixture, const void *data)
{
    g_autoptr(CertdAnchorRecord) record = anchor(1, SERVER);

    set(fixture, record);
    record->purposes = SERVER | CLIENT;
    record->added = 9000;
    set(fixture, record);
    g_assert_cmpint(purposes_of(fixture, record->fingerprint), ==, SERVER | CLIENT);
    g_autoptr(GPtrArray) records = page(fixture, "", 10, FALSE);
    g_assert_cmpuint(records->len, ==, 1);
    g_assert_cmpint(((CertdAnchorRecord *)g_ptr_array_index(records, 0))->added, ==, 1001);
}

/* Each is on one page, in the order of the fingerprints. */
static void test_pages(Fixture *fixture, const void *data)
{
    g_autofree char *last = g_strdup("");
    guint seen = 0;

    for (guint n = 0; n < 7; n++)
        add(fixture, n, SERVER);
    while (seen < 7) {
        g_autoptr(GPtrArray) records = page(fixture, last, 3, seen + 3 < 7);
        g_assert_cmpuint(records->len, ==, MIN(3, 7 - seen));
        for (guint i = 0; i < records->len; i++, seen++) {
            const CertdAnchorRecord *record = g_ptr_array_index(records, i);
            g_assert_cmpstr(record->fingerprint, >, last);
            g_free(last);
            last = g_strdup(record->fingerprint);
        }
    }
    g_autoptr(GPtrArray) behind = page(fixture, last, 3, FALSE);
    g_assert_cmpuint(behind->len, ==, 0);
}

static const struct {
    const char *name;
    const char *sql;
} DAMAGES[] = {
    {"certificate", "UPDATE anchor SET certificate = x'00' WHERE subject_hash = '00000001'"},
    {"details", "UPDATE anchor SET details = x'ffffffff' WHERE subject_hash = '00000001'"},
};

/* How many rows are kept beside. */
static gint64 kept(Fixture *fixture)
{
    static const char SELECT[] = "SELECT count(*) FROM damaged WHERE object LIKE 'anchor/%' AND"
                                 " json_extract(content, '$.certificate') IS NOT NULL";
    g_autoptr(GError) error = NULL;
    gint64 number = 0;

    g_assert_true(certd_store_query_integer(fixture->store, SELECT, NULL, 0, 0, &number, &error));
    g_assert_no_error(error);
    return number;
}

/* R51: what can't be believed is not trusted, hides no other, and is kept when it is mended. */
static void test_damaged(Fixture *fixture, const void *data)
{
    g_autoptr(CertdAnchorRecord) record = anchor(1, SERVER);

    add(fixture, 2, SERVER);
    for (size_t i = 0; i < G_N_ELEMENTS(DAMAGES); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) damaged = g_ptr_array_new_with_free_func(g_free);
        gboolean more = TRUE;
        guint64 bytes;
        g_test_message("%s", DAMAGES[i].name);
        set(fixture, record);
        fixture_close(fixture);
        fixture_sql(fixture, DAMAGES[i].sql);
        g_free(fixture_open(fixture, CERTD_STORE_OPENED));
        g_autoptr(GPtrArray) records =
            certd_store_anchor_page(fixture->store, "", 10, &more, damaged, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(records->len, ==, 1);
        g_assert_cmpuint(damaged->len, ==, 1);
        g_assert_cmpstr(g_ptr_array_index(damaged, 0), ==, record->fingerprint);
        g_assert_cmpint(purposes_of(fixture, record->fingerprint), ==, 0);
        g_assert_cmpuint(count(fixture, &bytes), ==, records->len);
        /* Mended by adding it again, and by taking it away. */
        if (i % 2 == 0)
            set(fixture, record);
        else
            g_assert_true(removes(fixture, record->fingerprint));
        g_assert_cmpint(purposes_of(fixture, record->fingerprint), ==, i % 2 == 0 ? SERVER : 0);
        g_assert_cmpint(kept(fixture), ==, (gint64)i + 1);
    }
}

/* R54: nobody is trusted after a factory reset. */
static void test_cleared(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) lost = NULL;
    guint64 bytes;
    gint64 when = -1;

    add(fixture, 1, CLIENT);
    fixture_begin(fixture);
    g_assert_true(certd_store_trust_set_changed(fixture->store, 77, &error));
    fixture_commit(fixture);
    g_assert_true(certd_store_trust_changed(fixture->store, &when, &error));
    g_assert_cmpint(when, ==, 77);
    fixture_begin(fixture);
    g_assert_true(certd_store_clear(fixture->store, &lost, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
    g_assert_cmpuint(count(fixture, &bytes), ==, 0);
    g_assert_true(certd_store_trust_changed(fixture->store, &when, &error));
    g_assert_cmpint(when, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/anchor/round-trip", test_round_trip);
    fixture_add("/store/anchor/again", test_again);
    fixture_add("/store/anchor/pages", test_pages);
    fixture_add("/store/anchor/damaged", test_damaged);
    fixture_add("/store/anchor/cleared", test_cleared);
    return g_test_run();
}
