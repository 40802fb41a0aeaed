/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests: what is committed at once, what the maker does, and what limits hold. */

#include "service/request.h"

#include <string.h>

#include "fake.h"
#include "model/limits.h"
#include "service/configure.h"

static gint64 ask(Fake *fake, const CertdCaller *caller, const char *name, const char *issuer,
                  const char *options, GError **error)
{
    g_autoptr(GVariant) dict = fake_options(options);
    gint64 id = 0;
    return certd_request_create(fake->service, caller, name, issuer, dict, &id, error) ? id : -1;
}

/* Tries again what shall fail, and expects @code and that no request was made. */
static void refuse(Fake *fake, const CertdCaller *caller, const char *issuer, const char *options,
                   CertdError code)
{
    g_autoptr(GError) error = NULL;
    guint64 before, after;
    CertdStore *store = fake->fixture.store;
    g_assert_true(certd_store_request_count_open(store, G_MAXUINT32, &before, NULL));
    g_assert_cmpint(ask(fake, caller, "web", issuer, options, &error), ==, -1);
    g_assert_error(error, CERTD_ERROR, (int)code);
    g_assert_true(certd_store_request_count_open(store, G_MAXUINT32, &after, NULL));
    g_assert_cmpuint(after, ==, before);
}

/* R11, R12, R13: each has a key of its own, and nothing in use changes. */
static void test_external(Fake *fake, const void *data)
{
    fake_create(fake, "web");
    gint64 first = fake_request(fake, "web", "external");
    gint64 second = fake_request(fake, "web", "external");
    g_assert_cmpint(second, >, first);
    g_autoptr(CertdRequestRecord) one = certd_request_get(fake->service, first, NULL);
    g_autoptr(CertdRequestRecord) two = certd_request_get(fake->service, second, NULL);
    g_assert_cmpint(one->state, ==, CERTD_REQUEST_READY);
    g_assert_cmpstr(one->key_id, !=, two->key_id);
    g_assert_false(g_bytes_equal(one->public_hash, two->public_hash));
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    g_assert_cmpuint(record->generation, ==, 0);
    g_assert_cmpstr(fake->events->str, ==, "1:ready 2:ready ");
}

/* R20: goes on to a certificate by itself, and keeps what was there as the previous one. */
static void test_self(Fake *fake, const void *data)
{
    fake_create(fake, "web");
    gint64 id = fake_request(fake, "web", "self");
    g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_ISSUED);
    fake_request(fake, "web", "self");
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    g_assert_cmpuint(record->generation, ==, 2);
    g_assert_cmpint(record->previous_chain, !=, 0);
    g_assert_nonnull(strstr(fake->events->str, "1:issued web:issue "));
}

static void test_failure(Fake *fake, const void *data)
{
    fake_create(fake, "web");
    gint64 id = ask(fake, &fake_root, "web", "external", NULL, NULL);
    g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_GENERATING);
    fake_answer_code(fake, FAKE_ISSUE, CERTD_ERROR_WORKER_FAILED);
    g_autoptr(CertdRequestRecord) record = certd_request_get(fake->service, id, NULL);
    g_assert_cmpint(record->state, ==, CERTD_REQUEST_FAILED);
    g_assert_cmpstr(record->error_name, ==, "org.certd1.Error.WorkerFailed");
}

/* R4: the challenge password is kept only as long as the request is not made. */
static void test_secret_forgotten(Fake *fake, const void *data)
{
    fake_create(fake, "web");
    gint64 id =
        ask(fake, &fake_root, "web", "external", "{'challenge-password': <'geheim'>}", NULL);
    g_autoptr(CertdRequestRecord) waiting = certd_request_get(fake->service, id, NULL);
    g_assert_cmpstr(waiting->challenge_password, ==, "geheim");
    fake_answer(fake, FAKE_ISSUE, NULL);
    g_autoptr(CertdRequestRecord) ready = certd_request_get(fake->service, id, NULL);
    g_assert_null(ready->challenge_password);
}

/* R11: cancelled in each open state; the job goes with it, and a second time there is nothing. */
static void test_cancel(Fake *fake, const void *data)
{
    fake_create(fake, "web");
    for (int ready = 0; ready < 2; ready++) {
        g_autoptr(GError) error = NULL;
        gint64 id = ask(fake, &fake_root, "web", "external", NULL, NULL);
        if (ready)
            fake_answer(fake, FAKE_ISSUE, NULL);
        g_assert_true(certd_request_cancel(fake->service, &fake_root, id, &error));
        g_assert_cmpuint(fake_waiting(fake, FAKE_ISSUE), ==, 0);
        g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_CANCELLED);
        g_assert_false(certd_request_cancel(fake->service, &fake_root, id, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_CANCELLED);
    }
    g_assert_cmpuint(fake->cancelled, ==, 1);
}

/* A request is a promise: what was under way is made after the next start. */
static void test_resume(Fake *fake, const void *data)
{
    fake_create(fake, "web");
    gint64 id = ask(fake, &fake_root, "web", "external", "{'unstructured-name': <'x'>}", NULL);
    fake_restart(fake);
    g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_QUEUED);
    g_assert_true(certd_request_resume(fake->service, NULL));
    fake_answer(fake, FAKE_ISSUE, NULL);
    g_assert_cmpint(fake_state(fake, id), ==, CERTD_REQUEST_READY);
}

/* R15: the same key again, where there is one. */
static void test_reuse(Fake *fake, const void *data)
{
    fake_create(fake, "web");
    refuse(fake, &fake_root, "external", "{'reuse-key': <true>}", CERTD_ERROR_KEY_UNAVAILABLE);
    fake_request(fake, "web", "self");
    gint64 id = ask(fake, &fake_root, "web", "external", "{'reuse-key': <true>}", NULL);
    fake_answer(fake, FAKE_ISSUE, NULL);
    g_autoptr(CertdRequestRecord) record = certd_request_get(fake->service, id, NULL);
    g_autoptr(GBytes) hash = fake_hash(0);
    g_assert_true(g_bytes_equal(record->public_hash, hash));
}

/* R6: settings given with a request are kept; later changes make it out of date. */
static void test_out_of_date(Fake *fake, const void *data)
{
    fake_create(fake, "web");
    gint64 id = ask(fake, &fake_root, "web", "external",
                    "{'subject': <'CN=a.example.org'>, 'days': <uint32 90>}", NULL);
    fake_answer(fake, FAKE_ISSUE, NULL);
    g_autoptr(CertdRequestRecord) request = certd_request_get(fake->service, id, NULL);
    g_autoptr(CertdCertificateRecord) before = fake_get(fake, "web");
    g_assert_cmpuint(before->settings->days, ==, 90);
    g_assert_cmpuint(request->sans->len, ==, 1); /* R7: the common name */
    g_assert_false(certd_request_out_of_date(request, before->settings));
    g_assert_true(certd_add_san(fake->service, &fake_root, "web", "DNS", "b.example.org", NULL));
    g_autoptr(CertdCertificateRecord) after = fake_get(fake, "web");
    g_assert_true(certd_request_out_of_date(request, after->settings));
    g_assert_cmpuint(request->sans->len, ==, 1);
}

/* One key of a user's in the making, whatever else waits; others go past him. */
static void test_one_in_the_making(Fake *fake, const void *data)
{
    fake_create(fake, "web");
    gint64 first = ask(fake, &fake_user, "web", "external", NULL, NULL);
    gint64 second = ask(fake, &fake_user, "web", "external", NULL, NULL);
    g_assert_cmpuint(fake_waiting(fake, FAKE_ISSUE), ==, CERTD_LIMIT_USER_KEYS_IN_THE_MAKING);
    g_assert_cmpint(fake_state(fake, second), ==, CERTD_REQUEST_QUEUED);
    ask(fake, &fake_root, "web", "external", NULL, NULL);
    g_assert_cmpuint(fake_waiting(fake, FAKE_ISSUE), ==, CERTD_LIMIT_USER_KEYS_IN_THE_MAKING + 1);
    fake_answer(fake, FAKE_ISSUE, NULL);
    g_assert_cmpint(fake_state(fake, first), ==, CERTD_REQUEST_READY);
    g_assert_cmpint(fake_state(fake, second), ==, CERTD_REQUEST_GENERATING);
}

static void test_user_limit(Fake *fake, const void *data)
{
    fake_create(fake, "web");
    for (guint i = 0; i < CERTD_LIMIT_USER_OPEN_REQUESTS; i++) {
        g_assert_cmpint(ask(fake, &fake_user, "web", "external", NULL, NULL), >, 0);
        fake_answer(fake, FAKE_ISSUE, NULL);
    }
    refuse(fake, &fake_user, "external", NULL, CERTD_ERROR_LIMIT_EXCEEDED);
    g_assert_cmpint(ask(fake, &fake_root, "web", "external", NULL, NULL), >, 0);
}

static void test_open_limit(Fake *fake, const void *data)
{
    fake_create(fake, "web");
    g_autofree char *sql =
        g_strdup_printf("UPDATE counter SET value = %u WHERE name = 'open' AND uid = -1",
                        CERTD_LIMIT_OPEN_REQUESTS - 1);
    fake_restart_with_sql(fake, sql);
    g_assert_cmpint(ask(fake, &fake_root, "web", "external", NULL, NULL), >, 0);
    refuse(fake, &fake_root, "external", NULL, CERTD_ERROR_LIMIT_EXCEEDED);
}

/* Slow keys are handed over two at a time, and don't hold up a quick one. */
static void test_slow(Fake *fake, const void *data)
{
    fake_create(fake, "web");
    gint64 last = 0;
    for (int i = 0; i < 3; i++)
        last = ask(fake, &fake_root, "web", "external", "{'key-type': <'rsa:4096'>}", NULL);
    g_assert_cmpint(fake_state(fake, last), ==, CERTD_REQUEST_QUEUED);
    gint64 quick = ask(fake, &fake_root, "web", "external", "{'key-type': <'ed25519'>}", NULL);
    g_assert_cmpint(fake_state(fake, quick), ==, CERTD_REQUEST_GENERATING);
}

/* What is being made for a certificate that goes is given up with it. */
static void test_removed(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    fake_create(fake, "web");
    ask(fake, &fake_root, "web", "external", NULL, NULL);
    g_assert_true(certd_remove(fake->service, &fake_root, "web", none, NULL));
    g_assert_cmpuint(fake_waiting(fake, FAKE_ISSUE), ==, 0);
}

static void test_bad_options(Fake *fake, const void *data)
{
    g_autofree char *most = g_strnfill(CERTD_LIMIT_PKCS9_CHARACTERS, 'x');
    const struct {
        const char *issuer;
        char *options;
        CertdError code;
    } rows[] = {
        {"nobody", g_strdup("@a{sv} {}"), CERTD_ERROR_INVALID_OPTION},
        {"external", g_strdup("{'issuer': <'self'>}"), CERTD_ERROR_INVALID_OPTION},
        {"external", g_strdup("{'reuse-key': <'yes'>}"), CERTD_ERROR_INVALID_OPTION},
        {"external", g_strdup("{'challenge-password': <''>}"), CERTD_ERROR_INVALID_OPTION},
        {"external", g_strdup("{'unstructured-name': <'a\\u0007b'>}"), CERTD_ERROR_INVALID_OPTION},
        {"external", g_strdup_printf("{'unstructured-name': <'%sx'>}", most),
         CERTD_ERROR_LIMIT_EXCEEDED},
        {"external", g_strdup("{'digest': <'md5'>}"), CERTD_ERROR_POLICY_FORBIDS},
        {"external", g_strdup("{'key-type': <'rsa:1024'>}"), CERTD_ERROR_POLICY_FORBIDS}, /* R10 */
        {"external", g_strdup("{'key-type': <'rsa:2049'>}"), CERTD_ERROR_INVALID_KEY_TYPE},
    };
    fake_create(fake, "web");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        refuse(fake, &fake_root, rows[i].issuer, rows[i].options, rows[i].code);
        g_free(rows[i].options);
    }
    g_autofree char *at_most = g_strdup_printf("{'unstructured-name': <'%s'>}", most);
    g_assert_cmpint(ask(fake, &fake_root, "web", "external", at_most, NULL), >, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/request/external", test_external);
    fake_add("/request/self", test_self);
    fake_add("/request/failure", test_failure);
    fake_add("/request/secret-forgotten", test_secret_forgotten);
    fake_add("/request/cancel", test_cancel);
    fake_add("/request/resume", test_resume);
    fake_add("/request/reuse", test_reuse);
    fake_add("/request/out-of-date", test_out_of_date);
    fake_add("/request/one-in-the-making", test_one_in_the_making);
    fake_add("/request/user-limit", test_user_limit);
    fake_add("/request/open-limit", test_open_limit);
    fake_add("/request/slow", test_slow);
    fake_add("/request/removed", test_removed);
    fake_add("/request/bad-options", test_bad_options);
    return g_test_run();
}
