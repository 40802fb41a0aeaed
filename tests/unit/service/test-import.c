/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Imports: finding the key, judging, and installing in one step or not at all. */

#include "service/import.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"
#include "service/request.h"

typedef struct {
    gboolean called;
    GError *error;
    CertdDone then; /* of a question that waits */
    void *then_userdata;
} Outcome;

static void on_done(GPtrArray *findings, const GError *error, void *userdata)
{
    Outcome *outcome = userdata;
    g_assert_false(outcome->called);
    outcome->called = TRUE;
    outcome->error = error != NULL ? g_error_copy(error) : NULL;
    g_assert_true((findings == NULL) == (error != NULL));
}

static void keep_question(void *userdata, CertdDone then, void *then_userdata)
{
    Outcome *outcome = userdata;
    outcome->then = then;
    outcome->then_userdata = then_userdata;
}

static void import(Fake *fake, const CertdImportInput *input, CertdAskKey ask_key, Outcome *outcome)
{
    g_autoptr(GError) error = NULL;
    CertdImportInput with_data = *input;
    with_data.data_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    with_data.passphrase_fd = -1;
    *outcome = (Outcome){0};
    g_assert_true(certd_import(fake->service, &fake_root, "web", &with_data, ask_key, on_done,
                               outcome, &error));
    close(with_data.data_fd);
    g_assert_no_error(error);
}

/* What was imported is @outcome's, and what is active has generation @generation. */
static void expect(Fake *fake, Outcome *outcome, int code, guint64 generation)
{
    g_assert_true(outcome->called);
    if (code < 0)
        g_assert_no_error(outcome->error);
    else
        g_assert_error(outcome->error, CERTD_ERROR, code);
    g_clear_error(&outcome->error);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    g_assert_cmpuint(record->generation, ==, generation);
}

static void bring_certificate(Fake *fake, guint key)
{
    g_ptr_array_set_size(fake->read.public_key_hashes, 0);
    g_ptr_array_add(fake->read.public_key_hashes, fake_hash(key));
}

static void bring_key(Fake *fake, guint key)
{
    bring_certificate(fake, key);
    fake->read.has_key = TRUE;
    fake->read.key_hash = fake_hash(key);
}

static const CertdImportInput plain = {0};

/* R32: by public key, among all requests; R13: the earlier one too. */
static void test_earlier_request(Fake *fake, const void *data)
{
    Outcome outcome;
    fake_create(fake, "web");
    gint64 first = fake_request(fake, "web", "external");
    gint64 second = fake_request(fake, "web", "external");
    bring_certificate(fake, 0);
    import(fake, &plain, NULL, &outcome);
    fake_answer(fake, FAKE_READ, NULL);
    g_assert_true(fake->judge->key_known);
    fake_answer(fake, FAKE_JUDGE, NULL);
    expect(fake, &outcome, -1, 1);
    g_assert_cmpint(fake_state(fake, first), ==, CERTD_REQUEST_ISSUED);
    g_assert_cmpint(fake_state(fake, second), ==, CERTD_REQUEST_READY);
}

/* R29, R32: the key of another certificate serves too, and its request stays. */
static void test_other_certificate(Fake *fake, const void *data)
{
    Outcome outcome;
    fake_create(fake, "web");
    fake_create(fake, "mqtt");
    gint64 id = fake_request(fake, "mqtt", "external");
    bring_certificate(fake, 0);
    import(fake, &plain, NULL, &outcome);
    fake_answer(fake, FAKE_READ, NULL);
    fake_answer(fake, FAKE_JUDGE, NULL);
    expect(fake, &outcome, -1, 1);
    g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_READY);
}

/* R32: a certificate without a key is judged as such, and refused before it is used. */
static void test_no_key(Fake *fake, const void *data)
{
    Outcome outcome;
    fake_create(fake, "web");
    bring_certificate(fake, 7);
    certd_finding_list_add(fake->findings, CERTD_FINDING_KEY_MISMATCH, CERTD_SEVERITY_ERROR, "m",
                           "r");
    import(fake, &plain, NULL, &outcome);
    fake_answer(fake, FAKE_READ, NULL);
    g_assert_false(fake->judge->key_known);
    fake_answer(fake, FAKE_JUDGE, NULL);
    expect(fake, &outcome, CERTD_ERROR_KEY_MISMATCH, 0);
}

/* R35: warnings stop an import until they are accepted by code; R36: a dry run installs nothing. */
static void test_findings(Fake *fake, const void *data)
{
    static const char *const accepted[] = {"no-san", "wildcard", NULL};
    static const char *const other[] = {"wildcard", NULL};
    const struct {
        CertdImportInput input;
        CertdSeverity severity;
        int code;
        guint64 generation;
    } rows[] = {
        {{0}, CERTD_SEVERITY_WARNING, CERTD_ERROR_REJECTED, 0},
        {{.accept = other}, CERTD_SEVERITY_WARNING, CERTD_ERROR_REJECTED, 0},
        {{.accept = accepted}, CERTD_SEVERITY_ERROR, CERTD_ERROR_REJECTED, 0},
        {{.dry_run = TRUE}, CERTD_SEVERITY_ERROR, -1, 0},
        {{.accept = accepted}, CERTD_SEVERITY_WARNING, -1, 1},
        {{0}, CERTD_SEVERITY_NOTE, -1, 2},
    };
    fake_create(fake, "web");
    fake_request(fake, "web", "external");
    bring_certificate(fake, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Outcome outcome;
        g_ptr_array_set_size(fake->findings, 0);
        certd_finding_list_add(fake->findings, CERTD_FINDING_NO_SAN, rows[i].severity, "m", "r");
        import(fake, &rows[i].input, NULL, &outcome);
        fake_answer(fake, FAKE_READ, NULL);
        fake_answer(fake, FAKE_JUDGE, NULL);
        expect(fake, &outcome, rows[i].code, rows[i].generation);
    }
}

/* R34: the key comes along, is sealed, and is the active one's; R1: exportable only if so imported. */
static void test_with_key(Fake *fake, const void *data)
{
    Outcome outcome;
    const CertdImportInput exportable = {.exportable = TRUE};
    fake_create(fake, "web");
    bring_key(fake, 9);
    import(fake, &exportable, NULL, &outcome);
    fake_answer(fake, FAKE_READ, NULL);
    g_assert_true(fake->judge->want_key);
    fake_answer(fake, FAKE_JUDGE, NULL);
    fake_answer(fake, FAKE_SEAL, NULL);
    expect(fake, &outcome, -1, 1);
    g_autoptr(CertdKeyRecord) key = NULL;
    g_assert_true(certd_store_key_find(fake->fixture.store, fake->read.key_hash, &key, NULL));
    g_assert_true(key->exportable);
}

/* A key that belongs to none of the certificates is none. */
static void test_foreign_key(Fake *fake, const void *data)
{
    Outcome outcome;
    fake_create(fake, "web");
    bring_key(fake, 9);
    bring_certificate(fake, 8);
    import(fake, &plain, NULL, &outcome);
    fake_answer(fake, FAKE_READ, NULL);
    g_assert_false(fake->judge->key_known);
    g_assert_false(fake->judge->want_key);
    fake_answer_code(fake, FAKE_JUDGE, CERTD_ERROR_WORKER_FAILED);
    expect(fake, &outcome, CERTD_ERROR_WORKER_FAILED, 0);
}

/* Who imports a key is asked for; the worker, whose time is short, doesn't wait for the answer. */
static void test_asked(Fake *fake, const void *data)
{
    Outcome outcome;
    g_autoptr(GError) no = g_error_new(CERTD_ERROR, CERTD_ERROR_ACCESS_DENIED, "no");
    fake_create(fake, "web");
    bring_key(fake, 9);
    import(fake, &plain, keep_question, &outcome);
    fake_answer(fake, FAKE_READ, NULL);
    g_assert_true(g_queue_is_empty(&fake->jobs));
    outcome.then(no, outcome.then_userdata);
    expect(fake, &outcome, CERTD_ERROR_ACCESS_DENIED, 0);

    import(fake, &plain, keep_question, &outcome);
    fake_answer(fake, FAKE_READ, NULL);
    outcome.then(NULL, outcome.then_userdata);
    fake_answer(fake, FAKE_READ, NULL);
    fake_answer(fake, FAKE_JUDGE, NULL);
    fake_answer(fake, FAKE_SEAL, NULL);
    expect(fake, &outcome, -1, 1);
}

/* The service ends while somebody is asked: the late answer finds nobody. */
static void test_abandoned(Fake *fake, const void *data)
{
    Outcome outcome;
    fake_create(fake, "web");
    bring_key(fake, 9);
    import(fake, &plain, keep_question, &outcome);
    fake_answer(fake, FAKE_READ, NULL);
    fake_restart(fake);
    outcome.then(NULL, outcome.then_userdata);
    g_assert_false(outcome.called);
    g_assert_true(g_queue_is_empty(&fake->jobs));
}

/* The request is cancelled while its certificate is judged: the key is gone, and nothing changes. */
static void test_cancelled_meanwhile(Fake *fake, const void *data)
{
    Outcome outcome;
    fake_create(fake, "web");
    gint64 id = fake_request(fake, "web", "external");
    bring_certificate(fake, 0);
    import(fake, &plain, NULL, &outcome);
    fake_answer(fake, FAKE_READ, NULL);
    g_assert_true(certd_request_cancel(fake->service, &fake_root, id, NULL));
    fake_answer(fake, FAKE_JUDGE, NULL);
    expect(fake, &outcome, CERTD_ERROR_KEY_UNAVAILABLE, 0);
}

static void test_refused_at_once(Fake *fake, const void *data)
{
    static const char *const unknown[] = {"no-such-code", NULL};
    const CertdImportInput bad_code = {.data_fd = 0, .passphrase_fd = -1, .accept = unknown};
    const CertdImportInput exportable = {.exportable = TRUE};
    g_autoptr(GError) error = NULL;
    Outcome outcome;
    fake_create(fake, "web");
    g_assert_false(
        certd_import(fake->service, &fake_root, "web", &bad_code, NULL, on_done, NULL, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    g_clear_error(&error);
    const CertdImportInput input = {.data_fd = 0, .passphrase_fd = -1};
    g_assert_false(
        certd_import(fake->service, &fake_root, "none", &input, NULL, on_done, NULL, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_CERTIFICATE);
    bring_certificate(fake, 0);
    import(fake, &exportable, NULL, &outcome);
    fake_answer(fake, FAKE_READ, NULL);
    expect(fake, &outcome, CERTD_ERROR_INVALID_OPTION, 0);
}

/* R34: where certificates alone are to come, a key that came along stops it before anybody is asked. */
static void test_certificates_only(Fake *fake, const void *data)
{
    const CertdImportInput only = {.certificates_only = TRUE};
    const CertdImportInput dry = {.certificates_only = TRUE, .dry_run = TRUE};
    Outcome outcome;
    fake_create(fake, "web");
    gint64 id = fake_request(fake, "web", "external");
    for (guint i = 0; i < 2; i++) {
        g_clear_pointer(&fake->read.key_hash, g_bytes_unref);
        bring_key(fake, 7);
        import(fake, i == 0 ? &only : &dry, NULL, &outcome);
        fake_answer(fake, FAKE_READ, NULL);
        expect(fake, &outcome, CERTD_ERROR_POLICY_FORBIDS, 0);
    }
    g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_READY);
    fake->read.has_key = FALSE;
    g_clear_pointer(&fake->read.key_hash, g_bytes_unref);
    bring_certificate(fake, 0);
    import(fake, &only, NULL, &outcome);
    fake_answer(fake, FAKE_READ, NULL);
    fake_answer(fake, FAKE_JUDGE, NULL);
    expect(fake, &outcome, -1, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/import/earlier-request", test_earlier_request);
    fake_add("/import/other-certificate", test_other_certificate);
    fake_add("/import/no-key", test_no_key);
    fake_add("/import/findings", test_findings);
    fake_add("/import/with-key", test_with_key);
    fake_add("/import/foreign-key", test_foreign_key);
    fake_add("/import/asked", test_asked);
    fake_add("/import/abandoned", test_abandoned);
    fake_add("/import/cancelled-meanwhile", test_cancelled_meanwhile);
    fake_add("/import/refused-at-once", test_refused_at_once);
    fake_add("/import/certificates-only", test_certificates_only);
    return g_test_run();
}
