/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificates: rows, pages, counts and the time of the next renewal (R41). */
#include "fixture.h"

#include "model/error.h"
#include "model/limits.h"

#define NOW 1000

static void test_round_trip(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdCertificateRecord) record = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "https");
    fixture_add_key(fixture, 1);
    gint64 chain = fixture_add_chain(fixture, "https", 1, 0, 9);
    fixture_activate(fixture, "https", chain, 0);
    fixture_commit(fixture);
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    record = certd_store_certificate_get(fixture->store, "https", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(record->name, ==, "https");
    g_assert_cmpstr(certd_subject_common_name(record->settings->subject), ==, "https");
    g_assert_cmpuint(record->generation, ==, 1);
    g_assert_cmpint(record->active_chain, ==, chain);
    g_assert_cmpint(record->previous_chain, ==, 0);
    g_assert_cmpint(record->created, ==, 5);
    g_assert_true(certd_store_certificate_exists(fixture->store, "https"));
    g_assert_false(certd_store_certificate_exists(fixture->store, "http"));
}

static void test_refused(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdCertificateRecord) record = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "a");
    fixture_add_certificate(fixture, "b");
    fixture_add_key(fixture, 1);
    gint64 foreign = fixture_add_chain(fixture, "b", 1, 0, 9);
    record = certd_store_certificate_get(fixture->store, "a", &error);
    g_assert_false(certd_store_certificate_insert(fixture->store, record, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_EXISTS);
    g_clear_error(&error);
    /* Another one's chain can't become active. */
    record->active_chain = foreign;
    g_assert_false(certd_store_certificate_update(fixture->store, record, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_BUSY);
    g_clear_error(&error);
    record->active_chain = 0;
    g_free(record->name);
    record->name = g_strdup("c");
    g_assert_false(certd_store_certificate_update(fixture->store, record, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_CERTIFICATE);
    g_clear_error(&error);
    g_assert_null(certd_store_certificate_get(fixture->store, "c", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_CERTIFICATE);
    g_clear_error(&error);
    g_assert_false(certd_store_certificate_delete(fixture->store, "c", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_CERTIFICATE);
    fixture_commit(fixture);
}

static void test_delete(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    guint64 count = 9;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "gone");
    fixture_add_certificate(fixture, "kept");
    fixture_add_key(fixture, 1);
    fixture_add_key(fixture, 2);
    fixture_activate(fixture, "gone", fixture_add_chain(fixture, "gone", 1, 0, 9),
                     fixture_add_chain(fixture, "gone", 2, 0, 9));
    fixture_add_chain(fixture, "kept", 2, 0, 9);
    fixture_add_request(fixture, "gone", CERTD_REQUEST_READY, 0);
    g_assert_true(certd_store_certificate_delete(fixture->store, "gone", &error));
    g_assert_no_error(error);
    g_assert_false(fixture_has_key(fixture, 1));
    g_assert_true(fixture_has_key(fixture, 2));
    fixture_commit(fixture);
    g_assert_true(certd_store_certificate_count(fixture->store, &count, &error));
    g_assert_cmpuint(count, ==, 1);
    g_assert_true(certd_store_request_count_open(fixture->store, 0, &count, &error));
    g_assert_cmpuint(count, ==, 0);
}

/* The one that always exists goes on from its generation, others begin anew. */
static void test_generation(Fixture *fixture, const void *data)
{
    static const struct {
        const char *name;
        guint64 generation;
    } anew[] = {{"https", 1}, {"web", 0}};
    g_autoptr(GError) error = NULL;
    fixture_begin(fixture);
    for (size_t i = 0; i < G_N_ELEMENTS(anew); i++) {
        fixture_add_certificate(fixture, anew[i].name);
        fixture_add_key(fixture, (guint)i + 1);
        fixture_activate(fixture, anew[i].name,
                         fixture_add_chain(fixture, anew[i].name, (guint)i + 1, 0, 9), 0);
        g_assert_true(certd_store_certificate_delete(fixture->store, anew[i].name, &error));
        fixture_add_certificate(fixture, anew[i].name);
        g_autoptr(CertdCertificateRecord) record =
            certd_store_certificate_get(fixture->store, anew[i].name, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(record->generation, ==, anew[i].generation);
    }
    fixture_commit(fixture);
}

/* R41 */
static void test_renewal(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    gint64 when = -1;

    g_assert_true(certd_store_next_renewal(fixture->store, &when, &error));
    g_assert_cmpint(when, ==, 0);
    fixture_begin(fixture);
    fixture_add_key(fixture, 1);
    fixture_add_certificate(fixture, "a");
    fixture_add_certificate(fixture, "b");
    gint64 early = fixture_add_chain(fixture, "a", 1, 100, 400);
    fixture_activate(fixture, "b", fixture_add_chain(fixture, "b", 1, 100, 1000), 0);
    g_assert_true(certd_store_next_renewal(fixture->store, &when, &error));
    g_assert_cmpint(when, ==, 700);
    fixture_activate(fixture, "a", early, 0);
    g_assert_true(certd_store_next_renewal(fixture->store, &when, &error));
    g_assert_cmpint(when, ==, 300);
    fixture_activate(fixture, "a", 0, early);
    g_assert_true(certd_store_next_renewal(fixture->store, &when, &error));
    g_assert_cmpint(when, ==, 700);
    fixture_commit(fixture);
}

/* One of each state, and of each edge, at NOW. */
static const struct {
    const char *name;
    gint64 not_before; /* 0: no active chain */
    gint64 not_after;
} PLACES[] = {
    {"a-empty", 0, 0},       {"a.active", 1, 2000},       {"a.ends-now", 1, NOW},
    {"b-ended", 1, NOW - 1}, {"b-starts-now", NOW, 2000}, {"b-starts", NOW + 1, 2000},
    {"b.other-empty", 0, 0},
};

typedef struct {
    const char *name;
    CertdCertificateFilter filter;
    const char *expected;
} PageRow;

static const PageRow PAGES[] = {
    {"all", {0}, "a-empty a.active a.ends-now b-ended b-starts b-starts-now b.other-empty"},
    {"prefix", {.prefix = "b-"}, "b-ended b-starts b-starts-now"},
    {"whole name", {.prefix = "b-starts"}, "b-starts b-starts-now"},
    {"no such prefix", {.prefix = "c"}, ""},
    {"empty", {.by_state = TRUE, .state = CERTD_CERTIFICATE_EMPTY}, "a-empty b.other-empty"},
    {"active",
     {.by_state = TRUE, .state = CERTD_CERTIFICATE_ACTIVE, .now = NOW},
     "a.active a.ends-now b-starts-now"},
    {"expired", {.by_state = TRUE, .state = CERTD_CERTIFICATE_EXPIRED, .now = NOW}, "b-ended"},
    {"not yet",
     {.by_state = TRUE, .state = CERTD_CERTIFICATE_NOT_YET_VALID, .now = NOW},
     "b-starts"},
    {"expires", {.expires_before = NOW + 1}, "a.ends-now b-ended"},
    {"expires at", {.expires_before = NOW}, "b-ended"},
    {"active and expires",
     {.by_state = TRUE, .state = CERTD_CERTIFICATE_ACTIVE, .now = NOW, .expires_before = 1500},
     "a.ends-now"},
};

/* Walks all pages of @limit rows; the names. */
static char *walk(Fixture *fixture, const CertdCertificateFilter *filter, guint limit)
{
    g_autoptr(GString) names = g_string_new(NULL);
    g_autofree char *cursor = g_strdup("");
    gboolean more = TRUE;

    while (more) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) page =
            certd_store_certificate_page(fixture->store, filter, cursor, limit, &more, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(page->len, <=, limit);
        g_assert_true(!more || page->len == limit);
        for (guint i = 0; i < page->len; i++) {
            const CertdCertificateRow *row = page->pdata[i];
            g_string_append_printf(names, "%s%s", names->len ? " " : "", row->name);
            g_free(cursor);
            cursor = g_strdup(row->name);
            g_assert_cmpstr(row->key_type, ==, "ec:secp256r1");
            g_assert_cmpint(row->issuer, ==, CERTD_ISSUER_EXTERNAL);
            g_assert_cmpint(row->fingerprint != NULL, ==, row->not_after != 0);
            g_assert_cmpstr(row->origin, ==, row->not_after ? "imported" : NULL);
            g_assert_cmpstr(certd_subject_common_name(row->subject), ==, row->name);
        }
    }
    return g_strdup(names->str);
}

static void test_pages(Fixture *fixture, const void *data)
{
    fixture_begin(fixture);
    fixture_add_key(fixture, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(PLACES); i++) {
        fixture_add_certificate(fixture, PLACES[i].name);
        if (PLACES[i].not_before)
            fixture_activate(fixture, PLACES[i].name,
                             fixture_add_chain(fixture, PLACES[i].name, 1, PLACES[i].not_before,
                                               PLACES[i].not_after),
                             0);
    }
    fixture_commit(fixture);
    for (size_t i = 0; i < G_N_ELEMENTS(PAGES); i++)
        for (guint limit = 1; limit <= 8; limit++) {
            g_test_message("%s, %u", PAGES[i].name, limit);
            g_autofree char *names = walk(fixture, &PAGES[i].filter, limit);
            g_assert_cmpstr(names, ==, PAGES[i].expected);
        }
}

/* At the largest page, and one row beyond it. */
static void test_page_limit(Fixture *fixture, const void *data)
{
    const CertdCertificateFilter all = {0};
    g_autoptr(GError) error = NULL;
    gboolean more = TRUE;

    fixture_begin(fixture);
    for (guint n = 0; n < CERTD_LIMIT_PAGE; n++) {
        g_autofree char *name = g_strdup_printf("c%04u", n);
        fixture_add_certificate(fixture, name);
    }
    g_autoptr(GPtrArray) full =
        certd_store_certificate_page(fixture->store, &all, "", CERTD_LIMIT_PAGE + 1, &more, &error);
    g_assert_cmpuint(full->len, ==, CERTD_LIMIT_PAGE);
    g_assert_false(more);
    fixture_add_certificate(fixture, "d");
    g_autoptr(GPtrArray) cut =
        certd_store_certificate_page(fixture->store, &all, "", CERTD_LIMIT_PAGE + 1, &more, &error);
    g_assert_cmpuint(cut->len, ==, CERTD_LIMIT_PAGE);
    g_assert_true(more);
    fixture_commit(fixture);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/certificate/round-trip", test_round_trip);
    fixture_add("/store/certificate/refused", test_refused);
    fixture_add("/store/certificate/delete", test_delete);
    fixture_add("/store/certificate/generation", test_generation);
    fixture_add("/store/certificate/renewal", test_renewal);
    fixture_add("/store/certificate/pages", test_pages);
    fixture_add("/store/certificate/page-limit", test_page_limit);
    return g_test_run();
}
