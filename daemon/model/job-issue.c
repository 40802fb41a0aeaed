/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The job of the keys workers and its result as dictionaries. The job carries what the daemon has
 * validated already; it is validated again, so that the worker need not trust the daemon either.
 */
#include "model/job.h"

#include "model/error.h"
#include "model/job-fields.h"
#include "model/limits.h"
#include "model/san.h"

#define HASH_BYTES 32u
/* Keys are named by 32 hex digits; what else a caller may try stays small. */
#define KEY_ID_CHARACTERS 64u

GVariant *certd_issue_job_to_variant(const CertdIssueJob *job)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    certd_fields_add_text(&builder, "key-id", job->key_id);
    certd_fields_add_bytes(&builder, "sealed-key", job->sealed_key);
    certd_fields_add_text(&builder, "key-type", certd_key_type_name(job->key_type));
    certd_fields_add_text(&builder, "digest", certd_digest_name(job->digest));
    g_variant_builder_add(&builder, "{sv}", "subject", certd_subject_to_variant(job->subject));
    g_variant_builder_add(&builder, "{sv}", "subject-alt-names",
                          certd_san_list_to_variant(job->sans));
    certd_fields_add_text(&builder, "challenge-password", job->challenge_password);
    certd_fields_add_text(&builder, "unstructured-name", job->unstructured_name);
    certd_fields_add_boolean(&builder, "self-signed", job->self_signed);
    g_variant_builder_add(&builder, "{sv}", "days", g_variant_new_uint32(job->days));
    g_variant_builder_add(&builder, "{sv}", "now", g_variant_new_int64(job->now));
    return g_variant_builder_end(&builder);
}

static gboolean read_key(CertdIssueJob *job, CertdOptions *fields, GError **error)
{
    g_autofree char *key_type = NULL;
    g_autofree char *digest = NULL;

    if (!certd_fields_take_text(fields, "key-id", KEY_ID_CHARACTERS, CERTD_FIELD_REQUIRED,
                                &job->key_id, error) ||
        !certd_fields_take_bytes(fields, "sealed-key", 1, CERTD_LIMIT_DER_BYTES,
                                 CERTD_FIELD_OPTIONAL, &job->sealed_key, error) ||
        !certd_fields_take_text(fields, "key-type", KEY_ID_CHARACTERS, CERTD_FIELD_REQUIRED,
                                &key_type, error) ||
        !certd_fields_take_text(fields, "digest", KEY_ID_CHARACTERS, CERTD_FIELD_REQUIRED, &digest,
                                error))
        return FALSE;
    /* What the policy says the daemon has judged: an older key may be of a type that it forbids
     * by now. */
    if (!certd_key_type_parse(key_type, CERTD_POLICY_LEGACY, &job->key_type, NULL))
        return certd_fields_fail(error, "key-type", "there is no such key type");
    if (!certd_digest_parse(digest, CERTD_POLICY_LEGACY, &job->digest, NULL))
        return certd_fields_fail(error, "digest", "there is no such digest");
    return TRUE;
}

static gboolean read_names(CertdIssueJob *job, CertdOptions *fields, GError **error)
{
    g_autoptr(GError) cause = NULL;
    GVariant *pairs = NULL;

    if (!certd_fields_take(fields, "subject", G_VARIANT_TYPE("a(ss)"), CERTD_FIELD_REQUIRED, &pairs,
                           error))
        return FALSE;
    job->subject = certd_subject_from_variant(pairs, &cause);
    if (!job->subject)
        return certd_fields_fail(error, "subject", cause->message);
    return certd_fields_take_sans(fields, "subject-alt-names", &job->sans, error) &&
           certd_fields_take_text(fields, "challenge-password", CERTD_LIMIT_PKCS9_CHARACTERS,
                                  CERTD_FIELD_OPTIONAL, &job->challenge_password, error) &&
           certd_fields_take_text(fields, "unstructured-name", CERTD_LIMIT_PKCS9_CHARACTERS,
                                  CERTD_FIELD_OPTIONAL, &job->unstructured_name, error);
}

static gboolean read_validity(CertdIssueJob *job, CertdOptions *fields, GError **error)
{
    GVariant *days = NULL;

    if (!certd_fields_take_boolean(fields, "self-signed", &job->self_signed, error) ||
        !certd_fields_take(fields, "days", G_VARIANT_TYPE_UINT32, CERTD_FIELD_REQUIRED, &days,
                           error) ||
        !certd_fields_take_time(fields, "now", &job->now, error))
        return FALSE;
    job->days = g_variant_get_uint32(days);
    if (job->days > CERTD_LIMIT_DAYS_MAX || (job->self_signed && job->days < CERTD_LIMIT_DAYS_MIN))
        return certd_fields_fail(error, "days", "it is out of range");
    return TRUE;
}

CertdIssueJob *certd_issue_job_from_variant(GVariant *dict, GError **error)
{
    g_autoptr(CertdIssueJob) job = g_new0(CertdIssueJob, 1);
    g_autoptr(CertdOptions) fields = certd_fields_new(dict, error);

    if (!fields || !read_key(job, fields, error) || !read_names(job, fields, error) ||
        !read_validity(job, fields, error) || !certd_fields_finish(fields, error))
        return NULL;
    return g_steal_pointer(&job);
}

GVariant *certd_issue_result_to_variant(const CertdIssueResult *result)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    certd_fields_add_bytes(&builder, "sealed-key", result->sealed_key);
    certd_fields_add_bytes(&builder, "public-key-hash", result->public_key_hash);
    certd_fields_add_bytes(&builder, "request", result->request);
    certd_fields_add_bytes(&builder, "certificate", result->certificate);
    if (result->details)
        g_variant_builder_add(&builder, "{sv}", "details", result->details);
    return g_variant_builder_end(&builder);
}

CertdIssueResult *certd_issue_result_from_variant(GVariant *dict, GError **error)
{
    g_autoptr(CertdIssueResult) result = g_new0(CertdIssueResult, 1);
    g_autoptr(CertdOptions) fields = certd_fields_new(dict, error);

    if (!fields ||
        !certd_fields_take_bytes(fields, "sealed-key", 1, CERTD_LIMIT_DER_BYTES,
                                 CERTD_FIELD_REQUIRED, &result->sealed_key, error) ||
        !certd_fields_take_bytes(fields, "public-key-hash", HASH_BYTES, HASH_BYTES,
                                 CERTD_FIELD_REQUIRED, &result->public_key_hash, error) ||
        !certd_fields_take_bytes(fields, "request", 1, CERTD_LIMIT_DER_BYTES, CERTD_FIELD_OPTIONAL,
                                 &result->request, error) ||
        !certd_fields_take_bytes(fields, "certificate", 1, CERTD_LIMIT_DER_BYTES,
                                 CERTD_FIELD_OPTIONAL, &result->certificate, error) ||
        !certd_fields_take_details(fields, "details", CERTD_FIELD_OPTIONAL, &result->details,
                                   error) ||
        !certd_fields_finish(fields, error))
        return NULL;
    if (!result->request == !result->certificate) {
        (void)certd_fields_fail(error, "request",
                                "there has to be either a request or a certificate");
        return NULL;
    }
    if (!result->certificate != !result->details) {
        (void)certd_fields_fail(error, "details",
                                "a certificate has details, and a request has none");
        return NULL;
    }
    return g_steal_pointer(&result);
}
