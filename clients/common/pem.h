/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A certificate and its key that came in two files, as the one input that Import takes. Only the
 * outermost DER elements are looked at, to choose the PEM label (RFC 7468); what is in them is
 * the worker's business.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The PEM label for the DER @data: CERTIFICATE, PKCS7, PRIVATE KEY, ENCRYPTED PRIVATE KEY, RSA
 * PRIVATE KEY or EC PRIVATE KEY; "PKCS12" for what has no PEM form; NULL where it is none of
 * these. Static. */
const char *certd_pem_label(const guint8 *data, size_t size);

/* @certificate and @key, each PEM or DER, one after the other as PEM. CERTD_ERROR_UNSUPPORTED_FORMAT
 * where one is DER of no known shape, or the first is a PKCS#12, which holds its key itself;
 * CERTD_ERROR_TOO_LARGE where it is more than an import may have. The bytes are wiped when freed. */
GBytes *certd_pem_join(GBytes *certificate, GBytes *key, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The certificate @der as PEM. */
GBytes *certd_pem_certificate(GBytes *der);

G_END_DECLS
