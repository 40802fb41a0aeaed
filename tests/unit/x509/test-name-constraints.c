/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R22: the nameConstraints extension, to the byte and back. */
#include "x509/name-constraints.h"

#include "issue-job.h"

static GPtrArray *permitted_of(const char *const *texts)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) strings = g_variant_ref_sink(g_variant_new_strv(texts, -1));
    GPtrArray *permitted = NULL;
    gboolean known = certd_permitted_from_variant(strings, &permitted, &error);

    g_assert_no_error(error);
    g_assert_true(known);
    return permitted;
}

/* RFC 5280 4.2.1.10: the base alone, a name without a leading dot, an address with its mask; for mail
 * and URIs the host itself and, with a dot before it, those below. */
static void test_encode(void)
{
    static const unsigned char expected[] = {
        0x30, 0x33, 0xa0, 0x31, 0x30, 0x05, 0x82, 3,    'a', '.', 'b', 0x30, 0x05, 0x81,
        3,    'a',  '.',  'b',  0x30, 0x06, 0x81, 4,    '.', 'a', '.', 'b',  0x30, 0x05,
        0x86, 3,    'a',  '.',  'b',  0x30, 0x06, 0x86, 4,   '.', 'a', '.',  'b',  0x30,
        0x0a, 0x87, 8,    10,   0,    0,    0,    255,  0,   0,   0,
    };
    static const char *const texts[] = {"DNS:a.b", "IP:10.0.0.0/8", NULL};
    g_autoptr(GPtrArray) permitted = permitted_of(texts);
    g_autoptr(GBytes) der = certd_name_constraints_encode(permitted);

    g_assert_cmpmem(g_bytes_get_data(der, NULL), g_bytes_get_size(der), expected, sizeof expected);
}

#define HOSTS(name) "DNS:" name " email:" name " email:." name " URI:" name " URI:." name

/* What an authority of ours says is what it was given, of mail and URIs too, and without constraints it
 * says nothing. */
static void test_round_trip(void)
{
    static const struct {
        const char *permitted;
        const char *said;
    } rows[] = {
        {"DNS:example.org", HOSTS("example.org")},
        {"DNS:invalid IP:0.0.0.0/32 IP:::/128", HOSTS("invalid") " IP:0.0.0.0/32 IP:::/128"},
        {"DNS:dev1 DNS:local IP:10.0.0.0/8 IP:172.16.0.0/12 IP:fc00::/7 IP:2001:db8::7/128",
         HOSTS("dev1") " " HOSTS(
             "local") " IP:10.0.0.0/8 IP:172.16.0.0/12 IP:fc00::/7 IP:2001:db8::7/128"},
        {NULL, ""},
    };
    g_auto(gnutls_x509_privkey_t) key = issue_quick_key();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) der = issue_job_authority(key, rows[i].permitted);
        g_auto(gnutls_x509_crt_t) certificate = issue_load(der);
        g_autoptr(GVariant) names = g_variant_ref_sink(certd_name_constraints_decode(certificate));
        g_autofree const char **list = g_variant_get_strv(names, NULL);
        g_autofree char *joined = g_strjoinv(" ", (char **)list);
        g_assert_cmpstr(joined, ==, rows[i].said);
    }
}

/* What is broken is shown as far as it goes, without an end in the middle of a byte. */
static void test_broken(void)
{
    static const struct {
        const char *der;
        size_t size;
        const char *printed;
    } rows[] = {
        {"\x30\x00", 2, "@as []"},
        {"\x04\x00", 2, "@as []"},
        {"\x30\x09\xa0\x07\x30\x05\x82\x03"
         "a",
         9, "@as []"},
        {"\x30\x08\xa0\x06\x30\x04\x87\x02\x01\x02", 10, "['other:#87020102']"},
        {"\x30\x0b\xa0\x09\x30\x03\x82\x01"
         "a\x30\x02\x82\x05",
         13, "['DNS:a']"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(gnutls_x509_crt_t) certificate = NULL;
        g_assert_cmpint(gnutls_x509_crt_init(&certificate), ==, 0);
        g_assert_cmpint(gnutls_x509_crt_set_extension_by_oid(certificate, "2.5.29.30", rows[i].der,
                                                             rows[i].size, 1),
                        ==, 0);
        g_autoptr(GVariant) names = g_variant_ref_sink(certd_name_constraints_decode(certificate));
        g_autofree char *text = g_variant_print(names, TRUE);
        g_assert_cmpstr(text, ==, rows[i].printed);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/name-constraints/encode", test_encode);
    g_test_add_func("/name-constraints/round-trip", test_round_trip);
    g_test_add_func("/name-constraints/broken", test_broken);
    return g_test_run();
}
