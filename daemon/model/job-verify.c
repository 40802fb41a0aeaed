/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Trust anchors and the verification against them as dictionaries. As the other results of the parse
 * workers, nothing in them is taken on trust: a fingerprint is the one of the bytes beside it.
 */
#include "model/job.h"

#include <string.h>

#include "model/error.h"
#include "model/finding.h"
#include "model/job-fields.h"
#include "model/limits.h"

#define ANCHORS_TYPE G_VARIANT_TYPE("aa{sv}")
#define FINGERPRINT_CHARACTERS 64u
#define SUBJECT_HASH_CHARACTERS 8u
/* "DNS:" and a name. */
#define NAME_CHARACTERS 260u
#define POLICY_CHARACTERS 64u
/* All anchors of one input, which had CERTD_LIMIT_INPUT_BYTES, with their details. */
#define ANCHORS_BYTES (16u * CERTD_LIMIT_DETAILS_BYTES)

void certd_anchor_free(CertdAnchor *anchor)
{
    if (!anchor)
        return;

    g_clear_pointer(&anchor->certificate, g_bytes_unref);
    g_free(anchor->fingerprint);
    g_free(anchor->subject_hash);
    g_clear_pointer(&anchor->details, g_variant_unref);
    g_free(anchor);
}

void certd_verify_job_free(CertdVerifyJob *job)
{
    if (!job)
        return;

    g_clear_pointer(&job->anchors, g_ptr_array_unref);
    g_clear_pointer(&job->name, certd_san_free);
    g_free(job);
}

GVariant *certd_anchors_to_variant(const GPtrArray *anchors)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, ANCHORS_TYPE);
    for (guint i = 0; i < anchors->len; i++) {
        const CertdAnchor *anchor = g_ptr_array_index(anchors, i);

        g_variant_builder_open(&builder, G_VARIANT_TYPE_VARDICT);
        certd_fields_add_bytes(&builder, "certificate", anchor->certificate);
        certd_fields_add_text(&builder, "fingerprint", anchor->fingerprint);
        certd_fields_add_text(&builder, "subject-hash", anchor->subject_hash);
        g_variant_builder_add(&builder, "{sv}", "details", anchor->details);
        g_variant_builder_close(&builder);
    }
    return g_variant_builder_end(&builder);
}

/* @text becomes the name of a file: digits of the number that it is, and nothing else. */
static gboolean check_hex(const char *key, const char *text, size_t characters, GError **error)
{
    if (strlen(text) == characters && strspn(text, "0123456789abcdef") == characters)
        return TRUE;
    return certd_fields_fail(error, key, "it is no number in lower-case hex of the right length");
}

static gboolean check_anchor(const CertdAnchor *anchor, GError **error)
{
    g_autofree char *fingerprint =
        g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, anchor->certificate);

    if (!check_hex("subject-hash", anchor->subject_hash, SUBJECT_HASH_CHARACTERS, error))
        return FALSE;
    if (strcmp(fingerprint, anchor->fingerprint) != 0)
        return certd_fields_fail(error, "fingerprint", "it is not the one of the certificate");
    return TRUE;
}

static CertdAnchor *read_anchor(GVariant *dict, GError **error)
{
    g_autoptr(CertdAnchor) anchor = g_new0(CertdAnchor, 1);
    g_autoptr(CertdOptions) fields = certd_fields_new(dict, error);

    if (!fields ||
        !certd_fields_take_bytes(fields, "certificate", 1, CERTD_LIMIT_DER_BYTES,
                                 CERTD_FIELD_REQUIRED, &anchor->certificate, error) ||
        !certd_fields_take_text(fields, "fingerprint", FINGERPRINT_CHARACTERS, CERTD_FIELD_REQUIRED,
                                &anchor->fingerprint, error) ||
        !certd_fields_take_text(fields, "subject-hash", SUBJECT_HASH_CHARACTERS,
                                CERTD_FIELD_REQUIRED, &anchor->subject_hash, error) ||
        !certd_fields_take_details(fields, "details", CERTD_FIELD_REQUIRED, &anchor->details,
                                   error) ||
        !certd_fields_finish(fields, error) || !check_anchor(anchor, error))
        return NULL;
    return g_steal_pointer(&anchor);
}

static gboolean check_list(GVariant *array, GError **error)
{
    if (!g_variant_is_of_type(array, ANCHORS_TYPE) || !g_variant_is_normal_form(array)) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                            "A message between certd and its worker is no aa{sv} in normal form");
        return FALSE;
    }
    if (g_variant_get_size(array) > ANCHORS_BYTES || g_variant_n_children(array) == 0 ||
        g_variant_n_children(array) > CERTD_LIMIT_ANCHORS_AT_ONCE) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                    "A worker answered with %" G_GSIZE_FORMAT " trust anchors of %" G_GSIZE_FORMAT
                    " bytes; it has to be 1 to %u of at most %u bytes",
                    g_variant_n_children(array), g_variant_get_size(array),
                    CERTD_LIMIT_ANCHORS_AT_ONCE, ANCHORS_BYTES);
        return FALSE;
    }
    return TRUE;
}

GPtrArray *certd_anchors_from_variant(GVariant *array, GError **error)
{
    g_autoptr(GPtrArray) anchors =
        g_ptr_array_new_with_free_func((GDestroyNotify)certd_anchor_free);

    if (!check_list(array, error))
        return NULL;
    for (size_t i = 0; i < g_variant_n_children(array); i++) {
        g_autoptr(GVariant) dict = g_variant_get_child_value(array, i);
        CertdAnchor *anchor = read_anchor(dict, error);

        if (!anchor)
            return NULL;
        g_ptr_array_add(anchors, anchor);
    }
    return g_steal_pointer(&anchors);
}

GVariant *certd_verify_job_to_variant(const CertdVerifyJob *job)
{
    g_autofree char *name = job->name ? certd_san_print(job->name) : NULL;
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    certd_fields_add_bytes_list(&builder, "anchors", job->anchors);
    certd_fields_add_text(&builder, "name", name);
    certd_fields_add_purposes(&builder, "purpose", job->purpose);
    g_variant_builder_add(&builder, "{sv}", "now", g_variant_new_int64(job->now));
    certd_fields_add_boolean(&builder, "clock-trusted", job->clock_trusted);
    certd_fields_add_text(&builder, "policy", certd_policy_name(job->policy));
    return g_variant_builder_end(&builder);
}

static gboolean read_name(CertdVerifyJob *job, const char *text, GError **error)
{
    g_autoptr(CertdSan) name = text ? certd_san_parse(text, NULL) : NULL;

    if (!text)
        return TRUE;
    if (!name || (name->type != CERTD_SAN_DNS && name->type != CERTD_SAN_IP))
        return certd_fields_fail(error, "name", "it is no host name and no IP address");
    job->name = g_steal_pointer(&name);
    return TRUE;
}

CertdVerifyJob *certd_verify_job_from_variant(GVariant *dict, GError **error)
{
    g_autoptr(CertdVerifyJob) job = g_new0(CertdVerifyJob, 1);
    g_autoptr(CertdOptions) fields = certd_fields_new(dict, error);
    g_autofree char *name = NULL;
    g_autofree char *policy = NULL;

    if (!fields ||
        !certd_fields_take_bytes_list(fields, "anchors", 0, CERTD_LIMIT_ANCHORS, 1,
                                      CERTD_LIMIT_DER_BYTES, &job->anchors, error) ||
        !certd_fields_take_text(fields, "name", NAME_CHARACTERS, CERTD_FIELD_OPTIONAL, &name,
                                error) ||
        !certd_fields_take_purposes(fields, "purpose", &job->purpose, error) ||
        !certd_fields_take_time(fields, "now", &job->now, error) ||
        !certd_fields_take_boolean(fields, "clock-trusted", &job->clock_trusted, error) ||
        !certd_fields_take_text(fields, "policy", POLICY_CHARACTERS, CERTD_FIELD_REQUIRED, &policy,
                                error) ||
        !certd_fields_finish(fields, error) || !read_name(job, name, error))
        return NULL;
    if (job->purpose != CERTD_PURPOSE_SERVER && job->purpose != CERTD_PURPOSE_CLIENT) {
        (void)certd_fields_fail(error, "purpose", "it has to be exactly one");
        return NULL;
    }
    if (!certd_policy_parse(policy, &job->policy)) {
        (void)certd_fields_fail(error, "policy", "there is no such policy");
        return NULL;
    }
    return g_steal_pointer(&job);
}
