/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "x509/distinguished-name.h"

#include <string.h>

#define BYTES(...)                                                                                 \
    (const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__})
/* SEQUENCE { SET { SEQUENCE { OID, value } } } of a type 2.5.4.@arc and a value of @size octets. */
#define NAME(arc, tag, size, ...)                                                                  \
    BYTES(0x30, size + 11, 0x31, size + 9, 0x30, size + 7, 0x06, 3, 0x55, 4, arc, tag, size,       \
          __VA_ARGS__)
#define REPLACEMENT "\xef\xbf\xbd"

static const struct {
    const char *name;
    const unsigned char *der;
    size_t size;
    const char *text; /* NULL: no Name */
} print_rows[] = {
    {"empty", BYTES(0x30, 0x00), ""},
    {"utf8", NAME(3, 0x0c, 3, 'd', 0xc3, 0xbc), "CN=dü"},
    {"printable", NAME(6, 0x13, 2, 'D', 'E'), "C=DE"},
    {"t61", NAME(3, 0x14, 2, 'd', 0xfc), "CN=dü"},
    {"bmp", NAME(3, 0x1e, 4, 0, 'd', 0x20, 0xac), "CN=d€"},
    {"bmp-odd", NAME(3, 0x1e, 3, 0, 'd', 0), "CN=#1e03006400"},
    {"bmp-surrogate", NAME(3, 0x1e, 2, 0xd8, 0x00), "CN=" REPLACEMENT},
    {"universal", NAME(3, 0x1c, 4, 0, 1, 0xf6, 0x00), "CN=\xf0\x9f\x98\x80"},
    {"universal-beyond", NAME(3, 0x1c, 4, 0, 0x11, 0, 0), "CN=" REPLACEMENT},
    {"no-utf8", NAME(3, 0x0c, 2, 'a', 0xff), "CN=a" REPLACEMENT},
    {"zero-byte", NAME(3, 0x0c, 3, 'a', 0, 'b'), "CN=a" REPLACEMENT "b"},
    {"special", NAME(3, 0x0c, 7, 'a', ',', '+', '"', '\\', '<', ';'), "CN=a\\,\\+\\\"\\\\\\<\\;"},
    {"spaces", NAME(3, 0x0c, 3, ' ', 'a', ' '), "CN=\\ a\\ "},
    {"hash", NAME(3, 0x0c, 2, '#', '1'), "CN=\\#1"},
    {"no-text", NAME(3, 0x02, 1, 7), "CN=#020107"},
    {"unknown-type", NAME(65, 0x0c, 1, 'x'), "2.5.4.65=#0c0178"},
    {"two-values",
     BYTES(0x30, 22, 0x31, 20, 0x30, 8, 0x06, 3, 0x55, 4, 3, 0x0c, 1, 'a', 0x30, 8, 0x06, 3, 0x55,
           4, 11, 0x0c, 1, 'b'),
     "CN=a+OU=b"},
    {"nothing", NULL, 0, NULL},
    {"no-sequence", BYTES(0x31, 0x00), NULL},
    {"empty-rdn", BYTES(0x30, 0x02, 0x31, 0x00), NULL},
    {"cut", BYTES(0x30, 0x04, 0x31, 0x00), NULL},
    {"more", BYTES(0x30, 0x00, 0x05, 0x00), NULL},
    {"bad-oid", BYTES(0x30, 0x0a, 0x31, 0x08, 0x30, 0x06, 0x06, 0x01, 0x80, 0x0c, 0x01, 'x'), NULL},
};

static void test_print(gconstpointer data)
{
    size_t row = GPOINTER_TO_SIZE(data);
    g_autofree unsigned char *copy = g_memdup2(print_rows[row].der, print_rows[row].size);
    g_autofree char *text = certd_distinguished_name_print(copy, print_rows[row].size);

    g_assert_cmpstr(text, ==, print_rows[row].text);
}

/* R2: what certd writes, it prints as the model does. */
static void test_ours(void)
{
    static const char *const names[] = {
        "CN=dev1",
        "CN=dev1,OU=b,OU=a,O=Example\\, Inc.,C=DE",
        "emailAddress=a@example.org,CN=\\#1\\ ,L=München",
        "initials=AL,surname=L,givenName=A,title=T,name=A L,serialNumber=47,DC=example,DC=org,ST=X",
        "CN=a\\+b\\\"c\\\\d\\<e\\>f\\;g=h",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdSubject) subject = certd_subject_parse(names[i], &error);
        g_autoptr(GByteArray) out = g_byte_array_new();
        g_assert_no_error(error);
        g_assert_true(certd_distinguished_name_write(out, subject, &error));
        g_autofree char *text = certd_distinguished_name_print(out->data, out->len);
        g_autofree char *of_model = certd_subject_print(subject);
        g_assert_cmpstr(text, ==, of_model);
    }
}

/* GnuTLS needs 14 s for this. */
static void test_many(void)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    static const unsigned char rdn[] = {0x31, 10, 0x30, 8, 0x06, 3, 0x55, 4, 11, 0x0c, 1, 'a'};
    size_t mark = certd_der_begin(out, CERTD_DER_SEQUENCE);

    for (int i = 0; i < 20000; i++)
        g_byte_array_append(out, rdn, sizeof rdn);
    certd_der_end(out, mark);
    gint64 before = g_get_monotonic_time();
    g_autofree char *text = certd_distinguished_name_print(out->data, out->len);
    g_assert_cmpint(g_get_monotonic_time() - before, <, 2 * G_USEC_PER_SEC);
    g_assert_cmpuint(strlen(text), ==, 20000 * strlen("OU=a,") - 1);
}

static void test_hex(void)
{
    g_autofree char *empty = certd_hex(NULL, 0);
    g_autofree char *text = certd_hex("\x00\x7f\xab", 3);

    g_assert_cmpstr(empty, ==, "");
    g_assert_cmpstr(text, ==, "007fab");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(print_rows); i++) {
        g_autofree char *path = g_strconcat("/distinguished-name/print/", print_rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_print);
    }
    g_test_add_func("/distinguished-name/ours", test_ours);
    g_test_add_func("/distinguished-name/many", test_many);
    g_test_add_func("/distinguished-name/hex", test_hex);
    return g_test_run();
}
