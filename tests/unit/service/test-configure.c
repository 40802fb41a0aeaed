/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making, configuring, removing and rolling back. */

#include "service/configure.h"

#include "fake.h"
#include "model/limits.h"
#include "service/authority.h"
#include "service/features.h"
#include "service/request.h"
#include "service/trial.h"

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

static const struct {
    const char *options;
    int code; /* -1: taken */
} INTERNAL[] = {
    {"{'days': <uint32 396>}", -1},
    {"{'days': <uint32 397>}", -1},
    {"{'days': <uint32 398>}", CERTD_ERROR_INVALID_OPTION},
    {"{'days': <uint32 398>, 'issuer': <'external'>}", -1},
    {"{'issuer': <'internal'>}", CERTD_ERROR_INVALID_OPTION},
    {"{'days': <uint32 90>, 'issuer': <'internal'>}", -1},
    {"{'subject-alt-names': <['DNS:www.bank.com']>}", CERTD_ERROR_POLICY_FORBIDS},
    {"{'subject-alt-names': <['email:a@bank.com']>}", CERTD_ERROR_POLICY_FORBIDS},
    {"{'subject-alt-names': <['DNS:a.local', 'email:a@example.org']>}", -1},
    {"{'subject': <'CN=www.bank.com'>}", CERTD_ERROR_POLICY_FORBIDS},
    {"{'subject': <'emailAddress=a@bank.com'>}", CERTD_ERROR_POLICY_FORBIDS},
    {"{'subject': <'CN=My Camera'>, 'subject-alt-names': <@as []>}",
     CERTD_ERROR_INVALID_SUBJECT_ALT_NAME},
    {"{'subject': <'O=Example,C=DE'>, 'subject-alt-names': <@as []>}", -1},
};

/* R23, R26: what the device's authority could not issue is refused, and nothing changes. */
static void test_internal(Fake *fake, const void *data)
{
    fake_start(fake);
    fake_create(fake, "web");
    g_autoptr(GVariant) internal = fake_options("{'issuer': <'internal'>}");
    g_assert_true(certd_configure(fake->service, &fake_root, "web", internal, NULL));
    fake_settle(fake);
    for (size_t i = 0; i < G_N_ELEMENTS(INTERNAL); i++) {
        g_autoptr(GVariant) options = fake_options(INTERNAL[i].options);
        g_autoptr(CertdCertificateRecord) before = fake_get(fake, "web");
        g_autoptr(GError) error = NULL;
        g_test_message("%s", INTERNAL[i].options);
        gboolean taken = certd_configure(fake->service, &fake_root, "web", options, &error);
        g_autoptr(CertdCertificateRecord) after = fake_get(fake, "web");
        g_assert_cmpint(taken, ==, INTERNAL[i].code < 0);
        if (taken) {
            g_assert_false(certd_settings_equal(after->settings, before->settings));
            continue;
        }
        g_assert_error(error, CERTD_ERROR, INTERNAL[i].code);
        g_assert_true(certd_settings_equal(after->settings, before->settings));
    }
}

/* R23: each way to change the names; of two that can't be issued any more one may go. */
static void test_internal_sans(Fake *fake, const void *data)
{
    CertdService *service = fake->service;
    fake_start(fake);
    fake_create(fake, "web");
    g_autoptr(GVariant) two =
        fake_options("{'subject-alt-names': <['DNS:a.example.org', 'DNS:b.example.org']>,"
                     " 'issuer': <'internal'>}");
    g_autoptr(GVariant) beyond =
        g_variant_ref_sink(g_variant_new_parsed("[('DNS', 'www.bank.com')]"));
    g_autoptr(GVariant) narrow = fake_options("{'authority-scope': <'device'>}");
    g_autoptr(GError) error = NULL;
    g_assert_true(certd_configure(service, &fake_root, "web", two, NULL));
    fake_settle(fake);
    g_assert_false(certd_add_san(service, &fake_root, "web", "DNS", "www.bank.com", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS);
    g_clear_error(&error);
    g_assert_false(certd_set_sans(service, &fake_root, "web", beyond, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS);
    g_assert_true(certd_authority_regenerate(service, &fake_root, narrow, NULL, NULL, NULL));
    fake_settle(fake);
    g_assert_true(certd_remove_san(service, &fake_root, "web", "DNS", "a.example.org", NULL));
    g_assert_true(certd_remove_san(service, &fake_root, "web", "DNS", "b.example.org", NULL));
    g_autoptr(CertdCertificateRecord) record = fake_get(fake, "web");
    g_assert_cmpuint(record->settings->sans->len, ==, 0);
}

/* R22: where nobody knows for what names the authority may speak, the days alone are judged. */
static void test_without_authority(Fake *fake, const void *data)
{
    g_autoptr(GVariant) long_days = fake_options("{'issuer': <'internal'>, 'days': <uint32 398>}");
    g_autoptr(GVariant) names =
        fake_options("{'issuer': <'internal'>, 'subject-alt-names': <['DNS:www.bank.com']>}");
    for (guint i = 0; i < 2; i++) {
        const char *name = i == 0 ? "none" : "unusable";
        g_autoptr(GError) error = NULL;
        if (i == 1) {
            fake_start(fake);
            fake_restart_with_sql(fake, "UPDATE key SET sealed = x'00' WHERE id IN (SELECT key_id "
                                        "FROM authority)");
            fake_start(fake);
            g_assert_true(fake_problem(fake, "authority-unusable"));
        }
        fake_create(fake, name);
        g_assert_false(certd_configure(fake->service, &fake_root, name, long_days, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
        g_assert_true(certd_configure(fake->service, &fake_root, name, names, NULL));
    }
}

static const struct {
    const char *settings;
    const char *origin; /* NULL: nothing is issued */
} ISSUERS[] = {
    {"{'issuer': <'internal'>}", "internal"},
    {"{'issuer': <'self'>}", "self"},
    {"{'issuer': <'self'>, 'subject': <'O=Example'>}", "self"},
    {"{'issuer': <'external'>}", NULL},
};

/* R20, R23, R26: what certd issues itself is there at once, for the device's names; whether the issuer
 * was known from the beginning or is set later. */
static void test_issued_at_once(Fake *fake, const void *data)
{
    fake_start(fake);
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(ISSUERS); i++) {
        size_t row = i / 2;
        g_autofree char *name = g_strdup_printf("web%zu", i);
        g_autoptr(GVariant) settings = fake_options(ISSUERS[row].settings);
        g_test_message("%s", ISSUERS[row].settings);
        if (i % 2 == 0) {
            g_assert_true(certd_create(fake->service, &fake_root, name, settings, NULL));
        } else {
            fake_create(fake, name);
            g_assert_true(certd_configure(fake->service, &fake_root, name, settings, NULL));
        }
        fake_settle(fake);
        g_autoptr(CertdCertificateRecord) record = fake_get(fake, name);
        g_assert_cmpint(record->active_chain != 0, ==, ISSUERS[row].origin != NULL);
        if (record->active_chain == 0)
            continue;
        g_autoptr(CertdChainRecord) chain = fake_in_use(fake, name);
        g_assert_cmpstr(chain->origin, ==, ISSUERS[row].origin);
        g_assert_true(fake_answers_for(fake, name, "DNS:device.example.org"));
    }
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
    fake_add("/configure/internal", test_internal);
    fake_add("/configure/internal-sans", test_internal_sans);
    fake_add("/configure/without-authority", test_without_authority);
    fake_add("/configure/issued-at-once", test_issued_at_once);
    fake_add("/configure/remove", test_remove);
    fake_add("/configure/rollback", test_rollback);
    g_test_add_func("/configure/features", test_features);
    return g_test_run();
}
