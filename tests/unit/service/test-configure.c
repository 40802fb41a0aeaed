/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making, configuring, removing and rolling back. */

#include "service/configure.h"

#include "fake.h"
#include "model/limits.h"
#include "service/features.h"
#include "service/request.h"

static void test_create(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GVariant) unknown = fake_options("{'subjekt': <'CN=a'>}");
    const struct {
        const char *name;
        GVariant *settings;
        CertdError code;
    } rows[] = {
        {"web", none, CERTD_ERROR_EXISTS},
        {"Web", none, CERTD_ERROR_INVALID_NAME},
        {"../web", none, CERTD_ERROR_INVALID_NAME},
        {"mail", unknown, CERTD_ERROR_INVALID_OPTION},
    };
    fake_create(fake, "web");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(
            certd_create(fake->service, &fake_root, rows[i].name, rows[i].settings, &error));
        g_assert_error(error, CERTD_ERROR, (int)rows[i].code);
        g_assert_cmpuint(fixture_count(&fake->fixture), ==, 1);
    }
}

static void test_most_certificates(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *sql = g_strdup_printf(
        "UPDATE counter SET value = %u WHERE name = 'certificate'", CERTD_LIMIT_CERTIFICATES - 1);
    fake_restart_with_sql(fake, sql);
    fake_create(fake, "last");
    g_assert_false(certd_create(fake->service, &fake_root, "beyond", none, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
}

/* R6: one more, one less, all others; each name once. */
static void test_sans(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    CertdService *service = fake->service;
    fake_create(fake, "web");
    g_assert_true(certd_add_san(service, &fake_root, "web", "DNS", "a.example.org", NULL));
    g_assert_true(certd_add_san(service, &fake_root, "web", "IP", "192.0.2.1", NULL));
    g_assert_false(certd_add_san(service, &fake_root, "web", "dns", "A.example.org.", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_EXISTS);
    g_clear_error(&error);
    g_assert_true(certd_remove_san(service, &fake_root, "web", "IP", "192.0.2.1", NULL));
    g_assert_false(certd_remove_san(service, &fake_root, "web", "IP", "192.0.2.1", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME);
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    g_assert_cmpuint(record->settings->sans->len, ==, 1);
    g_autoptr(GVariant) empty = g_variant_ref_sink(g_variant_new("a(ss)", NULL));
    g_assert_true(certd_set_sans(service, &fake_root, "web", empty, NULL));
    g_autoptr(CertdCertificateRecord) cleared = fake_get(fake, "web");
    g_assert_cmpuint(cleared->settings->sans->len, ==, 0);
}

static void test_san_limit(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    fake_create(fake, "web");
    for (guint i = 0; i < CERTD_LIMIT_SANS_OWN; i++) {
        g_autofree char *name = g_strdup_printf("h%u.example.org", i);
        g_assert_true(certd_add_san(fake->service, &fake_root, "web", "DNS", name, NULL));
    }
    g_assert_false(
        certd_add_san(fake->service, &fake_root, "web", "DNS", "more.example.org", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
}

static void test_remove(Fake *fake, const void *data)
{
    g_autoptr(GVariant) none = fake_options(NULL);
    g_autoptr(GVariant) unknown = fake_options("{'force': <true>}");
    g_autoptr(GError) error = NULL;
    fake_create(fake, "https");
    fake_create(fake, "web");
    g_assert_false(certd_remove(fake->service, &fake_root, "https", none, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS);
    g_clear_error(&error);
    g_assert_false(certd_remove(fake->service, &fake_root, "web", unknown, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    g_clear_error(&error);
    g_assert_true(certd_remove(fake->service, &fake_root, "web", none, &error));
    g_assert_false(certd_remove(fake->service, &fake_root, "web", none, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_CERTIFICATE);
}

/* R39: there and back; and only where there is something. */
static void test_rollback(Fake *fake, const void *data)
{
    g_autoptr(GError) error = NULL;
    fake_create(fake, "web");
    fake_request(fake, "web", "self");
    g_assert_false(certd_rollback(fake->service, &fake_root, "web", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_NOTHING_PREVIOUS);
    g_clear_error(&error);
    fake_request(fake, "web", "self");
    g_autoptr(CertdCertificateRecord) before = fake_get(fake, "web");
    g_assert_true(certd_rollback(fake->service, &fake_root, "web", &error));
    g_autoptr(CertdCertificateRecord) after = fake_get(fake, "web");
    g_assert_cmpint(after->active_chain, ==, before->previous_chain);
    g_assert_cmpint(after->previous_chain, ==, before->active_chain);
    g_assert_cmpuint(after->generation, ==, before->generation + 1);
}

/* R9, R10, R43: what there is, under either policy. */
static void test_features(void)
{
    g_auto(GStrv) normal = certd_features(CERTD_POLICY_DEFAULT);
    g_auto(GStrv) legacy = certd_features(CERTD_POLICY_LEGACY);
    static const char *const both[] = {"key:rsa:8192",  "key:ed25519", "digest:sha512",
                                       "san:RID",       "subject:OU",  "issuer:self",
                                       "import:pkcs12", "export:p7b"};
    for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
        g_assert_true(g_strv_contains((const char *const *)normal, both[i]));
        g_assert_true(g_strv_contains((const char *const *)legacy, both[i]));
    }
    g_assert_false(g_strv_contains((const char *const *)normal, "key:rsa:1024"));
    g_assert_true(g_strv_contains((const char *const *)legacy, "key:rsa:1024"));
    g_assert_true(g_strv_contains((const char *const *)legacy, "digest:sha1"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fake_add("/configure/create", test_create);
    fake_add("/configure/most-certificates", test_most_certificates);
    fake_add("/configure/sans", test_sans);
    fake_add("/configure/san-limit", test_san_limit);
    fake_add("/configure/remove", test_remove);
    fake_add("/configure/rollback", test_rollback);
    g_test_add_func("/configure/features", test_features);
    return g_test_run();
}
