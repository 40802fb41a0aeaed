/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of a request: what somebody installed while a renewal was under way stays. */

#include "fake.h"
#include "model/limits.h"
#include "service/request.h"
#include "service/service-private.h"

typedef struct {
    const char *issuer;
    CertdIssuer renews;
    gboolean fails;    /* the worker */
    gboolean imported; /* meanwhile */
    CertdRequestState expected;
} Row;

static const Row rows[] = {
    {"internal", CERTD_ISSUER_INTERNAL, FALSE, FALSE, CERTD_REQUEST_ISSUED},
    {"internal", CERTD_ISSUER_INTERNAL, TRUE, FALSE, CERTD_REQUEST_FAILED},
    {"internal", CERTD_ISSUER_INTERNAL, FALSE, TRUE, CERTD_REQUEST_CANCELLED},
    {"internal", CERTD_ISSUER_INTERNAL, TRUE, TRUE, CERTD_REQUEST_CANCELLED},
    {"self", CERTD_ISSUER_SELF, FALSE, FALSE, CERTD_REQUEST_ISSUED},
    {"self", CERTD_ISSUER_SELF, FALSE, TRUE, CERTD_REQUEST_CANCELLED},
    {"self", CERTD_ISSUER_SELF, TRUE, TRUE, CERTD_REQUEST_CANCELLED},
};

static void begin_renewal(Fake *fake, CertdIssuer issuer)
{
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    g_assert_true(certd_renew(fake->service, record, issuer, "renewal"));
}

/* What @renews "web" comes back, after an import where @imported. The request's end. */
static void test_overtaken(Fake *fake, const void *data)
{
    const Row *row = data;
    guint count, key;
    fake_start(fake);
    fake_create(fake, "web");
    fake_request(fake, "web", row->issuer);
    fake_settle(fake);
    key = fake->made;
    fake_request(fake, "web", "external");

    begin_renewal(fake, row->renews);
    gint64 id = fake_newest_request(fake, "web", &count);
    FakeJob *job = g_queue_pop_tail(&fake->jobs);
    g_assert_cmpint(job->kind, ==, FAKE_ISSUE);
    if (row->imported)
        fake_import(fake, "web", key);
    g_autoptr(CertdCertificateRecord) before = fake_get(fake, "web");
    g_queue_push_head(&fake->jobs, job);
    if (row->fails)
        fake_answer_code(fake, FAKE_ISSUE, CERTD_ERROR_WORKER_FAILED);
    else
        fake_answer(fake, FAKE_ISSUE, NULL);
    fake_settle(fake);

    g_assert_cmpint(fake_state(fake, id), ==, row->expected);
    g_autoptr(CertdCertificateRecord) after = fake_get(fake, "web");
    gboolean replaced = row->expected == CERTD_REQUEST_ISSUED;
    g_assert_cmpuint(after->generation, ==, before->generation + (replaced ? 1 : 0));
    g_assert_cmpuint(after->failures, ==, row->expected == CERTD_REQUEST_FAILED ? 1 : 0);
    if (!replaced)
        g_assert_cmpint(after->active_chain, ==, before->active_chain);
    /* Nor is the next request of whoever installed it made before its time. */
    if (row->imported)
        g_assert_cmpint(after->attempt, ==, before->attempt);
}

/* CERTD_LIMIT_FAILURES_COUNTED: up to it, and no further. */
static void test_failures_counted(Fake *fake, const void *data)
{
    guint expected = CERTD_LIMIT_FAILURES_COUNTED - 1;
    fake_start(fake);
    fake_create(fake, "web");
    fake_request(fake, "web", "internal");
    fake_settle(fake);
    g_autofree char *sql =
        g_strdup_printf("UPDATE certificate SET failures = %u WHERE name = 'web'", expected);
    fake_restart_with_sql(fake, sql);
    for (guint i = 0; i < 2; i++) {
        begin_renewal(fake, CERTD_ISSUER_INTERNAL);
        fake_answer_code(fake, FAKE_ISSUE, CERTD_ERROR_WORKER_FAILED);
        g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
        g_assert_cmpuint(record->failures, ==, CERTD_LIMIT_FAILURES_COUNTED);
        g_assert_cmpint(record->attempt, >, fake->now);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        /* R25 */
        g_autofree char *path = g_strdup_printf("/request-result/renewal/%s/%s%s", rows[i].issuer,
                                                rows[i].fails ? "fails" : "comes",
                                                rows[i].imported ? "-overtaken" : "");
        g_test_add(path, Fake, &rows[i], fake_set_up, test_overtaken, fake_tear_down);
    }
    fake_add("/request-result/failures-counted", test_failures_counted);
    return g_test_run();
}
