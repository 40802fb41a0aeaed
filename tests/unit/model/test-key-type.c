/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R9, R10, R52: what key types and digests there are, and under which policy. */
#include "model/key-type.h"

#include <string.h>

#include "model/error.h"

#define OK (-1)

typedef struct {
    const char *name;
    int by_default; /* OK or a CertdError */
    int by_legacy;
    unsigned int value;
} Row;

static const Row key_rows[] = {
    {"rsa:2048", OK, OK, CERTD_KEY_RSA_2048},
    {"rsa:3072", OK, OK, CERTD_KEY_RSA_3072},
    {"rsa:4096", OK, OK, CERTD_KEY_RSA_4096},
    {"rsa:8192", OK, OK, CERTD_KEY_RSA_8192},
    {"ec:secp256r1", OK, OK, CERTD_KEY_EC_SECP256R1},
    {"ec:secp384r1", OK, OK, CERTD_KEY_EC_SECP384R1},
    {"ec:secp521r1", OK, OK, CERTD_KEY_EC_SECP521R1},
    {"ed25519", OK, OK, CERTD_KEY_ED25519},
    {"RSA:2048", OK, OK, CERTD_KEY_RSA_2048},
    /* R10 */
    {"rsa:1024", CERTD_ERROR_POLICY_FORBIDS, OK, CERTD_KEY_RSA_1024},
    {"rsa:1023", CERTD_ERROR_POLICY_FORBIDS, CERTD_ERROR_POLICY_FORBIDS, 0},
    {"rsa:512", CERTD_ERROR_POLICY_FORBIDS, CERTD_ERROR_POLICY_FORBIDS, 0},
    {"dsa", CERTD_ERROR_POLICY_FORBIDS, CERTD_ERROR_POLICY_FORBIDS, 0},
    {"dsa:2048", CERTD_ERROR_POLICY_FORBIDS, CERTD_ERROR_POLICY_FORBIDS, 0},
    {"rsa:1025", CERTD_ERROR_INVALID_KEY_TYPE, CERTD_ERROR_INVALID_KEY_TYPE, 0},
    {"rsa:8193", CERTD_ERROR_INVALID_KEY_TYPE, CERTD_ERROR_INVALID_KEY_TYPE, 0},
    {"rsa:2048 ", CERTD_ERROR_INVALID_KEY_TYPE, CERTD_ERROR_INVALID_KEY_TYPE, 0},
    {"rsa:", CERTD_ERROR_INVALID_KEY_TYPE, CERTD_ERROR_INVALID_KEY_TYPE, 0},
    {"rsa", CERTD_ERROR_INVALID_KEY_TYPE, CERTD_ERROR_INVALID_KEY_TYPE, 0},
    {"", CERTD_ERROR_INVALID_KEY_TYPE, CERTD_ERROR_INVALID_KEY_TYPE, 0},
    {NULL, CERTD_ERROR_INVALID_KEY_TYPE, CERTD_ERROR_INVALID_KEY_TYPE, 0},
};

static const Row digest_rows[] = {
    {"sha256", OK, OK, CERTD_DIGEST_SHA256},
    {"SHA-256", OK, OK, CERTD_DIGEST_SHA256},
    {"sha384", OK, OK, CERTD_DIGEST_SHA384},
    {"sha512", OK, OK, CERTD_DIGEST_SHA512},
    {"SHA512", OK, OK, CERTD_DIGEST_SHA512},
    /* R10, R52 */
    {"sha1", CERTD_ERROR_POLICY_FORBIDS, OK, CERTD_DIGEST_SHA1},
    {"SHA-1", CERTD_ERROR_POLICY_FORBIDS, OK, CERTD_DIGEST_SHA1},
    {"md5", CERTD_ERROR_POLICY_FORBIDS, CERTD_ERROR_POLICY_FORBIDS, 0},
    {"MD5", CERTD_ERROR_POLICY_FORBIDS, CERTD_ERROR_POLICY_FORBIDS, 0},
    {"md4", CERTD_ERROR_POLICY_FORBIDS, CERTD_ERROR_POLICY_FORBIDS, 0},
    {"sha224", CERTD_ERROR_INVALID_OPTION, CERTD_ERROR_INVALID_OPTION, 0},
    {"sha", CERTD_ERROR_INVALID_OPTION, CERTD_ERROR_INVALID_OPTION, 0},
    {"", CERTD_ERROR_INVALID_OPTION, CERTD_ERROR_INVALID_OPTION, 0},
    {NULL, CERTD_ERROR_INVALID_OPTION, CERTD_ERROR_INVALID_OPTION, 0},
};

static gboolean parse_key(const char *name, CertdPolicy policy, unsigned int *value, GError **error)
{
    CertdKeyType type = CERTD_KEY_TYPE_COUNT_;
    gboolean parsed = certd_key_type_parse(name, policy, &type, error);

    *value = type;
    return parsed;
}

static gboolean parse_digest(const char *name, CertdPolicy policy, unsigned int *value,
                             GError **error)
{
    CertdDigest digest = CERTD_DIGEST_COUNT_;
    gboolean parsed = certd_digest_parse(name, policy, &digest, error);

    *value = digest;
    return parsed;
}

typedef gboolean (*Parse)(const char *, CertdPolicy, unsigned int *, GError **);

static void check_row(Parse parse, const Row *row, CertdPolicy policy, int expected,
                      unsigned int untouched)
{
    g_autoptr(GError) error = NULL;
    unsigned int value;

    g_test_message("%s under %s", row->name ? row->name : "(nothing)", certd_policy_name(policy));
    if (expected == OK) {
        g_assert_true(parse(row->name, policy, &value, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(value, ==, row->value);
        return;
    }
    g_assert_false(parse(row->name, policy, &value, &error));
    g_assert_error(error, CERTD_ERROR, expected);
    g_assert_cmpuint(value, ==, untouched);
    if (row->name)
        g_assert_nonnull(strstr(error->message, row->name));
}

static void test_keys(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(key_rows); i++) {
        const Row *row = &key_rows[i];

        check_row(parse_key, row, CERTD_POLICY_DEFAULT, row->by_default, CERTD_KEY_TYPE_COUNT_);
        check_row(parse_key, row, CERTD_POLICY_LEGACY, row->by_legacy, CERTD_KEY_TYPE_COUNT_);
    }
}

static void test_digests(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(digest_rows); i++) {
        const Row *row = &digest_rows[i];

        check_row(parse_digest, row, CERTD_POLICY_DEFAULT, row->by_default, CERTD_DIGEST_COUNT_);
        check_row(parse_digest, row, CERTD_POLICY_LEGACY, row->by_legacy, CERTD_DIGEST_COUNT_);
    }
}

/* Every name of the tables reads back as itself. */
static void test_names(void)
{
    for (unsigned int i = 0; i < CERTD_KEY_TYPE_COUNT_; i++) {
        CertdKeyType type = CERTD_KEY_TYPE_COUNT_;
        const char *name = certd_key_type_name((CertdKeyType)i);

        g_assert_true(certd_key_type_parse(name, CERTD_POLICY_LEGACY, &type, NULL));
        g_assert_cmpuint(type, ==, i);
        g_assert_cmpint(certd_key_type_is_slow(type), ==, g_str_has_prefix(name, "rsa:"));
    }
    for (unsigned int i = 0; i < CERTD_DIGEST_COUNT_; i++) {
        CertdDigest digest = CERTD_DIGEST_COUNT_;

        g_assert_true(certd_digest_parse(certd_digest_name((CertdDigest)i), CERTD_POLICY_LEGACY,
                                         &digest, NULL));
        g_assert_cmpuint(digest, ==, i);
    }
}

/* R10: a refusal names the policy, and lists what it allows. */
static void test_messages(void)
{
    g_autoptr(GError) legacy_only = NULL;
    g_autoptr(GError) unknown = NULL;
    CertdKeyType type;

    g_assert_false(certd_key_type_parse("rsa:1024", CERTD_POLICY_DEFAULT, &type, &legacy_only));
    g_assert_nonnull(strstr(legacy_only->message, "\"legacy\""));
    g_assert_nonnull(strstr(legacy_only->message, "\"default\""));
    g_assert_false(certd_key_type_parse("x\033[2J", CERTD_POLICY_DEFAULT, &type, &unknown));
    g_assert_nonnull(strstr(unknown->message, "ed25519"));
    g_assert_null(strstr(unknown->message, "rsa:1024"));
    g_assert_null(strchr(unknown->message, '\033'));
}

static void test_policies(void)
{
    CertdPolicy policy = CERTD_POLICY_LEGACY;

    g_assert_true(certd_policy_parse("default", &policy));
    g_assert_cmpint(policy, ==, CERTD_POLICY_DEFAULT);
    g_assert_true(certd_policy_parse("legacy", &policy));
    g_assert_cmpint(policy, ==, CERTD_POLICY_LEGACY);
    g_assert_false(certd_policy_parse("Legacy", &policy));
    g_assert_false(certd_policy_parse("", &policy));
    g_assert_false(certd_policy_parse(NULL, &policy));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/key-type/keys", test_keys);
    g_test_add_func("/model/key-type/digests", test_digests);
    g_test_add_func("/model/key-type/names", test_names);
    g_test_add_func("/model/key-type/messages", test_messages);
    g_test_add_func("/model/key-type/policies", test_policies);
    return g_test_run();
}
