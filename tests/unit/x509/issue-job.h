/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Jobs for the tests of what certd issues. */
#pragma once

#include "x509/issue.h"

G_BEGIN_DECLS

#define ISSUE_NOW G_GINT64_CONSTANT(1750000000) /* 2025-06-15 15:06:40 UTC */

/* Empty names, 365 days from ISSUE_NOW. */
CertdIssueJob *issue_job_new(CertdKeyType type, CertdDigest digest);
void issue_job_subject(CertdIssueJob *job, const char *type, const char *value);
/* @text: "DNS:dev1.example.org". */
void issue_job_san(CertdIssueJob *job, const char *text);
/* An EC P-256 key. */
gnutls_x509_privkey_t issue_quick_key(void);

/* Makes the request or the self-signed certificate; the path of its DER in @directory. */
char *issue_job_run(const CertdIssueJob *job, gnutls_x509_privkey_t key, const char *directory,
                    gboolean self_signed);
/* What OpenSSL says of it, with the string types of names. */
char *issue_request_text(const char *path);
char *issue_certificate_text(const char *path);

G_END_DECLS
