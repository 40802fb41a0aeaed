/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R40: what is shown of a certificate, against what OpenSSL says of it. */
#include "x509/details.h"

#include <string.h>

#include "issue-job.h"
#include "model/san.h"
#include "outside.h"

#define CHAIN_KEYS 22

static const struct {
    const char *key;
    const char *type;
} keys[CHAIN_KEYS] = {
    {"version", "u"},
    {"serial-number", "s"},
    {"subject", "s"},
    {"issuer", "s"},
    {"signature-algorithm", "s"},
    {"not-before", "t"},
    {"not-after", "t"},
    {"key-type", "s"},
    {"public-key", "ay"},
    {"public-key-hash", "s"},
    {"subject-alt-names", "a(ss)"},
    {"key-usage", "as"},
    {"extended-key-usage", "as"},
    {"is-ca", "b"},
    {"path-length", "i"},
    {"permitted-names", "as"},
    {"subject-key-identifier", "s"},
    {"authority-key-identifier", "s"},
    {"fingerprint-sha1", "s"},
    {"fingerprint-sha256", "s"},
    {"self-signed", "b"},
    {"chain", "aa{sv}"},
};

/* Each key of the header is there with its type, and no other. */
static void check_keys(GVariant *details, size_t n_keys)
{
    g_assert_cmpuint(g_variant_n_children(details), ==, n_keys);
    for (size_t i = 0; i < n_keys; i++) {
        g_autoptr(GVariant) value = g_variant_lookup_value(details, keys[i].key, NULL);
        if (value == NULL)
            g_error("\"%s\" is missing", keys[i].key);
        g_assert_cmpstr(g_variant_get_type_string(value), ==, keys[i].type);
    }
}

static void check_printed(GVariant *details, const char *key, const char *expected)
{
    g_autoptr(GVariant) value = g_variant_lookup_value(details, key, NULL);
    g_autofree char *text = g_variant_print(value, FALSE);

    if (!g_str_equal(text, expected))
        g_error("\"%s\" is %s, not %s", key, text, expected);
}

/* OpenSSL's "name=AA:BB" as GVariant prints "aabb". */
static char *openssl_hex(const char *path, const char *options)
{
    g_autofree char *said = outside_run("openssl x509 -inform DER -in %s -noout %s", path, options);
    const char *value = strchr(said, '=');
    g_autofree char *lower = NULL;
    GString *text = g_string_new("'");

    g_assert_nonnull(value);
    lower = g_ascii_strdown(value + 1, -1);
    for (const char *c = lower; *c != '\0'; c++) {
        if (g_ascii_isxdigit(*c))
            g_string_append_c(text, *c);
    }
    g_string_append_c(text, '\'');
    return g_string_free(text, FALSE);
}

/* What certd issues itself. */
static void test_own(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdIssueJob) job = g_new0(CertdIssueJob, 1);
    g_auto(gnutls_x509_privkey_t) key = certd_key_generate(CERTD_KEY_EC_SECP384R1, &error);
    job->digest = CERTD_DIGEST_SHA384;
    job->subject = certd_subject_parse("CN=dev1,OU=b,OU=a,O=Example\\, Inc.,C=DE", &error);
    job->sans = certd_san_list_new();
    job->purposes = CERTD_PURPOSE_SERVER;
    issue_job_validity(job, ISSUE_NOW, 36500);
    g_assert_true(
        certd_san_list_add(job->sans, certd_san_parse("IP:2001:db8::7", &error), NULL, &error));
    g_assert_no_error(error);
    g_autoptr(GBytes) der = issue_job_make(job, CERTD_ISSUE_SELF_SIGNED, key);
    g_assert_no_error(error);
    g_auto(gnutls_x509_crt_t) certificate = issue_load(der);
    g_autoptr(GVariant) details = certd_details_new(certificate, NULL, 0);
    g_assert_true(g_variant_is_floating(details));
    g_variant_ref_sink(details);

    char *directory = outside_directory();
    g_autofree char *path = outside_write_bytes(directory, "crt.der", der);
    g_autofree char *serial = openssl_hex(path, "-serial");
    g_autofree char *sha1 = openssl_hex(path, "-fingerprint -sha1");
    g_autofree char *sha256 = openssl_hex(path, "-fingerprint -sha256");
    outside_remove(directory);
    g_autoptr(GBytes) hash = certd_key_public_hash(key, &error);
    g_autoptr(GString) hash_text = g_string_new("'");
    for (size_t i = 0; i < g_bytes_get_size(hash); i++)
        g_string_append_printf(hash_text, "%02x",
                               ((const unsigned char *)g_bytes_get_data(hash, NULL))[i]);
    g_string_append_c(hash_text, '\'');

    check_keys(details, CHAIN_KEYS);
    check_printed(details, "version", "3");
    check_printed(details, "serial-number", serial);
    check_printed(details, "subject", "'CN=dev1,OU=b,OU=a,O=Example\\\\, Inc.,C=DE'");
    check_printed(details, "issuer", "'CN=dev1,OU=b,OU=a,O=Example\\\\, Inc.,C=DE'");
    check_printed(details, "signature-algorithm", "'ECDSA-SHA384'");
    check_printed(details, "not-before", "1749996400");
    check_printed(details, "not-after", "4903596400");
    check_printed(details, "key-type", "'ec:secp384r1'");
    check_printed(details, "public-key-hash", hash_text->str);
    check_printed(details, "subject-alt-names", "[('IP', '2001:db8::7')]");
    check_printed(details, "key-usage", "['digitalSignature']");
    check_printed(details, "extended-key-usage", "['serverAuth']");
    check_printed(details, "is-ca", "false");
    check_printed(details, "path-length", "-1");
    check_printed(details, "subject-key-identifier", hash_text->str);
    check_printed(details, "authority-key-identifier", hash_text->str);
    check_printed(details, "fingerprint-sha1", sha1);
    check_printed(details, "fingerprint-sha256", sha256);
    check_printed(details, "self-signed", "true");
    check_printed(details, "chain", "[]");
}

/* Certificates that OpenSSL made: options to `openssl req -x509`, and what is shown. */
static const struct {
    const char *name;
    const char *options;
    const char *key;
    const char *printed;
} foreign_rows[] = {
    {"ca", "-addext basicConstraints=critical,CA:TRUE,pathlen:3", "path-length", "3"},
    {"is-ca", "-addext basicConstraints=critical,CA:TRUE", "is-ca", "true"},
    {"no-path-length", "-addext basicConstraints=critical,CA:TRUE", "path-length", "-1"},
    {"usage", "-addext keyUsage=keyCertSign,cRLSign,decipherOnly,keyAgreement,nonRepudiation",
     "key-usage", "['nonRepudiation', 'keyAgreement', 'keyCertSign', 'cRLSign', 'decipherOnly']"},
    {"purposes", "-addext extendedKeyUsage=clientAuth,1.2.3.4,codeSigning", "extended-key-usage",
     "['clientAuth', '1.2.3.4', 'codeSigning']"},
    {"more-purposes",
     "-addext extendedKeyUsage=emailProtection,timeStamping,OCSPSigning,2.5.29.37.0",
     "extended-key-usage",
     "['emailProtection', 'timeStamping', 'OCSPSigning', 'anyExtendedKeyUsage']"},
    {"no-purposes", "-days 5", "extended-key-usage", "[]"},
    {"no-usage", "-days 5", "key-usage", "[]"},
    {"no-names", "-days 5", "subject-alt-names", "[]"},
    {"names", "-addext subjectAltName=DNS:a.example,otherName:1.2.3;UTF8:x,RID:1.2.3",
     "subject-alt-names",
     "[('DNS', 'a.example'), ('other', '#a00906022a03a0030c0178'), ('RID', '1.2.3')]"},
    {"no-ski", "-addext subjectKeyIdentifier=none", "subject-key-identifier", "''"},
    {"ski", "-addext subjectKeyIdentifier=00ffab", "subject-key-identifier", "'00ffab'"},
    {"no-aki", "-addext authorityKeyIdentifier=none", "authority-key-identifier", "''"},
    {"serial", "-set_serial 0x00ff01", "serial-number", "'00ff01'"},
    {"sha1", "-sha1", "signature-algorithm", "'RSA-SHA1'"},
    {"self-signed-sha1", "-sha1", "self-signed", "true"},
    {"self-signed-md5", "-md5", "self-signed", "true"},
    {"rsa-pss", "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1", "self-signed", "true"},
    {"key-type", "-sha256", "key-type", "'rsa:1536'"},
    {"subject", "-subj /C=DE/O=a+OU=b/CN=x -multivalue-rdn", "subject", "'CN=x,O=a+OU=b,C=DE'"},
};

static GBytes *openssl_certificate(const char *directory, const char *options)
{
    g_autofree char *key = g_build_filename(directory, "key.pem", NULL);
    g_autofree char *crt = g_build_filename(directory, "crt.der", NULL);
    outside_do("openssl req -x509 -newkey rsa:1536 -nodes -keyout %s -outform DER -out %s "
               "-subj /CN=x %s",
               key, crt, options);

    return outside_read(crt);
}

static void test_foreign(gconstpointer data)
{
    size_t row = GPOINTER_TO_SIZE(data);
    char *directory = outside_directory();
    g_autoptr(GBytes) der = openssl_certificate(directory, foreign_rows[row].options);
    g_auto(gnutls_x509_crt_t) certificate = issue_load(der);
    g_autoptr(GVariant) details = g_variant_ref_sink(certd_details_new(certificate, NULL, 0));

    check_keys(details, CHAIN_KEYS);
    check_printed(details, foreign_rows[row].key, foreign_rows[row].printed);
    outside_remove(directory);
}

/* The same name, but another key's signature: issued by itself in name only. */
static void test_chain(void)
{
    char *directory = outside_directory();
    g_autoptr(GBytes) root = openssl_certificate(directory, "-addext basicConstraints=CA:TRUE");
    g_autofree char *root_key = g_build_filename(directory, "key.pem", NULL);
    g_autofree char *root_pem = g_build_filename(directory, "root.pem", NULL);
    g_autofree char *root_der = g_build_filename(directory, "crt.der", NULL);
    g_autofree char *leaf_key = g_build_filename(directory, "leaf-key.pem", NULL);
    g_autofree char *leaf_csr = g_build_filename(directory, "leaf.csr", NULL);
    g_autofree char *leaf_der = g_build_filename(directory, "leaf.der", NULL);
    outside_do("openssl x509 -inform DER -in %s -out %s", root_der, root_pem);
    outside_do("openssl req -newkey rsa:1536 -nodes -keyout %s -out %s -subj /CN=x", leaf_key,
               leaf_csr);
    outside_do("openssl x509 -req -in %s -CA %s -CAkey %s -set_serial 7 "
               "-outform DER -out %s",
               leaf_csr, root_pem, root_key, leaf_der);
    g_autoptr(GBytes) leaf = outside_read(leaf_der);
    g_auto(gnutls_x509_crt_t) certificate = issue_load(leaf);
    g_auto(gnutls_x509_crt_t) above = issue_load(root);
    gnutls_x509_crt_t chain[] = {above, above};
    g_autoptr(GVariant) details = g_variant_ref_sink(certd_details_new(certificate, chain, 2));

    check_keys(details, CHAIN_KEYS);
    check_printed(details, "self-signed", "false");
    check_printed(details, "serial-number", "'07'");
    check_printed(details, "version", "1");
    g_autoptr(GVariant) others = g_variant_lookup_value(details, "chain", NULL);
    g_assert_cmpuint(g_variant_n_children(others), ==, 2);
    g_autoptr(GVariant) first = g_variant_get_child_value(others, 0);
    check_keys(first, CHAIN_KEYS - 1);
    check_printed(first, "self-signed", "true");
    check_printed(first, "is-ca", "true");
    outside_remove(directory);
}

/* R22: what an authority may speak for; and what others' constraints look like. */
static void test_permitted(void)
{
    static const struct {
        const char *constraints; /* as OpenSSL's configuration has them */
        const char *printed;
    } rows[] = {
        {"permitted;DNS:example.org,permitted;IP:10.0.0.0/255.0.0.0",
         "['DNS:example.org', 'IP:10.0.0.0/8']"},
        {"permitted;IP:fd00::/fff0::,permitted;IP:192.0.2.1/255.255.255.255",
         "['IP:fd00::/12', 'IP:192.0.2.1/32']"},
        {"permitted;IP:10.0.0.1/255.0.0.255", "['IP:10.0.0.1/255.0.0.255']"},
        {"permitted;email:example.org,permitted;URI:.example.org",
         "['email:example.org', 'URI:.example.org']"},
        {"permitted;RID:1.2.3", "['other:#88022a03']"},
        {"excluded;DNS:example.org", "@as []"},
    };
    char *directory = outside_directory();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_build_filename(directory, "crt.der", NULL);
        outside_do("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
                   "%s/key.pem -subj /CN=ca -outform DER -out %s -addext nameConstraints=%s",
                   directory, path, rows[i].constraints);
        g_autoptr(GBytes) der = outside_read(path);
        g_auto(gnutls_x509_crt_t) certificate = issue_load(der);
        g_autoptr(GVariant) details = g_variant_ref_sink(certd_details_new(certificate, NULL, 0));
        g_autoptr(GVariant) names = g_variant_lookup_value(details, "permitted-names", NULL);
        g_autofree char *text = g_variant_print(names, TRUE);
        g_assert_cmpstr(text, ==, rows[i].printed);
    }
    outside_remove(directory);
}

/* RFC 5280 4.1.2.5: no well-defined end. */
static void test_never(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdIssueJob) job = g_new0(CertdIssueJob, 1);
    g_auto(gnutls_x509_privkey_t) key = certd_key_generate(CERTD_KEY_ED25519, &error);
    job->subject = certd_subject_new();
    job->purposes = CERTD_PURPOSE_SERVER;
    issue_job_validity(job, G_GINT64_CONSTANT(253370764799), 36500);
    g_autoptr(GBytes) der = issue_job_make(job, CERTD_ISSUE_SELF_SIGNED, key);
    g_assert_no_error(error);
    g_auto(gnutls_x509_crt_t) certificate = issue_load(der);
    g_autoptr(GVariant) details = g_variant_ref_sink(certd_details_new(certificate, NULL, 0));

    check_printed(details, "not-after", "253402300799");
    check_printed(details, "signature-algorithm", "'EdDSA-Ed25519'");
    check_printed(details, "key-type", "'ed25519'");
    check_printed(details, "subject", "''");
    check_printed(details, "self-signed", "true");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/details/own", test_own);
    for (size_t i = 0; i < G_N_ELEMENTS(foreign_rows); i++) {
        g_autofree char *path = g_strconcat("/details/foreign/", foreign_rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_foreign);
    }
    g_test_add_func("/details/chain", test_chain);
    g_test_add_func("/details/permitted", test_permitted);
    g_test_add_func("/details/never", test_never);
    return g_test_run();
}
