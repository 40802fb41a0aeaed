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
    job->purposes = CERTD_PURPOSE_SERVER;
    issue_job_validity(job, ISSUE_NOW, 365);
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

void issue_job_validity(CertdIssueJob *job, gint64 now, guint32 days)
{
    g_autoptr(GError) error = NULL;
    gboolean known = certd_validity_from(now, days, 0, &job->validity, &error);

    g_assert_no_error(error);
    g_assert_true(known);
}

GBytes *issue_job_make(CertdIssueJob *job, CertdIssueKind kind, gnutls_x509_privkey_t key)
{
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_pubkey_t) public = certd_key_to_public(key, &error);
    GBytes *der;

    g_assert_no_error(error);
    job->kind = kind;
    der = kind == CERTD_ISSUE_REQUEST ? certd_issue_request(job, key, &error)
                                      : certd_issue_certificate(job, public, key, &error);
    g_assert_no_error(error);
    return der;
}

char *issue_job_run(CertdIssueJob *job, gnutls_x509_privkey_t key, const char *directory,
                    CertdIssueKind kind)
{
    g_autoptr(GBytes) der = issue_job_make(job, kind, key);

    return outside_write_bytes(directory, kind == CERTD_ISSUE_REQUEST ? "csr.der" : "crt.der", der);
}

GBytes *issue_job_sign(CertdIssueJob *job, gnutls_x509_privkey_t key, GBytes *certificate,
                       gnutls_x509_privkey_t signing_key, GError **error)
{
    g_auto(gnutls_pubkey_t) public = certd_key_to_public(key, NULL);

    g_clear_pointer(&job->signer, certd_signer_free);
    job->kind = CERTD_ISSUE_SIGNED;
    job->signer = g_new0(CertdSigner, 1);
    job->signer->key_id = g_strdup("authority");
    job->signer->certificate = g_bytes_ref(certificate);
    return certd_issue_certificate(job, public, signing_key, error);
}

GBytes *issue_job_authority(gnutls_x509_privkey_t key, const char *permitted)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_EC_SECP256R1, CERTD_DIGEST_SHA256);
    g_auto(GStrv) texts = g_strsplit(permitted != NULL ? permitted : "", " ", -1);
    g_autoptr(GVariant) strings =
        g_variant_ref_sink(g_variant_new_strv((const char *const *)texts, -1));

    issue_job_subject(job, "O", "Example");
    issue_job_subject(job, "CN", "Device authority");
    issue_job_validity(job, ISSUE_NOW, 3650);
    g_assert_true(certd_permitted_from_variant(strings, &job->permitted, &error));
    g_assert_no_error(error);
    return issue_job_make(job, CERTD_ISSUE_AUTHORITY, key);
}

gnutls_x509_crt_t issue_load(GBytes *der)
{
    gnutls_datum_t datum = {(void *)g_bytes_get_data(der, NULL),
                            (unsigned int)g_bytes_get_size(der)};
    gnutls_x509_crt_t certificate = NULL;

    g_assert_cmpint(gnutls_x509_crt_init(&certificate), ==, 0);
    g_assert_cmpint(gnutls_x509_crt_import(certificate, &datum, GNUTLS_X509_FMT_DER), ==, 0);
    return certificate;
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
