/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A certificate and a key in two files, each PEM or DER, become one PEM (R34). */
#include <glib.h>
#include <string.h>

#include "common/pem.h"
#include "model/error.h"
#include "model/limits.h"

/* Skeletons with the outermost elements only: that is all that is looked at. */
static const struct {
    const char *name;
    guint8 der[16];
    size_t size;
    const char *label;
} shapes[] = {
    {"certificate", {0x30, 7, 0x30, 0, 0x30, 0, 0x03, 1, 0}, 9, "CERTIFICATE"},
    {"pkcs7", {0x30, 5, 0x06, 1, 0x2a, 0xa0, 0}, 7, "PKCS7"},
    {"pkcs12", {0x30, 5, 0x02, 1, 3, 0x30, 0}, 7, "PKCS12"},
    {"pkcs8", {0x30, 7, 0x02, 1, 0, 0x30, 0, 0x04, 0}, 9, "PRIVATE KEY"},
    {"pkcs8-with-public-key", {0x30, 7, 0x02, 1, 1, 0x30, 0, 0x04, 0}, 9, "PRIVATE KEY"},
    {"encrypted-pkcs8", {0x30, 4, 0x30, 0, 0x04, 0}, 6, "ENCRYPTED PRIVATE KEY"},
    {"pkcs1", {0x30, 9, 0x02, 1, 0, 0x02, 1, 5, 0x02, 1, 3}, 11, "RSA PRIVATE KEY"},
    {"sec1", {0x30, 6, 0x02, 1, 1, 0x04, 1, 7}, 8, "EC PRIVATE KEY"},
    {"long-form", {0x30, 0x82, 0, 4, 0x30, 0, 0x04, 0}, 8, "ENCRYPTED PRIVATE KEY"},
    {"unknown-version", {0x30, 5, 0x02, 1, 9, 0x30, 0}, 7, NULL},
    {"longer-than-it-is", {0x30, 8, 0x30, 0, 0x30, 0, 0x03, 1, 0}, 9, NULL},
    {"child-longer-than-it-is", {0x30, 4, 0x30, 9, 0x04, 0}, 6, NULL},
    {"indefinite-length", {0x30, 0x80, 0x30, 0, 0x04, 0, 0, 0}, 8, NULL},
    {"huge-length", {0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0}, 7, NULL},
    {"five-length-bytes", {0x30, 0x85, 0, 0, 0, 0, 1, 0}, 8, NULL},
    {"no-sequence", {0x04, 1, 0}, 3, NULL},
    {"one-byte", {0x30}, 1, NULL},
    {"empty", {0}, 0, NULL},
};

static void test_shape(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    /* An exact copy, so that a byte too far is seen. */
    g_autofree guint8 *copy = g_memdup2(shapes[i].der, shapes[i].size);
    g_assert_cmpstr(certd_pem_label(copy, shapes[i].size), ==, shapes[i].label);
}

static GBytes *shape(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        if (g_str_equal(shapes[i].name, name))
            return g_bytes_new(shapes[i].der, shapes[i].size);
    }
    g_assert_not_reached();
}

static const char pem_certificate[] =
    "-----BEGIN CERTIFICATE-----\nMAcwADAAAwEA\n-----END CERTIFICATE-----\n";
static const char pem_key[] =
    "-----BEGIN EC PRIVATE KEY-----\nMAYCAQEEAQc=\n-----END EC PRIVATE KEY-----\n";

static void test_mix(const void *data)
{
    const unsigned int mix = GPOINTER_TO_UINT(data);
    g_autoptr(GBytes) certificate =
        mix & 1 ? shape("certificate") : g_bytes_new(pem_certificate, strlen(pem_certificate));
    g_autoptr(GBytes) key = mix & 2 ? shape("sec1") : g_bytes_new(pem_key, strlen(pem_key));
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) joined = certd_pem_join(certificate, key, &error);
    g_assert_no_error(error);
    g_autofree char *text = g_strndup(g_bytes_get_data(joined, NULL), g_bytes_get_size(joined));
    const char *first = strstr(text, pem_certificate);
    const char *second = strstr(text, pem_key);
    g_assert_nonnull(first);
    g_assert_nonnull(second);
    g_assert_true(first < second);
}

/* Lines of 64 characters (RFC 7468 section 2), none for nothing. */
static void test_lines(void)
{
    guint8 der[2 + 2 + 94] = {0x30, 96, 0x06, 92};
    der[96] = 0xa0;
    g_autoptr(GBytes) certificate = g_bytes_new(der, sizeof der);
    g_autoptr(GBytes) key = shape("sec1");
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) joined = certd_pem_join(certificate, key, &error);
    g_assert_no_error(error);
    g_autofree char *text = g_strndup(g_bytes_get_data(joined, NULL), g_bytes_get_size(joined));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_cmpstr(lines[0], ==, "-----BEGIN PKCS7-----");
    g_assert_cmpuint(strlen(lines[1]), ==, 64);
    g_assert_cmpuint(strlen(lines[2]), ==, 64);
    g_assert_cmpuint(strlen(lines[3]), ==, 4);
    g_assert_cmpstr(lines[4], ==, "-----END PKCS7-----");
}

static const struct {
    const char *name;
    const char *certificate;
    const char *key;
} refusals[] = {
    {"pkcs12", "pkcs12", "sec1"},
    {"pkcs12-as-key", "certificate", "pkcs12"},
    {"no-certificate", "no-sequence", "sec1"},
    {"no-key", "certificate", "no-sequence"},
    {"empty-key", "certificate", "empty"},
};

static void test_refusal(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autoptr(GBytes) certificate = shape(refusals[i].certificate);
    g_autoptr(GBytes) key = shape(refusals[i].key);
    g_autoptr(GError) error = NULL;
    g_assert_null(certd_pem_join(certificate, key, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_UNSUPPORTED_FORMAT);
}

/* The limit of an import, at it and one byte beyond; a line end is added after each part. */
static void test_limit(void)
{
    g_autoptr(GBytes) key = g_bytes_new(pem_key, strlen(pem_key));
    const size_t exact = CERTD_LIMIT_INPUT_BYTES - strlen(pem_key) - 2;
    for (size_t extra = 0; extra < 2; extra++) {
        g_autofree char *text = g_malloc(exact + extra);
        memset(text, '\n', exact + extra);
        memcpy(text, pem_certificate, strlen(pem_certificate));
        g_autoptr(GBytes) certificate = g_bytes_new(text, exact + extra);
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) joined = certd_pem_join(certificate, key, &error);
        if (extra == 0)
            g_assert_cmpuint(g_bytes_get_size(joined), ==, CERTD_LIMIT_INPUT_BYTES);
        else
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_TOO_LARGE);
    }
}

/* R70: lines as RFC 7468 has them; the last one may be full. */
static void test_certificate(void)
{
    static const struct {
        size_t size;
        const char *expected;
    } sizes[] = {
        {1, "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"},
        {48, "-----BEGIN CERTIFICATE-----\n"
             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
             "-----END CERTIFICATE-----\n"},
        {49, "-----BEGIN CERTIFICATE-----\n"
             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
             "AA==\n-----END CERTIFICATE-----\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GBytes) der = g_bytes_new_take(g_malloc0(sizes[i].size), sizes[i].size);
        g_autoptr(GBytes) pem = certd_pem_certificate(der);
        size_t size;
        const void *data = g_bytes_get_data(pem, &size);
        g_assert_cmpmem(data, size, sizes[i].expected, strlen(sizes[i].expected));
    }
}

int main(int argc, char **argv)
{
    static const char *const mixes[] = {"pem-pem", "der-pem", "pem-der", "der-der"};

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        g_autofree char *path = g_strconcat("/clients/pem/label/", shapes[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_shape);
    }
    for (unsigned int i = 0; i < G_N_ELEMENTS(mixes); i++) {
        g_autofree char *path = g_strconcat("/clients/pem/mix/", mixes[i], NULL);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_mix);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *path = g_strconcat("/clients/pem/refusal/", refusals[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_refusal);
    }
    g_test_add_func("/clients/pem/lines", test_lines);
    g_test_add_func("/clients/pem/certificate", test_certificate);
    g_test_add_func("/clients/pem/limit", test_limit);
    return g_test_run();
}
