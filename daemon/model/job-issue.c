/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The job of the keys workers and its result as dictionaries. The job carries what the daemon has
 * validated already; it is validated again, so that the worker need not trust the daemon either.
 * Fields are taken as the kind has them: one of another kind is left, and so refused.
 */
#include "model/job.h"

#include "model/error.h"
#include "model/job-fields.h"
#include "model/limits.h"
#include "model/san.h"

#define HASH_BYTES 32u
/* Keys are named by 32 hex digits; what else a caller may try stays small. */
#define KEY_ID_CHARACTERS 64u

static const char *const kinds[CERTD_ISSUE_KIND_COUNT_] = {
    [CERTD_ISSUE_REQUEST] = "request",
    [CERTD_ISSUE_SELF_SIGNED] = "self-signed",
    [CERTD_ISSUE_AUTHORITY] = "authority",
    [CERTD_ISSUE_SIGNED] = "signed",
};

static void add_time(GVariantBuilder *builder, const char *key, gint64 seconds)
{
    g_variant_builder_add(builder, "{sv}", key, g_variant_new_int64(seconds));
}

static void add_key(GVariantBuilder *builder, const CertdIssueJob *job)
{
    certd_fields_add_text(builder, "key-id", job->key_id);
    certd_fields_add_bytes(builder, "sealed-key", job->sealed_key);
    certd_fields_add_bytes(builder, "public-key", job->public_key);
    certd_fields_add_boolean(builder, "temporary", job->temporary);
    certd_fields_add_text(builder, "key-type", certd_key_type_name(job->key_type));
    certd_fields_add_text(builder, "digest", certd_digest_name(job->digest));
}

static void add_certificate(GVariantBuilder *builder, const CertdIssueJob *job)
{
    if (job->kind != CERTD_ISSUE_REQUEST) {
        add_time(builder, "not-before", job->validity.not_before);
        add_time(builder, "not-after", job->validity.not_after);
    }
    if (job->permitted)
        g_variant_builder_add(builder, "{sv}", "permitted",
                              certd_permitted_to_variant(job->permitted));
    if (job->signer) {
        certd_fields_add_text(builder, "signer-key-id", job->signer->key_id);
        certd_fields_add_bytes(builder, "signer-sealed-key", job->signer->sealed_key);
        certd_fields_add_bytes(builder, "signer-certificate", job->signer->certificate);
    }
}

GVariant *certd_issue_job_to_variant(const CertdIssueJob *job)
{
    GVariantBuilder builder;

    g_return_val_if_fail((unsigned int)job->kind < CERTD_ISSUE_KIND_COUNT_, NULL);

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    certd_fields_add_text(&builder, "kind", kinds[job->kind]);
    add_key(&builder, job);
    g_variant_builder_add(&builder, "{sv}", "subject", certd_subject_to_variant(job->subject));
    g_variant_builder_add(&builder, "{sv}", "subject-alt-names",
                          certd_san_list_to_variant(job->sans));
    certd_fields_add_text(&builder, "challenge-password", job->challenge_password);
    certd_fields_add_text(&builder, "unstructured-name", job->unstructured_name);
    certd_fields_add_purposes(&builder, "purposes", job->purposes);
    add_certificate(&builder, job);
    return g_variant_builder_end(&builder);
}

static gboolean read_kind(CertdIssueJob *job, CertdOptions *fields, GError **error)
{
    g_autofree char *kind = NULL;

    if (!certd_fields_take_text(fields, "kind", KEY_ID_CHARACTERS, CERTD_FIELD_REQUIRED, &kind,
                                error))
        return FALSE;
    for (size_t i = 0; i < CERTD_ISSUE_KIND_COUNT_; i++) {
        if (g_str_equal(kind, kinds[i])) {
            job->kind = (CertdIssueKind)i;
            return TRUE;
        }
    }
    return certd_fields_fail(error, "kind", "there is no such kind");
}

static gboolean read_algorithms(CertdIssueJob *job, CertdOptions *fields, GError **error)
{
    g_autofree char *key_type = NULL;
    g_autofree char *digest = NULL;

    if (!certd_fields_take_text(fields, "key-type", KEY_ID_CHARACTERS, CERTD_FIELD_REQUIRED,
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

/* A foreign key is signed for only, a stored one used as it is, and a new one may be temporary. */
static gboolean read_key(CertdIssueJob *job, CertdOptions *fields, GError **error)
{
    if (job->kind == CERTD_ISSUE_SIGNED &&
        !certd_fields_take_bytes(fields, "public-key", 1, CERTD_LIMIT_REQUEST_BYTES,
                                 CERTD_FIELD_OPTIONAL, &job->public_key, error))
        return FALSE;
    if (!certd_fields_take_text(fields, "key-id", KEY_ID_CHARACTERS,
                                job->public_key ? CERTD_FIELD_OPTIONAL : CERTD_FIELD_REQUIRED,
                                &job->key_id, error) ||
        !certd_fields_take_bytes(fields, "sealed-key", 1, CERTD_LIMIT_DER_BYTES,
                                 CERTD_FIELD_OPTIONAL, &job->sealed_key, error) ||
        !certd_fields_take_boolean(fields, "temporary", &job->temporary, error))
        return FALSE;
    if (job->public_key && job->sealed_key)
        return certd_fields_fail(error, "sealed-key",
                                 "it stands beside somebody else's public key");
    if (job->temporary && (job->public_key || job->sealed_key))
        return certd_fields_fail(error, "temporary", "only a key that is made can be");
    return read_algorithms(job, fields, error);
}

static gboolean read_names(CertdIssueJob *job, CertdOptions *fields, GError **error)
{
    if (!certd_fields_take_subject(fields, "subject", &job->subject, error) ||
        !certd_fields_take_sans(fields, "subject-alt-names", &job->sans, error) ||
        !certd_fields_take_text(fields, "challenge-password", CERTD_LIMIT_PKCS9_CHARACTERS,
                                CERTD_FIELD_OPTIONAL, &job->challenge_password, error) ||
        !certd_fields_take_text(fields, "unstructured-name", CERTD_LIMIT_PKCS9_CHARACTERS,
                                CERTD_FIELD_OPTIONAL, &job->unstructured_name, error) ||
        !certd_fields_take_purposes(fields, "purposes", &job->purposes, error))
        return FALSE;
    if (job->kind != CERTD_ISSUE_AUTHORITY && job->purposes == 0)
        return certd_fields_fail(error, "purposes", "there has to be one at least");
    return TRUE;
}

static gboolean read_validity(CertdIssueJob *job, CertdOptions *fields, GError **error)
{
    if (job->kind == CERTD_ISSUE_REQUEST)
        return TRUE;
    if (!certd_fields_take_time(fields, "not-before", &job->validity.not_before, error) ||
        !certd_fields_take_time(fields, "not-after", &job->validity.not_after, error))
        return FALSE;
    if (job->validity.not_after <= job->validity.not_before)
        return certd_fields_fail(error, "not-after", "it is not later than \"not-before\"");
    return TRUE;
}

static gboolean read_permitted(CertdIssueJob *job, CertdOptions *fields, GError **error)
{
    g_autoptr(GError) cause = NULL;
    GVariant *strings = NULL;

    if (job->kind != CERTD_ISSUE_AUTHORITY)
        return TRUE;
    if (!certd_fields_take(fields, "permitted", G_VARIANT_TYPE_STRING_ARRAY, CERTD_FIELD_OPTIONAL,
                           &strings, error))
        return FALSE;
    if (!strings)
        return TRUE;
    if (!certd_permitted_from_variant(strings, &job->permitted, &cause))
        return certd_fields_fail(error, "permitted", cause->message);
    /* Lest a list that was lost on the way be an authority for everything. */
    return job->permitted || certd_fields_fail(error, "permitted", "it is empty");
}

static gboolean read_signer(CertdIssueJob *job, CertdOptions *fields, GError **error)
{
    if (job->kind != CERTD_ISSUE_SIGNED)
        return TRUE;
    job->signer = g_new0(CertdSigner, 1);
    return certd_fields_take_text(fields, "signer-key-id", KEY_ID_CHARACTERS, CERTD_FIELD_REQUIRED,
                                  &job->signer->key_id, error) &&
           certd_fields_take_bytes(fields, "signer-sealed-key", 1, CERTD_LIMIT_DER_BYTES,
                                   CERTD_FIELD_REQUIRED, &job->signer->sealed_key, error) &&
           certd_fields_take_bytes(fields, "signer-certificate", 1, CERTD_LIMIT_DER_BYTES,
                                   CERTD_FIELD_REQUIRED, &job->signer->certificate, error);
}

CertdIssueJob *certd_issue_job_from_variant(GVariant *dict, GError **error)
{
    g_autoptr(CertdIssueJob) job = g_new0(CertdIssueJob, 1);
    g_autoptr(CertdOptions) fields = certd_fields_new(dict, error);

    if (!fields || !read_kind(job, fields, error) || !read_key(job, fields, error) ||
        !read_names(job, fields, error) || !read_validity(job, fields, error) ||
        !read_permitted(job, fields, error) || !read_signer(job, fields, error) ||
        !certd_fields_finish(fields, error))
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
                                 CERTD_FIELD_OPTIONAL, &result->sealed_key, error) ||
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
    if (!result->sealed_key && !result->certificate) {
        (void)certd_fields_fail(error, "sealed-key", "a request comes with its key");
        return NULL;
    }
    if (!result->certificate != !result->details) {
        (void)certd_fields_fail(error, "details",
                                "a certificate has details, and a request has none");
        return NULL;
    }
    return g_steal_pointer(&result);
}
