/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Signing for other devices and services (R28): only what the authority may speak for, for no longer than
 * it may, and what the request says never more than asked. */

#include <string.h>

#include "fake.h"
#include "model/limits.h"
#include "service/authority.h"

#define DAY G_GINT64_CONSTANT(86400)

typedef struct {
    guint calls;
    char *chain;
    GError *error;
} Outcome;

static void on_signed(const char *chain, const GError *error, void *userdata)
{
    Outcome *outcome = userdata;
    outcome->calls++;
    outcome->chain = g_strdup(chain);
    outcome->error = error != NULL ? g_error_copy(error) : NULL;
    g_assert_true((chain == NULL) == (error != NULL));
}

/* What the parse worker will find in the request. */
static void request_asks(Fake *fake, const char *subject, const char *sans)
{
    g_auto(GStrv) each = g_strsplit(sans, " ", -1);
    g_clear_pointer(&fake->requested.subject, certd_subject_free);
    g_clear_pointer(&fake->requested.sans, g_ptr_array_unref);
    fake->requested.subject =
        *subject != '\0' ? certd_subject_parse(subject, NULL) : certd_subject_new();
    fake->requested.sans = certd_san_list_new();
    for (size_t i = 0; each[i] != NULL && *each[i] != '\0'; i++)
        g_assert_true(
            certd_san_list_add(fake->requested.sans, certd_san_parse(each[i], NULL), NULL, NULL));
    if (fake->requested.public_key == NULL)
        fake->requested.public_key = g_bytes_new_static("public key", 10);
    fake->requested.purposes = CERTD_PURPOSE_CLIENT;
}

static void forget_request(Fake *fake)
{
    g_clear_pointer(&fake->requested.subject, certd_subject_free);
    g_clear_pointer(&fake->requested.sans, g_ptr_array_unref);
    g_clear_pointer(&fake->requested.public_key, g_bytes_unref);
}

static void sign(Fake *fake, const char *text, Outcome *outcome)
{
    g_autoptr(GVariant) options = fake_options(text);
    g_autoptr(GError) error = NULL;
    *outcome = (Outcome){0};
    g_assert_true(
        certd_authority_sign(fake->service, &fake_root, -1, options, on_signed, outcome, &error));
    g_assert_no_error(error);
    fake_answer(fake, FAKE_READ_REQUEST, NULL);
}

/* R28: the request's names, key and purposes; and the chain with the authority behind the leaf. */
static void test_signed(Fake *fake, const void *data)
{
    Outcome outcome;
    fake_start(fake);
    request_asks(fake, "CN=sensor7,O=Example", "DNS:sensor7.example.org IP:10.0.0.7");
    sign(fake, NULL, &outcome);
    const FakeJob *job = fake_peek(fake, FAKE_ISSUE);
    g_autofree char *subject = certd_subject_print(job->subject);
    g_assert_cmpint(job->makes, ==, CERTD_ISSUE_SIGNED);
    g_assert_true(job->foreign);
    g_assert_cmpint(job->purposes, ==, CERTD_PURPOSE_CLIENT);
    g_assert_cmpstr(subject, ==, "CN=sensor7,O=Example");
    g_assert_cmpuint(job->sans->len, ==, 2);
    g_assert_cmpint(job->validity.not_before, ==, fake->now - 3600);
    g_assert_cmpint(job->validity.not_after, ==, fake->now - 3600 + CERTD_DEFAULT_DAYS * DAY);
    fake_answer(fake, FAKE_ISSUE, NULL);
    g_assert_no_error(outcome.error);
    g_autoptr(GBytes) authority = certd_authority_export(fake->service, "pem", NULL);
    size_t size;
    const char *pem = g_bytes_get_data(authority, &size);
    g_assert_cmpuint(strlen(outcome.chain), >, size);
    g_assert_true(g_str_has_prefix(outcome.chain, "-----BEGIN CERTIFICATE-----\n"));
    g_assert_true(strncmp(outcome.chain + strlen(outcome.chain) - size, pem, size) == 0);
    g_free(outcome.chain);
    forget_request(fake);
}

static const struct {
    const char *name;
    const char *subject;
    const char *sans;
    const char *options;
    int code;          /* -1: signed */
    const char *first; /* of the names that are signed */
} NAMES[] = {
    {"within the domain", "CN=a", "DNS:a.example.org", NULL, -1, "DNS:a.example.org"},
    {"local", "CN=a", "DNS:a.local", NULL, -1, "DNS:a.local"},
    {"private address", "", "IP:192.168.3.4", NULL, -1, "IP:192.168.3.4"},
    {"common name", "CN=b.example.org", "", NULL, -1, "DNS:b.example.org"},
    {"in their place", "CN=a", "DNS:bank.example.com",
     "{'subject-alt-names': <['DNS:c.example.org']>}", -1, "DNS:c.example.org"},
    {"beyond", "CN=a", "DNS:bank.example.com", NULL, CERTD_ERROR_POLICY_FORBIDS, NULL},
    {"one beyond", "CN=a", "DNS:a.example.org DNS:bank.example.com", NULL,
     CERTD_ERROR_POLICY_FORBIDS, NULL},
    {"public address", "CN=a", "IP:198.51.100.9", NULL, CERTD_ERROR_POLICY_FORBIDS, NULL},
    {"common name beyond", "CN=bank.example.com", "", NULL, CERTD_ERROR_POLICY_FORBIDS, NULL},
    {"given beyond", "CN=a", "DNS:a.example.org",
     "{'subject-alt-names': <['DNS:bank.example.com']>}", CERTD_ERROR_POLICY_FORBIDS, NULL},
    {"label beside a name", "CN=sensor7", "DNS:a.local", NULL, -1, "DNS:a.local"},
    {"words beside a name", "CN=My Camera", "DNS:a.local", NULL, -1, "DNS:a.local"},
    {"common name beyond, beside a name", "CN=www.bank.com", "DNS:a.local", NULL,
     CERTD_ERROR_POLICY_FORBIDS, NULL},
    {"common name beyond, not copied", "CN=www.bank.com", "DNS:a.local",
     "{'copy-common-name': <false>}", CERTD_ERROR_POLICY_FORBIDS, NULL},
    {"wildcard as common name beyond", "CN=*.bank.com", "DNS:a.local", NULL,
     CERTD_ERROR_POLICY_FORBIDS, NULL},
    {"address as common name beyond", "CN=198.51.100.9", "DNS:a.local", NULL,
     CERTD_ERROR_POLICY_FORBIDS, NULL},
    {"mail", "CN=a", "DNS:a.local email:a@example.org", NULL, -1, "email:a@example.org"},
    {"mail beyond", "CN=a", "DNS:a.local email:a@bank.com", NULL, CERTD_ERROR_POLICY_FORBIDS, NULL},
    {"mail in the subject", "CN=a,emailAddress=a@example.org", "DNS:a.local", NULL, -1,
     "DNS:a.local"},
    {"mail in the subject beyond", "CN=a,emailAddress=a@bank.com", "DNS:a.local", NULL,
     CERTD_ERROR_POLICY_FORBIDS, NULL},
    {"URI", "CN=a", "DNS:a.local URI:https://a.local/x", NULL, -1, "URI:https://a.local/x"},
    {"URI beyond", "CN=a", "DNS:a.local URI:https://bank.com/", NULL, CERTD_ERROR_POLICY_FORBIDS,
     NULL},
    {"URI without a host", "CN=a", "DNS:a.local URI:urn:uuid:1", NULL, CERTD_ERROR_POLICY_FORBIDS,
     NULL},
    {"nothing", "", "", NULL, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME, NULL},
    {"organisation alone", "O=Example,C=DE", "", NULL, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME, NULL},
    {"words alone", "CN=My Camera", "", NULL, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME, NULL},
    {"not copied", "CN=b.example.org", "", "{'copy-common-name': <false>}",
     CERTD_ERROR_INVALID_SUBJECT_ALT_NAME, NULL},
};

/* R28: names within what the authority may speak for, and at least one. */
static void test_names(Fake *fake, const void *data)
{
    fake_start(fake);
    for (size_t i = 0; i < G_N_ELEMENTS(NAMES); i++) {
        Outcome outcome;
        g_test_message("%s", NAMES[i].name);
        request_asks(fake, NAMES[i].subject, NAMES[i].sans);
        sign(fake, NAMES[i].options, &outcome);
        if (NAMES[i].code >= 0) {
            g_assert_error(outcome.error, CERTD_ERROR, NAMES[i].code);
            /* What to add, and never to leave out what would lead to the device's own names. */
            g_assert_true(NAMES[i].code != CERTD_ERROR_INVALID_SUBJECT_ALT_NAME ||
                          strstr(outcome.error->message, "--san DNS:NAME") != NULL);
            g_assert_null(strstr(outcome.error->message, "leave the"));
            g_assert_true(g_queue_is_empty(&fake->jobs));
        } else {
            g_autoptr(CertdSan) first = certd_san_parse(NAMES[i].first, NULL);
            g_assert_true(certd_san_list_contains(fake_peek(fake, FAKE_ISSUE)->sans, first));
            fake_answer(fake, FAKE_ISSUE, NULL);
            g_assert_no_error(outcome.error);
        }
        g_assert_cmpuint(outcome.calls, ==, 1);
        g_clear_error(&outcome.error);
        g_free(outcome.chain);
    }
    forget_request(fake);
}

static const struct {
    const char *options;
    int code; /* -1: taken */
    gint64 days;
} OPTIONS[] = {
    {"{'days': <uint32 1>}", -1, 1},
    {"{'days': <uint32 0>}", CERTD_ERROR_INVALID_OPTION, 0},
    {"{'days': <uint32 397>}", -1, CERTD_LIMIT_INTERNAL_DAYS},
    {"{'days': <uint32 398>}", CERTD_ERROR_INVALID_OPTION, 0},
    {"{'key-type': <'rsa:2048'>}", CERTD_ERROR_INVALID_OPTION, 0},
    {"{'issuer': <'self'>}", CERTD_ERROR_INVALID_OPTION, 0},
    {"{'subject-alt-names': <['nonsense']>}", CERTD_ERROR_INVALID_SUBJECT_ALT_NAME, 0},
};

/* R28: each option, at its limit and one beyond it. */
static void test_options(Fake *fake, const void *data)
{
    fake_start(fake);
    request_asks(fake, "CN=a", "DNS:a.example.org");
    for (size_t i = 0; i < G_N_ELEMENTS(OPTIONS); i++) {
        g_autoptr(GVariant) options = fake_options(OPTIONS[i].options);
        g_autoptr(GError) error = NULL;
        Outcome outcome;
        g_test_message("%s", OPTIONS[i].options);
        if (OPTIONS[i].code >= 0) {
            g_assert_false(certd_authority_sign(fake->service, &fake_root, -1, options, on_signed,
                                                NULL, &error));
            g_assert_error(error, CERTD_ERROR, OPTIONS[i].code);
            g_assert_true(strstr(OPTIONS[i].options, "days") == NULL ||
                          strstr(error->message, "from 1 to 397") != NULL);
            g_assert_true(g_queue_is_empty(&fake->jobs));
            continue;
        }
        sign(fake, OPTIONS[i].options, &outcome);
        const CertdValidity *validity = &fake_peek(fake, FAKE_ISSUE)->validity;
        g_assert_cmpint(validity->not_after - validity->not_before, ==, OPTIONS[i].days * DAY);
        fake_answer(fake, FAKE_ISSUE, NULL);
        g_assert_no_error(outcome.error);
        g_free(outcome.chain);
    }
    forget_request(fake);
}

/* R28: what can't be read or signed is told; and without an authority nothing is begun. */
static void test_fails(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    Outcome outcome = {0};
    g_assert_false(
        certd_authority_sign(fake->service, &fake_root, -1, none, on_signed, &outcome, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_KEY_UNAVAILABLE);
    fake_start(fake);
    request_asks(fake, "CN=a", "DNS:a.example.org");
    g_assert_true(
        certd_authority_sign(fake->service, &fake_root, -1, none, on_signed, &outcome, NULL));
    fake_answer_code(fake, FAKE_READ_REQUEST, CERTD_ERROR_MALFORMED);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    g_clear_error(&outcome.error);
    sign(fake, NULL, &outcome);
    fake_answer_code(fake, FAKE_ISSUE, CERTD_ERROR_WORKER_FAILED);
    g_assert_error(outcome.error, CERTD_ERROR, CERTD_ERROR_WORKER_FAILED);
    g_clear_error(&outcome.error);
    forget_request(fake);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/authority-sign/signed", test_signed);
    fake_add("/authority-sign/names", test_names);
    fake_add("/authority-sign/options", test_options);
    fake_add("/authority-sign/fails", test_fails);
    return g_test_run();
}
