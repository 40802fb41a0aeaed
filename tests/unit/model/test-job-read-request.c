/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R28: what a worker says that a foreign request asks for, and what it must not. */
#include "model/job.h"

#include "job-rows.h"
#include "model/error.h"
#include "model/limits.h"

SURVIVES(read_request_result, ReadRequestResult)

static const JobRow rows[] = {
    {"request",
     read_request_result_survives,
     {{"subject", "<[('O', 'Example'), ('CN', 'a.example')]>"},
      {"subject-alt-names", "<[('DNS', 'a.example'), ('IP', '192.0.2.1')]>"},
      {"public-key", DER},
      {"public-key-hash", HASH},
      {"key-type", "<'rsa:2048'>"},
      {"purposes", "<['server', 'client']>"}},
     " ",
     {{"subject", "<[('C', 'UK')]>"},
      {"subject", "<[('CN', 'a\\u202eb')]>"},
      {"subject-alt-names", "<[('DNS', 'a b')]>"},
      {"public-key", "<@ay []>"},
      {"public-key-hash", SHORT_HASH},
      {"key-type", "<''>"},
      {"key-type", "<'rsa\\n'>"},
      {"purposes", "<@as []>"},
      {"purposes", "<['client', 'client']>"},
      {"purposes", "<['Server']>"},
      {"other", "<1>"}}},
    {"request without names",
     read_request_result_survives,
     {{"subject", "<@a(ss) []>"},
      {"subject-alt-names", "<@a(ss) []>"},
      {"public-key", DER},
      {"public-key-hash", HASH},
      {"key-type", "<'ed25519'>"},
      {"purposes", "<['server']>"}},
     " ",
     {{NULL, NULL}}},
};

static void test_key_limit(void)
{
    for (size_t beyond = 0; beyond <= 1; beyond++) {
        g_autoptr(GVariant) dict = job_row_dict(&rows[0], NULL, NULL);
        g_autofree unsigned char *key = g_malloc0(CERTD_LIMIT_REQUEST_BYTES + beyond);
        g_auto(GVariantDict) changed = G_VARIANT_DICT_INIT(dict);

        g_variant_dict_insert_value(&changed, "public-key",
                                    g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, key,
                                                              CERTD_LIMIT_REQUEST_BYTES + beyond,
                                                              1));
        g_autoptr(GVariant) sized = g_variant_ref_sink(g_variant_dict_end(&changed));
        g_autoptr(CertdReadRequestResult) result =
            certd_read_request_result_from_variant(sized, NULL);
        g_assert_cmpint(result != NULL, ==, !beyond);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    job_rows_add_tests("job-read-request", rows, G_N_ELEMENTS(rows));
    g_test_add_func("/model/job-read-request/key-limit", test_key_limit);
    return g_test_run();
}
