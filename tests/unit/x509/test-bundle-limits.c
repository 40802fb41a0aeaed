/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * R30, DESIGN 5: each limit of an import, at it and one beyond it, and that none of the bombs takes
 * time. The certificates are put together here: nothing would issue them.
 */
#include <time.h>

#include "model/error.h"
#include "model/limits.h"
#include "pki.h"
#include "x509/der.h"
#include "x509/judge.h"

#define OID_SIGNATURE "1.2.840.113549.1.1.11" /* SHA-256 with RSA */

typedef struct {
    size_t rdns;
    size_t sans;
    size_t extensions; /* beside subjectAltName */
    size_t rsa_bits;
    size_t exponent_octets;
    size_t copies;
    size_t critical_depth; /* levels of SEQUENCEs in an extension */
    size_t elements;       /* of a list in an extension */
} Shape;

static void write_oid(GByteArray *out, const char *oid)
{
    gboolean ok = certd_der_write_oid(out, CERTD_DER_OID, oid);
    g_assert_true(ok);
}

static void write_algorithm(GByteArray *out, const char *oid)
{
    size_t mark = certd_der_begin(out, CERTD_DER_SEQUENCE);
    write_oid(out, oid);
    certd_der_end(out, mark);
}

static void write_name(GByteArray *out, size_t rdns)
{
    size_t name = certd_der_begin(out, CERTD_DER_SEQUENCE);
    for (size_t i = 0; i < rdns; i++) {
        size_t rdn = certd_der_begin(out, CERTD_DER_SET);
        size_t attribute = certd_der_begin(out, CERTD_DER_SEQUENCE);
        write_oid(out, "2.5.4.11");
        certd_der_write_text(out, CERTD_DER_UTF8_STRING, "x");
        certd_der_end(out, attribute);
        certd_der_end(out, rdn);
    }
    certd_der_end(out, name);
}

/* A modulus of @bits that is odd, and an exponent. */
static void write_key(GByteArray *out, size_t bits, size_t exponent_octets)
{
    g_autofree unsigned char *number = g_malloc0(bits / 8 + 1);
    memset(number + 1, 0xa5, bits / 8);
    size_t key = certd_der_begin(out, CERTD_DER_SEQUENCE);
    size_t algorithm = certd_der_begin(out, CERTD_DER_SEQUENCE);
    write_oid(out, "1.2.840.113549.1.1.1");
    certd_der_write(out, CERTD_DER_NULL, "", 0);
    certd_der_end(out, algorithm);
    size_t string = certd_der_begin(out, CERTD_DER_BIT_STRING);
    g_byte_array_append(out, (const unsigned char *)"\0", 1);
    size_t numbers = certd_der_begin(out, CERTD_DER_SEQUENCE);
    certd_der_write(out, CERTD_DER_INTEGER, number, bits / 8 + 1);
    memset(number, 0x11, exponent_octets);
    certd_der_write(out, CERTD_DER_INTEGER, number, exponent_octets);
    certd_der_end(out, numbers);
    certd_der_end(out, string);
    certd_der_end(out, key);
}

static void write_extension(GByteArray *out, const char *oid, const GByteArray *value)
{
    size_t extension = certd_der_begin(out, CERTD_DER_SEQUENCE);
    write_oid(out, oid);
    certd_der_write(out, CERTD_DER_OCTET_STRING, value->data, value->len);
    certd_der_end(out, extension);
}

static void write_sans(GByteArray *out, size_t n)
{
    g_autoptr(GByteArray) value = g_byte_array_new();
    size_t list = certd_der_begin(value, CERTD_DER_SEQUENCE);
    for (size_t i = 0; i < n; i++)
        certd_der_write_text(value, CERTD_DER_CONTEXT(2), "a.example");
    certd_der_end(value, list);
    write_extension(out, "2.5.29.17", value);
}

/* A list of @elements, and @depth lists in each other. */
static void write_odd(GByteArray *out, size_t elements, size_t depth)
{
    g_autoptr(GByteArray) value = g_byte_array_new();
    g_autofree size_t *marks = g_new(size_t, depth + 1);
    for (size_t i = 0; i <= depth; i++)
        marks[i] = certd_der_begin(value, CERTD_DER_SEQUENCE);
    for (size_t i = 0; i < elements; i++)
        certd_der_write(value, CERTD_DER_NULL, "", 0);
    for (size_t i = depth + 1; i > 0; i--)
        certd_der_end(value, marks[i - 1]);
    write_extension(out, "1.3.6.1.4.1.99999.2", value);
}

static void write_extensions(GByteArray *out, const Shape *shape)
{
    g_autoptr(GByteArray) nothing = g_byte_array_new();
    certd_der_write(nothing, CERTD_DER_NULL, "", 0);
    size_t outer = certd_der_begin(out, CERTD_DER_CONTEXT_CONSTRUCTED(3));
    size_t list = certd_der_begin(out, CERTD_DER_SEQUENCE);
    if (shape->sans > 0)
        write_sans(out, shape->sans);
    if (shape->elements > 0 || shape->critical_depth > 0)
        write_odd(out, shape->elements, shape->critical_depth);
    for (size_t i = 0; i < shape->extensions; i++) {
        g_autofree char *oid = g_strdup_printf("1.3.6.1.4.1.99999.1.%zu", i);
        write_extension(out, oid, nothing);
    }
    certd_der_end(out, list);
    certd_der_end(out, outer);
}

static void write_certificate(GByteArray *out, const Shape *shape, size_t serial)
{
    unsigned char number[2] = {(unsigned char)(1 + serial / 256), (unsigned char)serial};
    g_autofree unsigned char *signature = g_malloc0(shape->rsa_bits / 8 + 1);
    memset(signature + 1, 0x11, shape->rsa_bits / 8);
    size_t whole = certd_der_begin(out, CERTD_DER_SEQUENCE);
    size_t tbs = certd_der_begin(out, CERTD_DER_SEQUENCE);
    size_t version = certd_der_begin(out, CERTD_DER_CONTEXT_CONSTRUCTED(0));
    certd_der_write(out, CERTD_DER_INTEGER, "\2", 1);
    certd_der_end(out, version);
    certd_der_write(out, CERTD_DER_INTEGER, number, 2);
    write_algorithm(out, OID_SIGNATURE);
    write_name(out, 1);
    size_t validity = certd_der_begin(out, CERTD_DER_SEQUENCE);
    certd_der_write_text(out, 0x17, "260101000000Z");
    certd_der_write_text(out, 0x17, "270101000000Z");
    certd_der_end(out, validity);
    write_name(out, shape->rdns);
    write_key(out, shape->rsa_bits, shape->exponent_octets);
    write_extensions(out, shape);
    certd_der_end(out, tbs);
    write_algorithm(out, OID_SIGNATURE);
    certd_der_write(out, CERTD_DER_BIT_STRING, signature, shape->rsa_bits / 8 + 1);
    certd_der_end(out, whole);
}

typedef struct {
    const char *name;
    Shape shape;
    int code; /* -1: it is read */
    const char *says;
} Row;

#define LIMIT CERTD_ERROR_LIMIT_EXCEEDED

/* RDNs, SANs, extensions, RSA bits, octets of the exponent, copies, depth, elements. */
static const Row ROWS[] = {
    {"usual", {3, 3, 3, 2048, 3, 1, 0, 0}, -1, NULL},
    {"rdns-64", {CERTD_LIMIT_RDNS, 1, 1, 2048, 3, 1, 0, 0}, -1, NULL},
    {"rdns-65", {CERTD_LIMIT_RDNS + 1, 1, 1, 2048, 3, 1, 0, 0}, LIMIT, "parts in one name"},
    {"rdns-bomb", {10000, 1, 1, 2048, 3, 1, 0, 0}, LIMIT, "more than"},
    {"sans-1000", {1, CERTD_LIMIT_SANS_IMPORT, 1, 2048, 3, 1, 0, 0}, -1, NULL},
    {"sans-1001", {1, CERTD_LIMIT_SANS_IMPORT + 1, 1, 2048, 3, 1, 0, 0}, LIMIT, "alternative"},
    {"sans-bomb", {1, 15000, 1, 2048, 3, 1, 0, 0}, LIMIT, "more than"},
    {"extensions-64", {1, 1, CERTD_LIMIT_EXTENSIONS - 1, 2048, 3, 1, 0, 0}, -1, NULL},
    {"extensions-65", {1, 1, CERTD_LIMIT_EXTENSIONS, 2048, 3, 1, 0, 0}, LIMIT, "extensions"},
    {"rsa-8192", {1, 1, 1, CERTD_LIMIT_RSA_BITS_MAX, 3, 1, 0, 0}, -1, NULL},
    {"rsa-8200", {1, 1, 1, CERTD_LIMIT_RSA_BITS_MAX + 8, 3, 1, 0, 0}, LIMIT, "8200 bits"},
    {"rsa-65536", {1, 1, 1, 65536, 3, 1, 0, 0}, LIMIT, "65536 bits"},
    {"exponent-4", {1, 1, 1, 2048, 4, 1, 0, 0}, -1, NULL},
    {"exponent-5", {1, 1, 1, 2048, 5, 1, 0, 0}, LIMIT, "exponent"},
    {"copies-16", {1, 1, 1, 2048, 3, CERTD_LIMIT_INPUT_CERTIFICATES, 0, 0}, -1, NULL},
    {"copies-of-one-name", {1, 60, 1, CERTD_LIMIT_RSA_BITS_MAX, 4, 16, 0, 0}, -1, NULL},
    {"copies-17", {1, 1, 1, 2048, 3, CERTD_LIMIT_INPUT_CERTIFICATES + 1, 0, 0}, LIMIT, "16"},
    {"elements-1024", {1, 1, 1, 2048, 3, 1, 0, CERTD_LIMIT_DER_ELEMENTS}, -1, NULL},
    {"elements-1025", {1, 1, 1, 2048, 3, 1, 0, CERTD_LIMIT_DER_ELEMENTS + 1}, LIMIT, "elements"},
    /* Six levels lead to the extension's own. */
    {"depth-32", {1, 1, 1, 2048, 3, 1, CERTD_LIMIT_DER_DEPTH - 7, 0}, -1, NULL},
    {"depth-33", {1, 1, 1, 2048, 3, 1, CERTD_LIMIT_DER_DEPTH - 6, 0}, LIMIT, "nest"},
    {"depth-bomb", {1, 1, 1, 2048, 3, 1, 20000, 0}, LIMIT, "nest"},
};

static void check(CertdBundle *bundle, const GError *error, int code, const char *says)
{
    if (code < 0) {
        g_assert_no_error(error);
        g_assert_nonnull(bundle);
        return;
    }
    g_assert_null(bundle);
    g_assert_error(error, CERTD_ERROR, code);
    if (strstr(error->message, says) == NULL)
        g_error("\"%s\" doesn't say \"%s\"", error->message, says);
}

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static void test_row(gconstpointer userdata)
{
    const Row *row = userdata;
    GByteArray *der = g_byte_array_new();
    for (size_t i = 0; i < row->shape.copies; i++)
        write_certificate(der, &row->shape, i);
    g_autoptr(GBytes) data = certd_der_finish(der);
    g_autoptr(GError) error = NULL;
    double before = cpu_seconds();
    g_autoptr(CertdBundle) bundle = certd_bundle_read(data, NULL, &error);
    check(bundle, error, row->code, row->says);
    if (bundle != NULL) {
        /* Signatures are tried wherever the names fit: here, all with all. */
        CertdJudgeJob job = {.clock_trusted = TRUE};
        g_autoptr(CertdJudgeResult) result = certd_judge(bundle, &job, &error);
        g_assert_no_error(error);
        g_assert_nonnull(result);
        g_assert_cmpuint(certd_bundle_length(bundle), ==, row->shape.copies);
    }
    g_test_message("%.3f s", cpu_seconds() - before);
    g_assert_cmpfloat(cpu_seconds() - before, <, CERTD_LIMIT_PARSE_CPU_SECONDS);
}

static void test_size(void)
{
    for (size_t extra = 0; extra < 2; extra++) {
        g_autofree char *text = g_strnfill(CERTD_LIMIT_INPUT_BYTES + extra, ' ');
        g_autoptr(GBytes) data = g_bytes_new(text, CERTD_LIMIT_INPUT_BYTES + extra);
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdBundle) bundle = certd_bundle_read(data, NULL, &error);
        check(bundle, error, extra > 0 ? CERTD_ERROR_TOO_LARGE : CERTD_ERROR_UNSUPPORTED_FORMAT,
              extra > 0 ? "at most" : "neither");
    }
}

/* Files with iteration counts, and a big key, by the real programs. */
static const char MAKE_FILES[] =
    "p8() { openssl pkcs8 -topk8 -v2 aes-256-cbc -iter $1 -in leaf.key -passout pass:geheim "
    "-out $2; }; p8 4000000 most.pem; p8 4000001 more.pem;"
    "p8 2000000 half.pem; cat half.pem half.pem >halves.pem;"
    "p8 2000001 over.pem; cat half.pem over.pem >sum.pem;"
    "p12() { openssl pkcs12 -export -iter $1 -in leaf.pem -inkey leaf.key -passout pass:geheim "
    "$3 -out $2; }; p12 1000000 p12.p12; p12 1400000 sum.p12;";

static const struct {
    const char *name;
    int code;
    const char *says;
} FILES[] = {
    {"most.pem", -1, NULL},        {"more.pem", LIMIT, "4000000"}, {"halves.pem", -1, NULL},
    {"sum.pem", LIMIT, "4000000"}, {"p12.p12", -1, NULL},          {"sum.p12", LIMIT, "4000000"},
};

static void test_files(void)
{
    double most = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(FILES); i++) {
        g_autoptr(GError) error = NULL;
        double before = cpu_seconds();
        g_autoptr(CertdBundle) bundle = pki_read(FILES[i].name, "geheim", &error);
        double used = cpu_seconds() - before;
        g_test_message("%s: %.3f s", FILES[i].name, used);
        check(bundle, error, FILES[i].code, FILES[i].says);
        /* What is refused costs less than the most that is allowed. */
        if (FILES[i].code < 0)
            most = MAX(most, used);
        else
            g_assert_cmpfloat(used, <, most);
    }
}

/* A PKCS#1 key with a modulus of @bits, and what follows it as small as can be. */
static GBytes *make_rsa_key(size_t bits, size_t padding)
{
    GByteArray *out = g_byte_array_new();
    g_autofree unsigned char *number = g_malloc0(bits / 8 + padding + 1);
    memset(number + 1, 0xa5, bits / 8);
    size_t key = certd_der_begin(out, CERTD_DER_SEQUENCE);
    certd_der_write(out, CERTD_DER_INTEGER, "\0", 1);
    certd_der_write(out, CERTD_DER_INTEGER, number, bits / 8 + 1);
    certd_der_write(out, CERTD_DER_INTEGER, "\1\0\1", 3);
    certd_der_write(out, CERTD_DER_INTEGER, number, padding + 1);
    for (int i = 0; i < 5; i++)
        certd_der_write(out, CERTD_DER_INTEGER, "\3", 1);
    certd_der_end(out, key);
    return certd_der_finish(out);
}

static void test_rsa_key(void)
{
    static const struct {
        size_t bits;
        size_t padding;
        CertdError code;
        const char *says;
    } rows[] = {
        {CERTD_LIMIT_RSA_BITS_MAX, 0, CERTD_ERROR_MALFORMED, "private key"},
        {CERTD_LIMIT_RSA_BITS_MAX + 8, 0, LIMIT, "8200 bits"},
        {2048, CERTD_LIMIT_KEY_BYTES, CERTD_ERROR_TOO_LARGE, "at most"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) data = make_rsa_key(rows[i].bits, rows[i].padding);
        g_autoptr(GError) error = NULL;
        double before = cpu_seconds();
        g_autoptr(CertdBundle) bundle = certd_bundle_read(data, NULL, &error);
        g_assert_cmpfloat(cpu_seconds() - before, <, 0.5);
        check(bundle, error, (int)rows[i].code, rows[i].says);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    pki_begin();
    pki_run(PKI_CHAIN);
    pki_run(MAKE_FILES);
    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
        g_autofree char *path = g_strdup_printf("/bundle-limits/%s", ROWS[i].name);
        g_test_add_data_func(path, &ROWS[i], test_row);
    }
    g_test_add_func("/bundle-limits/size", test_size);
    g_test_add_func("/bundle-limits/iterations", test_files);
    g_test_add_func("/bundle-limits/rsa-key", test_rsa_key);
    int r = g_test_run();
    pki_end();
    return r;
}
