/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renewal: by certd itself where it may sign, else as far as the next request; and what becomes of it
 * when it fails (R15, R24, R39, R41). */

#include "fake.h"
#include "service/configure.h"
#include "service/look.h"
#include "service/request.h"
#include "service/review.h"
#include "service/trial.h"
#include "store/statement.h"

#define DAY G_GINT64_CONSTANT(86400)

static void configure(Fake *fake, const char *name, const char *text)
{
    g_autoptr(GVariant) options = fake_options(text);
    g_autoptr(GError) error = NULL;
    g_assert_true(certd_configure(fake->service, &fake_root, name, options, &error));
    g_assert_no_error(error);
}

/* "web", installed by somebody for a request of his. */
static void import_first(Fake *fake)
{
    fake_start(fake);
    fake_create(fake, "web");
    guint key = fake->made;
    fake_request(fake, "web", "external");
    fake_import(fake, "web", key);
}

/* "web", issued by @issuer, and the time of its renewal to come. */
static gint64 issue(Fake *fake, const char *issuer)
{
    fake_start(fake);
    fake_pass(fake, DAY); /* so that https is renewed at another time */
    fake_create(fake, "web");
    fake_request(fake, "web", issuer);
    fake_settle(fake);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    g_assert_cmpint(record->attempt, ==, certd_validity_third(&record->validity));
    fake_heard(fake, "");
    return record->attempt;
}

/* What is in use in "web" is new since @before, and its renewal is ahead. */
static void expect_renewed(Fake *fake, const CertdChainRecord *before, const char *origin)
{
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, "web");
    g_assert_cmpstr(chain->fingerprint, !=, before->fingerprint);
    g_assert_cmpint(chain->not_after, >, before->not_after);
    g_assert_cmpstr(chain->origin, ==, origin);
    g_assert_cmpint(record->attempt, >, fake->now);
    g_assert_cmpuint(record->failures, ==, 0);
}

/* R15, R24: when a third of the lifetime is left, with a new key, and nobody is asked. */
static void test_by_itself(Fake *fake, const void *data)
{
    const char *issuer = data;
    gint64 renewal = issue(fake, issuer);
    g_autoptr(CertdChainRecord) before = fake_in_use(fake, "web");
    fake_pass(fake, renewal - 1 - fake->now);
    g_assert_cmpuint(fake_heard(fake, "web:renewal"), ==, 0);
    fake_pass(fake, 1);
    g_assert_cmpuint(fake_heard(fake, "web:renewal"), ==, 1);
    expect_renewed(fake, before, issuer);
    g_autoptr(CertdChainRecord) after = fake_in_use(fake, "web");
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    g_assert_cmpstr(after->key_id, !=, before->key_id);
    g_assert_cmpint(record->previous_chain, ==, 0);
}

/* R15: with the same key where the settings say so. */
static void test_same_key(Fake *fake, const void *data)
{
    gint64 renewal = issue(fake, "self");
    configure(fake, "web", "{'reuse-key': <true>}");
    g_autoptr(CertdChainRecord) before = fake_in_use(fake, "web");
    fake_pass(fake, renewal - fake->now);
    expect_renewed(fake, before, "self");
    g_autoptr(CertdChainRecord) after = fake_in_use(fake, "web");
    g_assert_cmpstr(after->key_id, ==, before->key_id);
}

/* R41: for an outside authority the next request is ready in time, once and only once; with the answer
 * it begins anew. */
static void test_external(Fake *fake, const void *data)
{
    guint count = 0, key;
    import_first(fake);
    for (guint round = 0; round < 3; round++) {
        g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
        gint64 renewal = certd_validity_third(&record->validity);
        fake_pass(fake, renewal - 1 - fake->now);
        fake_newest_request(fake, "web", &count);
        g_assert_cmpuint(count, ==, 1 + round);
        key = fake->made;
        fake_pass(fake, 1);
        gint64 id = fake_newest_request(fake, "web", &count);
        g_assert_cmpuint(count, ==, 2 + round);
        g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_READY);
        g_autoptr(CertdRequestRecord) request = certd_request_get(fake->service, id, NULL);
        g_assert_cmpstr(request->cause, ==, "renewal");
        fake_pass(fake, 20 * DAY);
        fake_restart(fake);
        fake_start(fake);
        fake_newest_request(fake, "web", &count);
        g_assert_cmpuint(count, ==, 2 + round);
        fake->judged = (CertdValidity){fake->now, fake->now + 300 * DAY};
        fake_import(fake, "web", key);
        g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_ISSUED);
    }
}

/* R41: a request that somebody made since, and that waits, is enough. */
static void test_external_is_waiting(Fake *fake, const void *data)
{
    guint count = 0;
    import_first(fake);
    fake_pass(fake, DAY);
    fake_request(fake, "web", "external");
    fake_pass(fake, 300 * DAY);
    fake_newest_request(fake, "web", &count);
    g_assert_cmpuint(count, ==, 2);
}

/* R24: what fails is tried again, later each time up to a day, and a restart changes nothing. */
static void test_back_off(Fake *fake, const void *data)
{
    gint64 renewal = issue(fake, "self");
    g_autoptr(CertdChainRecord) before = fake_in_use(fake, "web");
    fake->fails[CERTD_ISSUE_SELF_SIGNED] = TRUE;
    fake_pass(fake, renewal - fake->now);
    for (guint failures = 1; failures <= 14; failures++) {
        g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
        gint64 most = MIN(90 * (G_GINT64_CONSTANT(1) << (failures - 1)), DAY * 3 / 2);
        g_assert_cmpuint(record->failures, ==, failures);
        g_assert_cmpint(record->attempt, >, fake->now);
        g_assert_cmpint(record->attempt, <=, fake->now + most);
        fake_restart(fake);
        fake_start(fake);
        guint made = fake->made;
        fake_pass(fake, record->attempt - 1 - fake->now);
        g_autoptr(CertdCertificateRecord) still = fake_get(fake, "web");
        g_assert_cmpuint(still->failures, ==, failures);
        g_assert_cmpuint(fake->made, ==, made);
        fake_pass(fake, 1);
    }
    fake->fails[CERTD_ISSUE_SELF_SIGNED] = FALSE;
    fake_pass(fake, 2 * DAY);
    expect_renewed(fake, before, "self");
}

/* What is under way when certd ends goes on, and is not begun twice. */
static void test_interrupted(Fake *fake, const void *data)
{
    guint count = 0;
    gint64 renewal = issue(fake, "self");
    g_autoptr(CertdChainRecord) before = fake_in_use(fake, "web");
    fake_pass(fake, renewal - 1 - fake->now);
    fake->now = renewal;
    certd_work(fake->service);
    g_assert_cmpuint(fake_waiting(fake, FAKE_ISSUE), ==, 1);
    fake_restart(fake);
    fake_start(fake);
    expect_renewed(fake, before, "self");
    fake_newest_request(fake, "web", &count);
    g_assert_cmpuint(count, ==, 2);
}

/* R39: what a user had before stays the previous one, however often certd renews its own. */
static void test_previous(Fake *fake, const void *data)
{
    import_first(fake);
    g_autoptr(CertdCertificateRecord) imported = fake_get(fake, "web");
    fake_request(fake, "web", "internal");
    fake_settle(fake);
    fake_pass(fake, 3 * 397 * DAY);
    g_autoptr(CertdCertificateRecord) after = fake_get(fake, "web");
    g_assert_cmpuint(after->generation, >, 4);
    g_assert_cmpint(after->previous_chain, ==, imported->active_chain);
    g_autoptr(GError) error = NULL;
    g_assert_true(certd_rollback(fake->service, &fake_root, "web", &error));
    g_assert_no_error(error);
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, "web");
    g_assert_cmpstr(chain->origin, ==, "request");
    fake_settle(fake);
}

/* Whoever cancels certd's own request has it tried again later, like one that failed. */
static void test_cancelled(Fake *fake, const void *data)
{
    guint count = 0;
    gint64 renewal = issue(fake, "self");
    g_autoptr(CertdChainRecord) before = fake_in_use(fake, "web");
    fake_pass(fake, renewal - 1 - fake->now);
    fake->now = renewal;
    certd_work(fake->service);
    gint64 id = fake_newest_request(fake, "web", &count);
    g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_GENERATING);
    g_assert_true(certd_request_cancel(fake->service, &fake_root, id, NULL));
    fake_settle(fake);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    g_assert_cmpuint(record->failures, ==, 1);
    g_assert_cmpint(record->attempt, >, fake->now);
    fake_pass(fake, 90);
    expect_renewed(fake, before, "self");
}

/* R24: what is asked of somebody else does not change what certd issues meanwhile, and neither does
 * what came of that; only who configures the certificate does. */
static void test_other_request(Fake *fake, const void *data)
{
    fake_start(fake);
    g_autoptr(GVariant) options = fake_options("{'subject-alt-names': <[('DNS', 'b.example.com')]>,"
                                               " 'days': <uint32 3650>}");
    gint64 id;
    g_assert_true(
        certd_request_create(fake->service, &fake_root, "https", "external", options, &id, NULL));
    fake_settle(fake);
    fake_rename(fake, "new.example.org", "DNS:new.example.org IP:192.0.2.7");
    certd_names_changed(fake->service);
    fake_settle(fake);
    g_assert_true(fake_answers_for(fake, "https", "DNS:new.example.org"));
    fake_pass(fake, 400 * DAY);
    g_assert_true(fake_answers_for(fake, "https", "DNS:new.example.org"));
    g_assert_false(fake_answers_for(fake, "https", "DNS:b.example.com"));
    g_assert_false(fake_problem(fake, "renewal-failed"));
    configure(fake, "https",
              "{'subject-alt-names': <[('DNS', 'c.new.example.org')]>, 'days': <uint32 90>}");
    fake_pass(fake, 400 * DAY);
    g_assert_true(fake_answers_for(fake, "https", "DNS:c.new.example.org"));
}

/* What failed for the first time by another clock is not forgotten. */
static void test_first_fails(Fake *fake, const void *data)
{
    g_autoptr(GVariant) settings = fake_options("{'issuer': <'internal'>}");
    fake_start(fake);
    fake->fails[CERTD_ISSUE_SIGNED] = TRUE;
    g_assert_true(certd_create(fake->service, &fake_root, "web", settings, NULL));
    fake_settle(fake);
    g_autoptr(CertdCertificateRecord) empty = fake_get(fake, "web");
    g_assert_cmpuint(empty->failures, ==, 1);
    fake->fails[CERTD_ISSUE_SIGNED] = FALSE;
    certd_time_changed(fake->service);
    fake_settle(fake);
    g_autoptr(CertdCertificateRecord) issued = fake_get(fake, "web");
    g_assert_cmpint(issued->active_chain, !=, 0);
    g_assert_cmpuint(issued->failures, ==, 0);
}

/* Who mends what a renewal failed for does not wait for the next attempt. */
static void test_mended(Fake *fake, const void *data)
{
    gint64 renewal = issue(fake, "internal");
    g_autoptr(CertdChainRecord) before = fake_in_use(fake, "web");
    fake->fails[CERTD_ISSUE_SIGNED] = TRUE;
    fake_pass(fake, renewal - fake->now + 7200);
    g_autoptr(CertdCertificateRecord) failed = fake_get(fake, "web");
    g_assert_cmpuint(failed->failures, >, 3);
    fake->fails[CERTD_ISSUE_SIGNED] = FALSE;
    configure(fake, "web", "{'key-type': <'ec:secp384r1'>}");
    fake_settle(fake);
    expect_renewed(fake, before, "internal");
}

static void fail_updates(Fake *fake, gboolean fail)
{
    static const char *const SQL[] = {
        "DROP TRIGGER fault",
        "CREATE TRIGGER fault BEFORE UPDATE ON request BEGIN SELECT RAISE(ABORT, 'fault'); END",
    };
    sqlite3 *db = fake->fixture.store->db;
    g_assert_cmpint(sqlite3_exec(db, SQL[fail], NULL, NULL, NULL), ==, SQLITE_OK);
}

/* A renewal whose end can't be written down is taken up again, and is nobody's excuse: when the
 * certificate ends meanwhile, an emergency stands in (R55). */
static void test_not_written(Fake *fake, const void *data)
{
    guint count = 0;
    gint64 renewal = issue(fake, "self");
    g_autoptr(CertdChainRecord) before = fake_in_use(fake, "web");
    fail_updates(fake, TRUE);
    fake_pass(fake, renewal - fake->now);
    gint64 id = fake_newest_request(fake, "web", &count);
    g_assert_cmpuint(count, ==, 2);
    g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_QUEUED);
    fail_updates(fake, FALSE);
    fake_pass(fake, 60);
    g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_ISSUED);
    expect_renewed(fake, before, "self");
}

/* One request that can't be read keeps no other from going on, and no list from being shown. */
static void test_damaged_request(Fake *fake, const void *data)
{
    guint count = 0;
    gint64 renewal = issue(fake, "self");
    g_autoptr(CertdChainRecord) before = fake_in_use(fake, "web");
    fake_create(fake, "other");
    g_autoptr(GVariant) none = fake_options(NULL);
    gint64 id;
    g_assert_true(
        certd_request_create(fake->service, &fake_root, "other", "self", none, &id, NULL));
    fake_pass(fake, renewal - 1 - fake->now);
    fake->now = renewal;
    certd_work(fake->service);
    static const char sql[] = "UPDATE request SET settings = x'c0ffee', state = 'queued'"
                              " WHERE certificate = 'other'";
    fake_restart_with_sql(fake, sql);
    fake_start(fake);
    g_assert_true(fake_problem(fake, "request-damaged"));
    expect_renewed(fake, before, "self");
    /* And what certd was to make with it is made again. */
    gint64 again = fake_newest_request(fake, "other", &count);
    g_assert_cmpint(again, >, id);
    g_assert_cmpint(fake_state(fake, again), ==, CERTD_REQUEST_ISSUED);
}

/* Who configures a certificate while it is being renewed means the next one. */
static void test_configured_meanwhile(Fake *fake, const void *data)
{
    gint64 renewal = issue(fake, "internal");
    fake_pass(fake, renewal - 1 - fake->now);
    fake->now = renewal;
    certd_work(fake->service);
    g_assert_cmpuint(fake_waiting(fake, FAKE_ISSUE), ==, 1);
    configure(fake, "web", "{'issuer': <'internal'>, 'days': <uint32 90>}");
    fake_settle(fake);
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, "web");
    g_assert_cmpuint(chain->settings->days, ==, 90);
    /* And whoever names another issuer can't have it issue what it may not. */
    configure(fake, "web", "{'issuer': <'self'>, 'days': <uint32 3650>}");
    g_autoptr(CertdChainRecord) same = fake_in_use(fake, "web");
    g_assert_cmpuint(same->settings->days, ==, 90);
}

/* The next request is ready in the end: that the first attempt failed is told no more. */
static void test_external_fails_once(Fake *fake, const void *data)
{
    import_first(fake);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    fake->fails[CERTD_ISSUE_REQUEST] = TRUE;
    fake_pass(fake, certd_validity_third(&record->validity) - fake->now);
    g_assert_true(fake_problem(fake, "renewal-failed"));
    fake->fails[CERTD_ISSUE_REQUEST] = FALSE;
    fake_pass(fake, 90);
    g_assert_false(fake_problem(fake, "renewal-failed"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/renew/self", Fake, "self", fake_set_up, test_by_itself, fake_tear_down);
    g_test_add("/renew/internal", Fake, "internal", fake_set_up, test_by_itself, fake_tear_down);
    fake_add("/renew/same-key", test_same_key);
    fake_add("/renew/external", test_external);
    fake_add("/renew/external-is-waiting", test_external_is_waiting);
    fake_add("/renew/back-off", test_back_off);
    fake_add("/renew/interrupted", test_interrupted);
    fake_add("/renew/previous", test_previous);
    fake_add("/renew/cancelled", test_cancelled);
    fake_add("/renew/other-request", test_other_request);
    fake_add("/renew/first-fails", test_first_fails);
    fake_add("/renew/mended", test_mended);
    fake_add("/renew/configured-meanwhile", test_configured_meanwhile);
    fake_add("/renew/external-fails-once", test_external_fails_once);
    fake_add("/renew/not-written", test_not_written);
    fake_add("/renew/damaged-request", test_damaged_request);
    return g_test_run();
}
