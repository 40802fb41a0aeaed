/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "x509/der.h"

#include <string.h>

#define BYTES(...)                                                                                 \
    (const unsigned char[]){__VA_ARGS__}, sizeof((const unsigned char[]){__VA_ARGS__})

/* Every span is copied to a block of its own size, so that a sanitizer sees a byte read too far. */
static const struct {
    const char *name;
    const unsigned char *data;
    size_t size;
    gboolean good;
    size_t contents;
} next_rows[] = {
    {"empty", NULL, 0, FALSE, 0},
    {"tag-only", BYTES(0x04), FALSE, 0},
    {"null", BYTES(0x05, 0x00), TRUE, 0},
    {"short", BYTES(0x04, 0x02, 1, 2), TRUE, 2},
    {"short-cut", BYTES(0x04, 0x02, 1), FALSE, 0},
    {"indefinite", BYTES(0x30, 0x80, 0x00, 0x00), FALSE, 0},
    {"long-one", BYTES(0x04, 0x81, 0x01, 9), TRUE, 1},
    {"long-four", BYTES(0x04, 0x84, 0, 0, 0, 1, 9), TRUE, 1},
    {"long-five", BYTES(0x04, 0x85, 0, 0, 0, 0, 1, 9), FALSE, 0},
    {"length-cut", BYTES(0x04, 0x82, 0x01), FALSE, 0},
    {"length-missing", BYTES(0x04, 0x84), FALSE, 0},
    {"huge", BYTES(0x04, 0x84, 0xff, 0xff, 0xff, 0xff, 1), FALSE, 0},
    {"one-too-long", BYTES(0x04, 0x81, 0x02, 9), FALSE, 0},
    {"high-tag", BYTES(0x1f, 0x01, 0x01, 0x00), FALSE, 0},
};

static void test_next(gconstpointer data)
{
    size_t row = GPOINTER_TO_SIZE(data);
    g_autofree unsigned char *copy = g_memdup2(next_rows[row].data, next_rows[row].size);
    CertdDer der = certd_der_reader(copy, next_rows[row].size);
    CertdDerItem item = {.tag = 0xee};

    g_assert_cmpint(certd_der_next(&der, &item), ==, next_rows[row].good);
    if (next_rows[row].good) {
        g_assert_cmpuint(item.tag, ==, copy[0]);
        g_assert_cmpuint(item.size, ==, next_rows[row].contents);
        g_assert_true(item.whole == copy);
        g_assert_cmpuint(item.whole_size, ==, next_rows[row].size);
        g_assert_true(certd_der_at_end(&der));
        g_assert_false(certd_der_skip(&der));
    } else {
        g_assert_cmpuint(item.tag, ==, 0xee);
        g_assert_cmpuint(der.size, ==, next_rows[row].size);
        g_assert_false(certd_der_skip(&der));
    }
}

static void test_walk(void)
{
    static const unsigned char data[] = {0x30, 0x08, 0x02, 0x01, 0x07, 0x31,
                                         0x00, 0x01, 0x01, 0xff, 0x05, 0x00};
    CertdDer der = certd_der_reader(data, sizeof data);
    CertdDer inside;
    CertdDerItem item;
    guint64 number = 0;

    g_assert_false(certd_der_enter(&der, CERTD_DER_SET, &inside));
    g_assert_true(certd_der_enter(&der, CERTD_DER_SEQUENCE, &inside));
    g_assert_true(certd_der_peek(&inside, CERTD_DER_INTEGER));
    g_assert_false(certd_der_expect(&inside, CERTD_DER_OID, &item));
    g_assert_true(certd_der_expect(&inside, CERTD_DER_INTEGER, &item));
    g_assert_true(certd_der_item_unsigned(&item, &number));
    g_assert_cmpuint(number, ==, 7);
    g_assert_true(certd_der_skip_optional(&inside, CERTD_DER_NULL));
    g_assert_true(certd_der_skip_optional(&inside, CERTD_DER_SET));
    g_assert_true(certd_der_peek(&inside, CERTD_DER_BOOLEAN));
    g_assert_true(certd_der_skip(&inside));
    g_assert_true(certd_der_at_end(&inside));
    g_assert_true(certd_der_expect(&der, CERTD_DER_NULL, &item));
    g_assert_true(certd_der_at_end(&der));
    g_assert_false(certd_der_peek(&der, CERTD_DER_NULL));

    /* An optional element that is there, but broken. */
    der = certd_der_reader(data, 3);
    g_assert_false(certd_der_skip_optional(&der, CERTD_DER_SEQUENCE));
}

static const struct {
    const char *name;
    const unsigned char *data;
    size_t size;
    gboolean good;
    guint64 value;
} unsigned_rows[] = {
    {"empty", NULL, 0, FALSE, 0},
    {"zero", BYTES(0), TRUE, 0},
    {"negative", BYTES(0x80), FALSE, 0},
    {"128", BYTES(0, 0x80), TRUE, 128},
    {"65537", BYTES(1, 0, 1), TRUE, 65537},
    {"largest", BYTES(0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), TRUE, G_MAXUINT64},
    {"too-large", BYTES(1, 0, 0, 0, 0, 0, 0, 0, 0), FALSE, 0},
};

static void test_unsigned(gconstpointer data)
{
    size_t row = GPOINTER_TO_SIZE(data);
    CertdDerItem item = {.value = unsigned_rows[row].data, .size = unsigned_rows[row].size};
    guint64 value = 4711;

    g_assert_cmpint(certd_der_item_unsigned(&item, &value), ==, unsigned_rows[row].good);
    g_assert_cmpuint(value, ==, unsigned_rows[row].good ? unsigned_rows[row].value : 4711);
}

static const struct {
    const char *dotted;
    const unsigned char *data;
    size_t size;
} oid_rows[] = {
    {"0.0", BYTES(0x00)},
    {"0.39", BYTES(0x27)},
    {"1.0", BYTES(0x28)},
    {"1.2.840.113549.1.9.7", BYTES(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x07)},
    {"2.5.4.3", BYTES(0x55, 0x04, 0x03)},
    {"2.40", BYTES(0x78)},
    {"2.999.3", BYTES(0x88, 0x37, 0x03)},
    {"1.3.4294967295", BYTES(0x2b, 0x8f, 0xff, 0xff, 0xff, 0x7f)},
};

static void test_oid(gconstpointer data)
{
    size_t row = GPOINTER_TO_SIZE(data);
    g_autoptr(GByteArray) out = g_byte_array_new();
    CertdDerItem item;

    g_assert_true(certd_der_write_oid(out, CERTD_DER_OID, oid_rows[row].dotted));
    CertdDer der = certd_der_reader(out->data, out->len);
    g_assert_true(certd_der_expect(&der, CERTD_DER_OID, &item));
    g_assert_cmpmem(item.value, item.size, oid_rows[row].data, oid_rows[row].size);
    g_autofree char *text = certd_der_item_oid(&item);
    g_assert_cmpstr(text, ==, oid_rows[row].dotted);
    g_assert_true(certd_der_item_is_oid(&item, oid_rows[row].dotted));
    g_assert_false(certd_der_item_is_oid(&item, "1.2.3.4"));
}

static const struct {
    const unsigned char *data;
    size_t size;
} broken[] = {
    {NULL, 0},
    {BYTES(0x80, 0x01)},
    {BYTES(0x2a, 0x86)},
    {BYTES(0x2a, 0x80, 0x01)},
    {BYTES(0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)},
};

static void test_oid_bad(void)
{
    static const char *const bad[] = {"",
                                      "1",
                                      "3.1",
                                      "0.40",
                                      "1.40",
                                      "1..2",
                                      "1.2.",
                                      ".1.2",
                                      "-1.2",
                                      "1.+2",
                                      "1. 2",
                                      "1.2.a",
                                      "01.2",
                                      "1.02",
                                      "hello",
                                      "1.2\n",
                                      "1.2.18446744073709551616"};
    g_autoptr(GByteArray) out = g_byte_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(certd_der_write_oid(out, CERTD_DER_OID, bad[i]));
    g_assert_cmpuint(out->len, ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
        CertdDerItem item = {.value = broken[i].data, .size = broken[i].size};
        g_assert_null(certd_der_item_oid(&item));
        g_assert_false(certd_der_item_is_oid(&item, "1.2.3"));
    }
}

/* Lengths around each point where the length field grows. */
static void test_write(void)
{
    static const struct {
        size_t size;
        size_t header;
    } rows[] = {{0, 2},   {1, 2},     {127, 2},   {128, 3},     {255, 3},
                {256, 4}, {65535, 4}, {65536, 5}, {16777216, 6}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree unsigned char *contents = g_malloc(rows[i].size + 1);
        memset(contents, 0x5a, rows[i].size);
        g_autoptr(GByteArray) out = g_byte_array_new();
        size_t mark = certd_der_begin(out, CERTD_DER_SEQUENCE);
        certd_der_write(out, CERTD_DER_OCTET_STRING, contents, rows[i].size);
        certd_der_write_text(out, CERTD_DER_UTF8_STRING, "x");
        certd_der_end(out, mark);

        g_autoptr(GBytes) bytes = certd_der_finish(g_steal_pointer(&out));
        CertdDer der = certd_der_reader(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        CertdDerItem item;
        g_assert_true(certd_der_enter(&der, CERTD_DER_SEQUENCE, &der));
        g_assert_true(certd_der_expect(&der, CERTD_DER_OCTET_STRING, &item));
        g_assert_cmpmem(item.value, item.size, contents, rows[i].size);
        g_assert_cmpuint(item.whole_size, ==, rows[i].size + rows[i].header);
        g_assert_true(certd_der_expect(&der, CERTD_DER_UTF8_STRING, &item));
        g_assert_cmpmem(item.value, item.size, "x", 1);
        g_assert_true(certd_der_at_end(&der));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(next_rows); i++) {
        g_autofree char *path = g_strconcat("/der/next/", next_rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_next);
    }
    g_test_add_func("/der/walk", test_walk);
    for (size_t i = 0; i < G_N_ELEMENTS(unsigned_rows); i++) {
        g_autofree char *path = g_strconcat("/der/unsigned/", unsigned_rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_unsigned);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(oid_rows); i++) {
        g_autofree char *path = g_strconcat("/der/oid/", oid_rows[i].dotted, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_oid);
    }
    g_test_add_func("/der/oid-bad", test_oid_bad);
    g_test_add_func("/der/write", test_write);
    return g_test_run();
}
