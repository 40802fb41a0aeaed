/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "x509/san-extension.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "x509/der.h"
#include "x509/key.h"

#define BYTES(...)                                                                                 \
    (const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__})

/* R5: each type, to the byte (RFC 5280 4.2.1.6, appendix A.2), and back. */
static const struct {
    const char *name;
    const char *type;
    const char *value;
    const unsigned char *der;
    size_t size;
} good_rows[] = {
    {"dns", "DNS", "a.example",
     BYTES(0x30, 0x0b, 0x82, 9, 'a', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e')},
    {"wildcard", "DNS", "*.a.example",
     BYTES(0x30, 0x0d, 0x82, 11, '*', '.', 'a', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e')},
    {"ipv4", "IP", "192.0.2.7", BYTES(0x30, 0x06, 0x87, 4, 192, 0, 2, 7)},
    {"ipv6", "IP", "2001:db8::7",
     BYTES(0x30, 0x12, 0x87, 16, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7)},
    {"email", "email", "a@b.example",
     BYTES(0x30, 0x0d, 0x81, 11, 'a', '@', 'b', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e')},
    {"uri", "URI", "urn:x:y", BYTES(0x30, 0x09, 0x86, 7, 'u', 'r', 'n', ':', 'x', ':', 'y')},
    {"rid", "RID", "1.2.840", BYTES(0x30, 0x05, 0x88, 3, 0x2a, 0x86, 0x48)},
    {"rid-large", "RID", "2.999.4294967295",
     BYTES(0x30, 0x09, 0x88, 7, 0x88, 0x37, 0x8f, 0xff, 0xff, 0xff, 0x7f)},
    {"dirname", "dirName", "CN=x,C=DE",
     BYTES(0x30, 0x1d, 0xa4, 0x1b, 0x30, 0x19, 0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x06,
           0x13, 0x02, 'D', 'E', 0x31, 0x0a, 0x30, 0x08, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01,
           'x')},
};

/* A certificate (unsigned, which nothing here minds) with the extension @der, or none. */
static gnutls_x509_crt_t certificate_with(const void *der, size_t size)
{
    gnutls_x509_crt_t certificate = NULL;

    g_assert_cmpint(gnutls_x509_crt_init(&certificate), ==, 0);
    if (der != NULL)
        g_assert_cmpint(
            gnutls_x509_crt_set_extension_by_oid(certificate, "2.5.29.17", (void *)der, size, 0),
            ==, 0);
    return certificate;
}

static void assert_one(GVariant *names, const char *type, const char *value)
{
    const char *found_type, *found_value;

    g_assert_cmpuint(g_variant_n_children(names), ==, 1);
    g_variant_get_child(names, 0, "(&s&s)", &found_type, &found_value);
    g_assert_cmpstr(found_type, ==, type);
    g_assert_cmpstr(found_value, ==, value);
}

static void test_good(gconstpointer data)
{
    size_t row = GPOINTER_TO_SIZE(data);
    g_autoptr(GPtrArray) sans = certd_san_list_new();
    g_autoptr(GError) error = NULL;
    CertdSan *san = certd_san_new_named(good_rows[row].type, good_rows[row].value, &error);

    g_assert_no_error(error);
    gboolean added = certd_san_list_add(sans, san, NULL, &error);
    g_assert_true(added);
    g_autoptr(GBytes) der = certd_san_extension_encode(sans, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(g_bytes_get_data(der, NULL), g_bytes_get_size(der), good_rows[row].der,
                    good_rows[row].size);

    g_auto(gnutls_x509_crt_t) certificate =
        certificate_with(good_rows[row].der, good_rows[row].size);
    GVariant *names = certd_san_extension_decode(certificate, &error);
    g_assert_no_error(error);
    g_assert_true(g_variant_is_floating(names));
    g_autoptr(GVariant) kept = g_variant_ref_sink(names);
    assert_one(kept, good_rows[row].type, good_rows[row].value);
}

/* What others wrote, and how it is shown. */
static const struct {
    const char *name;
    const unsigned char *der;
    size_t size;
    const char *type; /* NULL: refused */
    const char *value;
} foreign_rows[] = {
    {"other-name", BYTES(0x30, 0x0a, 0xa0, 8, 0x06, 0x02, 0x2a, 0x03, 0xa0, 0x02, 0x05, 0x00),
     "other", "#a00806022a03a0020500"},
    {"edi", BYTES(0x30, 0x04, 0xa5, 2, 0x05, 0x00), "other", "#a5020500"},
    {"five-byte-address", BYTES(0x30, 0x07, 0x87, 5, 1, 2, 3, 4, 5), "other", "#87050102030405"},
    {"broken-rid", BYTES(0x30, 0x03, 0x88, 1, 0x80), "other", "#880180"},
    {"broken-dirname", BYTES(0x30, 0x04, 0xa4, 2, 0x05, 0x00), "other", "#a4020500"},
    {"empty-dns", BYTES(0x30, 0x02, 0x82, 0), "DNS", ""},
    {"zero-byte", BYTES(0x30, 0x05, 0x82, 3, 'a', 0, 'b'), "DNS",
     "a\xef\xbf\xbd"
     "b"},
    {"no-utf8", BYTES(0x30, 0x05, 0x82, 3, 'a', 0xff, 'b'), "DNS",
     "a\xef\xbf\xbd"
     "b"},
    {"control", BYTES(0x30, 0x05, 0x82, 3, 'a', 0x1b, 'b'), "DNS", "a\033b"},
    {"no-sequence", BYTES(0x82, 1, 'a'), NULL, NULL},
    {"cut", BYTES(0x30, 0x04, 0x82, 3, 'a', 'b'), NULL, NULL},
    {"indefinite", BYTES(0x30, 0x80, 0x82, 1, 'a', 0, 0), NULL, NULL},
};

static void test_foreign(gconstpointer data)
{
    size_t row = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_crt_t) certificate =
        certificate_with(foreign_rows[row].der, foreign_rows[row].size);
    g_autoptr(GVariant) names = certd_san_extension_decode(certificate, &error);

    if (foreign_rows[row].type == NULL) {
        g_assert_null(names);
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
        return;
    }
    g_assert_no_error(error);
    g_variant_ref_sink(names);
    assert_one(names, foreign_rows[row].type, foreign_rows[row].value);
}

static void test_none(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_crt_t) certificate = certificate_with(NULL, 0);
    g_autoptr(GVariant) names = g_variant_ref_sink(certd_san_extension_decode(certificate, &error));

    g_assert_no_error(error);
    g_assert_cmpstr(g_variant_get_type_string(names), ==, "a(ss)");
    g_assert_cmpuint(g_variant_n_children(names), ==, 0);
}

/* CERTD_LIMIT_SANS_IMPORT and one more, in order. */
static void test_limit(void)
{
    for (unsigned int n = CERTD_LIMIT_SANS_IMPORT; n <= CERTD_LIMIT_SANS_IMPORT + 1; n++) {
        g_autoptr(GByteArray) out = g_byte_array_new();
        g_autoptr(GError) error = NULL;
        size_t mark = certd_der_begin(out, CERTD_DER_SEQUENCE);
        for (unsigned int i = 0; i < n; i++) {
            g_autofree char *name = g_strdup_printf("h%u.example", i);
            certd_der_write_text(out, CERTD_DER_CONTEXT(2), name);
        }
        certd_der_end(out, mark);
        g_auto(gnutls_x509_crt_t) certificate = certificate_with(out->data, out->len);
        GVariant *names = certd_san_extension_decode(certificate, &error);
        if (n > CERTD_LIMIT_SANS_IMPORT) {
            g_assert_null(names);
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
            g_assert_nonnull(strstr(error->message, "1000"));
            continue;
        }
        g_assert_no_error(error);
        g_autoptr(GVariant) kept = g_variant_ref_sink(names);
        const char *value;
        g_assert_cmpuint(g_variant_n_children(kept), ==, n);
        g_variant_get_child(kept, n - 1, "(&s&s)", NULL, &value);
        g_assert_cmpstr(value, ==, "h999.example");
    }
}

/* Values that never went through certd_san_new(): GnuTLS would abort on the first. */
static void test_refused(void)
{
    static const struct {
        CertdSanType type;
        const char *value;
    } rows[] = {
        {CERTD_SAN_RID, "no OID"},      {CERTD_SAN_RID, ""}, {CERTD_SAN_IP, "192.0.2"},
        {CERTD_SAN_DNS, "b\xc3\xbc"},   {CERTD_SAN_DNS, ""}, {CERTD_SAN_EMAIL, "\xc3\xbc@x"},
        {CERTD_SAN_DIRNAME, "no name"}, {CERTD_SAN_URI, ""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) sans = g_ptr_array_new();
        g_autoptr(GError) error = NULL;
        CertdSan san = {rows[i].type, (char *)rows[i].value};
        g_ptr_array_add(sans, &san);
        g_assert_null(certd_san_extension_encode(sans, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME);
        g_assert_nonnull(strstr(error->message, certd_san_type_name(rows[i].type)));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(good_rows); i++) {
        g_autofree char *path = g_strconcat("/san-extension/good/", good_rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_good);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(foreign_rows); i++) {
        g_autofree char *path = g_strconcat("/san-extension/foreign/", foreign_rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_foreign);
    }
    g_test_add_func("/san-extension/none", test_none);
    g_test_add_func("/san-extension/limit", test_limit);
    g_test_add_func("/san-extension/refused", test_refused);
    return g_test_run();
}
