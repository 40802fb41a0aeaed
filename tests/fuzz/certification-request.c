/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reader of foreign certification requests: what it takes keeps to what certd issues. */

#include "fuzz.h"
#include "model/limits.h"
#include "x509/public-key.h"
#include "x509/request-read.h"

static void check(const CertdReadRequestResult *result)
{
    const CertdPurposes all = CERTD_PURPOSE_SERVER | CERTD_PURPOSE_CLIENT;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) dict = g_variant_ref_sink(certd_read_request_result_to_variant(result));
    g_autoptr(CertdReadRequestResult) again = certd_read_request_result_from_variant(dict, &error);
    g_auto(gnutls_pubkey_t) key = certd_public_key_read(result->public_key, &error);

    /* The daemon and the keys worker take it as it is. */
    g_assert_no_error(error);
    g_assert(again != NULL && key != NULL);
    g_assert(result->sans->len <= CERTD_LIMIT_SANS_OWN);
    g_assert(certd_subject_length(result->subject) <= CERTD_LIMIT_RDNS);
    g_assert(result->purposes != 0 && (result->purposes & ~all) == 0);
    g_assert(g_bytes_get_size(result->public_key_hash) == 32);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);

    for (CertdPolicy policy = CERTD_POLICY_DEFAULT; policy <= CERTD_POLICY_LEGACY; policy++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdReadRequestResult) result = certd_request_read(bytes, policy, &error);
        g_assert((result == NULL) == (error != NULL));
        if (result != NULL)
            check(result);
    }
    return 0;
}
