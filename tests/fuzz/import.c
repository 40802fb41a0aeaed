/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The import parser: whatever an authority may send, read with a pass phrase, summed up and judged. */

#include <string.h>

#include "fuzz.h"
#include "model/limits.h"
#include "model/san.h"
#include "x509/judge.h"

static void judge(const CertdBundle *bundle, gboolean key_known)
{
    g_autoptr(CertdJudgeJob) job = g_new0(CertdJudgeJob, 1);
    g_autoptr(GError) error = NULL;
    job->names = certd_san_list_new();
    if (!certd_san_list_add(job->names, certd_san_parse("DNS:a.example.org", NULL), NULL, NULL))
        return;
    job->now = 1800000000;
    job->clock_trusted = TRUE;
    job->key_known = key_known;
    g_autoptr(CertdJudgeResult) result = certd_judge(bundle, job, &error);
    g_assert((result == NULL) == (error != NULL));
    if (result != NULL)
        g_variant_unref(g_variant_ref_sink(certd_judge_result_to_variant(result)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSecret) passphrase = certd_secret_new_copy("geheim", 6);
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(CertdBundle) bundle = certd_bundle_read(bytes, passphrase, &error);
    g_assert((bundle == NULL) == (error != NULL));
    if (bundle == NULL)
        return 0;
    g_autoptr(CertdReadResult) summary = certd_bundle_summary(bundle, NULL);
    g_assert(summary == NULL || summary->public_key_hashes->len == certd_bundle_length(bundle));
    g_assert(certd_bundle_length(bundle) <= CERTD_LIMIT_INPUT_CERTIFICATES);
    judge(bundle, TRUE);
    judge(bundle, FALSE);
    return 0;
}
