/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Never without a certificate that works (R55): what can't be used is answered for, stays where it is,
 * and is back when the cause is gone. */

#include "fake.h"
#include "service/authority.h"
#include "service/look.h"
#include "service/reset.h"
#include "service/review.h"
#include "store/statement.h"

#define DAY G_GINT64_CONSTANT(86400)

static void expect_origin(Fake *fake, const char *name, const char *origin)
{
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, name);
    g_assert_cmpstr(chain->origin, ==, origin);
}

/* Whether @code is found about @name. */
static gboolean finds(Fake *fake, const char *name, CertdFindingCode code)
{
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, name);
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, name);
    g_autoptr(GPtrArray) findings = certd_look_findings(fake->service, record, chain);
    for (guint i = 0; i < findings->len; i++) {
        if (((const CertdFinding *)g_ptr_array_index(findings, i))->code == code)
            return TRUE;
    }
    return FALSE;
}

/* Makes what is installed in @name a user's own, so that nothing but him renews it. */
static void make_imported(Fake *fake, const char *name)
{
    g_autofree char *sql = g_strdup_printf(
        "UPDATE chain SET origin = 'imported', authority = NULL WHERE certificate = '%s'", name);
    fake_restart_with_sql(fake, sql);
    fake_start(fake);
}

static void break_sealing_key(Fake *fake, gboolean broken)
{
    g_autoptr(GError) error =
        g_error_new(CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE, "it is damaged");
    fake->sealing_key_broken = broken;
    certd_sealing_key_changed(fake->service, broken ? error : NULL);
}

static void on_done(const GError *error, void *userdata)
{
    g_assert_no_error(error);
}

/* R55: one that has expired is answered for by the authority's, and stays. */
static void test_expired(Fake *fake, const void *data)
{
    fake_start(fake);
    make_imported(fake, "https");
    g_autoptr(CertdCertificateRecord) before = fake_get(fake, "https");
    fake_heard(fake, "");
    fake_pass(fake, before->validity.not_after - fake->now);
    g_assert_cmpuint(fake_heard(fake, "https:emergency"), ==, 0);
    fake_pass(fake, 1);
    g_assert_cmpuint(fake_heard(fake, "https:emergency"), ==, 1);
    expect_origin(fake, "https", "emergency");
    g_autoptr(CertdChainRecord) emergency = fake_in_use(fake, "https");
    g_assert_nonnull(emergency->authority);
    g_assert_true(fake_answers_for(fake, "https", "DNS:device.example.org"));
    g_assert_true(fake_problem(fake, "certificate-expired"));
    g_assert_true(certd_service_is_degraded(fake->service));
    g_assert_true(finds(fake, "https", CERTD_FINDING_EXPIRED));
    g_assert_true(finds(fake, "https", CERTD_FINDING_EMERGENCY));
    g_autoptr(CertdCertificateRecord) after = fake_get(fake, "https");
    g_assert_cmpint(after->active_chain, ==, before->active_chain);
    g_assert_cmpuint(after->generation, ==, before->generation + 1);
}

/* R55: an emergency is renewed like any other, and never runs out. */
static void test_renewed(Fake *fake, const void *data)
{
    fake_start(fake);
    make_imported(fake, "https");
    fake_pass(fake, 400 * DAY);
    expect_origin(fake, "https", "emergency");
    for (guint i = 0; i < 24; i++) {
        fake_pass(fake, 30 * DAY);
        g_autoptr(CertdChainRecord) chain = fake_in_use(fake, "https");
        const CertdValidity validity = {chain->not_before, chain->not_after};
        g_assert_cmpint(certd_validity_third(&validity), >, fake->now);
    }
}

/* R55: when the cause is gone, so is the emergency: here a clock that was wrong. */
static void test_recovered(Fake *fake, const void *data)
{
    fake_start(fake);
    make_imported(fake, "https");
    g_autoptr(CertdCertificateRecord) before = fake_get(fake, "https");
    fake->now += 500 * DAY;
    fake->synchronized = TRUE;
    certd_time_changed(fake->service);
    fake_settle(fake);
    expect_origin(fake, "https", "emergency");
    fake_heard(fake, "");
    fake->now -= 500 * DAY;
    certd_time_changed(fake->service);
    fake_settle(fake);
    expect_origin(fake, "https", "imported");
    g_assert_cmpuint(fake_heard(fake, "https:recovered"), ==, 1);
    g_assert_false(certd_service_is_degraded(fake->service));
    g_autoptr(CertdCertificateRecord) after = fake_get(fake, "https");
    g_assert_cmpint(after->active_chain, ==, before->active_chain);
    g_assert_cmpint(after->emergency_chain, ==, 0);
}

/* What each kind of damage is called, and who answers for it. */
static const struct {
    const char *name;
    const char *sql;
    const char *problem;
    const char *origin; /* of what is in use then */
} DAMAGES[] = {
    {"chain", "UPDATE chain SET chain = x'ffffff'", "certificate-damaged", "emergency"},
    {"fingerprint", "UPDATE chain SET fingerprint = replace(fingerprint, 'a', 'b')",
     "certificate-damaged", "emergency"},
    {"details", "UPDATE chain SET details = x'ff'", "certificate-damaged", "emergency"},
    {"key", "UPDATE key SET public_hash = zeroblob(32) WHERE id IN (SELECT key_id FROM chain)",
     "certificate-damaged", "emergency"},
    {"sealed", "UPDATE key SET sealed = x'00' WHERE id IN (SELECT key_id FROM chain)",
     "key-unreadable", "emergency"},
    {"settings", "UPDATE certificate SET settings = x'c0ffee'", "keystore-damaged", "imported"},
};

/* R51, R55: whatever is damaged, https answers, certd says so, and a reset mends it. */
static void test_damaged(Fake *fake, const void *data)
{
    fake_start(fake);
    for (size_t i = 0; i < G_N_ELEMENTS(DAMAGES); i++) {
        g_autoptr(GVariant) none = fake_options(NULL);
        g_test_message("%s", DAMAGES[i].name);
        make_imported(fake, "https");
        fake_restart_with_sql(fake, DAMAGES[i].sql);
        fake_start(fake);
        expect_origin(fake, "https", DAMAGES[i].origin);
        g_assert_true(fake_problem(fake, DAMAGES[i].problem));
        g_assert_true(certd_service_is_degraded(fake->service));
        /* A restart mends nothing, and forgets nothing. */
        fake_restart(fake);
        fake_start(fake);
        expect_origin(fake, "https", DAMAGES[i].origin);
        g_assert_true(fake_problem(fake, DAMAGES[i].problem));
        g_assert_true(certd_reset(fake->service, &fake_root, "https", none, on_done, NULL, NULL));
        fake_settle(fake);
        expect_origin(fake, "https", "default");
        g_assert_false(certd_service_is_degraded(fake->service));
    }
}

/* R51, R55: rows that can't be read are told of and keep nobody busy, however many there are and
 * whenever they are due. */
static void test_damaged_rows(Fake *fake, const void *data)
{
    fake_start(fake);
    for (guint i = 0; i < 20; i++) {
        g_autofree char *name = g_strdup_printf("web%u", i);
        fake_create(fake, name);
        fake_request(fake, name, "self");
    }
    fake_restart_with_sql(fake,
                          "UPDATE certificate SET settings = x'c0ffee' WHERE name <> 'https'");
    fake_start(fake);
    g_assert_true(fake_problem(fake, "certificate-damaged"));
    expect_origin(fake, "https", "default");
    fake_pass(fake, 300 * DAY);
    g_assert_cmpint(certd_work_next(fake->service), >, fake->now);
    /* And what is not damaged goes on. */
    g_autoptr(CertdCertificateRecord) https = fake_get(fake, "https");
    g_assert_cmpuint(https->generation, ==, 2);
}

/* R55: the authority's key is gone: the emergency signs itself, and the authority is not replaced
 * unasked. */
static void test_authority_lost(Fake *fake, const void *data)
{
    fake_start(fake);
    make_imported(fake, "https");
    g_autoptr(CertdAuthorityRecord) before = certd_authority_get(fake->service, NULL);
    fake_restart_with_sql(fake, "UPDATE key SET sealed = x'00'");
    fake_start(fake);
    g_autoptr(CertdChainRecord) chain = fake_in_use(fake, "https");
    g_assert_cmpstr(chain->origin, ==, "emergency");
    g_assert_null(chain->authority);
    g_assert_true(fake_problem(fake, "authority-unusable"));
    g_autoptr(CertdAuthorityRecord) after = certd_authority_get(fake->service, NULL);
    g_assert_cmpstr(after->fingerprint, ==, before->fingerprint);
}

/* R55: no key can be sealed: the emergency's lives in memory, and goes when one can be sealed again. */
static void test_sealing_key(Fake *fake, const void *data)
{
    fake_start(fake);
    break_sealing_key(fake, TRUE);
    while (fake_waiting(fake, FAKE_ISSUE) == 0) {
        if (fake_waiting(fake, FAKE_CHECK) > 0)
            fake_answer(fake, FAKE_CHECK, NULL);
        else
            certd_work(fake->service);
    }
    g_assert_true(fake_peek(fake, FAKE_ISSUE)->temporary);
    g_assert_cmpint(fake_peek(fake, FAKE_ISSUE)->makes, ==, CERTD_ISSUE_SELF_SIGNED);
    fake_settle(fake);
    expect_origin(fake, "https", "emergency");
    g_assert_true(fake_problem(fake, "sealing-key-unusable"));
    g_assert_true(fake_problem(fake, "key-unreadable"));
    break_sealing_key(fake, FALSE);
    fake_settle(fake);
    expect_origin(fake, "https", "default");
    g_assert_false(certd_service_is_degraded(fake->service));
}

/* R55: each level that can't be had leads to the next, and the last one's failure is told. */
static void test_levels(Fake *fake, const void *data)
{
    static const struct {
        const char *name;
        CertdIssueKind makes;
        gboolean temporary;
    } levels[] = {
        {"signed", CERTD_ISSUE_SIGNED, FALSE},
        {"self-signed", CERTD_ISSUE_SELF_SIGNED, FALSE},
        {"temporary", CERTD_ISSUE_SELF_SIGNED, TRUE},
    };
    fake_start(fake);
    make_imported(fake, "https");
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "https");
    fake_pass(fake, record->validity.not_after - fake->now);
    for (size_t last = 0; last < G_N_ELEMENTS(levels); last++) {
        fake_restart(fake);
        fake_start(fake);
        fake->now = record->validity.not_after + 1;
        while (fake_waiting(fake, FAKE_ISSUE) == 0)
            certd_work(fake->service);
        for (size_t i = 0; i <= last; i++) {
            g_test_message("%s", levels[i].name);
            g_assert_cmpint(fake_peek(fake, FAKE_ISSUE)->makes, ==, levels[i].makes);
            g_assert_cmpint(fake_peek(fake, FAKE_ISSUE)->temporary, ==, levels[i].temporary);
            if (i < last)
                fake_answer_code(fake, FAKE_ISSUE, CERTD_ERROR_WORKER_FAILED);
            else
                fake_answer(fake, FAKE_ISSUE, NULL);
        }
        expect_origin(fake, "https", "emergency");
        fake_settle(fake);
        fake->now = record->validity.not_after;
    }
}

/* R55: an emergency's key may have been in memory alone, so it is made anew after a restart. */
static void test_restart(Fake *fake, const void *data)
{
    fake_start(fake);
    make_imported(fake, "https");
    fake_pass(fake, 400 * DAY);
    g_autoptr(CertdChainRecord) before = fake_in_use(fake, "https");
    g_assert_cmpstr(before->origin, ==, "emergency");
    fake_restart(fake);
    fake_start(fake);
    g_autoptr(CertdChainRecord) after = fake_in_use(fake, "https");
    g_assert_cmpstr(after->origin, ==, "emergency");
    g_assert_cmpstr(after->fingerprint, !=, before->fingerprint);
}

/* R55: what failed for a while is made up for without anybody's doing. */
static void test_better(Fake *fake, const void *data)
{
    fake->fails[CERTD_ISSUE_AUTHORITY] = TRUE;
    fake_start(fake);
    expect_origin(fake, "https", "emergency");
    g_assert_true(fake_problem(fake, "authority-unusable"));
    fake->fails[CERTD_ISSUE_AUTHORITY] = FALSE;
    fake_pass(fake, 3600);
    expect_origin(fake, "https", "default");
    g_assert_false(certd_service_is_degraded(fake->service));

    make_imported(fake, "https");
    fake->fails[CERTD_ISSUE_SIGNED] = TRUE;
    fake_pass(fake, 400 * DAY);
    g_autoptr(CertdChainRecord) alone = fake_in_use(fake, "https");
    g_assert_cmpstr(alone->origin, ==, "emergency");
    g_assert_null(alone->authority);
    fake->fails[CERTD_ISSUE_SIGNED] = FALSE;
    fake_pass(fake, 3600);
    g_autoptr(CertdChainRecord) better = fake_in_use(fake, "https");
    g_assert_cmpstr(better->origin, ==, "emergency");
    g_assert_nonnull(better->authority);
}

/* R55: a disk that is full for a while, too. */
static void test_not_stored(Fake *fake, const void *data)
{
    fake_start(fake);
    make_imported(fake, "https");
    sqlite3 *db = fake->fixture.store->db;
    g_assert_cmpint(sqlite3_exec(db,
                                 "CREATE TRIGGER fault BEFORE INSERT ON chain"
                                 " BEGIN SELECT RAISE(ABORT, 'fault'); END",
                                 NULL, NULL, NULL),
                    ==, SQLITE_OK);
    fake_pass(fake, 400 * DAY);
    expect_origin(fake, "https", "imported");
    g_assert_cmpint(sqlite3_exec(db, "DROP TRIGGER fault", NULL, NULL, NULL), ==, SQLITE_OK);
    fake_pass(fake, 300);
    expect_origin(fake, "https", "emergency");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/emergency/expired", test_expired);
    fake_add("/emergency/renewed", test_renewed);
    fake_add("/emergency/recovered", test_recovered);
    fake_add("/emergency/damaged", test_damaged);
    fake_add("/emergency/damaged-rows", test_damaged_rows);
    fake_add("/emergency/authority-lost", test_authority_lost);
    fake_add("/emergency/sealing-key", test_sealing_key);
    fake_add("/emergency/levels", test_levels);
    fake_add("/emergency/restart", test_restart);
    fake_add("/emergency/better", test_better);
    fake_add("/emergency/not-stored", test_not_stored);
    return g_test_run();
}
