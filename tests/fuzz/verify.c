/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The trust store's parser and the verification: the first two octets say how long the trust anchors
 * are, which come next; the chain follows. Anchors are read, and what may be one is held against it. */

#include "x509/verify.h"
#include "fuzz.h"
#include "model/finding.h"
#include "model/job.h"
#include "x509/anchor.h"

static GPtrArray *read_anchors(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GPtrArray) anchors = certd_anchors_read(bytes, NULL, &error);
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

    g_assert((anchors == NULL) == (error != NULL));
    for (guint i = 0; anchors != NULL && i < anchors->len; i++) {
        const CertdAnchor *anchor = g_ptr_array_index(anchors, i);
        g_ptr_array_add(list, g_bytes_ref(anchor->certificate));
    }
    return list;
}

static void verify(const uint8_t *data, size_t size, GPtrArray *anchors, CertdPurposes purpose)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(CertdVerifyJob) job = g_new0(CertdVerifyJob, 1);

    job->anchors = g_ptr_array_ref(anchors);
    job->name = certd_san_parse("DNS:a.example.org", NULL);
    job->purpose = purpose;
    job->now = 1800000000;
    job->clock_trusted = purpose == CERTD_PURPOSE_SERVER;
    g_autoptr(GPtrArray) findings = certd_verify(bytes, job, &error);
    g_assert((findings == NULL) == (error != NULL));
    if (findings == NULL)
        return;
    g_assert(findings->len > 0);
    g_autoptr(GVariant) sent = g_variant_ref_sink(certd_finding_list_to_variant(findings));
    g_autoptr(GPtrArray) taken = certd_finding_list_from_variant(sent);
    g_assert(taken != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t length = MIN(((size_t)data[0] << 8) | data[1], size - 2);
    g_autoptr(GPtrArray) anchors = read_anchors(data + 2, length);
    verify(data + 2 + length, size - 2 - length, anchors, CERTD_PURPOSE_SERVER);
    verify(data + 2 + length, size - 2 - length, anchors, CERTD_PURPOSE_CLIENT);
    return 0;
}
