/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes certification requests (PKCS#10, RFC 2986) and self-signed certificates (RFC 5280). */
#pragma once

#include "model/job.h"
#include "x509/key.h"

G_BEGIN_DECLS

/* The DER of the PKCS#10 request that @job describes, signed with @key: subject in the order
 * given, and an extensionRequest (RFC 2985 5.4.2) with subjectAltName (where there are SANs; critical
 * where the subject is empty, RFC 5280 4.2.1.6), keyUsage (critical: digitalSignature, and
 * keyEncipherment for RSA), extendedKeyUsage (serverAuth) and basicConstraints (CA FALSE);
 * challengePassword and unstructuredName (RFC 2985 5.4.1, 5.3.1). */
GBytes *certd_issue_request(const CertdIssueJob *job, gnutls_x509_privkey_t key, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The DER of the self-signed certificate: the same names and extensions, a random serial number
 * of 127 bits, subjectKeyIdentifier and authorityKeyIdentifier, valid from an hour before job->now
 * for job->days days (the notAfter is notBefore + days; whole seconds; years up to 9999). */
GBytes *certd_issue_self_signed(const CertdIssueJob *job, gnutls_x509_privkey_t key,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
