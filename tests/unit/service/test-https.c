/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R61 to R63: HTTPS' settings, what needs proof, and how a user begins and ends a trial of them. */

#include <string.h>

#include "fake-https.h"
#include "model/limits.h"
#include "service/trust.h"

#define NONE "@a{sv} {}"

static void assert_served(Fake *fake, CertdHttpsLevel level, gboolean force)
{
    CertdHttpsState state = https_get(fake);
    g_assert_cmpint(state.settings.level, ==, level);
    g_assert_cmpint(state.settings.force, ==, force);
}

/* R62: at once; two ports from 1 to 65535, and one that is there is no news. */
static void test_ports(Fake *fake, const void *data)
{
    static const struct {
        guint16 port, plain_port;
        int code;
    } rows[] = {
        {0, 80, CERTD_ERROR_INVALID_OPTION},
        {443, 0, CERTD_ERROR_INVALID_OPTION},
        {80, 80, CERTD_ERROR_INVALID_OPTION},
        {0, 0, CERTD_ERROR_INVALID_OPTION},
        {1, 65535, HTTPS_OK},
        {65535, 1, HTTPS_OK},
        {8443, 8080, HTTPS_OK},
    };
    fake_start(fake);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        CertdHttpsState before = https_get(fake);
        g_autoptr(GError) error = NULL;
        gboolean done = certd_https_set_ports(fake->service, &fake_root, rows[i].port,
                                              rows[i].plain_port, &error);
        g_assert_cmpint(done ? HTTPS_OK : error->code, ==, rows[i].code);
        CertdHttpsState now = https_get(fake);
        g_assert_cmpuint(now.settings.port, ==, done ? rows[i].port : before.settings.port);
        g_assert_cmpuint(now.settings.plain_port, ==,
                         done ? rows[i].plain_port : before.settings.plain_port);
    }
    g_assert_cmpuint(fake_heard(fake, "https"), ==, 3);
    g_assert_true(certd_https_set_ports(fake->service, &fake_root, 8443, 8080, NULL));
    g_assert_cmpuint(fake_heard(fake, "https"), ==, 0);
}

/* R63: nothing is forced that nobody has been through; then it is tried, and confirmed by another client. */
static void test_force(Fake *fake, const void *data)
{
    fake_start(fake);
    g_assert_cmpint(https_force(fake, &fake_root, TRUE, NONE), ==, CERTD_ERROR_NOT_PROVEN);
    assert_served(fake, CERTD_HTTPS_STANDARD, FALSE);
    g_assert_cmpint(https_force(fake, &fake_root, FALSE, NONE), ==, HTTPS_OK);
    https_prove(fake, FALSE);
    g_assert_true(https_get(fake).proven);
    fake_heard(fake, "");
    g_assert_cmpint(https_force(fake, &fake_root, TRUE, NONE), ==, HTTPS_OK);
    g_assert_cmpuint(fake_heard(fake, "https"), ==, 1);
    assert_served(fake, CERTD_HTTPS_STANDARD, TRUE);
    g_assert_cmpint(https_get(fake).trial_deadline, ==, fake->now + CERTD_DEFAULT_TRIAL_SECONDS);
    g_assert_false(https_get(fake).proven);
    /* Again is no error, and no longer trial. */
    fake_pass_boottime(fake, 1);
    g_assert_cmpint(https_force(fake, &fake_root, TRUE, NONE), ==, HTTPS_OK);
    g_assert_cmpint(https_get(fake).trial_deadline, ==,
                    fake->now + CERTD_DEFAULT_TRIAL_SECONDS - 1);
    g_assert_cmpint(https_confirm(fake, &fake_root, NONE), ==, CERTD_ERROR_NOT_PROVEN);
    https_prove(fake, FALSE);
    g_assert_true(https_get(fake).proven);
    g_assert_cmpint(https_confirm(fake, &fake_root, NONE), ==, HTTPS_OK);
    g_assert_cmpint(https_get(fake).trial_deadline, ==, 0);
    fake_pass_boottime(fake, CERTD_LIMIT_TRIAL_SECONDS_MAX);
    assert_served(fake, CERTD_HTTPS_STANDARD, TRUE);
    /* To open is at once. */
    g_assert_cmpint(https_force(fake, &fake_root, FALSE, NONE), ==, HTTPS_OK);
    assert_served(fake, CERTD_HTTPS_STANDARD, FALSE);
    g_assert_cmpint(https_get(fake).trial_deadline, ==, 0);
}

/* R61, R63: high needs a client's certificate, before the trial and in it. */
static void test_level(Fake *fake, const void *data)
{
    fake_start(fake);
    g_assert_cmpint(https_level(fake, &fake_root, "low", NONE), ==, CERTD_ERROR_INVALID_OPTION);
    g_assert_cmpint(https_level(fake, &fake_root, "standard", NONE), ==, HTTPS_OK);
    https_prove(fake, FALSE);
    g_assert_cmpint(https_level(fake, &fake_root, "high", NONE), ==, CERTD_ERROR_NOT_PROVEN);
    https_prove(fake, TRUE);
    g_assert_true(https_get(fake).proven_client_certificate);
    g_assert_cmpint(https_level(fake, &fake_root, "high", "{'trial': <60>}"), ==, HTTPS_OK);
    assert_served(fake, CERTD_HTTPS_HIGH, FALSE);
    https_prove(fake, FALSE);
    g_assert_false(https_get(fake).proven);
    g_assert_cmpint(https_confirm(fake, &fake_root, NONE), ==, CERTD_ERROR_NOT_PROVEN);
    https_prove(fake, TRUE);
    g_assert_cmpint(https_confirm(fake, &fake_root, NONE), ==, HTTPS_OK);
    fake_pass_boottime(fake, 60);
    assert_served(fake, CERTD_HTTPS_HIGH, FALSE);
    /* The other way needs no certificate, and is a trial too. */
    g_assert_cmpint(https_level(fake, &fake_root, "standard", "{'trial': <60>}"), ==, HTTPS_OK);
    assert_served(fake, CERTD_HTTPS_STANDARD, FALSE);
    g_assert_cmpint(https_confirm(fake, &fake_root, NONE), ==, CERTD_ERROR_NOT_PROVEN);
    https_prove(fake, FALSE);
    g_assert_cmpint(https_confirm(fake, &fake_root, NONE), ==, HTTPS_OK);
    assert_served(fake, CERTD_HTTPS_STANDARD, FALSE);
}

/* One trial at a time; what opens the plain port again goes on beside that of the level. */
static void test_one(Fake *fake, const void *data)
{
    fake_start(fake);
    https_prove(fake, TRUE);
    g_assert_cmpint(https_force(fake, &fake_root, TRUE, NONE), ==, HTTPS_OK);
    g_assert_cmpint(https_level(fake, &fake_root, "high", NONE), ==, CERTD_ERROR_ON_TRIAL);
    g_assert_cmpint(https_confirm(fake, &fake_root, "{'tested': <true>}"), ==, HTTPS_OK);
    g_assert_cmpint(https_level(fake, &fake_root, "high", NONE), ==, HTTPS_OK);
    g_assert_true(certd_https_set_ports(fake->service, &fake_root, 8443, 8080, NULL));
    g_assert_cmpint(https_force(fake, &fake_root, FALSE, NONE), ==, HTTPS_OK);
    assert_served(fake, CERTD_HTTPS_HIGH, FALSE);
    g_assert_cmpint(https_force(fake, &fake_root, TRUE, NONE), ==, CERTD_ERROR_ON_TRIAL);
    g_assert_cmpint(https_get(fake).trial_deadline, !=, 0);
    g_assert_cmpint(https_rollback(fake, &fake_root), ==, HTTPS_OK);
    assert_served(fake, CERTD_HTTPS_STANDARD, FALSE);
    g_assert_cmpuint(https_get(fake).settings.port, ==, 8443);
}

/* What is tried is set back at once, by who began it and by administrators. */
static void test_whose(Fake *fake, const void *data)
{
    static const CertdCaller other = {.uid = 1001, .sender = ":1.9"};
    fake_start(fake);
    for (guint i = 0; i < 2; i++) {
        const CertdCaller *ender = i == 0 ? &fake_user : &fake_root;
        https_prove(fake, TRUE);
        g_assert_cmpint(https_force(fake, &fake_user, TRUE, NONE), ==, HTTPS_OK);
        g_assert_cmpint(https_force(fake, &other, FALSE, NONE), ==, CERTD_ERROR_ACCESS_DENIED);
        g_assert_cmpint(https_rollback(fake, &other), ==, CERTD_ERROR_ACCESS_DENIED);
        g_assert_cmpint(https_confirm(fake, &other, "{'tested': <true>}"), ==,
                        CERTD_ERROR_ACCESS_DENIED);
        assert_served(fake, CERTD_HTTPS_STANDARD, TRUE);
        g_assert_cmpint(https_force(fake, ender, FALSE, NONE), ==, HTTPS_OK);
        g_assert_cmpint(https_get(fake).trial_deadline, ==, 0);
        g_assert_cmpint(https_level(fake, &fake_user, "high", NONE), ==, HTTPS_OK);
        g_assert_cmpint(https_level(fake, &other, "standard", NONE), ==, CERTD_ERROR_ACCESS_DENIED);
        g_assert_cmpint(https_level(fake, ender, "standard", NONE), ==, HTTPS_OK);
        assert_served(fake, CERTD_HTTPS_STANDARD, FALSE);
        g_assert_cmpint(https_get(fake).trial_deadline, ==, 0);
    }
    g_assert_cmpint(https_rollback(fake, &fake_root), ==, CERTD_ERROR_CANCELLED);
    g_assert_cmpint(https_confirm(fake, &fake_root, "{'tested': <true>}"), ==,
                    CERTD_ERROR_CANCELLED);
}

/* The limits of a trial, one beyond each, and what is no option. */
static void test_limits(Fake *fake, const void *data)
{
    static const char *const bad[] = {
        "{'trial': <uint32 29>}", "{'trial': <uint32 3601>}", "{'trial': <true>}",
        "{'trial': <'60'>}",      "{'tested': <true>}",       "{'trial': <int64 -1>}",
    };
    fake_start(fake);
    https_prove(fake, TRUE);
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("%s", bad[i]);
        g_assert_cmpint(https_force(fake, &fake_root, TRUE, bad[i]), ==,
                        CERTD_ERROR_INVALID_OPTION);
        g_assert_cmpint(https_level(fake, &fake_root, "high", bad[i]), ==,
                        CERTD_ERROR_INVALID_OPTION);
    }
    assert_served(fake, CERTD_HTTPS_STANDARD, FALSE);
    g_assert_cmpint(https_force(fake, &fake_root, TRUE, "{'trial': <uint32 30>}"), ==, HTTPS_OK);
    g_assert_cmpint(https_get(fake).trial_deadline, ==, fake->now + 30);
    g_assert_cmpint(https_rollback(fake, &fake_root), ==, HTTPS_OK);
    g_assert_cmpint(https_level(fake, &fake_root, "high", "{'trial': <uint32 3600>}"), ==,
                    HTTPS_OK);
    g_assert_cmpint(https_get(fake).trial_deadline, ==, fake->now + 3600);
    g_assert_cmpint(https_confirm(fake, &fake_root, "{'trial': <true>}"), ==,
                    CERTD_ERROR_INVALID_OPTION);
}

/* An anchor of this @content in the keystore; its fingerprint, which the caller frees. */
static char *trusts(Fake *fake, const char *content, CertdPurposes purposes)
{
    g_autoptr(GBytes) certificate = g_bytes_new_static(content, strlen(content));
    g_autoptr(GVariant) details = fake_options("{'subject': <'CN=x'>}");
    char *fingerprint = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, certificate);
    const CertdAnchorRecord record = {
        .fingerprint = fingerprint,
        .certificate = certificate,
        .details = details,
        .subject_hash = (char *)"00000000",
        .purposes = purposes,
    };
    g_assert_true(certd_store_begin(fake->fixture.store, NULL));
    g_autoptr(CertdTransaction) transaction = fake->fixture.store;
    g_assert_true(certd_store_anchor_set(transaction, &record, NULL));
    g_assert_true(certd_store_commit(transaction, NULL));
    return fingerprint;
}

/* The error's code of a removal, or HTTPS_OK. */
static int remove_anchor(Fake *fake, const char *fingerprint)
{
    g_autoptr(GError) error = NULL;
    gboolean done = certd_trust_remove(fake->service, &fake_root, fingerprint, &error);
    g_assert_true(done == (error == NULL));
    return done ? HTTPS_OK : error->code;
}

/* R63: the last anchor for clients stays while the level is high, on trial or not, or may come back. */
static void test_last_anchor(Fake *fake, const void *data)
{
    fake_start(fake);
    g_autofree char *server = trusts(fake, "server", CERTD_PURPOSE_SERVER);
    g_autofree char *client = trusts(fake, "client", CERTD_PURPOSE_CLIENT);
    g_autofree char *both = trusts(fake, "both", CERTD_PURPOSE_SERVER | CERTD_PURPOSE_CLIENT);
    https_prove(fake, TRUE);
    g_assert_cmpint(https_level(fake, &fake_root, "high", NONE), ==, HTTPS_OK);
    g_assert_cmpint(remove_anchor(fake, client), ==, HTTPS_OK);
    fake_heard(fake, "");
    g_assert_cmpint(remove_anchor(fake, both), ==, CERTD_ERROR_POLICY_FORBIDS);
    g_assert_cmpuint(fake_heard(fake, "trust"), ==, 0);
    g_assert_cmpint(remove_anchor(fake, server), ==, HTTPS_OK);
    g_assert_cmpint(https_confirm(fake, &fake_root, "{'tested': <true>}"), ==, HTTPS_OK);
    g_assert_cmpint(remove_anchor(fake, both), ==, CERTD_ERROR_POLICY_FORBIDS);
    /* Without a confirmation the level would be high again. */
    g_assert_cmpint(https_level(fake, &fake_root, "standard", NONE), ==, HTTPS_OK);
    g_assert_cmpint(remove_anchor(fake, both), ==, CERTD_ERROR_POLICY_FORBIDS);
    g_assert_cmpint(https_confirm(fake, &fake_root, "{'tested': <true>}"), ==, HTTPS_OK);
    g_assert_cmpint(remove_anchor(fake, both), ==, HTTPS_OK);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/service/https/ports", test_ports);
    fake_add("/service/https/force", test_force);
    fake_add("/service/https/level", test_level);
    fake_add("/service/https/one", test_one);
    fake_add("/service/https/whose", test_whose);
    fake_add("/service/https/limits", test_limits);
    fake_add("/service/https/last-anchor", test_last_anchor);
    return g_test_run();
}
