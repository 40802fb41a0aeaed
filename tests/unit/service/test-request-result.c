/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What becomes of a request: what somebody installed while a renewal was under way stays. */

#include "fake.h"
#include "model/limits.h"
#include "service/authority.h"
#include "service/request.h"
#include "service/service-private.h"
#include "store/statement.h"

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

/* Asks @issuer for a certificate @name; the worker has not answered yet. */
static gint64 ask(Fake *fake, const char *name, const char *issuer)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    gint64 id;
    g_assert_true(certd_request_create(fake->service, &fake_root, name, issuer, none, &id, &error));
    g_assert_no_error(error);
    return id;
}

static int on_commit(void *commits)
{
    (*(guint *)commits)++;
    return 0;
}

static void on_done(const GError *error, void *userdata)
{
    g_assert_no_error(error);
}

/* Three that were asked for, answered and not stored yet: good, failed, good. */
static void answer_three(Fake *fake, gint64 *ids)
{
    fake_start(fake);
    fake_create(fake, "web");
    for (size_t i = 0; i < 3; i++)
        ids[i] = ask(fake, "web", i == 1 ? "external" : "internal");
    fake->holds_results = TRUE;
    fake_answer(fake, FAKE_ISSUE, NULL);
    fake_answer_code(fake, FAKE_ISSUE, CERTD_ERROR_WORKER_FAILED);
    fake_answer(fake, FAKE_ISSUE, NULL);
    for (size_t i = 0; i < 3; i++)
        g_assert_cmpint(fake_state(fake, ids[i]), ==, CERTD_REQUEST_GENERATING);
    fake_heard(fake, "");
}

/* Results that came together are stored in one transaction, each as it would be alone. */
static void test_together(Fake *fake, const void *data)
{
    gint64 ids[3];
    answer_three(fake, ids);
    guint commits = 0;
    sqlite3_commit_hook(fake->fixture.store->db, on_commit, &commits);
    certd_commit_results(fake->service);
    sqlite3_commit_hook(fake->fixture.store->db, NULL, NULL);
    g_assert_cmpuint(commits, ==, 1);
    g_assert_cmpint(fake_state(fake, ids[0]), ==, CERTD_REQUEST_ISSUED);
    g_assert_cmpint(fake_state(fake, ids[1]), ==, CERTD_REQUEST_FAILED);
    g_assert_cmpint(fake_state(fake, ids[2]), ==, CERTD_REQUEST_ISSUED);
    g_assert_cmpuint(fake_heard(fake, "web:issue"), ==, 2);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    g_assert_cmpuint(record->generation, ==, 2);
    g_assert_cmpint(record->previous_chain, !=, 0);
}

/* One that can't be stored is in nobody else's way. */
static void test_one_in_the_way(Fake *fake, const void *data)
{
    gint64 ids[3];
    answer_three(fake, ids);
    g_autofree char *fault = g_strdup_printf(
        "CREATE TRIGGER fault BEFORE UPDATE ON request WHEN NEW.id = %" G_GINT64_FORMAT
        " AND NEW.state = 'issued' BEGIN SELECT RAISE(ABORT, 'fault'); END",
        ids[2]);
    g_assert_cmpint(sqlite3_exec(fake->fixture.store->db, fault, NULL, NULL, NULL), ==, SQLITE_OK);
    certd_commit_results(fake->service);
    g_assert_cmpint(fake_state(fake, ids[0]), ==, CERTD_REQUEST_ISSUED);
    g_assert_cmpint(fake_state(fake, ids[1]), ==, CERTD_REQUEST_FAILED);
    g_assert_cmpint(fake_state(fake, ids[2]), ==, CERTD_REQUEST_FAILED);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    g_assert_cmpuint(record->generation, ==, 1);
}

/* What is cancelled before it is stored stays cancelled, and what an authority signed that has been
 * replaced is made again. */
static void test_before_stored(Fake *fake, const void *data)
{
    gint64 ids[3];
    g_autoptr(GVariant) none = fake_options(NULL);
    answer_three(fake, ids);
    g_assert_true(certd_request_cancel(fake->service, &fake_root, ids[0], NULL));
    g_assert_true(certd_authority_regenerate(fake->service, &fake_root, none, on_done, NULL, NULL));
    fake_answer(fake, FAKE_ISSUE, NULL);
    certd_commit_results(fake->service);
    g_assert_cmpint(fake_state(fake, ids[0]), ==, CERTD_REQUEST_CANCELLED);
    g_assert_cmpint(fake_state(fake, ids[1]), ==, CERTD_REQUEST_FAILED);
    g_assert_cmpint(fake_state(fake, ids[2]), ==, CERTD_REQUEST_GENERATING);
    fake->holds_results = FALSE;
    fake_settle(fake);
    g_assert_cmpint(fake_state(fake, ids[2]), ==, CERTD_REQUEST_ISSUED);
    g_autoptr(CertdAuthorityRecord) authority = certd_authority_get(fake->service, NULL);
    g_autofree char *identity = certd_authority_identity(authority);
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, "web");
    g_assert_cmpstr(chain->authority, ==, identity);
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
    fake_add("/request-result/together", test_together);
    fake_add("/request-result/one-in-the-way", test_one_in_the_way);
    fake_add("/request-result/before-stored", test_before_stored);
    return g_test_run();
}
