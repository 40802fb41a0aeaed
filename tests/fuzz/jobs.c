/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What daemon and workers tell each other: neither trusts the other's dictionaries. */

#include <string.h>

#include "fuzz.h"
#include "model/finding.h"
#include "model/job.h"
#include "model/permitted.h"
#include "variants.h"

/* What was taken is sent and taken again, and is the same. */
static void check_permitted(GVariant *strings)
{
    g_autoptr(GPtrArray) permitted = NULL;
    g_autoptr(GPtrArray) again = NULL;

    if (!certd_permitted_from_variant(strings, &permitted, NULL))
        return;
    for (guint i = 0; permitted != NULL && i < permitted->len; i++) {
        const CertdPermitted *one = g_ptr_array_index(permitted, i);
        guint8 bytes[32];
        size_t used = certd_permitted_address(one, bytes);
        g_assert(one->type == CERTD_SAN_IP ? used == 8 || used == 32 : used == 0);
    }
    g_autoptr(GVariant) sent = g_variant_ref_sink(certd_permitted_to_variant(permitted));
    g_assert(certd_permitted_from_variant(sent, &again, NULL));
    g_autoptr(GVariant) sent_again = g_variant_ref_sink(certd_permitted_to_variant(again));
    g_assert(g_variant_equal(sent, sent_again));
}

static void check_issue(GVariant *dict)
{
    g_autoptr(CertdIssueJob) job = certd_issue_job_from_variant(dict, NULL);
    if (job == NULL)
        return;
    g_assert((job->kind == CERTD_ISSUE_SIGNED) == (job->signer != NULL));
    g_assert(job->permitted == NULL || job->kind == CERTD_ISSUE_AUTHORITY);
    g_assert(job->key_id != NULL || job->public_key != NULL);
    g_autoptr(GVariant) sent = g_variant_ref_sink(certd_issue_job_to_variant(job));
    g_autoptr(CertdIssueJob) again = certd_issue_job_from_variant(sent, NULL);
    g_assert(again != NULL);
}

static void check_anchors(GVariant *array)
{
    g_autoptr(GPtrArray) anchors = certd_anchors_from_variant(array, NULL);
    if (anchors == NULL)
        return;
    for (guint i = 0; i < anchors->len; i++) {
        const CertdAnchor *anchor = g_ptr_array_index(anchors, i);
        g_assert(strlen(anchor->fingerprint) == 64 && strlen(anchor->subject_hash) == 8);
    }
    g_autoptr(GVariant) sent = g_variant_ref_sink(certd_anchors_to_variant(anchors));
    g_autoptr(GPtrArray) again = certd_anchors_from_variant(sent, NULL);
    g_assert(again != NULL && again->len == anchors->len);
}

static void check_verify(GVariant *dict)
{
    g_autoptr(CertdVerifyJob) job = certd_verify_job_from_variant(dict, NULL);
    if (job == NULL)
        return;
    g_assert(job->purpose == CERTD_PURPOSE_SERVER || job->purpose == CERTD_PURPOSE_CLIENT);
    g_autoptr(GVariant) sent = g_variant_ref_sink(certd_verify_job_to_variant(job));
    g_autoptr(CertdVerifyJob) again = certd_verify_job_from_variant(sent, NULL);
    g_assert(again != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GVariant) dict = fuzz_variant("a{sv}", data, size);
    g_autoptr(GVariant) rows = fuzz_variant("a(ssss)", data, size);
    g_autoptr(GVariant) strings = fuzz_variant("as", data, size);
    g_autoptr(GVariant) dicts = fuzz_variant("aa{sv}", data, size);
    g_autoptr(CertdIssueResult) issued = certd_issue_result_from_variant(dict, NULL);
    g_autoptr(CertdReadRequestResult) asked = certd_read_request_result_from_variant(dict, NULL);
    g_autoptr(CertdReadResult) read = certd_read_result_from_variant(dict, NULL);
    g_autoptr(CertdJudgeJob) judge = certd_judge_job_from_variant(dict, NULL);
    g_autoptr(CertdJudgeResult) judged = certd_judge_result_from_variant(dict, NULL);
    g_autoptr(GPtrArray) findings = certd_finding_list_from_variant(rows);
    /* What was taken keeps its bounds, and can be sent again. */
    g_assert(issued == NULL || g_bytes_get_size(issued->public_key_hash) == 32);
    g_assert(issued == NULL || issued->sealed_key != NULL || issued->certificate != NULL);
    g_assert(asked == NULL || asked->purposes != 0);
    g_assert(judged == NULL || judged->chain->len > 0);
    g_assert(findings == NULL || findings->len == g_variant_n_children(rows));
    check_issue(dict);
    check_permitted(strings);
    check_anchors(dicts);
    check_verify(dict);
    if (asked != NULL)
        g_variant_unref(g_variant_ref_sink(certd_read_request_result_to_variant(asked)));
    if (judge != NULL)
        g_variant_unref(g_variant_ref_sink(certd_judge_job_to_variant(judge)));
    if (read != NULL)
        g_variant_unref(g_variant_ref_sink(certd_read_result_to_variant(read)));
    return 0;
}
