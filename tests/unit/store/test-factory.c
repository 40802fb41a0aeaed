/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The factory reset: all is gone but the audit, and what was lost is listed (R54). */
#include "fixture.h"

#include "model/error.h"

/* R54 */
static void test_clear(Fixture *fixture, const void *data)
{
    const char *const expected[] = {"active", "open", "previous", NULL};
    const CertdAuditEntry entry = {.time = 1,
                                   .sender = "",
                                   .unit = "",
                                   .action = "create",
                                   .object = "x",
                                   .outcome = "ok",
                                   .detail = ""};
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) lost = NULL;
    guint64 number = 99;

    fixture_begin(fixture);
    for (guint n = 1; n <= 3; n++)
        fixture_add_key(fixture, n);
    fixture_add_certificate(fixture, "active");
    fixture_activate(fixture, "active", fixture_add_chain(fixture, "active", 1, 0, 9), 0);
    fixture_add_certificate(fixture, "previous");
    fixture_activate(fixture, "previous", 0, fixture_add_chain(fixture, "previous", 2, 0, 9));
    fixture_add_certificate(fixture, "empty");
    fixture_add_certificate(fixture, "finished");
    fixture_add_request(fixture, "finished", CERTD_REQUEST_FAILED, 0);
    fixture_add_certificate(fixture, "open");
    gint64 before = fixture_add_request(fixture, "open", CERTD_REQUEST_READY, 0);
    g_assert_true(certd_store_audit_append(fixture->store, &entry, &error));
    fixture_commit(fixture);

    fixture_begin(fixture);
    g_assert_true(certd_store_clear(fixture->store, &lost, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
    g_assert_cmpstrv(lost, expected);
    g_assert_true(certd_store_certificate_count(fixture->store, &number, &error));
    g_assert_cmpuint(number, ==, 0);
    g_assert_true(certd_store_request_count_open(fixture->store, G_MAXUINT32, &number, &error));
    g_assert_cmpuint(number, ==, 0);
    for (guint n = 1; n <= 3; n++)
        g_assert_false(fixture_has_key(fixture, n));
    g_assert_true(certd_store_audit_verify(fixture->store, &number, &error));
    g_assert_cmpuint(number, ==, 1);
    /* An id is never used again. */
    fixture_begin(fixture);
    fixture_add_certificate(fixture, "open");
    g_assert_cmpint(fixture_add_request(fixture, "open", CERTD_REQUEST_READY, 0), >, before);
    fixture_commit(fixture);
}

static void test_rolled_back(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) lost = NULL;

    fixture_begin(fixture);
    fixture_add_certificate(fixture, "https");
    fixture_commit(fixture);
    fixture_begin(fixture);
    g_assert_true(certd_store_clear(fixture->store, &lost, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(g_strv_length(lost), ==, 0);
    certd_store_rollback(fixture->store);
    g_assert_true(certd_store_certificate_exists(fixture->store, "https"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/factory/clear", test_clear);
    fixture_add("/store/factory/rolled-back", test_rolled_back);
    return g_test_run();
}
