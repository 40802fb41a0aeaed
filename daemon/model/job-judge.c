/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The jobs of the parse workers and their results as dictionaries. The results come from the
 * process that read foreign bytes: nothing in them is taken on trust.
 */
#include "model/job.h"

#include "model/error.h"
#include "model/finding.h"
#include "model/job-fields.h"
#include "model/limits.h"
#include "model/san.h"

#define HASH_BYTES 32u
/* "pkcs12" and the like. */
#define FORMAT_CHARACTERS 64u

GVariant *certd_read_result_to_variant(const CertdReadResult *result)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    certd_fields_add_text(&builder, "format", result->format);
    certd_fields_add_bytes_list(&builder, "public-key-hashes", result->public_key_hashes);
    certd_fields_add_boolean(&builder, "has-key", result->has_key);
    certd_fields_add_bytes(&builder, "key-hash", result->key_hash);
    return g_variant_builder_end(&builder);
}

CertdReadResult *certd_read_result_from_variant(GVariant *dict, GError **error)
{
    g_autoptr(CertdReadResult) result = g_new0(CertdReadResult, 1);
    g_autoptr(CertdOptions) fields = certd_fields_new(dict, error);

    if (!fields ||
        !certd_fields_take_text(fields, "format", FORMAT_CHARACTERS, CERTD_FIELD_REQUIRED,
                                &result->format, error) ||
        !certd_fields_take_bytes_list(fields, "public-key-hashes", 0,
                                      CERTD_LIMIT_INPUT_CERTIFICATES, HASH_BYTES, HASH_BYTES,
                                      &result->public_key_hashes, error) ||
        !certd_fields_take_boolean(fields, "has-key", &result->has_key, error) ||
        !certd_fields_take_bytes(fields, "key-hash", HASH_BYTES, HASH_BYTES, CERTD_FIELD_OPTIONAL,
                                 &result->key_hash, error) ||
        !certd_fields_finish(fields, error))
        return NULL;
    if (!result->has_key != !result->key_hash) {
        (void)certd_fields_fail(error, "key-hash", "it has to be there exactly with a key");
        return NULL;
    }
    return g_steal_pointer(&result);
}

GVariant *certd_judge_job_to_variant(const CertdJudgeJob *job)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    certd_fields_add_bytes(&builder, "leaf-hash", job->leaf_hash);
    certd_fields_add_boolean(&builder, "key-known", job->key_known);
    certd_fields_add_boolean(&builder, "want-key", job->want_key);
    g_variant_builder_add(&builder, "{sv}", "names", certd_san_list_to_variant(job->names));
    g_variant_builder_add(&builder, "{sv}", "now", g_variant_new_int64(job->now));
    certd_fields_add_boolean(&builder, "clock-trusted", job->clock_trusted);
    certd_fields_add_text(&builder, "policy", certd_policy_name(job->policy));
    return g_variant_builder_end(&builder);
}

CertdJudgeJob *certd_judge_job_from_variant(GVariant *dict, GError **error)
{
    g_autoptr(CertdJudgeJob) job = g_new0(CertdJudgeJob, 1);
    g_autoptr(CertdOptions) fields = certd_fields_new(dict, error);
    g_autofree char *policy = NULL;

    if (!fields ||
        !certd_fields_take_bytes(fields, "leaf-hash", HASH_BYTES, HASH_BYTES, CERTD_FIELD_OPTIONAL,
                                 &job->leaf_hash, error) ||
        !certd_fields_take_boolean(fields, "key-known", &job->key_known, error) ||
        !certd_fields_take_boolean(fields, "want-key", &job->want_key, error) ||
        !certd_fields_take_sans(fields, "names", &job->names, error) ||
        !certd_fields_take_time(fields, "now", &job->now, error) ||
        !certd_fields_take_boolean(fields, "clock-trusted", &job->clock_trusted, error) ||
        !certd_fields_take_text(fields, "policy", FORMAT_CHARACTERS, CERTD_FIELD_REQUIRED, &policy,
                                error) ||
        !certd_fields_finish(fields, error))
        return NULL;
    if (!certd_policy_parse(policy, &job->policy)) {
        (void)certd_fields_fail(error, "policy", "there is no such policy");
        return NULL;
    }
    return g_steal_pointer(&job);
}

GVariant *certd_judge_result_to_variant(const CertdJudgeResult *result)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    certd_fields_add_bytes_list(&builder, "chain", result->chain);
    g_variant_builder_add(&builder, "{sv}", "details", result->details);
    g_variant_builder_add(&builder, "{sv}", "findings",
                          certd_finding_list_to_variant(result->findings));
    return g_variant_builder_end(&builder);
}

static gboolean read_findings(CertdJudgeResult *result, CertdOptions *fields, GError **error)
{
    GVariant *findings = NULL;

    if (!certd_fields_take(fields, "findings", G_VARIANT_TYPE("a(ssss)"), CERTD_FIELD_REQUIRED,
                           &findings, error))
        return FALSE;
    if (g_variant_get_size(findings) > CERTD_LIMIT_DETAILS_BYTES)
        return certd_fields_fail(error, "findings", "they are too large");
    result->findings = certd_finding_list_from_variant(findings);
    if (!result->findings) {
        return certd_fields_fail(error, "findings",
                                 "a code or severity is unknown, or a text has control characters");
    }
    return TRUE;
}

CertdJudgeResult *certd_judge_result_from_variant(GVariant *dict, GError **error)
{
    g_autoptr(CertdJudgeResult) result = g_new0(CertdJudgeResult, 1);
    g_autoptr(CertdOptions) fields = certd_fields_new(dict, error);

    if (!fields ||
        !certd_fields_take_bytes_list(fields, "chain", 1, CERTD_LIMIT_INPUT_CERTIFICATES, 1,
                                      CERTD_LIMIT_DER_BYTES, &result->chain, error) ||
        !certd_fields_take_details(fields, "details", CERTD_FIELD_REQUIRED, &result->details,
                                   error) ||
        !read_findings(result, fields, error) || !certd_fields_finish(fields, error))
        return NULL;
    return g_steal_pointer(&result);
}
