/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs for the tests of what certd issues. */
#pragma once

#include "x509/issue.h"

G_BEGIN_DECLS

#define ISSUE_NOW G_GINT64_CONSTANT(1750000000) /* 2025-06-15 15:06:40 UTC */

/* Empty names, for servers, 365 days from ISSUE_NOW. */
CertdIssueJob *issue_job_new(CertdKeyType type, CertdDigest digest);
void issue_job_subject(CertdIssueJob *job, const char *type, const char *value);
/* @text: "DNS:dev1.example.org". */
void issue_job_san(CertdIssueJob *job, const char *text);
/* An EC P-256 key. */
gnutls_x509_privkey_t issue_quick_key(void);

/* Gives @job a validity of @days from an hour before @now, as certd does. */
void issue_job_validity(CertdIssueJob *job, gint64 now, guint32 days);
/* Makes @job one of @kind, and gives the DER that comes of it, signed with @key. */
GBytes *issue_job_make(CertdIssueJob *job, CertdIssueKind kind, gnutls_x509_privkey_t key);
/* Likewise, written into @directory: its path. */
char *issue_job_run(CertdIssueJob *job, gnutls_x509_privkey_t key, const char *directory,
                    CertdIssueKind kind);
/* Makes @job one of SIGNED for the public half of @key, by the authority whose certificate and key
 * are @certificate and @signing_key. NULL with @error set where it refuses. */
GBytes *issue_job_sign(CertdIssueJob *job, gnutls_x509_privkey_t key, GBytes *certificate,
                       gnutls_x509_privkey_t signing_key, GError **error);
/* An authority called CN=Device authority,O=Example with the key @key, signed with SHA-256;
 * @permitted: "DNS:example.org IP:10.0.0.0/8" …, or NULL for no constraints. */
GBytes *issue_job_authority(gnutls_x509_privkey_t key, const char *permitted);
/* @der read by GnuTLS. */
gnutls_x509_crt_t issue_load(GBytes *der);
/* What OpenSSL says of it, with the string types of names. */
char *issue_request_text(const char *path);
char *issue_certificate_text(const char *path);

G_END_DECLS
