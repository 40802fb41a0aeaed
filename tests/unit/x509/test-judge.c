/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R33, R35, R36: what the checks find, each by a certificate that has just that. */
#include "model/error.h"
#include "model/finding.h"
#include "model/san.h"
#include "pki.h"
#include "x509/judge.h"

/* issue NAME DAYS DIGEST EXTENSIONS…: a leaf of the intermediate with those extensions. */
static const char MAKE[] =
    "issue() { n=$1 d=$2 h=$3; shift 3; : >$n.x; for e; do echo \"$e\" >>$n.x; done;"
    " openssl x509 -req -in leaf.csr -CA mid.pem -CAkey mid.key -CAcreateserial -days $d -$h "
    "-extfile $n.x -out $n; };"
    "san=subjectAltName=DNS:dev1.example.org; ku=keyUsage=digitalSignature;"
    "issue good 300 sha256 $san $ku extendedKeyUsage=serverAuth;"
    "issue bare 300 sha256 $san; issue nosan 300 sha256 $ku;"
    "issue other 300 sha256 subjectAltName=DNS:www.example.net,IP:192.0.2.9;"
    "issue address 300 sha256 subjectAltName=IP:192.0.2.1;"
    "issue wild 300 sha256 'subjectAltName=DNS:*.example.org';"
    "issue client 300 sha256 $san extendedKeyUsage=clientAuth;"
    "issue any 300 sha256 $san extendedKeyUsage=anyExtendedKeyUsage;"
    "issue agree 300 sha256 $san keyUsage=keyAgreement;"
    "issue ca 300 sha256 $san basicConstraints=CA:TRUE keyUsage=digitalSignature,keyCertSign;"
    "issue long 399 sha256 $san; issue notlong 398 sha256 $san; issue sha1 300 sha1 $san;"
    "openssl x509 -req -in leaf.csr -signkey leaf.key -days 300 -extfile leaf.x -out self;"
    "openssl req -x509 -new -md5 -newkey rsa:2048 -noenc -keyout md5.key -subj /CN=m -days 300 "
    "-addext $san -addext basicConstraints=CA:FALSE -out md5self;"
    "openssl req -x509 -new -newkey rsa:1024 -noenc -keyout r1.key -subj /CN=m -days 300 "
    "-addext $san -addext basicConstraints=CA:FALSE -out rsa1024;"
    "openssl x509 -req -in mid.csr -CA root.pem -CAkey root.key -CAcreateserial -sha1 -days 1000 "
    "-extfile ca.x -out mid1;"
    "openssl x509 -req -in mid.csr -CA root.pem -CAkey root.key -CAcreateserial -days 1000 "
    "-extfile leaf.x -out midnoca;"
    "openssl req -x509 -new -sha1 -key root.key -subj /O=Example/CN=Root -days 3000 -out root1;"
    "newkey un; openssl req -x509 -new -key un.key -subj /CN=Unrelated -days 300 -out unrelated;"
    "m=mid.pem; for n in good bare nosan other address wild client any agree ca long notlong sha1;"
    " do cat $n $m >$n.pem; done;"
    "cat good >alone.pem; cat good root.pem >gap.pem; cat good unrelated >stray.pem;"
    "cat good mid.pem root.pem >rooted.pem; cat mid.pem good >turned.pem;"
    "cat good mid.pem unrelated >loose.pem; cat self >self.pem; cat md5self >md5.pem;"
    "cat rsa1024 >rsa1024.pem; cat good mid1 >mid1.pem; cat good midnoca >midnoca.pem;"
    "cat good mid.pem root1 >root1.pem; cat leaf.key good mid.pem >withkey.pem;"
    "cat un.key good mid.pem >wrongkey.pem;";

#define DAY ((gint64)86400)

typedef struct {
    const char *name; /* of the row */
    const char *file;
    gboolean no_key; /* it is nowhere */
    gboolean clock_bad;
    gboolean legacy;
    gint64 later;         /* seconds from now */
    const char *names;    /* the device's; NULL: dev1.example.org; "": none */
    const char *findings; /* code:severity in the order found */
} Row;

static const Row ROWS[] = {
    {"good", "good.pem", .findings = ""},
    {"no-usage-at-all", "bare.pem", .findings = ""},
    {"with-key", "withkey.pem", .findings = ""},
    {"wrong-key", "wrongkey.pem", .findings = "key-mismatch:error"},
    {"key-nowhere", "good.pem", TRUE, .findings = "key-mismatch:error"},
    {"expired", "good.pem", .later = 301 * DAY, .findings = "expired:error"},
    {"before-expiry", "good.pem", .later = 299 * DAY, .findings = ""},
    {"not-yet", "good.pem", .later = -DAY,
     .findings = "not-yet-valid:error not-yet-valid:error"}, /* the intermediate too */
    {"bad-clock", "good.pem", .clock_bad = TRUE, .later = 301 * DAY,
     .findings = "clock-untrusted:note"},
    {"no-san", "nosan.pem", .findings = "no-san:warning"},
    {"san-mismatch", "other.pem", .findings = "san-mismatch:warning"},
    {"san-unjudged", "other.pem", .names = "", .findings = ""},
    {"san-address", "address.pem", .names = "IP:192.0.2.1", .findings = ""},
    {"san-second", "good.pem", .names = "IP:192.0.2.7 DNS:dev1.example.org", .findings = ""},
    {"wildcard", "wild.pem", .findings = "wildcard:note"},
    {"wildcard-too-high", "wild.pem", .names = "DNS:a.b.example.org",
     .findings = "san-mismatch:warning wildcard:note"},
    {"client-only", "client.pem", .findings = "no-server-auth:warning"},
    {"any-purpose", "any.pem", .findings = ""},
    {"key-usage", "agree.pem", .findings = "key-usage:warning"},
    {"is-ca", "ca.pem", .findings = "is-ca:warning"},
    {"lifetime-399", "long.pem", .findings = "lifetime-long:note"},
    {"lifetime-398", "notlong.pem", .findings = ""},
    {"sha1", "sha1.pem", .findings = "weak-digest:error"},
    {"sha1-legacy", "sha1.pem", .legacy = TRUE, .findings = "weak-digest:warning"},
    {"md5", "md5.pem", .findings = "weak-digest:error self-signed:note"},
    {"md5-legacy", "md5.pem", .legacy = TRUE, .findings = "weak-digest:error self-signed:note"},
    {"rsa-1024", "rsa1024.pem", .findings = "weak-key:error self-signed:note"},
    {"rsa-1024-legacy", "rsa1024.pem", .legacy = TRUE,
     .findings = "weak-key:warning self-signed:note"},
    {"sha1-intermediate", "mid1.pem", .findings = "weak-digest:error"},
    {"sha1-root", "root1.pem", .findings = "root-included:note"},
    {"no-authority", "midnoca.pem", .findings = "key-usage:warning"},
    {"self-signed", "self.pem", .findings = "self-signed:note"},
    {"leaf-alone", "alone.pem", .findings = "chain-incomplete:note"},
    {"gap", "gap.pem", .findings = "chain-incomplete:warning certificate-ignored:note"},
    {"stray", "stray.pem", .findings = "chain-incomplete:warning certificate-ignored:note"},
    {"loose-root", "loose.pem", .findings = "chain-incomplete:warning certificate-ignored:note"},
    {"root-included", "rooted.pem", .findings = "root-included:note"},
    {"order", "turned.pem", .findings = "chain-order:note"},
};

static GPtrArray *parse_names(const char *text)
{
    GPtrArray *names = certd_san_list_new();
    g_auto(GStrv) words = g_strsplit(text != NULL ? text : "DNS:dev1.example.org", " ", -1);
    for (size_t i = 0; words[i] != NULL && words[i][0] != '\0'; i++) {
        g_autoptr(GError) error = NULL;
        CertdSan *san = certd_san_parse(words[i], &error);
        g_assert_no_error(error);
        gboolean ok = certd_san_list_add(names, san, NULL, &error);
        g_assert_true(ok);
    }
    return names;
}

static CertdJudgeResult *judge(const Row *row, const CertdBundle *bundle)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdJudgeJob) job = g_new0(CertdJudgeJob, 1);
    job->key_known = !row->no_key;
    job->want_key = certd_bundle_key(bundle) != NULL;
    job->names = parse_names(row->names);
    job->now = g_get_real_time() / G_USEC_PER_SEC + row->later;
    job->clock_trusted = !row->clock_bad;
    job->policy = row->legacy ? CERTD_POLICY_LEGACY : CERTD_POLICY_DEFAULT;
    CertdJudgeResult *result = certd_judge(bundle, job, &error);
    g_assert_no_error(error);
    return result;
}

static void test_row(gconstpointer userdata) /* R33 R35 R36 */
{
    const Row *row = userdata;
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdBundle) bundle = pki_read(row->file, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(CertdJudgeResult) result = judge(row, bundle);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < result->findings->len; i++) {
        const CertdFinding *finding = g_ptr_array_index(result->findings, i);
        g_string_append_printf(text, "%s%s:%s", i > 0 ? " " : "",
                               certd_finding_code_name(finding->code),
                               certd_severity_name(finding->severity));
        g_test_message("%s. %s.", finding->message, finding->remedy);
        g_assert_cmpuint(strlen(finding->remedy), >, 0);
    }
    g_assert_cmpstr(text->str, ==, row->findings);
    g_assert_nonnull(result->details);
    g_string_free(text, TRUE);
}

/* The chain served is the leaf and the intermediate, whatever came along. */
static void test_chain(void) /* R33 */
{
    static const char *const files[] = {"good.pem", "rooted.pem", "turned.pem", "loose.pem"};
    g_autoptr(CertdBundle) wanted = pki_read("good.pem", NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        const Row row = {.file = files[i]};
        g_autoptr(CertdBundle) bundle = pki_read(files[i], NULL, NULL);
        g_autoptr(CertdJudgeResult) result = judge(&row, bundle);
        g_assert_cmpuint(result->chain->len, ==, 2);
        for (guint j = 0; j < 2; j++) {
            gnutls_datum_t der = {NULL, 0};
            gsize size;
            const void *data = g_bytes_get_data(g_ptr_array_index(result->chain, j), &size);
            g_assert_cmpint(
                gnutls_x509_crt_export2(certd_bundle_get(wanted, j), GNUTLS_X509_FMT_DER, &der), ==,
                0);
            g_assert_cmpmem(data, size, der.data, der.size);
            gnutls_free(der.data);
        }
    }
}

static void test_names_what_is_missing(void) /* R33 */
{
    static const struct {
        const char *file;
        const char *says;
    } rows[] = {
        {"gap.pem", "CN=Mid,O=Example"},
        {"stray.pem", "CN=Mid,O=Example"},
        {"loose.pem", "CN=Root,O=Example"},
        {"alone.pem", "CN=Mid,O=Example"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const Row row = {.file = rows[i].file};
        g_autoptr(CertdBundle) bundle = pki_read(rows[i].file, NULL, NULL);
        g_autoptr(CertdJudgeResult) result = judge(&row, bundle);
        const CertdFinding *finding = g_ptr_array_index(result->findings, 0);
        g_assert_cmpint(finding->code, ==, CERTD_FINDING_CHAIN_INCOMPLETE);
        g_assert_nonnull(strstr(finding->message, rows[i].says));
    }
}

static void test_no_certificate(void)
{
    g_autoptr(CertdBundle) bundle = pki_read("leaf.key", NULL, NULL);
    CertdJudgeJob job = {.key_known = TRUE};
    g_autoptr(GError) error = NULL;
    g_assert_null(certd_judge(bundle, &job, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    pki_begin();
    g_autofree char *script = g_strconcat(PKI_CHAIN, MAKE, NULL);
    pki_run(script);
    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
        g_autofree char *path = g_strdup_printf("/judge/%s", ROWS[i].name);
        g_test_add_data_func(path, &ROWS[i], test_row);
    }
    g_test_add_func("/judge/chain", test_chain);
    g_test_add_func("/judge/names-what-is-missing", test_names_what_is_missing);
    g_test_add_func("/judge/no-certificate", test_no_certificate);
    int r = g_test_run();
    pki_end();
    return r;
}
