/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R30, R35: what crosses between the daemon and its parse workers, and what must not. */
#include "model/job.h"

#include <string.h>

#include "job-rows.h"
#include "model/error.h"
#include "model/limits.h"

SURVIVES(read_result, ReadResult)
SURVIVES(judge_job, JudgeJob)
SURVIVES(judge_result, JudgeResult)

static const JobRow rows[] = {
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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    job_rows_add_tests("job-judge", rows, G_N_ELEMENTS(rows));
    g_test_add_func("/model/job-judge/limits", test_limits);
    return g_test_run();
}
