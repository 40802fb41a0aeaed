/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The subjectAltName extension (RFC 5280 4.2.1.6). GnuTLS 3.7.9 cannot write a directoryName and
 * aborts on a registeredID that is no OID, so the GeneralNames are put together here. */
#pragma once

#include <gnutls/x509.h>

#include "model/san.h"

G_BEGIN_DECLS

/* The DER of GeneralNames for @sans (CertdSan), in their order. */
GBytes *certd_san_extension_encode(const GPtrArray *sans, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The names of @certificate as pairs of type and value, in order, without judging them: a floating
 * a(ss), foreign types as "other". At most CERTD_LIMIT_SANS_IMPORT, else
 * CERTD_ERROR_LIMIT_EXCEEDED. Empty without the extension. */
GVariant *certd_san_extension_decode(gnutls_x509_crt_t certificate, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The same for the DER of GeneralNames, of whatever asks for them. */
GVariant *certd_san_extension_decode_names(const void *der, size_t size, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The names in the DER of GeneralNames as ones that we would issue (CertdSan), at most
 * CERTD_LIMIT_SANS_OWN: CERTD_ERROR_INVALID_SUBJECT_ALT_NAME, which names the first that we
 * wouldn't, CERTD_ERROR_LIMIT_EXCEEDED or CERTD_ERROR_MALFORMED. Caller unrefs. */
GPtrArray *certd_san_extension_read(const void *der, size_t size, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
