/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A certificate as the bytes that it was read from, and the name that those have everywhere. */
#pragma once

#include <glib.h>
#include <gnutls/x509.h>

G_BEGIN_DECLS

/* The DER of @certificate, as it was read; CERTD_ERROR_WORKER_FAILED where that can't be had. */
GBytes *certd_certificate_der(gnutls_x509_crt_t certificate, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The SHA-256 of it in lower-case hex; "" where it can't be had. Caller frees. */
char *certd_certificate_fingerprint(gnutls_x509_crt_t certificate);
/* Whether the subject of @certificate is its issuer, byte by byte (RFC 5280 6.1: self-issued). */
gboolean certd_certificate_is_self_issued(gnutls_x509_crt_t certificate);
/* Whether basicConstraints say that it is an authority, and its key usage, if there is one, has
 * keyCertSign (RFC 5280 6.1.4 k, n). */
gboolean certd_certificate_may_issue(gnutls_x509_crt_t certificate);
/* The contents of the extension @oid, which may be none; NULL without it. Caller unrefs. */
GBytes *certd_certificate_extension(gnutls_x509_crt_t certificate, const char *oid);
/* The OID of the first extension that has to be honoured and is not known here: a critical one that
 * OpenSSL and GnuTLS don't both know (RFC 5280 4.2), policyConstraints and proxyCertInfo; or NULL.
 * Caller frees. */
char *certd_certificate_unknown_extension(gnutls_x509_crt_t certificate);
/* certificate-form.c: what of @certificate is not written as RFC 5280 4.1.2.5 and 4.2.1 demand, though
 * GnuTLS overlooks it (static), or NULL. */
const char *certd_certificate_malformed(gnutls_x509_crt_t certificate);

G_END_DECLS
