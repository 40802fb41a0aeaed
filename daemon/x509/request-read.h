/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A certification request (PKCS#10, RFC 2986) of another device or service, which the device's own
 * authority is to answer (R28). Whoever sent it is not trusted: what is read is only what certd
 * would issue, and everything else is refused by name.
 */
#pragma once

#include "model/job.h"

G_BEGIN_DECLS

/* Reads the request in @data: PEM ("CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST") with text
 * around it, any line ends and byte-order marks, or DER. Its signature proves that its maker has
 * the key (RFC 2986 3). Refused are
 * - what is no such request, is broken or beyond the limits: CERTD_ERROR_UNSUPPORTED_FORMAT,
 *   CERTD_ERROR_MALFORMED, CERTD_ERROR_TOO_LARGE (CERTD_LIMIT_REQUEST_BYTES),
 *   CERTD_ERROR_LIMIT_EXCEEDED;
 * - signatures with MD2, MD4, MD5, and SHA-1 unless @policy is legacy, and RSA below its minimum:
 *   CERTD_ERROR_POLICY_FORBIDS; ones that don't verify, and weak keys: CERTD_ERROR_REJECTED;
 *   keys of other kinds than ours: CERTD_ERROR_INVALID_KEY_TYPE;
 * - subjects and names that we don't issue: CERTD_ERROR_INVALID_SUBJECT,
 *   CERTD_ERROR_INVALID_SUBJECT_ALT_NAME;
 * - who asks to be an authority, for other purposes than serverAuth and clientAuth, or for a
 *   critical extension that we don't issue: CERTD_ERROR_REJECTED.
 * Other attributes and extensions are left out of the answer. Each message names the value and what
 * to do. */
CertdReadRequestResult *certd_request_read(GBytes *data, CertdPolicy policy, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
