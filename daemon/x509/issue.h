/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes certification requests (PKCS#10, RFC 2986) and certificates (RFC 5280): ones that their own
 * key signs, the device's own authority, and what that signs. */
#pragma once

#include "model/job.h"
#include "x509/key.h"

G_BEGIN_DECLS

/* The DER of the PKCS#10 request that @job describes, signed with @key: subject in the order
 * given, and an extensionRequest (RFC 2985 5.4.2) with subjectAltName (where there are SANs;
 * critical where the subject is empty, RFC 5280 4.2.1.6), keyUsage (critical: digitalSignature, and
 * keyEncipherment for RSA), extendedKeyUsage (job->purposes) and basicConstraints (CA FALSE);
 * challengePassword and unstructuredName (RFC 2985 5.4.1, 5.3.1). */
GBytes *certd_issue_request(const CertdIssueJob *job, gnutls_x509_privkey_t key, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The DER of the certificate that @job describes, for the public key @subject_key, signed with
 * @signing_key: that of job->signer for SIGNED, else the private half of @subject_key. A random
 * serial number of 127 bits, job->validity, subjectKeyIdentifier (RFC 7093 2, method 4) and
 * authorityKeyIdentifier (the signer's). SELF_SIGNED and SIGNED have the names and extensions of a
 * request; AUTHORITY has basicConstraints (critical: CA TRUE, pathLenConstraint 0), keyUsage
 * (critical: keyCertSign, cRLSign), extendedKeyUsage (serverAuth, clientAuth: it lends nothing
 * else) and nameConstraints (critical: job->permitted, unless that is NULL). SIGNED needs the
 * signer's certificate to be an authority's (CERTD_ERROR_REJECTED) and to have the public half of
 * @signing_key (CERTD_ERROR_KEY_MISMATCH). */
GBytes *certd_issue_certificate(const CertdIssueJob *job, gnutls_pubkey_t subject_key,
                                gnutls_x509_privkey_t signing_key, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
