/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R28: requests of other devices and services, as they come. */
#include <string.h>

#include "issue-job.h"
#include "model/limits.h"
#include "requests.h"

static void check_names(const CertdReadRequestResult *result, const char *subject, const char *sans)
{
    g_autofree char *printed = certd_subject_print(result->subject);
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < result->sans->len; i++) {
        g_autofree char *name = certd_san_print(g_ptr_array_index(result->sans, i));
        g_string_append_printf(names, "%s%s", i > 0 ? " " : "", name);
    }
    g_assert_cmpstr(printed, ==, subject);
    g_assert_cmpstr(names->str, ==, sans);
}

/* What certd asks for itself, with each type of key. */
static void test_own(gconstpointer data)
{
    CertdKeyType type = (CertdKeyType)GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_privkey_t) key = certd_key_generate(type, &error);
    g_assert_no_error(error);
    g_autoptr(CertdIssueJob) job = issue_job_new(type, CERTD_DIGEST_SHA256);

    issue_job_subject(job, "C", "DE");
    issue_job_subject(job, "OU", "Zeit & Bahn, Süd");
    issue_job_subject(job, "CN", "dev1.example.org");
    issue_job_san(job, "RID:1.2.3.4");
    issue_job_san(job, "DNS:*.example.org");
    issue_job_san(job, "IP:192.0.2.7");
    issue_job_san(job, "IP:2001:db8::7");
    issue_job_san(job, "email:admin@example.org");
    issue_job_san(job, "URI:https://example.org/x");
    issue_job_san(job, "dirName:CN=dev1,C=DE");
    job->challenge_password = g_strdup("geheim");
    job->purposes = CERTD_PURPOSE_SERVER | CERTD_PURPOSE_CLIENT;
    g_autoptr(GBytes) request = issue_job_make(job, CERTD_ISSUE_REQUEST, key);
    g_autoptr(CertdReadRequestResult) result = request_read(
        request, type == CERTD_KEY_RSA_1024 ? CERTD_POLICY_LEGACY : CERTD_POLICY_DEFAULT);
    g_autoptr(GBytes) public = certd_key_public(key, &error);
    g_autoptr(GBytes) hash = certd_key_public_hash(key, &error);
    g_assert_true(certd_subject_equal(result->subject, job->subject));
    g_assert_true(certd_san_list_equal(result->sans, job->sans));
    g_assert_true(g_bytes_equal(result->public_key, public));
    g_assert_true(g_bytes_equal(result->public_key_hash, hash));
    g_assert_cmpstr(result->key_type, ==, certd_key_type_name(type));
    g_assert_cmpuint(result->purposes, ==, job->purposes);
}

/* What others ask for. */
static const struct {
    const char *name;
    const char *words;
    CertdPolicy policy;
    const char *subject;
    const char *sans;
    CertdPurposes purposes;
} foreign_rows[] = {
    {"bare", REQUEST_EC " -subj /CN=a", CERTD_POLICY_DEFAULT, "CN=a", "", CERTD_PURPOSE_SERVER},
    {"nameless", REQUEST_EC " -subj / -addext subjectAltName=DNS:a.example.org",
     CERTD_POLICY_DEFAULT, "", "DNS:a.example.org", CERTD_PURPOSE_SERVER},
    {"upper-case", REQUEST_EC " -subj /CN=a -addext subjectAltName=DNS:A.Example.ORG",
     CERTD_POLICY_DEFAULT, "CN=a", "DNS:a.example.org", CERTD_PURPOSE_SERVER},
    {"twice", REQUEST_EC " -subj /CN=a -addext subjectAltName=DNS:a.b.c,IP:192.0.2.1,DNS:a.b.c",
     CERTD_POLICY_DEFAULT, "CN=a", "DNS:a.b.c IP:192.0.2.1", CERTD_PURPOSE_SERVER},
    {"client", REQUEST_EC " -subj /CN=a -addext extendedKeyUsage=clientAuth", CERTD_POLICY_DEFAULT,
     "CN=a", "", CERTD_PURPOSE_CLIENT},
    {"no-authority",
     REQUEST_EC " -subj /CN=a -addext basicConstraints=critical,CA:FALSE -addext "
                "keyUsage=critical,digitalSignature,keyAgreement,decipherOnly",
     CERTD_POLICY_DEFAULT, "CN=a", "", CERTD_PURPOSE_SERVER},
    {"unknown-extension",
     REQUEST_EC " -subj /CN=a -addext 1.2.3.4=DER:0500 -addext "
                "subjectKeyIdentifier=hash",
     CERTD_POLICY_DEFAULT, "CN=a", "", CERTD_PURPOSE_SERVER},
    {"many-parts", REQUEST_EC " -utf8 -subj /C=DE/O=Ö/OU=a/OU=b/emailAddress=a@b.de/serialNumber=1",
     CERTD_POLICY_DEFAULT, "serialNumber=1,emailAddress=a@b.de,OU=b,OU=a,O=Ö,C=DE", "",
     CERTD_PURPOSE_SERVER},
    {"rsa-sha512", "-newkey rsa:2048 -sha512 -subj /CN=a", CERTD_POLICY_DEFAULT, "CN=a", "",
     CERTD_PURPOSE_SERVER},
    {"rsa-pss-signature",
     "-newkey rsa:2048 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1 -sha256 -subj /CN=a",
     CERTD_POLICY_DEFAULT, "CN=a", "", CERTD_PURPOSE_SERVER},
    {"legacy-sha1", "-newkey rsa:2048 -sha1 -subj /CN=a", CERTD_POLICY_LEGACY, "CN=a", "",
     CERTD_PURPOSE_SERVER},
    {"legacy-ec-sha1", REQUEST_EC " -sha1 -subj /CN=a", CERTD_POLICY_LEGACY, "CN=a", "",
     CERTD_PURPOSE_SERVER},
    {"legacy-rsa-1024", "-newkey rsa:1024 -subj /CN=a", CERTD_POLICY_LEGACY, "CN=a", "",
     CERTD_PURPOSE_SERVER},
};

static void test_foreign(gconstpointer data)
{
    size_t row = GPOINTER_TO_SIZE(data);
    g_autoptr(GBytes) request = request_make(foreign_rows[row].words);
    g_autoptr(CertdReadRequestResult) result = request_read(request, foreign_rows[row].policy);

    check_names(result, foreign_rows[row].subject, foreign_rows[row].sans);
    g_assert_cmpuint(result->purposes, ==, foreign_rows[row].purposes);
    /* What the keys worker gets is what it takes. */
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) dict = g_variant_ref_sink(certd_read_request_result_to_variant(result));
    g_autoptr(CertdReadRequestResult) again = certd_read_request_result_from_variant(dict, &error);
    g_assert_no_error(error);
    g_assert_true(g_bytes_equal(again->public_key, result->public_key));
}

static char *to_pem(GBytes *der, const char *label)
{
    g_autofree char *base64 = g_base64_encode(g_bytes_get_data(der, NULL), g_bytes_get_size(der));

    return g_strdup_printf("-----BEGIN %s-----\n%s\n-----END %s-----\n", label, base64, label);
}

static GBytes *wrap(const char *before, const char *pem, const char *after)
{
    char *text = g_strconcat(before, pem, after, NULL);

    return g_bytes_new_take(text, strlen(text));
}

static GBytes *to_utf16(const char *text)
{
    GByteArray *bytes = g_byte_array_new();

    g_byte_array_append(bytes, (const guint8 *)"\xff\xfe", 2);
    for (const char *c = text; *c != '\0'; c++)
        g_byte_array_append(bytes, (const guint8[]){(guint8)*c, 0}, 2);
    return g_byte_array_free_to_bytes(bytes);
}

/* Any wrapping that a request is found in; what lies beside it is stepped over. */
static void test_wrappings(void)
{
    g_autoptr(GBytes) der = request_make(REQUEST_EC " -subj /CN=a");
    g_autofree char *pem = to_pem(der, "CERTIFICATE REQUEST");
    g_autofree char *old = to_pem(der, "NEW CERTIFICATE REQUEST");
    g_auto(GStrv) lines = g_strsplit(pem, "\n", -1);
    g_autofree char *crlf = g_strjoinv("\r\n", lines);
    g_autofree char *base64 = g_base64_encode(g_bytes_get_data(der, NULL), g_bytes_get_size(der));
    static const char key[] = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
                              "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
                              "AAAA\n-----END EC PRIVATE KEY-----\n";
    static const char comment[] = "-----BEGIN COMMENT-----\nAAAA\n-----END COMMENT-----\n";
    GBytes *inputs[] = {
        g_bytes_ref(der),       wrap("", pem, ""),
        wrap("", old, ""),      wrap("Certificate Request:\n  Data: x\n", pem, "that was it\n"),
        wrap("", crlf, ""),     wrap("\xef\xbb\xbf", pem, ""),
        to_utf16(pem),          wrap(key, pem, ""),
        wrap(pem, comment, ""), wrap("", base64, "\n"),
    };

    for (size_t i = 0; i < G_N_ELEMENTS(inputs); i++) {
        g_autoptr(CertdReadRequestResult) result = request_read(inputs[i], CERTD_POLICY_DEFAULT);
        check_names(result, "CN=a", "");
        g_bytes_unref(inputs[i]);
    }
}

/* At the limit of the size, and one byte beyond it. */
static void test_size(void)
{
    g_autoptr(GBytes) der = request_make(REQUEST_EC " -subj /CN=a");
    g_autofree char *pem = to_pem(der, "CERTIFICATE REQUEST");
    g_autofree char *padding = g_strnfill(CERTD_LIMIT_REQUEST_BYTES - strlen(pem), '\n');
    g_autoptr(GBytes) biggest = wrap(padding, pem, "");
    g_autoptr(GBytes) bigger = wrap(padding, pem, "\n");
    g_autoptr(CertdReadRequestResult) result = request_read(biggest, CERTD_POLICY_DEFAULT);

    g_assert_cmpuint(g_bytes_get_size(biggest), ==, CERTD_LIMIT_REQUEST_BYTES);
    g_assert_nonnull(result);
    request_assert_refused(bigger, CERTD_POLICY_DEFAULT, CERTD_ERROR_TOO_LARGE, "at most 65536");
}

/* CERTD_LIMIT_SANS_OWN names, and one more. */
static void test_many_names(void)
{
    for (unsigned int beyond = 0; beyond <= 1; beyond++) {
        g_autoptr(GString) words = g_string_new(REQUEST_EC " -subj /CN=a -addext subjectAltName=");
        for (unsigned int i = 0; i < CERTD_LIMIT_SANS_OWN + beyond; i++)
            g_string_append_printf(words, "%sDNS:h%u.example.org", i > 0 ? "," : "", i);
        g_autoptr(GBytes) request = request_make(words->str);
        if (beyond > 0) {
            request_assert_refused(request, CERTD_POLICY_DEFAULT, CERTD_ERROR_LIMIT_EXCEEDED,
                                   "100");
            continue;
        }
        g_autoptr(CertdReadRequestResult) result = request_read(request, CERTD_POLICY_DEFAULT);
        g_assert_cmpuint(result->sans->len, ==, CERTD_LIMIT_SANS_OWN);
    }
}

int main(int argc, char **argv)
{
    static const CertdKeyType types[] = {
        CERTD_KEY_RSA_1024,     CERTD_KEY_RSA_2048,     CERTD_KEY_RSA_3072,     CERTD_KEY_RSA_4096,
        CERTD_KEY_EC_SECP256R1, CERTD_KEY_EC_SECP384R1, CERTD_KEY_EC_SECP521R1, CERTD_KEY_ED25519,
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *path =
            g_strconcat("/request-read/own/", certd_key_type_name(types[i]), NULL);
        g_test_add_data_func(path, GUINT_TO_POINTER(types[i]), test_own);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(foreign_rows); i++) {
        g_autofree char *path = g_strconcat("/request-read/foreign/", foreign_rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_foreign);
    }
    g_test_add_func("/request-read/wrappings", test_wrappings);
    g_test_add_func("/request-read/size", test_size);
    g_test_add_func("/request-read/many-names", test_many_names);
    return g_test_run();
}
