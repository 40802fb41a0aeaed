/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a chain can be trusted (R71; RFC 5280 6): by the anchors alone that the job names, and only
 * where GnuTLS says so too. OpenSSL is stricter than the RFC in places, and so is this: what is
 * trusted here is trusted by both.
 */
#pragma once

#include "x509/bundle.h"

G_BEGIN_DECLS

/* Judges the chain in @data, of any format that certd_bundle_read() takes without a pass phrase and in
 * any order: a list of CertdFinding. It can be trusted where none is an error; then one, `trusted`,
 * names the anchor and the leaf.
 * The certificate that was given first has to be on the path, for whoever shows a chain has proved to
 * have that one's key alone. What would cost more than CERTD_LIMIT_VERIFIED_SIGNATURES and those beside
 * it is an error too. Each error names the link that fails. Of several paths that fail, it tells of
 * the one that got furthest. Errors as certd_bundle_read(), and CERTD_ERROR_UNSUPPORTED_FORMAT where
 * there is no certificate. */
GPtrArray *certd_verify(GBytes *data, const CertdVerifyJob *job, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
