/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and attributes in what certd issues, as OpenSSL and certtool read them. */
#include "x509/issue.h"

#include <string.h>

#include "issue-job.h"
#include "model/error.h"
#include "model/limits.h"
#include "model/san.h"
#include "outside.h"

/* R2: every attribute, several OU, in the order given, in the string types of RFC 5280. */
static void test_subject(void)
{
    static const char *const subject[][2] = {
        {"DC", "org"},
        {"DC", "example"},
        {"C", "DE"},
        {"ST", "Bayern"},
        {"L", "München"},
        {"O", "Example, Inc. + \"Co\""},
        {"OU", "Zeit"},
        {"OU", "Außendienst"},
        {"OU", "Alpha"},
        {"CN", "dev1"},
        {"serialNumber", "4711-A"},
        {"name", "Ada Lovelace"},
        {"title", "Clock"},
        {"givenName", "Ada"},
        {"surname", "Lovelace"},
        {"initials", "AL"},
        {"emailAddress", "admin@example.org"},
        {"CN", "dev1.example.org"},
    };
    static const char expected[] =
        "DC=IA5STRING:org,DC=IA5STRING:example,C=PRINTABLESTRING:DE,ST=UTF8STRING:Bayern,"
        "L=UTF8STRING:München,O=UTF8STRING:Example, Inc. + \"Co\",OU=UTF8STRING:Zeit,"
        "OU=UTF8STRING:Außendienst,OU=UTF8STRING:Alpha,CN=UTF8STRING:dev1,"
        "serialNumber=PRINTABLESTRING:4711-A,name=UTF8STRING:Ada Lovelace,"
        "title=UTF8STRING:Clock,GN=UTF8STRING:Ada,"
        "SN=UTF8STRING:Lovelace,initials=UTF8STRING:AL,"
        "emailAddress=IA5STRING:admin@example.org,CN=UTF8STRING:dev1.example.org\n";
    g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_EC_SECP256R1, CERTD_DIGEST_SHA256);
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    char *directory = outside_directory();
    size_t n_types = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(subject); i++)
        issue_job_subject(job, subject[i][0], subject[i][1]);
    /* Each type of the table is there. */
    const CertdAttributeType *types = certd_attribute_types(&n_types);
    for (size_t t = 0; t < n_types; t++) {
        gboolean found = FALSE;
        for (size_t i = 0; i < G_N_ELEMENTS(subject); i++)
            found = found || g_str_equal(types[t].name, subject[i][0]);
        g_assert_true(found);
    }

    g_autofree char *request = issue_job_run(job, key, directory, CERTD_ISSUE_REQUEST);
    g_autofree char *certificate = issue_job_run(job, key, directory, CERTD_ISSUE_SELF_SIGNED);
    g_autofree char *of_request = issue_request_text(request);
    g_autofree char *of_certificate = issue_certificate_text(certificate);
    g_autofree char *subject_line = g_strconcat("Subject: ", expected, NULL);
    g_autofree char *issuer_line = g_strconcat("Issuer: ", expected, NULL);
    outside_assert_contains(of_request, subject_line);
    outside_assert_contains(of_certificate, subject_line);
    outside_assert_contains(of_certificate, issuer_line);
    outside_remove(directory);
}

/* At the limit of a name's length. */
static void test_subject_long(void)
{
    g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_EC_SECP256R1, CERTD_DIGEST_SHA256);
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    char *directory = outside_directory();

    for (unsigned int i = 0; i < CERTD_LIMIT_RDNS; i++) {
        g_autofree char *unit = g_strdup_printf("Unit %u", i);
        issue_job_subject(job, "OU", unit);
    }
    g_autofree char *path = issue_job_run(job, key, directory, CERTD_ISSUE_REQUEST);
    g_autofree char *text = issue_request_text(path);
    outside_assert_contains(text, "Subject: OU=UTF8STRING:Unit 0,OU=UTF8STRING:Unit 1,");
    outside_assert_contains(text, ",OU=UTF8STRING:Unit 62,OU=UTF8STRING:Unit 63\n");
    outside_remove(directory);
}

/* R5: all six types, in the order given; R8: wildcards. */
static void test_sans(void)
{
    g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_EC_SECP256R1, CERTD_DIGEST_SHA256);
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    char *directory = outside_directory();

    issue_job_subject(job, "CN", "dev1.example.org");
    issue_job_san(job, "RID:1.2.3.4.5");
    issue_job_san(job, "DNS:*.example.org");
    issue_job_san(job, "IP:192.0.2.7");
    issue_job_san(job, "IP:2001:db8::7");
    issue_job_san(job, "email:admin@example.org");
    issue_job_san(job, "URI:https://example.org/x?y=z");
    issue_job_san(job, "dirName:CN=dev1,OU=Zeit,OU=Bahn,O=Example,C=DE");
    issue_job_san(job, "DNS:dev1.example.org");
    for (CertdIssueKind kind = CERTD_ISSUE_REQUEST; kind <= CERTD_ISSUE_SELF_SIGNED; kind++) {
        g_autofree char *path = issue_job_run(job, key, directory, kind);
        g_autofree char *text =
            kind == CERTD_ISSUE_REQUEST ? issue_request_text(path) : issue_certificate_text(path);
        outside_assert_contains(text, "X509v3 Subject Alternative Name: \n");
        outside_assert_contains(text,
                                "Registered ID:1.2.3.4.5, DNS:*.example.org, IP Address:192.0.2.7, "
                                "IP Address:2001:DB8:0:0:0:0:0:7, email:admin@example.org, "
                                "URI:https://example.org/x?y=z, "
                                "DirName:/C=DE/O=Example/OU=Bahn/OU=Zeit/CN=dev1, "
                                "DNS:dev1.example.org\n");
    }
    outside_remove(directory);
}

/* RFC 5280 4.2.1.6: an empty subject makes the names critical; no names make no extension. */
static void test_empty(void)
{
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    char *directory = outside_directory();

    for (CertdIssueKind kind = CERTD_ISSUE_REQUEST; kind <= CERTD_ISSUE_SELF_SIGNED; kind++) {
        g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_EC_SECP256R1, CERTD_DIGEST_SHA256);
        issue_job_san(job, "DNS:dev1.example.org");
        g_autofree char *path = issue_job_run(job, key, directory, kind);
        g_autofree char *text =
            kind == CERTD_ISSUE_REQUEST ? issue_request_text(path) : issue_certificate_text(path);
        outside_assert_contains(text, "Subject: \n");
        outside_assert_contains(text, "X509v3 Subject Alternative Name: critical\n");

        g_autoptr(CertdIssueJob) bare = issue_job_new(CERTD_KEY_EC_SECP256R1, CERTD_DIGEST_SHA256);
        issue_job_subject(bare, "CN", "dev1");
        g_autofree char *bare_path = issue_job_run(bare, key, directory, kind);
        g_autofree char *bare_text = kind == CERTD_ISSUE_REQUEST
                                         ? issue_request_text(bare_path)
                                         : issue_certificate_text(bare_path);
        outside_assert_lacks(bare_text, "Subject Alternative Name");
    }
    outside_remove(directory);
}

/* R4 */
static void test_attributes(void)
{
    static const struct {
        const char *password;
        const char *name;
        const char *in_text;
        const char *not_in_text;
    } rows[] = {
        {"secret-4711", "Example Ltd.", "challengePassword        :secret-4711\n", "none"},
        {"secret-4711", "Example Ltd.", "unstructuredName         :Example Ltd.\n", "none"},
        {"Pässword*@", NULL, "challengePassword        :", "unstructuredName"},
        {NULL, "Müller & Söhne", "unstructuredName         :", "challengePassword"},
        {"", "", "Requested Extensions", "unstructuredName"},
        {NULL, NULL, "Requested Extensions", "challengePassword"},
    };
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    char *directory = outside_directory();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_EC_SECP256R1, CERTD_DIGEST_SHA256);
        issue_job_subject(job, "CN", "dev1");
        job->challenge_password = g_strdup(rows[i].password);
        job->unstructured_name = g_strdup(rows[i].name);
        g_autofree char *path = issue_job_run(job, key, directory, CERTD_ISSUE_REQUEST);
        g_autofree char *text = issue_request_text(path);
        outside_assert_contains(text, "self-signature verify OK");
        outside_assert_contains(text, rows[i].in_text);
        outside_assert_lacks(text, rows[i].not_in_text);
        g_autofree char *info = outside_run("certtool --crq-info --inder --infile %s", path);
        outside_assert_contains(info, "Self signature: verified");
    }
    outside_remove(directory);
}

/* The narrowest string type that holds the text. */
static void test_attribute_types(void)
{
    static const struct {
        const char *password;
        const char *name;
        const char *password_type;
        const char *name_type;
    } rows[] = {
        {"plain 4711", "Example", "PRINTABLESTRING   :plain 4711", "IA5STRING         :Example"},
        {"a*b", "a*b", "UTF8STRING        :a*b", "IA5STRING         :a*b"},
        {"ä", "ö", "UTF8STRING        :", "UTF8STRING        :"},
    };
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    char *directory = outside_directory();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_EC_SECP256R1, CERTD_DIGEST_SHA256);
        job->challenge_password = g_strdup(rows[i].password);
        job->unstructured_name = g_strdup(rows[i].name);
        g_autofree char *path = issue_job_run(job, key, directory, CERTD_ISSUE_REQUEST);
        g_autofree char *text = outside_run("openssl asn1parse -inform DER -in %s", path);
        outside_assert_contains(text, rows[i].password_type);
        outside_assert_contains(text, rows[i].name_type);
    }
    outside_remove(directory);
}

/* A name that didn't come through certd_san_new() ends in an error, not in an abort. */
static void test_bad_san(void)
{
    g_autoptr(CertdIssueJob) job = issue_job_new(CERTD_KEY_EC_SECP256R1, CERTD_DIGEST_SHA256);
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();
    g_autoptr(GError) error = NULL;

    issue_job_san(job, "RID:1.2.3");
    CertdSan *san = g_ptr_array_index(job->sans, 0);
    g_free(san->value);
    san->value = g_strdup("not an OID");
    g_assert_null(certd_issue_request(job, key, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME);
    g_assert_nonnull(strstr(error->message, "not an OID"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/issue-names/subject", test_subject);
    g_test_add_func("/issue-names/subject-long", test_subject_long);
    g_test_add_func("/issue-names/sans", test_sans);
    g_test_add_func("/issue-names/empty", test_empty);
    g_test_add_func("/issue-names/attributes", test_attributes);
    g_test_add_func("/issue-names/attribute-types", test_attribute_types);
    g_test_add_func("/issue-names/bad-san", test_bad_san);
    return g_test_run();
}
