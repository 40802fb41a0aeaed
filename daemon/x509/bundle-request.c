/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Certification requests come in all the wrappings that certificates come in, so the same readers
 * unwrap them: a bundle that collects nothing else. What lies beside the request, a key for one, is
 * stepped over.
 */
#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "x509/bundle-private.h"

gboolean certd_bundle_add_request(CertdBundle *bundle, CertdPart part, const CertdDerItem *der,
                                  GError **error)
{
    CertdDer reader = certd_der_reader(der->whole, der->whole_size);

    if (part != CERTD_PART_REQUEST) {
        certd_bundle_ignore(bundle,
                            part == CERTD_PART_CERTIFICATE ? "a certificate" : "something else");
        return TRUE;
    }
    if (!certd_limits_check_request(bundle->where, reader, error))
        return FALSE;
    if (bundle->requests->len > 0) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                    "%s is a second certification request; give them one at a time", bundle->where);
        return FALSE;
    }
    g_ptr_array_add(bundle->requests, g_bytes_new(der->whole, der->whole_size));
    return TRUE;
}

/* Whether there is anything to look for, and no more than that. */
static gboolean check_size(size_t size, GError **error)
{
    if (size == 0) {
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_MALFORMED,
                            "There is nothing in it; choose a file with a certification request");
        return FALSE;
    }
    if (size > CERTD_LIMIT_REQUEST_BYTES) {
        g_set_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE,
                    "It has %zu bytes; at most %u are read. Give the certification request alone",
                    size, CERTD_LIMIT_REQUEST_BYTES);
        return FALSE;
    }
    return TRUE;
}

/* @ignored (nullable): what there is instead; what an import would do with it follows a semicolon. */
static void none_found(const char *ignored, GError **error)
{
    g_autofree char *instead = ignored != NULL ? g_strndup(ignored, strcspn(ignored, ";")) : NULL;

    g_set_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT,
                "There is no certification request in it%s%s; give the PKCS#10 file that the "
                "owner of the key made",
                instead != NULL ? ", but " : "", instead != NULL ? instead : "");
}

GBytes *certd_bundle_find_request(GBytes *data, GError **error)
{
    size_t size;
    const unsigned char *bytes = g_bytes_get_data(data, &size);
    g_autoptr(CertdBundle) bundle = g_new0(CertdBundle, 1);

    bundle->requests = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    bundle->where = g_strdup("The input");
    if (!check_size(size, error) || !certd_bundle_add_any(bundle, bytes, size, error))
        return NULL;
    if (bundle->requests->len == 1)
        return g_bytes_ref(g_ptr_array_index(bundle->requests, 0));
    none_found(bundle->ignored, error);
    return NULL;
}
