/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R70: the hash that OpenSSL looks a trust anchor up by, as openssl x509 -subject_hash prints it. */
#include "x509/subject-hash.h"

#include <gnutls/abstract.h>
#include <string.h>

#include "outside.h"
#include "x509/der.h"
#include "x509/key.h"

#define CN "2.5.4.3"
#define O "2.5.4.10"
#define C "2.5.4.6"

/* One attribute; those with @joined belong to the RDN of the one before. */
typedef struct {
    const char *oid;
    unsigned char tag;
    const char *value;
    size_t size;
    gboolean joined;
} Attribute;

#define TEXT(oid, tag, text)                                                                       \
    {                                                                                              \
        oid, tag, text, sizeof(text) - 1, FALSE                                                    \
    }
#define JOINED(oid, tag, text)                                                                     \
    {                                                                                              \
        oid, tag, text, sizeof(text) - 1, TRUE                                                     \
    }
#define UTF8(oid, text) TEXT(oid, CERTD_DER_UTF8_STRING, text)
#define PRINTABLE(oid, text) TEXT(oid, CERTD_DER_PRINTABLE_STRING, text)

static const struct {
    const char *name;
    Attribute attributes[6];
} ROWS[] = {
    {"empty", {{0}}},
    {"one", {UTF8(CN, "Root")}},
    {"several", {PRINTABLE(C, "DE"), UTF8(O, "Example GmbH"), UTF8(O, "b"), UTF8(CN, "Root X1")}},
    {"joined", {PRINTABLE(C, "DE"), UTF8(O, "Zeta"), JOINED(CN, CERTD_DER_UTF8_STRING, "alpha")}},
    {"joined-turned", {UTF8(CN, "alpha"), JOINED(O, CERTD_DER_UTF8_STRING, "Zeta")}},
    {"spaces", {UTF8(O, "  Two   words \t and\n more  "), UTF8(CN, " ")}},
    {"no-text", {UTF8(O, ""), UTF8(CN, "a")}},
    {"upper", {UTF8(CN, "ROOT of ALL 42 [\\]^_`{|}")}},
    {"umlauts",
     {UTF8(O, "M\xc3\xbcnchener \xc3\x84pfel"), UTF8(CN, "\xe2\x82\xac \xf0\x9f\x94\x91")}},
    {"no-break-space", {UTF8(CN, "a\xc2\xa0 b")}},
    {"bmp", {TEXT(O, CERTD_DER_BMP_STRING, "\0M\0\xfc\0 \0 \0X\x20\xac")}},
    {"t61", {TEXT(O, CERTD_DER_T61_STRING, "M\xfcnchen  X")}},
    {"ia5",
     {TEXT("0.9.2342.19200300.100.1.25", CERTD_DER_IA5_STRING, "Example"),
      TEXT("1.2.840.113549.1.9.1", CERTD_DER_IA5_STRING, "A@Example.ORG")}},
    {"universal", {TEXT(O, CERTD_DER_UNIVERSAL_STRING, "\0\0\0A\0\x01\xf5\x11")}},
    {"numeric", {TEXT("2.5.4.5", CERTD_DER_NUMERIC_STRING, " 12  3 ")}},
    {"bits", {TEXT("2.5.4.45", CERTD_DER_BIT_STRING, "\0AB")}},
    {"long",
     {UTF8(O, "0123456789012345678901234567890123456789012345678901234567890123"
              "0123456789012345678901234567890123456789012345678901234567890123"
              "0123456789 END")}},
};

/* The DER Name of @attributes, up to the one without OID. */
static GBytes *make_name(const Attribute *attributes)
{
    GByteArray *out = g_byte_array_new();
    size_t name = certd_der_begin(out, CERTD_DER_SEQUENCE), rdn = 0;

    for (size_t i = 0; attributes[i].oid != NULL; i++) {
        if (!attributes[i].joined)
            rdn = certd_der_begin(out, CERTD_DER_SET);
        size_t pair = certd_der_begin(out, CERTD_DER_SEQUENCE);
        g_assert_true(certd_der_write_oid(out, CERTD_DER_OID, attributes[i].oid));
        certd_der_write(out, attributes[i].tag, attributes[i].value, attributes[i].size);
        certd_der_end(out, pair);
        if (attributes[i + 1].oid == NULL || !attributes[i + 1].joined)
            certd_der_end(out, rdn);
    }
    certd_der_end(out, name);
    return certd_der_finish(out);
}

/* A certificate of that subject: @name in the place of a subject that is too short to be one. */
static GBytes *make_certificate(GBytes *name)
{
    static const char validity[] = "0\x1e\x17\x0d"
                                   "260101000000Z"
                                   "\x17\x0d"
                                   "360101000000Z";
    g_autoptr(GError) error = NULL;
    g_auto(gnutls_x509_privkey_t) key = certd_key_generate(CERTD_KEY_EC_SECP256R1, &error);
    g_autoptr(GBytes) public = certd_key_public(key, &error);
    GByteArray *out = g_byte_array_new();
    size_t whole = certd_der_begin(out, CERTD_DER_SEQUENCE);
    size_t tbs = certd_der_begin(out, CERTD_DER_SEQUENCE);
    gsize size;
    const void *data;

    certd_der_write(out, CERTD_DER_INTEGER, "\1", 1);
    for (int i = 0; i < 2; i++) {
        size_t algorithm = certd_der_begin(out, CERTD_DER_SEQUENCE);
        g_assert_true(certd_der_write_oid(out, CERTD_DER_OID, "1.2.840.10045.4.3.2"));
        certd_der_end(out, algorithm);
        if (i == 1)
            break;
        data = g_bytes_get_data(name, &size);
        g_byte_array_append(out, data, (guint)size);
        g_byte_array_append(out, (const guint8 *)validity, sizeof validity - 1);
        g_byte_array_append(out, data, (guint)size);
        data = g_bytes_get_data(public, &size);
        g_byte_array_append(out, data, (guint)size);
        certd_der_end(out, tbs);
    }
    /* Nobody checks this signature. */
    certd_der_write(out, CERTD_DER_BIT_STRING, "\0\x30\6\2\1\1\2\1\1", 9);
    certd_der_end(out, whole);
    return certd_der_finish(out);
}

static void test_openssl(void) /* R70 */
{
    char *directory = outside_directory();

    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
        g_autoptr(GBytes) name = make_name(ROWS[i].attributes);
        g_autoptr(GBytes) certificate = make_certificate(name);
        g_autofree char *path = outside_write_bytes(directory, "c.der", certificate);
        g_autofree char *said =
            outside_run("openssl x509 -noout -subject_hash -inform DER -in %s", path);
        g_autofree char *hash =
            certd_subject_hash(g_bytes_get_data(name, NULL), g_bytes_get_size(name));
        g_test_message("%s", ROWS[i].name);
        g_assert_cmpstr(hash, ==, g_strstrip(said));
    }
    outside_remove(directory);
}

/* What OpenSSL can't read has no hash. */
static void test_broken(void)
{
    static const Attribute rows[][2] = {
        {UTF8(CN, "a\xff")},
        {TEXT(CN, CERTD_DER_BMP_STRING, "\0a\0")},
        {TEXT(CN, CERTD_DER_BMP_STRING, "\xd8\0")},
        {TEXT(CN, CERTD_DER_UNIVERSAL_STRING, "\0\x11\0\0")},
    };
    char *directory = outside_directory();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) name = make_name(rows[i]);
        g_autoptr(GBytes) certificate = make_certificate(name);
        g_autofree char *path = outside_write_bytes(directory, "c.der", certificate);
        g_assert_null(certd_subject_hash(g_bytes_get_data(name, NULL), g_bytes_get_size(name)));
        g_assert_false(outside_try("openssl x509 -noout -subject_hash -inform DER -in %s", path));
    }
    g_assert_null(certd_subject_hash("\x31\0", 2));
    g_assert_null(certd_subject_hash("\x30\2\x30\0", 4));
    g_assert_null(certd_subject_hash("\x30\0x", 3));
    outside_remove(directory);
}

/* R71: what a name constraint is held against. */
static void test_decode(void)
{
    static const struct {
        unsigned char tag;
        const char *value;
        size_t size;
        const char *text; /* NULL: none */
    } rows[] = {
        {CERTD_DER_PRINTABLE_STRING, "a.b", 3, "a.b"},
        {CERTD_DER_BMP_STRING, "\0a\0.\0b", 6, "a.b"},
        {CERTD_DER_UNIVERSAL_STRING, "\0\0\0a", 4, "a"},
        {CERTD_DER_BMP_STRING, "\0a\0", 3, NULL},
        {CERTD_DER_UTF8_STRING, "\xff", 1, NULL},
        {CERTD_DER_INTEGER, "a", 1, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const CertdDerItem item = {.tag = rows[i].tag,
                                   .value = (const unsigned char *)rows[i].value,
                                   .size = rows[i].size};
        GString *text = certd_name_decode(&item);
        g_assert_cmpstr(text != NULL ? text->str : NULL, ==, rows[i].text);
        if (text != NULL)
            g_string_free(text, TRUE);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/subject-hash/openssl", test_openssl);
    g_test_add_func("/subject-hash/broken", test_broken);
    g_test_add_func("/subject-hash/decode", test_decode);
    return g_test_run();
}
