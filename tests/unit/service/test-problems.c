/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wrong: told once for each object, up to a limit, and no longer than it lasts. */

#include "fake.h"
#include "model/limits.h"
#include "model/names.h"
#include "service/requester.h"
#include "service/service-private.h"

static void set(Fake *fake, const char *code, const char *object, const char *message)
{
    const CertdProblem problem = {
        .code = code,
        .object = object,
        .severity = CERTD_SEVERITY_ERROR,
        .message = message,
        .remedy = "Mend it",
    };
    certd_problem_set(fake->service, &problem);
}

static size_t count(Fake *fake)
{
    g_autoptr(GVariant) problems = g_variant_ref_sink(certd_service_problems(fake->service));
    return g_variant_n_children(problems);
}

/* The certificates that the problems are about, in their order. Caller frees. */
static char *certificates(Fake *fake)
{
    g_autoptr(GVariant) names =
        g_variant_ref_sink(certd_service_problem_certificates(fake->service));
    g_autofree const char **all = g_variant_get_strv(names, NULL);
    return g_strjoinv(" ", (char **)all);
}

static void set_many(Fake *fake, guint from, guint to, const char *message)
{
    for (guint i = from; i < to; i++) {
        g_autofree char *object = g_strdup_printf("c%u", i);
        set(fake, "certificate-damaged", object, message);
    }
}

/* CERTD_LIMIT_PROBLEMS: with more, one that is mended makes room; what is of no object is always
 * told. R55: they say what is wrong. */
static void test_limit(Fake *fake, const void *data)
{
    set_many(fake, 0, CERTD_LIMIT_PROBLEMS, "Damaged");
    g_assert_cmpuint(count(fake), ==, CERTD_LIMIT_PROBLEMS);
    g_assert_true(certd_problem_is_about(fake->service, "c99"));
    set(fake, "certificate-damaged", "one-more", "Damaged");
    g_assert_cmpuint(count(fake), ==, CERTD_LIMIT_PROBLEMS);
    g_assert_false(certd_problem_is_about(fake->service, "one-more"));
    set(fake, "certificate-damaged", "c7", "Damaged again");
    g_assert_cmpuint(count(fake), ==, CERTD_LIMIT_PROBLEMS);
    g_assert_true(certd_problem_is_about(fake->service, "c7"));
    set(fake, "certificate-damaged", "c7", NULL);
    set(fake, "certificate-damaged", "one-more", "Damaged");
    g_assert_true(certd_problem_is_about(fake->service, "one-more"));
    set(fake, "clock-untrusted", NULL, "The clock is wrong");
    g_assert_cmpuint(count(fake), ==, CERTD_LIMIT_PROBLEMS + 1);
    g_assert_true(certd_problem_stands(fake->service, "clock-untrusted"));
    set_many(fake, 0, CERTD_LIMIT_PROBLEMS, NULL);
    g_assert_cmpuint(count(fake), ==, 2);
}

/* Each of an object's problems is one of its own; a warning alone degrades nothing. */
static void test_of_an_object(Fake *fake, const void *data)
{
    set(fake, "certificate-damaged", "web", "Damaged");
    set(fake, "key-unreadable", "web", "No key");
    set(fake, "key-unreadable", "mqtt", "No key");
    g_assert_cmpuint(count(fake), ==, 3);
    g_assert_true(certd_service_is_degraded(fake->service));
    certd_problem_clear(fake->service, "web");
    g_assert_cmpuint(count(fake), ==, 1);
    g_assert_false(certd_problem_is_about(fake->service, "web"));
    certd_problem_clear(fake->service, "mqtt");
    const CertdProblem warning = {
        .code = "san-mismatch",
        .object = "web",
        .severity = CERTD_SEVERITY_WARNING,
        .message = "Other names",
        .remedy = "Issue it",
    };
    certd_problem_set(fake->service, &warning);
    g_assert_cmpuint(count(fake), ==, 1);
    g_assert_false(certd_service_is_degraded(fake->service));
}

/* R55: each names the certificate that it is about; https also where the code alone says so, and nothing
 * where it is of no certificate: of the device, or of the settings of HTTPS. */
static void test_certificates(Fake *fake, const void *data)
{
    set(fake, "clock-untrusted", NULL, "The clock is wrong");
    set(fake, "consumer-failed", "web", "A unit failed");
    set(fake, "trial-unfinished", CERTD_PATH_HTTPS, "No room");
    set(fake, "keystore-damaged", NULL, "Damaged");
    set(fake, "default-missing", NULL, "Not made");
    set(fake, "key-unreadable", "mqtt", "No key");
    g_autofree char *all = certificates(fake);
    g_assert_cmpstr(all, ==, " web  https https mqtt");
    set(fake, "clock-untrusted", NULL, NULL);
    set(fake, "consumer-failed", "web", "Another unit failed");
    g_autofree char *others = certificates(fake);
    g_assert_cmpstr(others, ==, " https https mqtt web");
}

/* What is kept stands after a restart, what is not kept is found again or gone. */
static void test_kept(Fake *fake, const void *data)
{
    fake_start(fake);
    certd_service_keep_problem(fake->service, "keystore-set-aside", "Set aside", "Mend it");
    set(fake, "certificate-damaged", "web", "Damaged");
    fake_restart(fake);
    fake_start(fake);
    g_assert_true(certd_problem_stands(fake->service, "keystore-set-aside"));
    g_assert_false(certd_problem_is_about(fake->service, "web"));
}

static void count_told(void *userdata)
{
    unsigned int *told = userdata;
    (*told)++;
}

/* R54: a keystore that begins anew takes along all that was about it. The requesters' files are none of its
 * matters: what is wrong with them stands until they are read again. */
static void test_forgotten(Fake *fake, const void *data)
{
    set(fake, "keystore-damaged", NULL, "Damaged");
    set(fake, CERTD_REQUESTERS_PROBLEM, NULL, "a.conf: no such key");
    set(fake, "certificate-damaged", "web", "Damaged");
    unsigned int told = 0;
    const CertdListener listener = {.problems_changed = count_told, .userdata = &told};
    certd_service_set_listener(fake->service, &listener);
    certd_problems_forget(fake->service);
    g_assert_cmpuint(told, ==, 1);
    g_assert_cmpuint(count(fake), ==, 1);
    g_assert_true(certd_problem_stands(fake->service, CERTD_REQUESTERS_PROBLEM));
    certd_problems_forget(fake->service);
    g_assert_cmpuint(told, ==, 1);
    set(fake, CERTD_REQUESTERS_PROBLEM, NULL, NULL);
    g_assert_cmpuint(count(fake), ==, 0);
    set(fake, "settings-invalid", NULL, "certd.conf, line 2: no such key");
    set(fake, "credential-socket", NULL, "No room");
    certd_problems_forget(fake->service);
    g_assert_cmpuint(count(fake), ==, 2);
}

/* R55: what problem.def does not have is told by nobody, and is not taken out of the keystore. */
static void test_unknown(Fake *fake, const void *data)
{
    fake_start(fake);
    g_assert_true(certd_store_begin(fake->service->store, NULL));
    g_assert_true(certd_store_problem_set(fake->service->store, "no-such", "What", "Do", NULL));
    g_assert_true(
        certd_store_problem_set(fake->service->store, "keystore-damaged", "What", "Do", NULL));
    g_assert_true(certd_store_commit(fake->service->store, NULL));
    fake_restart(fake);
    fake_start(fake);
    g_assert_true(certd_problem_stands(fake->service, "keystore-damaged"));
    g_assert_false(certd_problem_stands(fake->service, "no-such"));
    g_test_expect_message("certd", G_LOG_LEVEL_CRITICAL, "*certd_problem_code_parse*");
    set(fake, "no-such", NULL, "What");
    g_test_assert_expected_messages();
    g_assert_false(certd_problem_stands(fake->service, "no-such"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/problems/limit", test_limit);
    fake_add("/problems/of-an-object", test_of_an_object);
    fake_add("/problems/certificates", test_certificates);
    fake_add("/problems/kept", test_kept);
    fake_add("/problems/forgotten", test_forgotten);
    fake_add("/problems/unknown", test_unknown);
    return g_test_run();
}
