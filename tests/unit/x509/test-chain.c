/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R33: the chain is ordered by name and signature, whatever the order it came in. */
#include "pki.h"
#include "x509/chain.h"

/* A second authority with the name of the first and another key; the same intermediate signed by
 * another root; a leaf that RSA-PSS signed; an older certificate of the same key. */
static const char MAKE[] =
    "newkey twin; openssl req -new -key twin.key -subj '/O=Example/CN=Mid' -out twin.csr;"
    "openssl x509 -req -in twin.csr -CA root.pem -CAkey root.key -CAcreateserial -days 1000 "
    "-extfile ca.x -out twin.pem;"
    "newkey other; openssl req -new -key other.key -subj '/CN=Other root' -out other.csr;"
    "openssl x509 -req -in other.csr -signkey other.key -days 1000 -extfile ca.x -out other.pem;"
    "openssl req -new -key root.key -subj '/O=Example/CN=Root' -out root.csr;"
    "openssl x509 -req -in root.csr -CA other.pem -CAkey other.key -CAcreateserial -days 900 "
    "-extfile ca.x -out cross.pem;"
    "openssl genrsa -out pss.key 2048; openssl req -new -key pss.key -subj /CN=Pss -out pss.csr;"
    "openssl x509 -req -in pss.csr -signkey pss.key -days 900 -extfile ca.x -sha256 "
    "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -out pss.pem;"
    "openssl x509 -req -in leaf.csr -CA pss.pem -CAkey pss.key -CAcreateserial -days 90 "
    "-extfile leaf.x -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 "
    "-out pssleaf.pem;"
    "openssl x509 -req -in leaf.csr -signkey leaf.key -days 90 -extfile leaf.x -out self.pem;"
    "join() { o=$1; shift; cat $* >$o; };"
    "join straight root.pem mid.pem leaf.pem; join twins twin.pem leaf.pem mid.pem;"
    "join two leaf.pem mid.pem cross.pem root.pem; join crossed leaf.pem mid.pem cross.pem;"
    "join longcross other.pem cross.pem mid.pem leaf.pem; join pssall pss.pem pssleaf.pem;"
    "join alone self.pem other.pem; join gap leaf.pem root.pem; join cas mid.pem root.pem;";

/* Indexes in the file: those served, the root (or -1), and which one is the leaf. */
static const struct {
    const char *name;
    const char *served;
    int root;
    gboolean self_signed;
} ROWS[] = {
    {"straight", "2 1", 0, FALSE},   {"twins", "1 2", -1, FALSE},      {"two", "0 1", 3, FALSE},
    {"crossed", "0 1 2", -1, FALSE}, {"longcross", "3 2 1", 0, FALSE}, {"pssall", "1", 0, FALSE},
    {"alone", "0", -1, TRUE},        {"gap", "0", -1, FALSE},          {"cas", "0", 1, FALSE},
};

static void test_rows(void) /* R33 */
{
    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdBundle) bundle = pki_read(ROWS[i].name, NULL, &error);
        g_assert_no_error(error);
        size_t leaf = certd_chain_find_leaf(bundle, NULL, NULL);
        g_autoptr(CertdChain) chain = certd_chain_order(bundle, leaf);
        GString *served = g_string_new(NULL);
        for (guint j = 0; j < chain->served->len; j++)
            g_string_append_printf(served, "%s%zu", j > 0 ? " " : "",
                                   g_array_index(chain->served, size_t, j));
        g_test_message("%s", ROWS[i].name);
        g_assert_cmpstr(served->str, ==, ROWS[i].served);
        g_assert_cmpint(chain->has_root ? (int)chain->root : -1, ==, ROWS[i].root);
        g_assert_cmpint(chain->self_signed, ==, ROWS[i].self_signed);
        g_string_free(served, TRUE);
    }
}

static void test_issued(void) /* R33 */
{
    static const struct {
        const char *certificate;
        const char *issuer;
        gboolean issued;
    } rows[] = {
        {"leaf.pem", "mid.pem", TRUE},     {"leaf.pem", "twin.pem", FALSE}, /* name fits, key not */
        {"leaf.pem", "root.pem", FALSE},   {"mid.pem", "root.pem", TRUE},
        {"mid.pem", "cross.pem", TRUE},    {"root.pem", "root.pem", TRUE},
        {"cross.pem", "cross.pem", FALSE}, {"pssleaf.pem", "pss.pem", TRUE},
        {"pss.pem", "pss.pem", TRUE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(CertdBundle) certificate = pki_read(rows[i].certificate, NULL, NULL);
        g_autoptr(CertdBundle) issuer = pki_read(rows[i].issuer, NULL, NULL);
        g_test_message("%s by %s", rows[i].certificate, rows[i].issuer);
        g_assert_cmpint(
            certd_chain_issued(certd_bundle_get(certificate, 0), certd_bundle_get(issuer, 0)), ==,
            rows[i].issued);
    }
}

static void test_leaf_by_hash(void) /* R32 */
{
    g_autoptr(CertdBundle) bundle = pki_read("straight", NULL, NULL);
    g_autoptr(GBytes) mid = certd_certificate_public_hash(certd_bundle_get(bundle, 1), NULL);
    g_autoptr(GBytes) none = g_bytes_new("01234567890123456789012345678901", 32);
    gboolean found = FALSE;
    g_assert_cmpuint(certd_chain_find_leaf(bundle, mid, &found), ==, 1);
    g_assert_true(found);
    g_assert_cmpuint(certd_chain_find_leaf(bundle, none, &found), ==, 2);
    g_assert_false(found);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    pki_begin();
    g_autofree char *script = g_strconcat(PKI_CHAIN, MAKE, NULL);
    pki_run(script);
    g_test_add_func("/chain/order", test_rows);
    g_test_add_func("/chain/issued", test_issued);
    g_test_add_func("/chain/leaf-by-hash", test_leaf_by_hash);
    int r = g_test_run();
    pki_end();
    return r;
}
