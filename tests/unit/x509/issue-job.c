/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A job is put together attribute by attribute, so that a test's order is what the job has. */
#include "issue-job.h"

#include "model/san.h"
#include "outside.h"

CertdIssueJob *issue_job_new(CertdKeyType type, CertdDigest digest)
{
    CertdIssueJob *job = g_new0(CertdIssueJob, 1);

    job->key_type = type;
    job->digest = digest;
    job->subject = certd_subject_new();
    job->sans = certd_san_list_new();
    job->days = 365;
    job->now = ISSUE_NOW;
    return job;
}

void issue_job_subject(CertdIssueJob *job, const char *type, const char *value)
{
    g_autoptr(GError) error = NULL;
    gboolean added = certd_subject_append(job->subject, type, value, &error);

    g_assert_no_error(error);
    g_assert_true(added);
}

void issue_job_san(CertdIssueJob *job, const char *text)
{
    g_autoptr(GError) error = NULL;
    CertdSan *san = certd_san_parse(text, &error);

    g_assert_no_error(error);
    gboolean added = certd_san_list_add(job->sans, san, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(added);
}

char *issue_job_run(const CertdIssueJob *job, gnutls_x509_privkey_t key, const char *directory,
                    gboolean self_signed)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) der = self_signed ? certd_issue_self_signed(job, key, &error)
                                        : certd_issue_request(job, key, &error);

    g_assert_no_error(error);
    return outside_write_bytes(directory, self_signed ? "crt.der" : "csr.der", der);
}

char *issue_request_text(const char *path)
{
    return outside_run("openssl req -inform DER -in %s -noout -verify -text -nameopt "
                       "sep_comma_plus,sname,utf8,show_type",
                       path);
}

char *issue_certificate_text(const char *path)
{
    return outside_run("openssl x509 -inform DER -in %s -noout -text -nameopt "
                       "sep_comma_plus,sname,utf8,show_type",
                       path);
}

gnutls_x509_privkey_t issue_quick_key(void)
{
    g_autoptr(GError) error = NULL;
    gnutls_x509_privkey_t key = certd_key_generate(CERTD_KEY_EC_SECP256R1, &error);

    g_assert_no_error(error);
    return key;
}
