/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R2, R5, R7, R9, R15, R20, R23: what a certificate shall look like. */
#include "model/settings.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/san.h"

static CertdSettings *apply(const char *text, CertdPolicy policy, GError **error)
{
    g_autoptr(CertdSettings) settings = certd_settings_new();
    g_autoptr(GVariant) dict = g_variant_parse(G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);

    g_assert_nonnull(dict);
    return certd_settings_apply(settings, dict, policy, error);
}

static void test_defaults(void)
{
    g_autoptr(CertdSettings) settings = certd_settings_new();

    g_assert_cmpuint(certd_subject_length(settings->subject), ==, 0);
    g_assert_cmpuint(settings->sans->len, ==, 0);
    g_assert_cmpint(settings->key_type, ==, CERTD_KEY_EC_SECP256R1); /* R9 */
    g_assert_cmpint(settings->digest, ==, CERTD_DIGEST_SHA256);      /* R52 */
    g_assert_cmpuint(settings->days, ==, CERTD_DEFAULT_DAYS);
    g_assert_cmpint(settings->issuer, ==, CERTD_ISSUER_EXTERNAL);
    g_assert_true(settings->copy_common_name);
    g_assert_false(settings->reuse_key); /* R15 */
}

static const struct {
    const char *name;
    const char *options;
    int error; /* -1: accepted */
    const char *mentions;
} rows[] = {
    {"nothing", "{}", -1, NULL},
    {"subject as text", "{'subject': <'CN=a.example,O=B'>}", -1, NULL},
    {"subject as pairs", "{'subject': <[('O', 'B'), ('CN', 'a.example')]>}", -1, NULL},
    {"subject of numbers", "{'subject': <7>}", CERTD_ERROR_INVALID_OPTION, "subject"},
    {"bad country", "{'subject': <'C=UK'>}", CERTD_ERROR_INVALID_SUBJECT, "GB"},
    {"sans as text", "{'subject-alt-names': <['DNS:a.example', 'IP:::1']>}", -1, NULL},
    {"sans as pairs", "{'subject-alt-names': <[('DNS', 'a.example')]>}", -1, NULL},
    {"sans as one text", "{'subject-alt-names': <'DNS:a'>}", CERTD_ERROR_INVALID_OPTION,
     "subject-alt-names"},
    {"bad san", "{'subject-alt-names': <['IP:300.1.1.1']>}", CERTD_ERROR_INVALID_SUBJECT_ALT_NAME,
     "300"},
    {"key type", "{'key-type': <'ed25519'>}", -1, NULL},
    {"unknown key type", "{'key-type': <'rsa:2047'>}", CERTD_ERROR_INVALID_KEY_TYPE, "rsa:2048"},
    {"weak key type", "{'key-type': <'rsa:1024'>}", CERTD_ERROR_POLICY_FORBIDS, "legacy"},
    {"weak digest", "{'digest': <'sha1'>}", CERTD_ERROR_POLICY_FORBIDS, "legacy"},
    {"digest of numbers", "{'digest': <256>}", CERTD_ERROR_INVALID_OPTION, "digest"},
    {"days 0", "{'days': <uint32 0>}", CERTD_ERROR_INVALID_OPTION, "36500"},
    {"days 1", "{'days': <byte 1>}", -1, NULL},
    {"days 36500", "{'days': <int64 36500>}", -1, NULL},
    {"days 36501", "{'days': <uint32 36501>}", CERTD_ERROR_INVALID_OPTION, "36500"},
    {"days as text", "{'days': <'10'>}", CERTD_ERROR_INVALID_OPTION, "days"},
    {"issuer self", "{'issuer': <'self'>}", -1, NULL},
    {"issuer internal", "{'issuer': <'internal'>}", -1, NULL},
    {"issuer of numbers", "{'issuer': <2>}", CERTD_ERROR_INVALID_OPTION, "issuer"},
    {"issuer unknown", "{'issuer': <'acme'>}", CERTD_ERROR_INVALID_OPTION,
     "external, self, internal"},
    {"no copying", "{'copy-common-name': <false>}", -1, NULL},
    {"copying maybe", "{'copy-common-name': <'no'>}", CERTD_ERROR_INVALID_OPTION,
     "copy-common-name"},
    {"keeping the key", "{'reuse-key': <true>}", -1, NULL},
    {"keeping the key maybe", "{'reuse-key': <'yes'>}", CERTD_ERROR_INVALID_OPTION, "reuse-key"},
    {"unknown key", "{'foo': <1>}", CERTD_ERROR_INVALID_OPTION,
     "\"foo\" is not known here; there are \"subject\", \"subject-alt-names\""},
    {"twice", "{'days': <1>, 'days': <2>}", CERTD_ERROR_INVALID_OPTION, "twice"},
};

static void test_apply(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdSettings) settings = apply(rows[i].options, CERTD_POLICY_DEFAULT, &error);

        g_test_message("%s", rows[i].name);
        if (rows[i].error < 0) {
            g_assert_no_error(error);
            g_assert_nonnull(settings);
            continue;
        }
        g_assert_null(settings);
        g_assert_error(error, CERTD_ERROR, rows[i].error);
        g_assert_nonnull(strstr(error->message, rows[i].mentions));
    }
}

#define FULL                                                                                       \
    "{'subject': <'CN=a.example,OU=Two,OU=One,C=DE'>, "                                            \
    "'subject-alt-names': <['DNS:b.example', 'IP:192.0.2.1', 'email:a@b.example']>, "              \
    "'key-type': <'rsa:1024'>, 'digest': <'sha1'>, 'days': <3650>, 'issuer': <'internal'>, "       \
    "'copy-common-name': <false>, 'reuse-key': <true>}"

static void test_round_trip(void)
{
    static const char *const texts[] = {"{}", FULL};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdSettings) settings = apply(texts[i], CERTD_POLICY_LEGACY, &error);
        g_autoptr(CertdSettings) fresh = certd_settings_new();

        g_assert_no_error(error);
        g_assert_cmpint(certd_settings_equal(settings, fresh), ==, i == 0);

        g_autoptr(GVariant) dict = g_variant_ref_sink(certd_settings_to_variant(settings));
        g_autoptr(CertdSettings) back =
            certd_settings_apply(fresh, dict, CERTD_POLICY_LEGACY, &error);
        g_autoptr(CertdSettings) copy = certd_settings_copy(settings);

        g_assert_no_error(error);
        g_assert_true(certd_settings_equal(settings, back));
        g_assert_true(certd_settings_equal(settings, copy));
    }
}

/* Each setting by itself makes a difference, and leaves the others as they were. */
static void test_equal(void)
{
    static const char *const changes[] = {
        "{'subject': <'CN=x'>}",
        "{'subject-alt-names': <['DNS:x']>}",
        "{'key-type': <'ed25519'>}",
        "{'digest': <'sha512'>}",
        "{'days': <1>}",
        "{'issuer': <'self'>}",
        "{'issuer': <'internal'>}",
        "{'copy-common-name': <false>}",
        "{'reuse-key': <true>}",
    };
    g_autoptr(CertdSettings) fresh = certd_settings_new();

    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(CertdSettings) changed = apply(changes[i], CERTD_POLICY_DEFAULT, NULL);

        g_test_message("%s", changes[i]);
        g_assert_nonnull(changed);
        g_assert_false(certd_settings_equal(changed, fresh));
    }
}

/* R23: the device's own authority gives what browsers take; others what was set. */
static void test_check_days(void)
{
    static const struct {
        guint32 days;
        CertdIssuer issuer;
        gboolean good;
    } cases[] = {
        {1, CERTD_ISSUER_INTERNAL, TRUE},
        {CERTD_LIMIT_INTERNAL_DAYS, CERTD_ISSUER_INTERNAL, TRUE},
        {CERTD_LIMIT_INTERNAL_DAYS + 1, CERTD_ISSUER_INTERNAL, FALSE},
        {CERTD_LIMIT_DAYS_MAX, CERTD_ISSUER_INTERNAL, FALSE},
        {CERTD_LIMIT_DAYS_MAX, CERTD_ISSUER_SELF, TRUE},
        {CERTD_LIMIT_DAYS_MAX, CERTD_ISSUER_EXTERNAL, TRUE},
    };
    g_autoptr(CertdSettings) settings = certd_settings_new();

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        settings->days = cases[i].days;
        g_assert_cmpint(certd_settings_check_days(settings, cases[i].issuer, &error), ==,
                        cases[i].good);
        if (cases[i].good) {
            g_assert_no_error(error);
            continue;
        }
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
        g_assert_nonnull(strstr(error->message, "\"days\""));
        g_assert_nonnull(strstr(error->message, "397"));
    }
}

/* R24, R26: only who has set no names of his own follows the device's; an organisation's values are
 * none. */
static void test_follow_device(void)
{
    static const struct {
        const char *options;
        gboolean follows;
    } cases[] = {
        {"{}", TRUE},
        {"{'issuer': <'internal'>, 'days': <90>, 'copy-common-name': <false>}", TRUE},
        {"{'subject': <''>, 'subject-alt-names': <@as []>}", TRUE},
        {"{'subject': <'O=Example,C=DE'>, 'issuer': <'internal'>}", TRUE},
        {"{'subject': <'CN=a.example,O=Example'>, 'issuer': <'internal'>}", FALSE},
        {"{'subject': <'O=Example'>, 'subject-alt-names': <['DNS:a.example']>}", FALSE},
        {"{'subject-alt-names': <['DNS:a.example']>}", FALSE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(CertdSettings) settings = apply(cases[i].options, CERTD_POLICY_DEFAULT, NULL);

        g_test_message("%s", cases[i].options);
        g_assert_nonnull(settings);
        g_assert_cmpint(certd_settings_follow_device(settings), ==, cases[i].follows);
    }
}

static const struct {
    const char *name;
    const char *options;
    const char *host;
    const char *subject;
    const char *sans; /* joined with a space */
} effective[] = {
    {"nothing set", "{}", "dev1.example", "CN=dev1.example",
     "DNS:dev1.example DNS:dev1 IP:192.0.2.7"},
    {"nothing set, no copying", "{'copy-common-name': <false>}", "dev1.example", "CN=dev1.example",
     "DNS:dev1 IP:192.0.2.7"},
    {"no host name", "{}", NULL, "CN=localhost", "DNS:localhost DNS:dev1 IP:192.0.2.7"},
    {"empty host name", "{}", "", "CN=localhost", "DNS:localhost DNS:dev1 IP:192.0.2.7"},
    {"hostile host name", "{}", "a\033[2Jb", "CN=localhost", "DNS:localhost DNS:dev1 IP:192.0.2.7"},
    {"long host name", "{}",
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaa", "CN=localhost",
     "DNS:localhost DNS:dev1 IP:192.0.2.7"},
    {"subject set", "{'subject': <'CN=www.example,C=DE'>}", "dev1", "CN=www.example,C=DE",
     "DNS:www.example"},
    {"address as name", "{'subject': <'CN=192.0.2.9'>}", "dev1", "CN=192.0.2.9", "IP:192.0.2.9"},
    {"words as name", "{'subject': <'CN=My Device'>}", "dev1", "CN=My Device", ""},
    {"no common name", "{'subject': <'O=Example'>}", "dev1", "O=Example", ""},
    {"organisation, internal", "{'subject': <'O=Example,C=DE'>, 'issuer': <'internal'>}",
     "dev1.example", "CN=dev1.example,O=Example,C=DE", "DNS:dev1.example DNS:dev1 IP:192.0.2.7"},
    {"organisation, self", "{'subject': <'O=Example,C=DE'>, 'issuer': <'self'>}", "dev1.example",
     "CN=dev1.example,O=Example,C=DE", "DNS:dev1.example DNS:dev1 IP:192.0.2.7"},
    {"organisation, no copying",
     "{'subject': <'O=Example'>, 'issuer': <'self'>, 'copy-common-name': <false>}", "dev1.example",
     "CN=dev1.example,O=Example", "DNS:dev1 IP:192.0.2.7"},
    {"organisation, no host name", "{'subject': <'O=Example'>, 'issuer': <'self'>}", NULL,
     "CN=localhost,O=Example", "DNS:localhost DNS:dev1 IP:192.0.2.7"},
    {"organisation and sans",
     "{'subject': <'O=Example'>, 'subject-alt-names': <['DNS:b.example']>, 'issuer': <'internal'>}",
     "dev1.example", "O=Example", "DNS:b.example"},
    {"words as name, internal", "{'subject': <'CN=My Device'>, 'issuer': <'internal'>}", "dev1",
     "CN=My Device", ""},
    {"not to be copied", "{'subject': <'CN=www.example'>, 'copy-common-name': <false>}", "dev1",
     "CN=www.example", ""},
    {"only sans", "{'subject-alt-names': <['DNS:b.example']>}", "dev1", "", "DNS:b.example"},
    {"both", "{'subject': <'CN=a.example'>, 'subject-alt-names': <['DNS:b.example']>}", "dev1",
     "CN=a.example", "DNS:b.example DNS:a.example"},
    {"already there", "{'subject': <'CN=A.example'>, 'subject-alt-names': <['DNS:a.example']>}",
     "dev1", "CN=A.example", "DNS:a.example"},
};

static char *print_sans(const GPtrArray *sans)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < sans->len; i++) {
        g_autofree char *san = certd_san_print(g_ptr_array_index(sans, i));

        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", san);
    }
    return g_string_free(text, FALSE);
}

static void add(GPtrArray *list, const char *text)
{
    g_assert_true(certd_san_list_add(list, certd_san_parse(text, NULL), NULL, NULL));
}

/* R7, R23 */
static void test_effective_names(void)
{
    g_autoptr(GPtrArray) device = certd_san_list_new();

    add(device, "DNS:dev1");
    add(device, "IP:192.0.2.7");
    for (size_t i = 0; i < G_N_ELEMENTS(effective); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdSettings) settings =
            apply(effective[i].options, CERTD_POLICY_DEFAULT, &error);
        g_autoptr(CertdSubject) subject = NULL;
        g_autoptr(GPtrArray) sans = NULL;

        g_test_message("%s", effective[i].name);
        g_assert_no_error(error);
        g_assert_true(certd_settings_effective_names(settings, effective[i].host, device, &subject,
                                                     &sans, &error));

        g_autofree char *subject_text = certd_subject_print(subject);
        g_autofree char *sans_text = print_sans(sans);
        g_assert_cmpstr(subject_text, ==, effective[i].subject);
        g_assert_cmpstr(sans_text, ==, effective[i].sans);
    }
}

static GPtrArray *many_names(guint count)
{
    GPtrArray *list = certd_san_list_new();

    for (guint i = 0; i < count; i++) {
        g_autofree char *text = g_strdup_printf("IP:192.0.2.%u", i);

        add(list, text);
    }
    return list;
}

/* As many of the device's names as there is room for; but no more than that of what was set. */
static void test_limit(void)
{
    g_autoptr(CertdSettings) settings = certd_settings_new();
    g_autoptr(GPtrArray) device = many_names(CERTD_LIMIT_SANS_OWN);
    g_autoptr(CertdSubject) subject = NULL;
    g_autoptr(GPtrArray) sans = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(
        certd_settings_effective_names(settings, "dev1", device, &subject, &sans, &error));
    g_assert_cmpuint(sans->len, ==, CERTD_LIMIT_SANS_OWN);

    g_autoptr(CertdSettings) full = certd_settings_new();
    g_clear_pointer(&full->sans, g_ptr_array_unref);
    full->sans = many_names(CERTD_LIMIT_SANS_OWN);
    g_assert_true(certd_subject_append(full->subject, "CN", "192.0.2.0", NULL));
    g_clear_pointer(&subject, certd_subject_free);
    g_clear_pointer(&sans, g_ptr_array_unref);
    g_assert_true(certd_settings_effective_names(full, "dev1", device, &subject, &sans, &error));
    g_assert_cmpuint(sans->len, ==, CERTD_LIMIT_SANS_OWN);

    g_assert_true(certd_subject_append(full->subject, "CN", "one.more", NULL));
    g_clear_pointer(&subject, certd_subject_free);
    g_clear_pointer(&sans, g_ptr_array_unref);
    g_assert_false(certd_settings_effective_names(full, "dev1", device, &subject, &sans, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
    g_assert_null(subject);
    g_assert_null(sans);
}

/* R26: as many values as a subject may have, the common name of the device among them. */
static void test_subject_limit(void)
{
    for (size_t beyond = 0; beyond <= 1; beyond++) {
        g_autoptr(CertdSettings) settings = certd_settings_new();
        g_autoptr(CertdSubject) subject = NULL;
        g_autoptr(GPtrArray) sans = NULL;
        g_autoptr(GError) error = NULL;

        settings->issuer = CERTD_ISSUER_INTERNAL;
        for (size_t i = 0; i < CERTD_LIMIT_RDNS - 1 + beyond; i++)
            g_assert_true(certd_subject_append(settings->subject, "OU", "unit", NULL));
        gboolean named =
            certd_settings_effective_names(settings, "dev1", NULL, &subject, &sans, &error);
        g_assert_cmpint(named, ==, beyond == 0);
        if (named) {
            g_assert_cmpuint(certd_subject_length(subject), ==, CERTD_LIMIT_RDNS);
            continue;
        }
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
        g_assert_null(subject);
        g_assert_null(sans);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/settings/defaults", test_defaults);
    g_test_add_func("/model/settings/apply", test_apply);
    g_test_add_func("/model/settings/round-trip", test_round_trip);
    g_test_add_func("/model/settings/equal", test_equal);
    g_test_add_func("/model/settings/check-days", test_check_days);
    g_test_add_func("/model/settings/follow-device", test_follow_device);
    g_test_add_func("/model/settings/effective-names", test_effective_names);
    g_test_add_func("/model/settings/limit", test_limit);
    g_test_add_func("/model/settings/subject-limit", test_subject_limit);
    return g_test_run();
}
