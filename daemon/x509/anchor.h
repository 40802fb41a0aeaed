/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What may be a trust anchor (RFC 5280 6.1.1 d): certificates that OpenSSL and GnuTLS, given the same
 * bundle, both begin a path with. What one of them would refuse is refused before it is stored.
 */
#pragma once

#include "x509/bundle.h"

G_BEGIN_DECLS

/* Reads @data as certd_bundle_read() does, but up to CERTD_LIMIT_ANCHORS_AT_ONCE certificates: a list
 * of CertdAnchor, which frees them, in the order found. All or nothing: CERTD_ERROR_REJECTED names
 * the first that can't be an anchor, which is X.509 version 3, self-signed, not weak, and an authority;
 * or one of a server or client itself, where GnuTLS takes that too. Dates are not judged.
 * CERTD_ERROR_UNSUPPORTED_FORMAT where there is a private key in it. */
GPtrArray *certd_anchors_read(GBytes *data, const CertdSecret *passphrase, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
