/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The subjectAltName extension (RFC 5280 4.2.1.6). GnuTLS 3.7.9 cannot write a directoryName and
 * aborts on a registeredID that is no OID, so the GeneralNames are put together here. */
#pragma once

#include <gnutls/x509.h>

#include "model/san.h"

G_BEGIN_DECLS

/* The DER of GeneralNames for @sans (CertdSan), in their order. */
GBytes *certd_san_extension_encode(const GPtrArray *sans, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The names of @certificate as pairs of type and value, in order, without judging them: a floating
 * a(ss), foreign types as "other". At most CERTD_LIMIT_SANS_IMPORT, else
 * CERTD_ERROR_LIMIT_EXCEEDED. Empty without the extension. */
GVariant *certd_san_extension_decode(gnutls_x509_crt_t certificate, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
