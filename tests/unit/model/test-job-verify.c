/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R70, R71: what crosses between the daemon and the workers that read trust anchors and verify chains,
 * and what must not. */
#include "model/job.h"

#include "job-rows.h"
#include "model/error.h"
#include "model/limits.h"

SURVIVES(verify_job, VerifyJob)

/* A list of the one anchor @dict. */
static gboolean anchor_survives(GVariant *dict, GError **error)
{
    g_autoptr(GVariant) array =
        g_variant_ref_sink(g_variant_new_array(G_VARIANT_TYPE_VARDICT, NULL, 0));

    if (g_variant_is_of_type(dict, G_VARIANT_TYPE_VARDICT)) {
        g_variant_unref(array);
        array = g_variant_ref_sink(g_variant_new_array(NULL, &dict, 1));
    }
    g_autoptr(GPtrArray) anchors = certd_anchors_from_variant(array, error);
    if (!anchors)
        return FALSE;
    g_autoptr(GVariant) back = g_variant_ref_sink(certd_anchors_to_variant(anchors));
    g_assert_cmpvariant(back, array);
    return TRUE;
}

#define FINGERPRINT "<'e4f60d0aa6d7f3d3b6a6494b1c861b99f649c6f9ec51abaf201b20f297327c95'>"

static const JobRow rows[] = {
    {"anchor",
     anchor_survives,
     {{"certificate", DER},
      {"fingerprint", FINGERPRINT},
      {"subject-hash", "<'01ab89ef'>"},
      {"details", "<{'subject': <'CN=a'>}>"}},
     " ",
     {{"certificate", "<[byte 48, 1]>"},
      {"certificate", "<@ay []>"},
      {"fingerprint", "<'00'>"},
      {"subject-hash", "<'01AB89EF'>"},
      {"subject-hash", "<'01ab89e'>"},
      {"subject-hash", "<'../../ab'>"},
      {"subject-hash", "<'01ab89efa'>"}}},
    {"verify job",
     verify_job_survives,
     {{"anchors", "<[[byte 48, 0], [48, 1]]>"},
      {"name", "<'DNS:a.example.org'>"},
      {"purpose", "<['client']>"},
      {"now", "<int64 1800000000>"},
      {"clock-trusted", "<true>"},
      {"policy", "<'default'>"}},
     " name ",
     {{"anchors", "<[@ay []]>"},
      {"name", "<'a.example.org'>"},
      {"name", "<'email:a@example.org'>"},
      {"name", "<'DNS:'>"},
      {"purpose", "<['client', 'server']>"},
      {"purpose", "<@as []>"},
      {"purpose", "<['code']>"},
      {"now", "<int64 -1>"},
      {"policy", "<'none'>"}}},
};

/* @n anchors that differ in their certificates, with a detail of @detail bytes each. */
static GVariant *make_anchors(guint n, size_t detail)
{
    g_autoptr(GPtrArray) anchors =
        g_ptr_array_new_with_free_func((GDestroyNotify)certd_anchor_free);
    g_autofree char *text = g_strnfill(detail, 'x');

    for (guint i = 0; i < n; i++) {
        CertdAnchor *anchor = g_new0(CertdAnchor, 1);
        GVariantDict dict;

        anchor->certificate = g_bytes_new(&i, sizeof i);
        anchor->fingerprint = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, anchor->certificate);
        anchor->subject_hash = g_strdup("01ab89ef");
        g_variant_dict_init(&dict, NULL);
        g_variant_dict_insert(&dict, "k", "s", text);
        anchor->details = g_variant_ref_sink(g_variant_dict_end(&dict));
        g_ptr_array_add(anchors, anchor);
    }
    return g_variant_ref_sink(certd_anchors_to_variant(anchors));
}

static void test_anchors_limits(void)
{
    static const struct {
        guint n;
        size_t detail;
        gboolean passes;
    } limits[] = {
        {0, 1, FALSE},
        {1, 1, TRUE},
        {CERTD_LIMIT_ANCHORS_AT_ONCE, 1, TRUE},
        {CERTD_LIMIT_ANCHORS_AT_ONCE + 1, 1, FALSE},
        {16, CERTD_LIMIT_DETAILS_BYTES - 1000, TRUE},
        {17, CERTD_LIMIT_DETAILS_BYTES - 1000, FALSE},
        {1, CERTD_LIMIT_DETAILS_BYTES, FALSE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        g_autoptr(GVariant) array = make_anchors(limits[i].n, limits[i].detail);
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) anchors = certd_anchors_from_variant(array, &error);

        g_test_message("%zu", i);
        g_assert_cmpint(anchors != NULL, ==, limits[i].passes);
        if (!limits[i].passes)
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    }
}

static void test_verify_limits(void)
{
    for (guint n = CERTD_LIMIT_ANCHORS; n <= CERTD_LIMIT_ANCHORS + 1; n++) {
        g_autoptr(CertdVerifyJob) job = g_new0(CertdVerifyJob, 1);
        g_autoptr(GError) error = NULL;

        job->anchors = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        for (guint i = 0; i < n; i++)
            g_ptr_array_add(job->anchors, g_bytes_new_static("0", 1));
        job->purpose = CERTD_PURPOSE_SERVER;
        g_autoptr(GVariant) dict = g_variant_ref_sink(certd_verify_job_to_variant(job));
        g_autoptr(CertdVerifyJob) taken = certd_verify_job_from_variant(dict, &error);
        g_assert_cmpint(taken != NULL, ==, n == CERTD_LIMIT_ANCHORS);
    }
}

static void test_no_list(void)
{
    static const char *const bad[] = {"'anchors'", "@a{sv} {}", "[{'a': 1}]", "@aay []"};

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GVariant) variant = g_variant_parse(NULL, bad[i], NULL, NULL, NULL);
        g_autoptr(GError) error = NULL;

        g_assert_null(certd_anchors_from_variant(variant, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    job_rows_add_tests("job-verify", rows, G_N_ELEMENTS(rows));
    g_test_add_func("/model/job-verify/anchors-limits", test_anchors_limits);
    g_test_add_func("/model/job-verify/verify-limits", test_verify_limits);
    g_test_add_func("/model/job-verify/no-list", test_no_list);
    return g_test_run();
}
