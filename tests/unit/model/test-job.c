/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R1, R30, R35: what crosses between the daemon and its workers, and what must not. */
#include "model/job.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"

#define HASH                                                                                       \
    "<[byte 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,"  \
    "32]>"
#define SHORT_HASH                                                                                 \
    "<[byte 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31]>"
#define DER "<[byte 48, 0]>"

typedef struct {
    const char *key;
    const char *value;
} Field;

/* A dictionary that is right; each of its fields is then taken away, doubled and mistyped. */
typedef struct {
    const char *name;
    gboolean (*survives)(GVariant *dict, GError **error);
    Field fields[13];
    const char *optional; /* between spaces: may be missing */
    Field bad[12];        /* values that replace the right ones, or join them */
} Row;

#define SURVIVES(noun, Noun)                                                                       \
    static gboolean noun##_survives(GVariant *dict, GError **error)                                \
    {                                                                                              \
        g_autoptr(Certd##Noun) value = certd_##noun##_from_variant(dict, error);                   \
        if (!value)                                                                                \
            return FALSE;                                                                          \
        g_autoptr(GVariant) back = g_variant_ref_sink(certd_##noun##_to_variant(value));           \
        g_assert_cmpvariant(back, dict);                                                           \
        return TRUE;                                                                               \
    }

SURVIVES(issue_job, IssueJob)
SURVIVES(issue_result, IssueResult)
SURVIVES(read_result, ReadResult)
SURVIVES(judge_job, JudgeJob)
SURVIVES(judge_result, JudgeResult)

static const Row rows[] = {
    {"issue job",
     issue_job_survives,
     {{"key-id", "<'0123abcd'>"},
      {"sealed-key", DER},
      {"key-type", "<'rsa:1024'>"},
      {"digest", "<'sha1'>"},
      {"subject", "<[('C', 'DE'), ('CN', 'a.example')]>"},
      {"subject-alt-names", "<[('DNS', 'a.example')]>"},
      {"challenge-password", "<'secret'>"},
      {"unstructured-name", "<'Example'>"},
      {"self-signed", "<true>"},
      {"days", "<uint32 36500>"},
      {"now", "<int64 253402300799>"}},
     " sealed-key challenge-password unstructured-name ",
     {{"key-id", "<''>"},
      {"key-type", "<'rsa:512'>"},
      {"digest", "<'md5'>"},
      {"subject", "<[('C', 'UK')]>"},
      {"subject-alt-names", "<[('IP', '1.2.3')]>"},
      {"sealed-key", "<@ay []>"},
      {"days", "<uint32 36501>"},
      {"days", "<uint32 0>"},
      {"now", "<int64 253402300800>"},
      {"now", "<int64 -1>"},
      {"challenge-password", "<'a\\u0007'>"},
      {"other", "<1>"}}},
    {"issue result with a request",
     issue_result_survives,
     {{"sealed-key", DER}, {"public-key-hash", HASH}, {"request", DER}},
     " ",
     {{"public-key-hash", SHORT_HASH},
      {"request", "<@ay []>"},
      {"certificate", DER},
      {"details", "<{'version': <uint32 3>}>"},
      {"other", DER}}},
    {"issue result with a certificate",
     issue_result_survives,
     {{"sealed-key", DER},
      {"public-key-hash", HASH},
      {"certificate", DER},
      {"details", "<{'version': <uint32 3>}>"}},
     " ",
     {{"request", DER}, {"details", "<{'a': <1>, 'a': <2>}>"}}},
    {"read result",
     read_result_survives,
     {{"format", "<'pkcs12'>"},
      {"public-key-hashes", "<[[byte 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,"
                            "24,25,26,27,28,29,30,31,32]]>"},
      {"has-key", "<true>"},
      {"key-hash", HASH}},
     " ",
     {{"format", "<'pem\\n'>"},
      {"format", "<''>"},
      {"public-key-hashes", "<[[byte 1]]>"},
      {"has-key", "<false>"},
      {"key-hash", SHORT_HASH}}},
    {"judge job",
     judge_job_survives,
     {{"leaf-hash", HASH},
      {"key-known", "<true>"},
      {"want-key", "<false>"},
      {"names", "<[('DNS', 'a.example'), ('IP', '::1')]>"},
      {"now", "<int64 0>"},
      {"clock-trusted", "<true>"},
      {"policy", "<'legacy'>"}},
     " leaf-hash ",
     {{"leaf-hash", SHORT_HASH}, {"names", "<[('DNS', '')]>"}, {"policy", "<'none'>"}}},
    {"judge result",
     judge_result_survives,
     {{"chain", "<[[byte 48, 0], [48, 1]]>"},
      {"details", "<{'subject': <'CN=a'>}>"},
      {"findings", "<[('expired', 'error', 'm', 'r')]>"}},
     " ",
     {{"chain", "<@aay []>"},
      {"chain", "<[@ay []]>"},
      {"findings", "<[('expired', 'note!', 'm', 'r')]>"},
      {"findings", "<[('unknown', 'note', 'm', 'r')]>"},
      {"findings", "<[('expired', 'error', 'm', '\\u202e')]>"}}},
};

/* The row's dictionary, with @key as @value (NULL: left out) instead. */
static GVariant *dict_of(const Row *row, const char *key, const char *value)
{
    g_autoptr(GString) text = g_string_new("@a{sv} {");
    gboolean replaced = FALSE;

    for (size_t i = 0; row->fields[i].key; i++) {
        const Field *field = &row->fields[i];
        gboolean here = key && g_str_equal(field->key, key);

        replaced = replaced || here;
        if (!here || value) {
            g_string_append_printf(text, "%s'%s': %s", text->len > 8 ? ", " : "", field->key,
                                   here ? value : field->value);
        }
    }
    if (key && value && !replaced)
        g_string_append_printf(text, ", '%s': %s", key, value);
    g_string_append_c(text, '}');

    g_autoptr(GError) error = NULL;
    GVariant *dict = g_variant_parse(NULL, text->str, NULL, NULL, &error);
    g_assert_no_error(error);
    return dict;
}

static void assert_refused(const Row *row, GVariant *dict)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(row->survives(dict, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
}

static void test_round_trips(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GVariant) dict = dict_of(&rows[i], NULL, NULL);
        g_autoptr(GError) error = NULL;

        g_test_message("%s", rows[i].name);
        g_assert_true(rows[i].survives(dict, &error));
        g_assert_no_error(error);
    }
}

static void test_missing(const Row *row, const char *key)
{
    g_autofree char *spaced = g_strdup_printf(" %s ", key);
    g_autoptr(GVariant) without = dict_of(row, key, NULL);
    g_autoptr(GError) error = NULL;

    g_test_message("%s without %s", row->name, key);
    if (strstr(row->optional, spaced))
        g_assert_true(row->survives(without, &error));
    else
        assert_refused(row, without);
}

static void test_fields(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (size_t j = 0; rows[i].fields[j].key; j++) {
            const char *key = rows[i].fields[j].key;
            g_autoptr(GVariant) mistyped = dict_of(&rows[i], key, "<(1, 'x')>");

            test_missing(&rows[i], key);
            g_test_message("%s with another type of %s", rows[i].name, key);
            assert_refused(&rows[i], mistyped);
        }
    }
}

static void test_bad_values(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(rows[i].bad) && rows[i].bad[j].key; j++) {
            const Field *bad = &rows[i].bad[j];
            g_autoptr(GVariant) dict = dict_of(&rows[i], bad->key, bad->value);

            g_test_message("%s with %s: %s", rows[i].name, bad->key, bad->value);
            assert_refused(&rows[i], dict);
        }
    }
}

static void test_twice(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GVariant) dict = dict_of(&rows[i], NULL, NULL);
        GVariantBuilder builder;

        g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
        for (size_t j = 0; j < g_variant_n_children(dict); j++) {
            g_autoptr(GVariant) child = g_variant_get_child_value(dict, j);

            g_variant_builder_add_value(&builder, child);
            if (j == 0)
                g_variant_builder_add_value(&builder, child);
        }
        g_autoptr(GVariant) twice = g_variant_ref_sink(g_variant_builder_end(&builder));
        assert_refused(&rows[i], twice);
    }
}

static void test_no_dictionary(void)
{
    g_autoptr(GVariant) text = g_variant_ref_sink(g_variant_new_string("text"));
    g_autoptr(GBytes) bytes = g_bytes_new("\xff\xff\xff\xff\xff", 5);
    g_autoptr(GVariant) crooked =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE_VARDICT, bytes, FALSE));

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        assert_refused(&rows[i], text);
        assert_refused(&rows[i], crooked);
    }
}

/* A judge result with @certificates of @size bytes and a detail of @detail bytes. */
static GVariant *sized_result(guint certificates, size_t size, size_t detail)
{
    g_autofree unsigned char *der = g_malloc0(size);
    g_autofree char *text = g_strnfill(detail, 'x');
    GVariantBuilder dict, chain, details;

    g_variant_builder_init(&chain, G_VARIANT_TYPE("aay"));
    for (guint i = 0; i < certificates; i++)
        g_variant_builder_add_value(&chain,
                                    g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, der, size, 1));
    g_variant_builder_init(&details, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&details, "{sv}", "k", g_variant_new_string(text));
    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&dict, "{sv}", "chain", g_variant_builder_end(&chain));
    g_variant_builder_add(&dict, "{sv}", "details", g_variant_builder_end(&details));
    g_variant_builder_add(&dict, "{sv}", "findings",
                          g_variant_new_array(G_VARIANT_TYPE("(ssss)"), NULL, 0));
    return g_variant_ref_sink(g_variant_builder_end(&dict));
}

/* What an a{sv} of one key "k" has around its text: found, not assumed. */
static size_t details_overhead(void)
{
    g_autofree char *text = g_strnfill(CERTD_LIMIT_DETAILS_BYTES / 2, 'x');
    GVariantBuilder details;

    g_variant_builder_init(&details, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&details, "{sv}", "k", g_variant_new_string(text));
    g_autoptr(GVariant) dict = g_variant_ref_sink(g_variant_builder_end(&details));
    return g_variant_get_size(dict) - strlen(text);
}

static void test_limits(void)
{
    const size_t text = CERTD_LIMIT_DETAILS_BYTES - details_overhead();
    const struct {
        const char *name;
        guint certificates;
        size_t size;
        size_t detail;
        gboolean passes;
    } limits[] = {
        {"16 certificates", CERTD_LIMIT_INPUT_CERTIFICATES, 1, 1, TRUE},
        {"17 certificates", CERTD_LIMIT_INPUT_CERTIFICATES + 1, 1, 1, FALSE},
        {"1 MiB", 1, CERTD_LIMIT_DER_BYTES, 1, TRUE},
        {"1 MiB and a byte", 1, CERTD_LIMIT_DER_BYTES + 1, 1, FALSE},
        {"details at the limit", 1, 1, text, TRUE},
        {"details beyond it", 1, 1, text + 1, FALSE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        g_autoptr(GVariant) dict =
            sized_result(limits[i].certificates, limits[i].size, limits[i].detail);
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdJudgeResult) result = certd_judge_result_from_variant(dict, &error);

        g_test_message("%s", limits[i].name);
        g_assert_cmpint(result != NULL, ==, limits[i].passes);
        if (!limits[i].passes)
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    }
}

/* R4 */
static void test_password_limit(void)
{
    for (size_t beyond = 0; beyond <= 1; beyond++) {
        g_autofree char *text = g_strnfill(CERTD_LIMIT_PKCS9_CHARACTERS + beyond, 'x');
        g_autofree char *value = g_strdup_printf("<'%s'>", text);
        g_autoptr(GVariant) dict = dict_of(&rows[0], "challenge-password", value);

        g_assert_cmpint(rows[0].survives(dict, NULL), ==, !beyond);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/job/round-trips", test_round_trips);
    g_test_add_func("/model/job/fields", test_fields);
    g_test_add_func("/model/job/bad-values", test_bad_values);
    g_test_add_func("/model/job/twice", test_twice);
    g_test_add_func("/model/job/no-dictionary", test_no_dictionary);
    g_test_add_func("/model/job/limits", test_limits);
    g_test_add_func("/model/job/password-limit", test_password_limit);
    return g_test_run();
}
