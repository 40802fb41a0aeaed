/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frees jobs and results. What crosses the socketpair is in job-issue.c, job-read-request.c,
 * job-judge.c and job-verify.c, which frees its own.
 */
#include "model/job.h"

#include <string.h>

/* Pass phrases don't stay in freed memory. */
static void secret_free(char *secret)
{
    if (!secret)
        return;
    explicit_bzero(secret, strlen(secret));
    g_free(secret);
}

void certd_signer_free(CertdSigner *signer)
{
    if (!signer)
        return;

    g_free(signer->key_id);
    g_clear_pointer(&signer->sealed_key, g_bytes_unref);
    g_clear_pointer(&signer->certificate, g_bytes_unref);
    g_free(signer);
}

void certd_issue_job_free(CertdIssueJob *job)
{
    if (!job)
        return;

    g_free(job->key_id);
    g_clear_pointer(&job->sealed_key, g_bytes_unref);
    g_clear_pointer(&job->public_key, g_bytes_unref);
    g_clear_pointer(&job->subject, certd_subject_free);
    g_clear_pointer(&job->sans, g_ptr_array_unref);
    secret_free(job->challenge_password);
    g_free(job->unstructured_name);
    g_clear_pointer(&job->permitted, g_ptr_array_unref);
    g_clear_pointer(&job->signer, certd_signer_free);
    g_free(job);
}

void certd_issue_result_free(CertdIssueResult *result)
{
    if (!result)
        return;

    g_clear_pointer(&result->sealed_key, g_bytes_unref);
    g_clear_pointer(&result->public_key_hash, g_bytes_unref);
    g_clear_pointer(&result->request, g_bytes_unref);
    g_clear_pointer(&result->certificate, g_bytes_unref);
    g_clear_pointer(&result->details, g_variant_unref);
    g_free(result);
}

CertdIssueResult *certd_issue_result_take(CertdIssueResult *result)
{
    CertdIssueResult *taken = g_new(CertdIssueResult, 1);

    *taken = *result;
    *result = (CertdIssueResult){0};
    return taken;
}

void certd_read_request_result_free(CertdReadRequestResult *result)
{
    if (!result)
        return;

    g_clear_pointer(&result->subject, certd_subject_free);
    g_clear_pointer(&result->sans, g_ptr_array_unref);
    g_clear_pointer(&result->public_key, g_bytes_unref);
    g_clear_pointer(&result->public_key_hash, g_bytes_unref);
    g_free(result->key_type);
    g_free(result);
}

void certd_read_result_free(CertdReadResult *result)
{
    if (!result)
        return;

    g_free(result->format);
    g_clear_pointer(&result->public_key_hashes, g_ptr_array_unref);
    g_clear_pointer(&result->key_hash, g_bytes_unref);
    g_free(result);
}

void certd_judge_job_free(CertdJudgeJob *job)
{
    if (!job)
        return;

    g_clear_pointer(&job->leaf_hash, g_bytes_unref);
    g_clear_pointer(&job->names, g_ptr_array_unref);
    g_free(job);
}

void certd_judge_result_free(CertdJudgeResult *result)
{
    if (!result)
        return;

    g_clear_pointer(&result->chain, g_ptr_array_unref);
    g_clear_pointer(&result->details, g_variant_unref);
    g_clear_pointer(&result->findings, g_ptr_array_unref);
    g_free(result);
}
