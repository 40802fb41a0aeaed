/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a foreign certification request asks for, as a dictionary. It comes from the process that
 * read foreign bytes: names are validated as a user's, and no key is larger than what was read.
 */
#include "model/job.h"

#include "model/job-fields.h"
#include "model/limits.h"

#define HASH_BYTES 32u
/* "ec:secp256r1" and the like. */
#define KEY_TYPE_CHARACTERS 64u

GVariant *certd_read_request_result_to_variant(const CertdReadRequestResult *result)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&builder, "{sv}", "subject", certd_subject_to_variant(result->subject));
    g_variant_builder_add(&builder, "{sv}", "subject-alt-names",
                          certd_san_list_to_variant(result->sans));
    certd_fields_add_bytes(&builder, "public-key", result->public_key);
    certd_fields_add_bytes(&builder, "public-key-hash", result->public_key_hash);
    certd_fields_add_text(&builder, "key-type", result->key_type);
    certd_fields_add_purposes(&builder, "purposes", result->purposes);
    return g_variant_builder_end(&builder);
}

CertdReadRequestResult *certd_read_request_result_from_variant(GVariant *dict, GError **error)
{
    g_autoptr(CertdReadRequestResult) result = g_new0(CertdReadRequestResult, 1);
    g_autoptr(CertdOptions) fields = certd_fields_new(dict, error);

    if (!fields || !certd_fields_take_subject(fields, "subject", &result->subject, error) ||
        !certd_fields_take_sans(fields, "subject-alt-names", &result->sans, error) ||
        !certd_fields_take_bytes(fields, "public-key", 1, CERTD_LIMIT_REQUEST_BYTES,
                                 CERTD_FIELD_REQUIRED, &result->public_key, error) ||
        !certd_fields_take_bytes(fields, "public-key-hash", HASH_BYTES, HASH_BYTES,
                                 CERTD_FIELD_REQUIRED, &result->public_key_hash, error) ||
        !certd_fields_take_text(fields, "key-type", KEY_TYPE_CHARACTERS, CERTD_FIELD_REQUIRED,
                                &result->key_type, error) ||
        !certd_fields_take_purposes(fields, "purposes", &result->purposes, error) ||
        !certd_fields_finish(fields, error))
        return NULL;
    if (result->purposes == 0) {
        (void)certd_fields_fail(error, "purposes", "there has to be one at least");
        return NULL;
    }
    return g_steal_pointer(&result);
}
