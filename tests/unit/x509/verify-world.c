/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The others are asked as TLS clients of today ask them: level 2 and the medium profile, at one time. */
#include "verify-world.h"

#include <gnutls/x509.h>

#include "model/error.h"
#include "model/finding.h"
#include "pki.h"
#include "x509/verify.h"

static time_t gnutls_now;

static time_t tell_time(time_t *result)
{
    if (result != NULL)
        *result = gnutls_now;
    return gnutls_now;
}

/* All of @names, one after another. */
static GBytes *load_all(const char *names)
{
    g_auto(GStrv) words = g_strsplit(names, " ", -1);
    GByteArray *all = g_byte_array_new();

    for (size_t i = 0; words[i] != NULL && words[i][0] != '\0'; i++) {
        g_autofree char *file = g_strconcat(words[i], ".pem", NULL);
        g_autoptr(GBytes) one = pki_load(file);
        gsize size;
        const void *data = g_bytes_get_data(one, &size);
        g_byte_array_append(all, data, (guint)size);
    }
    return g_byte_array_free_to_bytes(all);
}

static GPtrArray *load_anchors(const char *names)
{
    g_auto(GStrv) words = g_strsplit(names, " ", -1);
    GPtrArray *anchors = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

    for (size_t i = 0; words[i] != NULL && words[i][0] != '\0'; i++) {
        g_autofree char *file = g_strconcat(words[i], ".pem", NULL);
        g_autoptr(CertdBundle) bundle = pki_read(file, NULL, NULL);
        gnutls_datum_t der = {NULL, 0};
        g_assert_cmpint(
            gnutls_x509_crt_export2(certd_bundle_get(bundle, 0), GNUTLS_X509_FMT_DER, &der), ==, 0);
        g_ptr_array_add(anchors, g_bytes_new(der.data, der.size));
        gnutls_free(der.data);
    }
    return anchors;
}

static CertdSan *parse_host(const char *host)
{
    g_autoptr(GError) error = NULL;
    CertdSan *san = host != NULL ? certd_san_parse(host, &error) : NULL;

    g_assert_no_error(error);
    return san;
}

/* Codes in the order found; whether one is an error. */
static char *ask_certd(const VerifyRow *row, gint64 now, gboolean *trusted)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) chain = load_all(row->chain);
    g_autoptr(CertdVerifyJob) job = g_new0(CertdVerifyJob, 1);
    GString *text = g_string_new(NULL);

    job->anchors = load_anchors(row->anchors);
    job->name = parse_host(row->host);
    job->purpose = row->client ? CERTD_PURPOSE_CLIENT : CERTD_PURPOSE_SERVER;
    job->now = now;
    job->clock_trusted = !row->clock_bad;
    job->policy = row->legacy ? CERTD_POLICY_LEGACY : CERTD_POLICY_DEFAULT;
    g_autoptr(GPtrArray) findings = certd_verify(chain, job, &error);
    g_assert_no_error(error);
    *trusted = TRUE;
    for (guint i = 0; i < findings->len; i++) {
        const CertdFinding *finding = g_ptr_array_index(findings, i);
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "",
                               certd_finding_code_name(finding->code));
        g_test_message("%s. %s.", finding->message, finding->remedy);
        g_assert_cmpuint(strlen(finding->remedy), >, 0);
        if (i == 0 && row->says != NULL)
            g_assert_nonnull(strstr(finding->message, row->says));
        if (finding->severity == CERTD_SEVERITY_ERROR)
            *trusted = FALSE;
    }
    return g_string_free(text, FALSE);
}

static gboolean ask_openssl(const VerifyRow *row, gint64 now)
{
    g_autoptr(CertdSan) host = parse_host(row->host);
    const char *sent = row->sent != NULL ? row->sent : row->chain;
    g_autofree char *leaf = g_strndup(sent, strcspn(sent, " "));
    g_autofree char *asked =
        host != NULL ? g_strdup_printf("-verify_%s %s",
                                       host->type == CERTD_SAN_IP ? "ip" : "hostname", host->value)
                     : g_strdup("");
    g_autofree char *time = row->clock_bad ? g_strdup("-no_check_time")
                                           : g_strdup_printf("-attime %" G_GINT64_FORMAT, now);
    g_autofree char *script = g_strdup_printf(
        "rm -f anchors.tmp; : >anchors.tmp; for n in %s; do cat $n.pem >>anchors.tmp; done;"
        ": >chain.tmp; for n in %s; do cat $n.pem >>chain.tmp; done; anchors='-CAfile anchors.tmp';"
        "test -s anchors.tmp || anchors=-no-CAfile;"
        "if openssl verify -auth_level %d -purpose %s %s %s -no-CApath -no-CAstore $anchors "
        "-untrusted chain.tmp %s.pem >said 2>&1; then echo yes >verdict; else echo no >verdict; fi",
        row->anchors, row->chain, row->legacy ? 0 : 2, row->client ? "sslclient" : "sslserver",
        asked, time, leaf);
    pki_run(script);
    g_autoptr(GBytes) said = pki_load("said");
    g_autoptr(GBytes) verdict = pki_load("verdict");
    g_test_message("openssl: %.*s", (int)g_bytes_get_size(said),
                   (const char *)g_bytes_get_data(said, NULL));
    return ((const char *)g_bytes_get_data(verdict, NULL))[0] == 'y';
}

static gboolean ask_gnutls(const VerifyRow *row, gint64 now)
{
    /* As a peer would send it. */
    g_autoptr(GBytes) chain = load_all(row->sent != NULL ? row->sent : row->chain);
    g_autoptr(GBytes) anchors = load_all(row->anchors);
    g_autoptr(CertdSan) host = parse_host(row->host);
    gnutls_datum_t chain_pem = {(unsigned char *)g_bytes_get_data(chain, NULL),
                                (unsigned int)g_bytes_get_size(chain)};
    gnutls_datum_t anchors_pem = {(unsigned char *)g_bytes_get_data(anchors, NULL),
                                  (unsigned int)g_bytes_get_size(anchors)};
    gnutls_typed_vdata_st wanted[2] = {
        {GNUTLS_DT_KEY_PURPOSE_OID,
         (unsigned char *)(row->client ? GNUTLS_KP_TLS_WWW_CLIENT : GNUTLS_KP_TLS_WWW_SERVER), 0},
        {GNUTLS_DT_DNS_HOSTNAME, (unsigned char *)(host != NULL ? host->value : NULL), 0}};
    unsigned int flags =
        row->legacy ? GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_LOW) | GNUTLS_VERIFY_ALLOW_BROKEN
                    : GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM);
    gnutls_x509_trust_list_t list;
    gnutls_x509_crt_t *certificates;
    unsigned int n, status = 0;

    gnutls_now = (time_t)now;
    if (row->clock_bad)
        flags |= GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;
    g_assert_cmpint(gnutls_x509_trust_list_init(&list, 0), ==, 0);
    if (anchors_pem.size > 0)
        g_assert_cmpint(gnutls_x509_trust_list_add_trust_mem(list, &anchors_pem, NULL,
                                                             GNUTLS_X509_FMT_PEM, 0, 0),
                        >, 0);
    g_assert_cmpint(
        gnutls_x509_crt_list_import2(&certificates, &n, &chain_pem, GNUTLS_X509_FMT_PEM, 0), >=, 0);
    int r = gnutls_x509_trust_list_verify_crt2(list, certificates, n, wanted, host != NULL ? 2 : 1,
                                               flags, &status, NULL);
    for (unsigned int i = 0; i < n; i++)
        gnutls_x509_crt_deinit(certificates[i]);
    gnutls_free(certificates);
    gnutls_x509_trust_list_deinit(list, 1);
    g_test_message("GnuTLS: %d, status %#x", r, status);
    return r >= 0 && status == 0;
}

static void test_row(gconstpointer userdata) /* R71 */
{
    const VerifyRow *row = userdata;
    gint64 now = g_get_real_time() / G_USEC_PER_SEC + row->later;
    gboolean trusted;
    g_autofree char *findings = ask_certd(row, now, &trusted);
    gboolean openssl = ask_openssl(row, now), gnutls = ask_gnutls(row, now);

    g_test_message("%s: certd %s, OpenSSL %d, GnuTLS %d", row->name, findings, openssl, gnutls);
    g_assert_cmpstr(findings, ==, row->findings);
    g_assert_cmpint(openssl, ==, trusted || row->openssl == VERIFY_TRUSTS);
    g_assert_cmpint(gnutls, ==, trusted || row->gnutls == VERIFY_TRUSTS);
}

void verify_begin(const char *script)
{
    pki_begin();
    pki_run(script);
    gnutls_global_set_time_function(tell_time);
}

void verify_end(void)
{
    pki_end();
}

void verify_add_rows(const char *name, const VerifyRow *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_autofree char *path = g_strdup_printf("/%s/%s", name, rows[i].name);
        g_test_add_data_func(path, &rows[i], test_row);
    }
}
