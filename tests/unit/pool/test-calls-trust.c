/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R70, R71: trust anchors read and chains verified for real by certd-worker, within its limits. */
#include <gnutls/x509.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "model/error.h"
#include "model/finding.h"
#include "model/limits.h"

/* What distributions ship. */
#define MANY 150u

static Fixture fixture;

/* What the callbacks were told. */
typedef struct {
    Answer answer;
    GPtrArray *anchors;
    GPtrArray *findings;
} TrustAnswer;

static void trust_answer_clear(TrustAnswer *answer)
{
    answer_clear(&answer->answer);
    g_clear_pointer(&answer->anchors, g_ptr_array_unref);
    g_clear_pointer(&answer->findings, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TrustAnswer, trust_answer_clear)

static void on_anchors(GPtrArray *anchors, const GError *error, void *userdata)
{
    TrustAnswer *answer = userdata;

    answer->answer.n_calls++;
    answer->answer.error = error ? g_error_copy(error) : NULL;
    answer->anchors = anchors ? g_ptr_array_ref(anchors) : NULL;
}

static void on_verify(GPtrArray *findings, const GError *error, void *userdata)
{
    TrustAnswer *answer = userdata;

    answer->answer.n_calls++;
    answer->answer.error = error ? g_error_copy(error) : NULL;
    answer->findings = findings ? g_ptr_array_ref(findings) : NULL;
}

static void read_wait(const void *data, size_t size, TrustAnswer *answer)
{
    int fd = memfd_of(data, size);

    fixture.workers->read_anchors(fixture.workers, fd, -1, on_anchors, answer);
    close(fd);
    g_assert_cmpuint(answer->answer.n_calls, ==, 0);
    fixture_wait(&fixture, &answer->answer);
}

static void verify_wait(const void *data, size_t size, GPtrArray *anchors, TrustAnswer *answer)
{
    int fd = memfd_of(data, size);
    CertdVerifyJob job = {
        .anchors = g_ptr_array_new(),
        .purpose = CERTD_PURPOSE_SERVER,
        .now = time(NULL),
        .clock_trusted = TRUE,
    };

    for (guint i = 0; i < anchors->len; i++) {
        const CertdAnchor *anchor = g_ptr_array_index(anchors, i);
        g_ptr_array_add(job.anchors, anchor->certificate);
    }
    fixture.workers->verify(fixture.workers, fd, &job, on_verify, answer);
    g_ptr_array_unref(job.anchors);
    close(fd);
    g_assert_cmpuint(answer->answer.n_calls, ==, 0);
    fixture_wait(&fixture, &answer->answer);
}

/* The certificate of the fixture's bundle, without its key. */
static const char *own_certificate(void)
{
    return strstr(fixture_bundle, "-----BEGIN CERTIFICATE");
}

/* R70, R71: read, and what was read vouches for itself; each in a process that ends with it. */
static void test_read_and_verify(void)
{
    g_auto(TrustAnswer) read = {0};
    g_auto(TrustAnswer) verified = {0};
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_auto(TrustAnswer) untrusted = {0};
    const char *pem = own_certificate();
    g_autoptr(GArray) busy = NULL;

    read_wait(pem, strlen(pem), &read);
    g_assert_no_error(read.answer.error);
    g_assert_cmpuint(read.anchors->len, ==, 1);
    verify_wait(pem, strlen(pem), read.anchors, &verified);
    g_assert_no_error(verified.answer.error);
    g_assert_cmpuint(verified.findings->len, ==, 1);
    g_assert_cmpint(((const CertdFinding *)g_ptr_array_index(verified.findings, 0))->code, ==,
                    CERTD_FINDING_TRUSTED);
    verify_wait(pem, strlen(pem), none, &untrusted);
    g_assert_no_error(untrusted.answer.error);
    g_assert_cmpint(((const CertdFinding *)g_ptr_array_index(untrusted.findings, 0))->code, ==,
                    CERTD_FINDING_UNTRUSTED);
    busy = certd_pool_pids(fixture.pool, CERTD_PROCESS_PARSE, TRUE);
    g_assert_cmpuint(busy->len, ==, 0);
}

/* R70 */
static void test_refused(void)
{
    g_auto(TrustAnswer) nothing = {0};
    g_auto(TrustAnswer) key = {0};
    g_auto(TrustAnswer) no_chain = {0};
    g_autoptr(GPtrArray) none = g_ptr_array_new();

    read_wait("nothing known", 13, &nothing);
    g_assert_error(nothing.answer.error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT);
    g_assert_null(nothing.anchors);
    read_wait(fixture_bundle, strlen(fixture_bundle), &key);
    g_assert_error(key.answer.error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT);
    verify_wait("nothing known", 13, none, &no_chain);
    g_assert_error(no_chain.answer.error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT);
    g_assert_null(no_chain.findings);
}

/* @n self-signed authorities of RSA 2048 on one key. */
static GByteArray *make_many(unsigned int n)
{
    GByteArray *all = g_byte_array_new();
    gnutls_x509_privkey_t key;

    g_assert_cmpint(gnutls_x509_privkey_init(&key), ==, 0);
    g_assert_cmpint(gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, 2048, 0), ==, 0);
    for (unsigned int i = 0; i < n; i++) {
        g_autofree char *name =
            g_strdup_printf("C=DE,O=Example Organisation,OU=Certification,CN=Example Root %u", i);
        gnutls_datum_t pem = {NULL, 0};
        gnutls_x509_crt_t certificate;

        g_assert_cmpint(gnutls_x509_crt_init(&certificate), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_version(certificate, 3), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_serial(certificate, "\1", 1), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_dn(certificate, name, NULL), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_activation_time(certificate, 1700000000), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_expiration_time(certificate, 1900000000), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_key(certificate, key), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_basic_constraints(certificate, 1, -1), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0),
                        ==, 0);
        g_assert_cmpint(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem), ==, 0);
        g_byte_array_append(all, pem.data, pem.size);
        gnutls_free(pem.data);
        gnutls_x509_crt_deinit(certificate);
    }
    gnutls_x509_privkey_deinit(key);
    return all;
}

/* R70: as many as a distribution ships pass through one worker, and then a chain is held against them. */
static void test_many(void)
{
    g_autoptr(GByteArray) pem = make_many(MANY);
    g_auto(TrustAnswer) read = {0};
    g_auto(TrustAnswer) verified = {0};

    read_wait(pem->data, pem->len, &read);
    g_assert_no_error(read.answer.error);
    g_assert_cmpuint(read.anchors->len, ==, MANY);
    verify_wait(own_certificate(), strlen(own_certificate()), read.anchors, &verified);
    g_assert_no_error(verified.answer.error);
    g_assert_cmpint(((const CertdFinding *)g_ptr_array_index(verified.findings, 0))->code, ==,
                    CERTD_FINDING_UNTRUSTED);
}

int main(int argc, char *argv[])
{
    int status;

    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/trust/read-and-verify", test_read_and_verify);
    g_test_add_func("/pool/trust/refused", test_refused);
    g_test_add_func("/pool/trust/many", test_many);
    fixture_start(&fixture, NULL);
    status = g_test_run();
    fixture_stop(&fixture);
    fixture_remove(&fixture);
    return status;
}
