/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What requests and certificates have in common; see issue.h for the whole. */
#pragma once

#include "x509/issue.h"

G_BEGIN_DECLS

/* What a request or a certificate is given its fields through: GnuTLS has a function of its own for
 * each of the two. */
typedef struct {
    int (*set_dn)(void *target, const char *oid, const void *der, unsigned int size);
    int (*set_key)(void *target, gnutls_pubkey_t key);
    int (*set_extension)(void *target, const char *oid, void *der, size_t size,
                         unsigned int critical);
} CertdIssueTarget;

/* TRUE unless @code is a failure; @what as for certd_gnutls_error(). */
gboolean certd_issue_check(int code, const char *what, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Public key, subject, and the extensions of who is no authority. */
gboolean certd_issue_leaf(const CertdIssueTarget *with, void *target, const CertdIssueJob *job,
                          gnutls_pubkey_t key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Public key, subject, and the extensions of an authority. */
gboolean certd_issue_authority(const CertdIssueTarget *with, void *target, const CertdIssueJob *job,
                               gnutls_pubkey_t key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The digest to sign with: job->digest unless @key has its own. */
gnutls_digest_algorithm_t certd_issue_digest(const CertdIssueJob *job, gnutls_x509_privkey_t key);
/* @key as GnuTLS signs with it. */
gnutls_privkey_t certd_issue_signer(gnutls_x509_privkey_t key, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The bytes of @datum, which is freed. */
GBytes *certd_issue_take(gnutls_datum_t *datum);

G_END_DECLS
