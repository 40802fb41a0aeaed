/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R30: every import format, found by content. Each file is written by the real programs. */
#include "model/error.h"
#include "model/limits.h"
#include "pki.h"

/* One format each; the pass phrase is always "geheim". */
static const char MAKE_FORMATS[] =
    "cat leaf.pem mid.pem >chain.pem; cat leaf.key leaf.pem mid.pem root.pem >all.pem;"
    "cat root.pem mid.pem leaf.pem >reversed.pem;"
    "openssl x509 -in leaf.pem -outform DER -out leaf.der;"
    "openssl crl2pkcs7 -nocrl -certfile chain.pem -out chain.p7.pem;"
    "openssl crl2pkcs7 -nocrl -certfile chain.pem -outform DER -out chain.p7.der;"
    "sed 's/PKCS7/CMS/' chain.p7.pem >chain.cms.pem;"
    "sed 's/BEGIN PKCS7/BEGIN CERTIFICATE/;s/END PKCS7/END CERTIFICATE/' chain.p7.pem >p7cert.pem;"
    "echo data | openssl cms -sign -stream -nodetach -binary -signer leaf.pem -inkey leaf.key "
    "-certfile mid.pem -outform DER -out ber.p7.der;"
    "sed 's/CERTIFICATE/X509 CERTIFICATE/' leaf.pem >x509.pem;"
    "openssl x509 -in leaf.pem -trustout -addtrust serverAuth -setalias me -out trusted.pem;"
    "openssl pkcs12 -export -in chain.pem -inkey leaf.key -passout pass:geheim -out modern.p12;"
    "openssl pkcs12 -export -legacy -in chain.pem -inkey leaf.key -passout pass:geheim "
    "-out legacy.p12;"
    "openssl pkcs12 -export -in chain.pem -inkey leaf.key -passout pass: -out empty.p12;"
    "openssl pkcs12 -export -nomac -in chain.pem -inkey leaf.key -passout pass:geheim "
    "-out nomac.p12;"
    "openssl pkcs12 -export -keypbe NONE -certpbe NONE -nomac -in chain.pem -inkey leaf.key "
    "-passout pass: -out plain.p12;"
    "certtool --load-certificate leaf.pem --load-privkey leaf.key --to-p12 --p12-name x "
    "--password geheim --outder --outfile gnutls.p12 2>/dev/null;"
    "openssl pkcs12 -in modern.p12 -passin pass:geheim -noenc -out bagattributes.pem;"
    "openssl pkcs8 -topk8 -v2 aes-256-cbc -in leaf.key -passout pass:geheim -out aes.pem;"
    "openssl pkcs8 -topk8 -v2 des3 -in leaf.key -passout pass:geheim -out des3.pem;"
    "openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA512 -in leaf.key -passout pass:geheim "
    "-outform DER -out aes.der;"
    "openssl pkcs8 -topk8 -scrypt -in leaf.key -passout pass:geheim -out scrypt.pem;"
    "openssl pkcs8 -topk8 -nocrypt -in leaf.key -outform DER -out pkcs8.der;"
    "openssl ec -in leaf.key -out sec1.pem; openssl ec -in leaf.key -outform DER -out sec1.der;"
    "openssl ec -in leaf.key -aes256 -passout pass:geheim -out sec1enc.pem;"
    "openssl ecparam -name prime256v1 -out ecparam.pem; cat ecparam.pem sec1.pem >sec1param.pem;"
    "openssl genrsa -traditional -out rsa.pem 2048; openssl rsa -in rsa.pem -outform DER "
    "-traditional -out rsa.der; openssl pkey -in rsa.pem -out rsa8.pem;"
    "openssl rsa -in rsa.pem -traditional -des3 -passout pass:geheim -out rsades.pem;"
    "openssl rsa -in rsa.pem -traditional -aes128 -passout pass:geheim -out rsaaes.pem;"
    "sed 's/$/\\r/' rsaaes.pem >rsacrlf.pem;"
    "openssl genpkey -algorithm ED25519 -out ed.pem;"
    "openssl x509 -in leaf.pem -text -out dump.pem;"
    "sed 's/$/\\r/' all.pem >crlf.pem; tr -d '\\n' <leaf.pem >oneline.pem;"
    "(printf '\\357\\273\\277'; cat all.pem) >bom.pem;"
    "(printf '\\377\\376'; iconv -t UTF-16LE all.pem) >utf16le.pem;"
    "(printf '\\376\\377'; iconv -t UTF-16BE all.pem) >utf16be.pem;"
    "sed 1d leaf.pem | sed '$d' >bare.txt; cat leaf.der >two.der;"
    "openssl x509 -in mid.pem -outform DER >>two.der; cat leaf.pem leaf.pem >twice.pem;"
    "cat leaf.key sec1.pem leaf.pem >samekey.pem; cat leaf.key rsa8.pem leaf.pem >twokeys.pem;"
    "openssl pkey -in leaf.key -pubout -out pub.pem; (cat leaf.pem; echo junk) >after.pem;"
    "printf 'hello, world\\n' >text.txt; head -c 300 leaf.pem >cut.pem;"
    "sed 's/^MI/M!/' leaf.pem >notbase64.pem; (cat leaf.der; echo x) >junk.der;"
    "openssl dsaparam -out dsap.pem 1024; openssl gendsa -out dsa.pem dsap.pem;"
    "ssh-keygen -q -t ed25519 -N '' -f ssh;"
    "printf '\\376\\355\\376\\355\\0\\0\\0\\2' >keystore.jks; : >nothing.pem;"
    "(cat leaf.csr leaf.pem leaf.key) >withcsr.pem;"
    "openssl cms -encrypt -in text.txt -outform DER -out enveloped.der leaf.pem;";

typedef struct {
    const char *name; /* also of the file */
    const char *passphrase;
    const char *format;
    size_t certificates;
    gboolean key;
} Good;

static const Good GOOD[] = {
    {"leaf.pem", NULL, "pem", 1, FALSE},
    {"leaf.der", NULL, "der", 1, FALSE},
    {"leaf.der", "geheim", "der", 1, FALSE}, /* a pass phrase that isn't needed does no harm */
    {"chain.pem", NULL, "pem", 2, FALSE},
    {"all.pem", NULL, "pem", 3, TRUE},
    {"reversed.pem", NULL, "pem", 3, FALSE},
    {"chain.p7.pem", NULL, "pkcs7", 2, FALSE},
    {"chain.p7.der", NULL, "pkcs7", 2, FALSE},
    {"chain.cms.pem", NULL, "pkcs7", 2, FALSE},
    {"p7cert.pem", NULL, "pkcs7", 2, FALSE},
    {"ber.p7.der", NULL, "pkcs7", 2, FALSE},
    {"x509.pem", NULL, "pem", 1, FALSE},
    {"trusted.pem", NULL, "pem", 1, FALSE},
    {"modern.p12", "geheim", "pkcs12", 2, TRUE},
    {"legacy.p12", "geheim", "pkcs12", 2, TRUE},
    {"gnutls.p12", "geheim", "pkcs12", 1, TRUE}, /* three times 600,000 iterations */
    {"nomac.p12", "geheim", "pkcs12", 2, TRUE},
    {"empty.p12", NULL, "pkcs12", 2, TRUE},
    {"plain.p12", NULL, "pkcs12", 2, TRUE},
    {"bagattributes.pem", NULL, "pem", 2, TRUE},
    {"leaf.key", NULL, "pem", 0, TRUE},
    {"aes.pem", "geheim", "pem", 0, TRUE},
    {"des3.pem", "geheim", "pem", 0, TRUE},
    {"aes.der", "geheim", "der", 0, TRUE},
    {"pkcs8.der", NULL, "der", 0, TRUE},
    {"pkcs8.der", "geheim", "der", 0, TRUE},
    {"sec1.pem", NULL, "pem", 0, TRUE},
    {"sec1.der", NULL, "der", 0, TRUE},
    {"sec1enc.pem", "geheim", "pem", 0, TRUE},
    {"sec1param.pem", NULL, "pem", 0, TRUE},
    {"rsa.pem", NULL, "pem", 0, TRUE},
    {"rsa.der", NULL, "der", 0, TRUE},
    {"rsa8.pem", NULL, "pem", 0, TRUE},
    {"rsades.pem", "geheim", "pem", 0, TRUE},
    {"rsaaes.pem", "geheim", "pem", 0, TRUE},
    {"rsacrlf.pem", "geheim", "pem", 0, TRUE},
    {"ed.pem", NULL, "pem", 0, TRUE},
    {"dump.pem", NULL, "pem", 1, FALSE},
    {"crlf.pem", NULL, "pem", 3, TRUE},
    {"oneline.pem", NULL, "pem", 1, FALSE},
    {"bom.pem", NULL, "pem", 3, TRUE},
    {"utf16le.pem", NULL, "pem", 3, TRUE},
    {"utf16be.pem", NULL, "pem", 3, TRUE},
    {"bare.txt", NULL, "pem", 1, FALSE},
    {"two.der", NULL, "der", 2, FALSE},
    {"twice.pem", NULL, "pem", 1, FALSE},
    {"samekey.pem", NULL, "pem", 1, TRUE},
    {"after.pem", NULL, "pem", 1, FALSE},
    {"withcsr.pem", NULL, "pem", 1, TRUE},
};

static void test_good(gconstpointer userdata) /* R30 */
{
    const Good *row = userdata;
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdBundle) bundle = pki_read(row->name, row->passphrase, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(certd_bundle_length(bundle), ==, row->certificates);
    g_assert_cmpint(certd_bundle_key(bundle) != NULL, ==, row->key);

    g_autoptr(CertdReadResult) summary = certd_bundle_summary(bundle, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(summary->format, ==, row->format);
    g_assert_cmpuint(summary->public_key_hashes->len, ==, row->certificates);
    g_assert_cmpint(summary->has_key, ==, row->key);
    g_assert_cmpint(summary->key_hash != NULL, ==, row->key);
    if (row->key && row->certificates > 0) {
        gboolean found = FALSE;
        for (guint i = 0; i < row->certificates; i++)
            found = found || g_bytes_equal(summary->key_hash,
                                           g_ptr_array_index(summary->public_key_hashes, i));
        g_assert_true(found);
    }
}

typedef struct {
    const char *name;
    const char *passphrase;
    CertdError code;
    const char *says;
} Bad;

static const Bad BAD[] = {
    {"modern.p12", NULL, CERTD_ERROR_PASSPHRASE_NEEDED, "pass phrase"},
    {"modern.p12", "falsch", CERTD_ERROR_PASSPHRASE_WRONG, "pass phrase"},
    {"legacy.p12", "falsch", CERTD_ERROR_PASSPHRASE_WRONG, "pass phrase"},
    {"nomac.p12", NULL, CERTD_ERROR_PASSPHRASE_NEEDED, "pass phrase"},
    {"nomac.p12", "falsch", CERTD_ERROR_PASSPHRASE_WRONG, "pass phrase"},
    {"aes.pem", NULL, CERTD_ERROR_PASSPHRASE_NEEDED, "line 1"},
    {"aes.pem", "falsch", CERTD_ERROR_PASSPHRASE_WRONG, "line 1"},
    {"des3.pem", "falsch", CERTD_ERROR_PASSPHRASE_WRONG, "pass phrase"},
    {"aes.der", "", CERTD_ERROR_PASSPHRASE_WRONG, "pass phrase"},
    {"rsaaes.pem", NULL, CERTD_ERROR_PASSPHRASE_NEEDED, "pass phrase"},
    {"rsaaes.pem", "falsch", CERTD_ERROR_PASSPHRASE_WRONG, "pass phrase"},
    {"sec1enc.pem", "falsch", CERTD_ERROR_PASSPHRASE_WRONG, "pass phrase"},
    {"scrypt.pem", "geheim", CERTD_ERROR_UNSUPPORTED_FORMAT, "scrypt"},
    {"leaf.csr", NULL, CERTD_ERROR_UNSUPPORTED_FORMAT, "certification request"},
    {"pub.pem", NULL, CERTD_ERROR_UNSUPPORTED_FORMAT, "public key"},
    {"ecparam.pem", NULL, CERTD_ERROR_UNSUPPORTED_FORMAT, "parameters"},
    {"dsa.pem", NULL, CERTD_ERROR_UNSUPPORTED_FORMAT, "DSA"},
    {"ssh", NULL, CERTD_ERROR_UNSUPPORTED_FORMAT, "ssh-keygen"},
    {"ssh.pub", NULL, CERTD_ERROR_UNSUPPORTED_FORMAT, "SSH"},
    {"keystore.jks", NULL, CERTD_ERROR_UNSUPPORTED_FORMAT, "keytool"},
    {"text.txt", NULL, CERTD_ERROR_UNSUPPORTED_FORMAT, "neither PEM nor DER"},
    {"enveloped.der", NULL, CERTD_ERROR_UNSUPPORTED_FORMAT, "1.2.840.113549.1.7.3"},
    {"twokeys.pem", NULL, CERTD_ERROR_UNSUPPORTED_FORMAT, "second private key"},
    {"nothing.pem", NULL, CERTD_ERROR_MALFORMED, "nothing"},
    {"cut.pem", NULL, CERTD_ERROR_MALFORMED, "cut off"},
    {"notbase64.pem", NULL, CERTD_ERROR_MALFORMED, "Base64"},
    {"junk.der", NULL, CERTD_ERROR_MALFORMED, "damaged"},
};

static void test_bad(gconstpointer userdata) /* R30 */
{
    const Bad *row = userdata;
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdBundle) bundle = pki_read(row->name, row->passphrase, &error);
    g_assert_null(bundle);
    g_assert_error(error, CERTD_ERROR, (int)row->code);
    if (strstr(error->message, row->says) == NULL)
        g_error("\"%s\" doesn't say \"%s\"", error->message, row->says);
}

/* Files that are one thing from the first byte to the last: any shorter one is broken. */
static const Good TRUNCATED[] = {
    {"leaf.pem", NULL},       {"leaf.der", NULL},    {"chain.p7.pem", NULL},
    {"chain.p7.der", NULL},   {"ber.p7.der", NULL},  {"modern.p12", "geheim"},
    {"legacy.p12", "geheim"}, {"plain.p12", NULL},   {"aes.pem", "geheim"},
    {"aes.der", "geheim"},    {"pkcs8.der", NULL},   {"rsa.der", NULL},
    {"rsaaes.pem", "geheim"}, {"trusted.pem", NULL}, {"sec1.der", NULL},
};

static void test_truncated(gconstpointer userdata) /* R30 */
{
    const Good *row = userdata;
    g_autoptr(GBytes) whole = pki_load(row->name);
    g_autoptr(CertdSecret) secret =
        row->passphrase != NULL ? certd_secret_new_copy(row->passphrase, strlen(row->passphrase))
                                : NULL;
    /* The last line end of PEM may go. */
    for (gsize size = 0; size + 1 < g_bytes_get_size(whole); size += 64) {
        g_autoptr(GBytes) part = g_bytes_new_from_bytes(whole, 0, size);
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdBundle) bundle = certd_bundle_read(part, secret, &error);
        if (bundle != NULL || error == NULL || error->domain != CERTD_ERROR)
            g_error("%zu bytes of %s were read", size, row->name);
    }
}

/* Any byte of it may be anything: it may fail, but not crash. */
static void test_flipped(gconstpointer userdata) /* R30 */
{
    const Good *row = userdata;
    g_autoptr(GBytes) whole = pki_load(row->name);
    g_autoptr(CertdSecret) secret =
        row->passphrase != NULL ? certd_secret_new_copy(row->passphrase, strlen(row->passphrase))
                                : NULL;
    gsize size;
    const unsigned char *data = g_bytes_get_data(whole, &size);
    size_t refused = 0;
    for (gsize i = 0; i < size; i += 5) {
        unsigned char *copy = g_memdup2(data, size);
        copy[i] ^= (unsigned char)(1u << i % 8);
        g_autoptr(GBytes) changed = g_bytes_new_take(copy, size);
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdBundle) bundle = certd_bundle_read(changed, secret, &error);
        g_assert_true((bundle == NULL) == (error != NULL));
        refused += bundle == NULL;
    }
    g_assert_cmpuint(refused, >, 0);
}

static void test_passphrase_limits(void) /* R30 */
{
    g_autoptr(GBytes) data = pki_load("aes.pem");
    static const struct {
        size_t size;
        CertdError code;
    } rows[] = {
        {CERTD_LIMIT_PASSPHRASE_BYTES, CERTD_ERROR_PASSPHRASE_WRONG},
        {CERTD_LIMIT_PASSPHRASE_BYTES + 1, CERTD_ERROR_TOO_LARGE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strnfill(rows[i].size, 'x');
        g_autoptr(CertdSecret) secret = certd_secret_new_copy(text, rows[i].size);
        g_autoptr(GError) error = NULL;
        g_assert_null(certd_bundle_read(data, secret, &error));
        g_assert_error(error, CERTD_ERROR, (int)rows[i].code);
    }
    g_autoptr(CertdSecret) nul = certd_secret_new_copy("geheim\0x", 8);
    g_autoptr(GError) error = NULL;
    g_assert_null(certd_bundle_read(data, nul, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_PASSPHRASE_WRONG);
}

static void add_rows(const char *prefix, const Good *rows, size_t n, GTestDataFunc test)
{
    for (size_t i = 0; i < n; i++) {
        g_autofree char *path = g_strdup_printf("/bundle/%s/%zu-%s", prefix, i, rows[i].name);
        g_test_add_data_func(path, &rows[i], test);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    pki_begin();
    pki_run(PKI_CHAIN);
    pki_run(MAKE_FORMATS);
    add_rows("good", GOOD, G_N_ELEMENTS(GOOD), test_good);
    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        g_autofree char *path = g_strdup_printf("/bundle/bad/%zu-%s", i, BAD[i].name);
        g_test_add_data_func(path, &BAD[i], test_bad);
    }
    add_rows("truncated", TRUNCATED, G_N_ELEMENTS(TRUNCATED), test_truncated);
    add_rows("flipped", TRUNCATED, G_N_ELEMENTS(TRUNCATED), test_flipped);
    g_test_add_func("/bundle/passphrase-limits", test_passphrase_limits);
    int r = g_test_run();
    pki_end();
    return r;
}
