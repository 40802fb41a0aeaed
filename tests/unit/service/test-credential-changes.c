/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What changes while a key is being opened for a consumer (issue 5). */

#include "fake-credential.h"
#include "service/configure.h"
#include "service/consumers.h"
#include "service/export.h"

/* Who is taken away while the key is being opened does not get it. */
static void test_removed_meanwhile(Fake *fake, const void *data)
{
    g_auto(Answer) answer = {0};
    fake_make_web(fake);
    g_assert_cmpint(fake_open(fake, &fake_postfix, "web", "key", &answer), ==, ANSWER_OK);
    g_assert_true(certd_remove_consumer(fake->service, &fake_root, "web", "user", "postfix", NULL));
    fake_answer(fake, FAKE_OPEN_KEY, NULL);
    g_assert_cmpuint(answer.answers, ==, 1);
    g_assert_cmpint(answer.code, ==, CERTD_ERROR_ACCESS_DENIED);
}

/* A key always comes with the chain and the generation that it is of. */
static void test_changed_meanwhile(Fake *fake, const void *data)
{
    g_auto(Answer) answer = {0};
    fake_make_web(fake);
    g_assert_cmpint(fake_open(fake, &fake_postfix, "web", "pem", &answer), ==, ANSWER_OK);
    fake_raise_generation(fake, "web");
    fake_answer(fake, FAKE_OPEN_KEY, NULL);
    g_assert_cmpuint(answer.answers, ==, 0);
    fake_answer(fake, FAKE_OPEN_KEY, NULL);
    g_assert_cmpuint(answer.answers, ==, 1);
    g_assert_cmpstr(answer.text, ==, "key" LEAF);
    g_assert_cmpint(answer.generation, ==, 2);
}

/* One that changes again and again is not waited for without an end. */
static void test_keeps_changing(Fake *fake, const void *data)
{
    g_auto(Answer) answer = {0};
    fake_make_web(fake);
    g_assert_cmpint(fake_open(fake, &fake_postfix, "web", "key", &answer), ==, ANSWER_OK);
    for (guint i = 0; i < 100 && answer.answers == 0; i++) {
        fake_raise_generation(fake, "web");
        fake_answer(fake, FAKE_OPEN_KEY, NULL);
    }
    g_assert_cmpint(answer.code, ==, CERTD_ERROR_BUSY);
}

/* The certificate has gone when the worker answers. */
static void test_gone_meanwhile(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_auto(Answer) answer = {0};
    fake_make_web(fake);
    g_assert_cmpint(fake_open(fake, &fake_postfix, "web", "key", &answer), ==, ANSWER_OK);
    g_assert_true(certd_remove(fake->service, &fake_root, "web", none, NULL));
    fake_answer(fake, FAKE_OPEN_KEY, NULL);
    g_assert_cmpuint(answer.answers, ==, 1);
    g_assert_cmpint(answer.code, ==, CERTD_ERROR_NO_SUCH_CERTIFICATE);
}

/* R55: what answers for one that can't be used is what is handed out. */
static void test_emergency(Fake *fake, const void *data)
{
    g_auto(Answer) answer = {0};
    fake_start(fake);
    fake_restart_with_sql(fake, "UPDATE chain SET origin = 'imported', authority = NULL"
                                " WHERE certificate = 'https'");
    fake_start(fake);
    fake_add_consumer(fake, "https", "user", "postfix");
    g_autoptr(CertdChainRecord) installed = fake_in_use(fake, "https");
    fake_pass(fake, installed->not_after - fake->now + 1);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "https");
    g_autoptr(CertdChainRecord) emergency = fake_in_use(fake, "https");
    g_assert_cmpstr(emergency->origin, ==, "emergency");
    g_assert_cmpint(fake_open(fake, &fake_postfix, "https", "pem", &answer), ==, ANSWER_OK);
    fake_settle(fake);
    g_autofree char *chain = certd_chain_to_pem(emergency->chain);
    g_autofree char *expected = g_strconcat("key", chain, NULL);
    g_assert_cmpstr(answer.text, ==, expected);
    g_assert_cmpint(answer.generation, ==, (gint64)record->generation);
}

/* R55: whoever asks may be the first to find out that a key can't be opened: then it is looked at. */
static void test_key_unavailable(Fake *fake, const void *data)
{
    g_auto(Answer) answer = {0};
    fake_make_web(fake);
    g_assert_cmpint(fake_open(fake, &fake_postfix, "web", "key", &answer), ==, ANSWER_OK);
    fake_answer_code(fake, FAKE_OPEN_KEY, CERTD_ERROR_KEY_UNAVAILABLE);
    g_assert_cmpint(answer.code, ==, CERTD_ERROR_KEY_UNAVAILABLE);
    g_assert_cmpuint(fake_waiting(fake, FAKE_CHECK), ==, 1);
    fake_answer(fake, FAKE_CHECK, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/credential-changes/removed-meanwhile", test_removed_meanwhile);
    fake_add("/credential-changes/changed-meanwhile", test_changed_meanwhile);
    fake_add("/credential-changes/keeps-changing", test_keeps_changing);
    fake_add("/credential-changes/gone-meanwhile", test_gone_meanwhile);
    fake_add("/credential-changes/emergency", test_emergency);
    fake_add("/credential-changes/key-unavailable", test_key_unavailable);
    return g_test_run();
}
