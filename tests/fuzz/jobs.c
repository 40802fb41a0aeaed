/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What daemon and workers tell each other: neither trusts the other's dictionaries. */

#include "fuzz.h"
#include "model/finding.h"
#include "model/job.h"
#include "variants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GVariant) dict = fuzz_variant("a{sv}", data, size);
    g_autoptr(GVariant) rows = fuzz_variant("a(ssss)", data, size);
    g_autoptr(CertdIssueJob) issue = certd_issue_job_from_variant(dict, NULL);
    g_autoptr(CertdIssueResult) issued = certd_issue_result_from_variant(dict, NULL);
    g_autoptr(CertdReadResult) read = certd_read_result_from_variant(dict, NULL);
    g_autoptr(CertdJudgeJob) judge = certd_judge_job_from_variant(dict, NULL);
    g_autoptr(CertdJudgeResult) judged = certd_judge_result_from_variant(dict, NULL);
    g_autoptr(GPtrArray) findings = certd_finding_list_from_variant(rows);
    /* What was taken keeps its bounds, and can be sent again. */
    g_assert(issued == NULL || g_bytes_get_size(issued->public_key_hash) == 32);
    g_assert(judged == NULL || judged->chain->len > 0);
    g_assert(findings == NULL || findings->len == g_variant_n_children(rows));
    if (issue != NULL)
        g_variant_unref(g_variant_ref_sink(certd_issue_job_to_variant(issue)));
    if (judge != NULL)
        g_variant_unref(g_variant_ref_sink(certd_judge_job_to_variant(judge)));
    if (read != NULL)
        g_variant_unref(g_variant_ref_sink(certd_read_result_to_variant(read)));
    return 0;
}
