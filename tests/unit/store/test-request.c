/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests: rows, counts, searches and pages (R11, R13). */
#include "fixture.h"
#include "store/statement.h"

#include "model/error.h"
#include "model/limits.h"
#include "model/san.h"

/* R11 */
static void test_round_trip(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdRequestRecord) put = fixture_request("https", CERTD_REQUEST_QUEUED, 4294967294);
    gint64 id = 0;

    put->challenge_password = g_strdup("secret");
    put->unstructured_name = g_strdup("name");
    put->reuse_key = TRUE;
    fixture_begin(fixture);
    fixture_add_certificate(fixture, "https");
    fixture_add_key(fixture, 1);
    g_assert_true(certd_store_request_insert(fixture->store, put, &id, &error));
    fixture_commit(fixture);
    g_autoptr(CertdRequestRecord) got = certd_store_request_get(fixture->store, id, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(got->challenge_password, ==, "secret");
    g_assert_cmpstr(got->unstructured_name, ==, "name");
    g_assert_true(got->reuse_key);
    g_assert_true(certd_subject_equal(got->subject, put->subject));
    g_assert_true(certd_san_list_equal(got->sans, put->sans));
    g_assert_true(certd_settings_equal(got->settings, put->settings));
    g_assert_cmpuint(got->uid, ==, 4294967294);
    g_assert_cmpint(got->issuer, ==, CERTD_ISSUER_SELF);
    g_assert_null(got->key_id);
    got->state = CERTD_REQUEST_FAILED;
    got->key_id = fixture_key_id(1);
    g_clear_pointer(&got->challenge_password, g_free);
    got->request = g_bytes_new("der", 3);
    got->public_hash = fixture_hash(1);
    got->error_name = g_strdup("e");
    got->error_message = g_strdup("m");
    fixture_begin(fixture);
    g_assert_true(certd_store_request_update(fixture->store, got, &error));
    fixture_commit(fixture);
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_autoptr(CertdRequestRecord) again = certd_store_request_get(fixture->store, id, &error);
    g_assert_no_error(error);
    g_assert_cmpint(again->state, ==, CERTD_REQUEST_FAILED);
    g_assert_cmpstr(again->key_id, ==, got->key_id);
    g_assert_null(again->challenge_password);
    g_assert_true(g_bytes_equal(again->request, got->request));
    g_assert_true(g_bytes_equal(again->public_hash, got->public_hash));
    g_assert_cmpstr(again->error_message, ==, "m");
}

static void test_refused(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdRequestRecord) record = fixture_request("https", CERTD_REQUEST_QUEUED, 0);
    gint64 id = 0;

    fixture_begin(fixture);
    g_assert_false(certd_store_request_insert(fixture->store, record, &id, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_CERTIFICATE);
    g_clear_error(&error);
    fixture_add_certificate(fixture, "https");
    record->key_id = fixture_key_id(3);
    g_assert_false(certd_store_request_insert(fixture->store, record, &id, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    g_clear_error(&error);
    g_assert_cmpint(id, ==, 0);
    g_clear_pointer(&record->key_id, g_free);
    record->id = 12;
    g_assert_false(certd_store_request_update(fixture->store, record, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_REQUEST);
    g_clear_error(&error);
    g_assert_null(certd_store_request_get(fixture->store, 12, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_REQUEST);
    fixture_commit(fixture);
}

static void expect_counts(Fixture *fixture, guint32 uid, guint64 open, guint64 making)
{
    g_autoptr(GError) error = NULL;
    guint64 found = 99;

    g_assert_true(certd_store_request_count_open(fixture->store, uid, &found, &error));
    g_assert_cmpuint(found, ==, open);
    g_assert_true(certd_store_request_count_making(fixture->store, uid, &found, &error));
    g_assert_cmpuint(found, ==, making);
}

/* Every move from one state to another, for two users. */
static void test_counts(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "https");
    gint64 id = fixture_add_request(fixture, "https", CERTD_REQUEST_QUEUED, 7);
    fixture_add_request(fixture, "https", CERTD_REQUEST_READY, 8);
    g_autoptr(CertdRequestRecord) record = certd_store_request_get(fixture->store, id, &error);
    for (int from = 0; from < CERTD_REQUEST_STATE_COUNT_; from++)
        for (int to = 0; to < CERTD_REQUEST_STATE_COUNT_; to++) {
            record->state = (CertdRequestState)from;
            g_assert_true(certd_store_request_update(fixture->store, record, &error));
            record->state = (CertdRequestState)to;
            g_assert_true(certd_store_request_update(fixture->store, record, &error));
            guint64 open = certd_request_state_is_open(record->state) ? 1 : 0;
            guint64 making = to <= CERTD_REQUEST_GENERATING ? 1 : 0;
            expect_counts(fixture, 7, open, making);
            expect_counts(fixture, 8, 1, 0);
            expect_counts(fixture, G_MAXUINT32, open + 1, making);
        }
    g_assert_true(certd_store_certificate_delete(fixture->store, "https", &error));
    expect_counts(fixture, G_MAXUINT32, 0, 0);
    expect_counts(fixture, 9, 0, 0);
    fixture_commit(fixture);
}

/* R13 */
static void test_find(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) hash = fixture_hash(1);
    g_autoptr(GBytes) other = fixture_hash(2);
    gint64 ids[4] = {0};
    gint64 found = 0;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "https");
    fixture_add_certificate(fixture, "mqtt");
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autoptr(CertdRequestRecord) record = fixture_request(
            i == 3 ? "mqtt" : "https", i == 2 ? CERTD_REQUEST_CANCELLED : CERTD_REQUEST_READY, 0);
        record->public_hash = g_bytes_ref(hash);
        g_assert_true(certd_store_request_insert(fixture->store, record, &ids[i], &error));
    }
    fixture_commit(fixture);
    g_assert_true(certd_store_request_find(fixture->store, "https", hash, &found, &error));
    g_assert_cmpint(found, ==, ids[1]);
    g_assert_true(certd_store_request_find(fixture->store, "https", other, &found, &error));
    g_assert_cmpint(found, ==, 0);
    g_autoptr(GArray) newest = certd_store_request_ids(fixture->store, "https", 2, &error);
    g_assert_cmpuint(newest->len, ==, 2);
    g_assert_cmpint(g_array_index(newest, gint64, 0), ==, ids[2]);
    g_assert_cmpint(g_array_index(newest, gint64, 1), ==, ids[1]);
}

static void test_prune(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "https");
    fixture_add_key(fixture, 1);
    g_autoptr(CertdRequestRecord) oldest = fixture_request("https", CERTD_REQUEST_FAILED, 0);
    oldest->key_id = fixture_key_id(1);
    g_assert_true(certd_store_request_insert(fixture->store, oldest, &oldest->id, &error));
    gint64 open = fixture_add_request(fixture, "https", CERTD_REQUEST_GENERATING, 0);
    for (guint n = 1; n < CERTD_LIMIT_FINISHED_REQUESTS; n++)
        fixture_add_request(fixture, "https", CERTD_REQUEST_ISSUED, 0);
    g_assert_true(certd_store_request_prune(fixture->store, "https", &error));
    g_assert_true(fixture_has_key(fixture, 1));
    fixture_add_request(fixture, "https", CERTD_REQUEST_CANCELLED, 0);
    g_assert_true(certd_store_request_prune(fixture->store, "https", &error));
    g_assert_false(fixture_has_key(fixture, 1));
    g_autoptr(GArray) ids = certd_store_request_ids(fixture->store, "https", 100, &error);
    g_assert_cmpuint(ids->len, ==, CERTD_LIMIT_FINISHED_REQUESTS + 1);
    g_autoptr(GArray) unfinished = certd_store_request_unfinished(fixture->store, &error);
    g_assert_cmpuint(unfinished->len, ==, 1);
    g_assert_cmpint(g_array_index(unfinished, gint64, 0), ==, open);
    fixture_commit(fixture);
}

/* Every request once, whatever the size of the page. */
static void test_pages(Fixture *fixture, const void *data)
{
    const CertdRequestFilter filters[] = {
        {0},
        {.certificate = "a"},
        {.by_state = TRUE, .state = CERTD_REQUEST_READY},
        {.certificate = "a", .by_state = TRUE, .state = CERTD_REQUEST_READY},
    };
    const guint expected[] = {24, 12, 4, 2};

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "a");
    fixture_add_certificate(fixture, "b");
    for (guint n = 0; n < 24; n++)
        fixture_add_request(fixture, n < 12 ? "a" : "b",
                            (CertdRequestState)(n % CERTD_REQUEST_STATE_COUNT_), n);
    fixture_commit(fixture);
    for (guint i = 0; i < G_N_ELEMENTS(filters) * 25; i++) {
        gint64 after = 0;
        guint seen = 0;
        gboolean more = TRUE;
        while (more) {
            g_autoptr(GError) error = NULL;
            g_autoptr(GPtrArray) page = certd_store_request_page(fixture->store, &filters[i / 25],
                                                                 after, 1 + i % 25, &more, &error);
            g_assert_no_error(error);
            for (guint n = 0; n < page->len; n++, seen++) {
                const CertdRequestRecord *record = page->pdata[n];
                g_assert_cmpint(record->id, >, after);
                after = record->id;
            }
        }
        g_assert_cmpuint(seen, ==, expected[i / 25]);
    }
}

/* R51: rows that can't be read are left out of pages, which hide no others; and one goes aside with a
 * copy, without its secrets. */
static void test_damaged(Fixture *fixture, const void *data)
{
    const CertdRequestFilter all = {0};
    g_autoptr(GError) error = NULL;
    gint64 after = 0, kept = 0;
    guint seen = 0;
    gboolean more = TRUE;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "a");
    for (guint n = 0; n < 9; n++)
        fixture_add_request(fixture, "a", CERTD_REQUEST_READY, n);
    fixture_commit(fixture);
    fixture_close(fixture);
    fixture_sql(fixture, "UPDATE request SET settings = x'c0ffee', challenge_password = 'geheim'"
                         " WHERE id IN (1, 3, 4, 9)");
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    while (more) {
        g_autoptr(GPtrArray) page =
            certd_store_request_page(fixture->store, &all, after, 2, &more, &error);
        g_assert_no_error(error);
        for (guint i = 0; i < page->len; i++, seen++)
            after = ((const CertdRequestRecord *)page->pdata[i])->id;
    }
    g_assert_cmpuint(seen, ==, 5);
    fixture_begin(fixture);
    g_assert_true(certd_store_request_set_aside(fixture->store, 3, 77, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
    g_assert_true(certd_store_query_integer(
        fixture->store,
        "SELECT count(*) FROM damaged WHERE object = 'request/3' AND time = 77"
        " AND json_extract(content, '$.settings') = 'C0FFEE' AND content NOT LIKE '%67656865696D%'",
        NULL, 0, 0, &kept, &error));
    g_assert_cmpint(kept, ==, 1);
    g_assert_null(certd_store_request_get(fixture->store, 3, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_REQUEST);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/request/round-trip", test_round_trip);
    fixture_add("/store/request/damaged", test_damaged);
    fixture_add("/store/request/refused", test_refused);
    fixture_add("/store/request/counts", test_counts);
    fixture_add("/store/request/find", test_find);
    fixture_add("/store/request/prune", test_prune);
    fixture_add("/store/request/pages", test_pages);
    return g_test_run();
}
