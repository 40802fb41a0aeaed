/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R2, R3: subjects: what they take, what they refuse, and their RFC 4514 text. */
#include "model/subject.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"

/* R2: every field, several OU, in the order given. */
static void test_all_fields(void)
{
    static const char *const pairs[][2] = {
        {"DC", "org"},
        {"DC", "example"},
        {"C", "DE"},
        {"ST", "Bayern"},
        {"L", "München"},
        {"O", "Example GmbH"},
        {"OU", "Timing"},
        {"OU", "Lab 2"},
        {"OU", "Rack 7"},
        {"name", "Ada Lovelace"},
        {"title", "Dr."},
        {"givenName", "Ada"},
        {"surname", "Lovelace"},
        {"initials", "A. L."},
        {"serialNumber", "A-0001"},
        {"CN", "dev1.example"},
        {"emailAddress", "admin@example.org"},
    };
    g_autoptr(CertdSubject) subject = certd_subject_new();
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_true(certd_subject_append(subject, pairs[i][0], pairs[i][1], &error));
        g_assert_no_error(error);
    }
    g_assert_cmpuint(certd_subject_length(subject), ==, G_N_ELEMENTS(pairs));
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        const CertdAttribute *attribute = certd_subject_get(subject, i);
        g_assert_cmpstr(attribute->type->name, ==, pairs[i][0]);
        g_assert_cmpstr(attribute->value, ==, pairs[i][1]);
    }
    g_autofree char *text = certd_subject_print(subject);
    g_assert_cmpstr(
        text, ==,
        "emailAddress=admin@example.org,CN=dev1.example,serialNumber=A-0001,"
        "initials=A. L.,surname=Lovelace,givenName=Ada,title=Dr.,name=Ada Lovelace,"
        "OU=Rack 7,OU=Lab 2,OU=Timing,O=Example GmbH,L=München,ST=Bayern,C=DE,DC=example,DC=org");

    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSubject) parsed = certd_subject_parse(text, &error);
    g_assert_no_error(error);
    g_assert_true(certd_subject_equal(subject, parsed));
    g_autoptr(GVariant) variant = g_variant_ref_sink(certd_subject_to_variant(subject));
    g_autoptr(CertdSubject) decoded = certd_subject_from_variant(variant, &error);
    g_assert_no_error(error);
    g_assert_true(certd_subject_equal(subject, decoded));
    g_autoptr(CertdSubject) copy = certd_subject_copy(subject);
    g_assert_true(certd_subject_equal(subject, copy));
}

/* R2: the table, and that each way to name a type leads to it. */
static void test_types(void)
{
    static const char *const names[][3] = {
        {"C", "c", "2.5.4.6"},
        {"ST", "S", "2.5.4.8"},
        {"L", "l", "2.5.4.7"},
        {"O", "o", "2.5.4.10"},
        {"OU", "ou", "2.5.4.11"},
        {"CN", "Cn", "2.5.4.3"},
        {"emailAddress", "e", "1.2.840.113549.1.9.1"},
        {"serialNumber", "SERIALNUMBER", "2.5.4.5"},
        {"DC", "dc", "0.9.2342.19200300.100.1.25"},
        {"name", "NAME", "2.5.4.41"},
        {"title", "TITLE", "2.5.4.12"},
        {"givenName", "gn", "2.5.4.42"},
        {"surname", "SN", "2.5.4.4"},
        {"initials", "Initials", "2.5.4.43"},
    };
    size_t n_types;
    const CertdAttributeType *types = certd_attribute_types(&n_types);
    g_assert_cmpuint(n_types, ==, G_N_ELEMENTS(names));
    for (size_t i = 0; i < n_types; i++) {
        g_assert_cmpstr(types[i].name, ==, names[i][0]);
        g_assert_cmpuint(types[i].upper_bound * 4, <=, CERTD_LIMIT_VALUE_BYTES);
        for (size_t j = 0; j < G_N_ELEMENTS(names[i]); j++)
            g_assert_true(certd_attribute_type_find(names[i][j]) == &types[i]);
    }
    g_assert_null(certd_attribute_type_find("UID"));
    g_assert_null(certd_attribute_type_find(""));
    g_assert_null(certd_attribute_type_find("2.5.4.99"));
}

/* R3: each type at its bound in characters, and one beyond. */
static void test_bounds(void)
{
    static const struct {
        const char *type;
        unsigned int bound;
        const char *character;
    } bounds[] = {
        {"ST", 128, "ü"},          {"L", 128, "ü"},      {"O", 64, "ü"},
        {"OU", 64, "ü"},           {"CN", 64, "ü"},      {"title", 64, "ü"},
        {"givenName", 64, "ü"},    {"surname", 64, "ü"}, {"initials", 64, "ü"},
        {"serialNumber", 64, "1"}, {"DC", 63, "a"},      {"name", 64, "ü"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bounds); i++) {
        g_autoptr(GString) value = g_string_new(NULL);
        g_autoptr(CertdSubject) subject = certd_subject_new();
        g_autoptr(GError) error = NULL;
        for (unsigned int j = 0; j < bounds[i].bound; j++)
            g_string_append(value, bounds[i].character);
        g_assert_true(certd_subject_append(subject, bounds[i].type, value->str, &error));
        g_assert_no_error(error);
        g_string_append(value, bounds[i].character);
        g_assert_false(certd_subject_append(subject, bounds[i].type, value->str, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT);
        g_autofree char *said = g_strdup_printf("at most %u", bounds[i].bound);
        g_assert_nonnull(strstr(error->message, said));
        g_assert_cmpuint(certd_subject_length(subject), ==, 1);
    }
}

static void test_rdn_limit(void)
{
    g_autoptr(CertdSubject) subject = certd_subject_new();
    g_autoptr(GString) text = g_string_new("OU=0");
    g_autoptr(GError) error = NULL;
    for (unsigned int i = 0; i < CERTD_LIMIT_RDNS; i++) {
        g_assert_true(certd_subject_append(subject, "OU", "a", &error));
        if (i > 0)
            g_string_append_printf(text, ",OU=%u", i);
    }
    g_assert_false(certd_subject_append(subject, "OU", "a", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
    g_assert_cmpuint(certd_subject_length(subject), ==, CERTD_LIMIT_RDNS);
    g_clear_error(&error);

    g_autoptr(CertdSubject) parsed = certd_subject_parse(text->str, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(certd_subject_length(parsed), ==, CERTD_LIMIT_RDNS);
    g_string_append(text, ",OU=64");
    g_assert_null(certd_subject_parse(text->str, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
}

typedef struct {
    const char *name;
    const char *type;
    const char *value;
    const char *said; /* part of the message; NULL where it is taken */
} AppendRow;

/* R3 */
static const AppendRow append_rows[] = {
    {"country", "C", "CH", NULL},
    {"country-uk", "C", "UK", "the United Kingdom is \"GB\""},
    {"country-long", "C", "Germany", "the code of Germany is \"DE\""},
    {"unknown-type", "UID", "a", "\"UID\" is not known; there are C, ST, L"},
    {"strange-type", "a\n", "a", "\"a\\u{000A}\" is not known"},
    {"empty", "CN", "", "CN \"\" is not valid: it is empty"},
    {"control", "O", "a\tb", "\"a\\u{0009}b\""},
    {"override", "O", "a\u202Eb", "\"a\\u{202E}b\""},
    {"no-utf8", "O", "a\xFF", "\"a\\xFF\""},
    {"printable", "serialNumber", "Az09 '()+,-./:=?", NULL},
    {"not-printable-star", "serialNumber", "a*", "serialNumber \"a*\""},
    {"not-printable-underscore", "serialNumber", "a_b", "serialNumber \"a_b\""},
    {"not-printable-umlaut", "serialNumber", "ä", "serialNumber \"ä\""},
    {"not-ia5", "DC", "exämple", "characters of ASCII only"},
    {"mail", "emailAddress", "a.b+c@example.org", NULL},
    {"mail-without-at", "emailAddress", "example.org", "it has no \"@\""},
    {"mail-umlaut", "emailAddress", "ä@example.org", "characters of ASCII only"},
};

static void test_append(gconstpointer data)
{
    const AppendRow *row = data;
    g_autoptr(CertdSubject) subject = certd_subject_new();
    g_autoptr(GError) error = NULL;
    gboolean appended = certd_subject_append(subject, row->type, row->value, &error);
    g_assert_cmpint(appended, ==, row->said == NULL);
    g_assert_cmpuint(certd_subject_length(subject), ==, appended ? 1 : 0);
    if (appended)
        return;
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT);
    if (strstr(error->message, row->said) == NULL)
        g_error("\"%s\" does not say \"%s\"", error->message, row->said);
}

typedef struct {
    const char *name;
    const char *text;
    const char *printed; /* NULL: the same */
} ParseRow;

/* RFC 4514 */
static const ParseRow parse_rows[] = {
    {"empty", "", NULL},
    {"blank", "  ", ""},
    {"plain", "CN=dev1.example.org,OU=Timing,O=Example,C=DE", NULL},
    {"order-of-ou", "OU=b,OU=a,OU=c", NULL},
    {"spaces-around", " CN = dev1 , O = Example , C=DE ", "CN=dev1,O=Example,C=DE"},
    {"spaces-inside", "O=Example  Ltd", NULL},
    {"oid", "2.5.4.3=dev1", "CN=dev1"},
    {"alias", "E=a@example.org,sn=b,GN=c,s=d",
     "emailAddress=a@example.org,surname=b,givenName=c,ST=d"},
    {"escaped-specials", "O=a\\\"\\+\\,\\;\\<\\>\\\\b", NULL},
    {"escaped-equals", "O=a\\=b", "O=a=b"},
    {"plain-equals", "O=a=b", NULL},
    {"escaped-spaces", "O=\\ a\\ ", NULL},
    {"escaped-space-then-plain", "O=a\\   ,C=DE", "O=a\\ ,C=DE"},
    {"escaped-sharp", "O=\\#a", NULL},
    {"sharp-inside", "O=a#b", NULL},
    {"hex-pairs", "O=Z\\C3\\BCrich\\2C CH", "O=Zürich\\, CH"},
    {"hex-value-utf8", "2.5.4.3=#0C0464657631", "CN=dev1"},
    {"hex-value-printable", "C=#13024445,O=#0c0178", "C=DE,O=x"},
    {"hex-value-ia5", "DC=#16036F7267 , C=DE", "DC=org,C=DE"},
    {"hex-value-long-form", "CN=#0C810464657631", "CN=dev1"},
    {"hex-value-longer-form", "CN=#0C82000464657631", "CN=dev1"},
};

static void test_parse(gconstpointer data)
{
    const ParseRow *row = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSubject) subject = certd_subject_parse(row->text, &error);
    g_assert_no_error(error);
    g_autofree char *printed = certd_subject_print(subject);
    const char *expected = row->printed != NULL ? row->printed : row->text;
    g_assert_cmpstr(printed, ==, expected);
    g_autoptr(CertdSubject) again = certd_subject_parse(printed, &error);
    g_assert_no_error(error);
    g_assert_true(certd_subject_equal(subject, again));
}

typedef struct {
    const char *name;
    const char *text;
    const char *said;
} RefuseRow;

static const RefuseRow refuse_rows[] = {
    {"no-equals", "dev1", "\"TYPE=VALUE\" is expected"},
    {"no-type", "=a", "\"\" is not known"},
    {"comma-at-end", "CN=a,", "\"TYPE=VALUE\" is expected"},
    {"comma-first", ",CN=a", "\"TYPE=VALUE\" is expected"},
    {"empty-value", "CN=,C=DE", "it is empty"},
    {"slashes", "/C=DE/CN=a", "with commas"},
    {"multi-valued", "CN=a+OU=b,C=DE", "several attributes in one RDN are not supported"},
    {"semicolon", "CN=a;C=DE", "needs a backslash"},
    {"quotes", "CN=\"a\"", "needs a backslash"},
    {"angle", "CN=<a>", "needs a backslash"},
    {"backslash-at-end", "CN=a\\", "after a backslash"},
    {"backslash-letter", "CN=a\\z", "after a backslash"},
    {"half-hex-pair", "CN=a\\4", "after a backslash"},
    {"nul-pair", "CN=good.org\\00.evil.org", "NUL"},
    {"nul-in-hex-value", "CN=#0C03610062", "NUL"},
    {"hex-no-utf8", "CN=a\\FF", "\"a\\xFF\""},
    {"hex-control", "CN=a\\0A", "\"a\\u{000A}\""},
    {"hex-value-empty", "CN=#", "hexadecimal DER"},
    {"hex-value-odd", "CN=#0C0161F", "a comma or the end"},
    {"hex-value-short", "CN=#0C0261", "hexadecimal DER"},
    {"hex-value-long", "CN=#0C016161", "hexadecimal DER"},
    {"hex-value-no-length", "CN=#0C81", "hexadecimal DER"},
    {"hex-value-half-length", "CN=#0C8200", "hexadecimal DER"},
    {"hex-value-indefinite", "CN=#0C80610000", "hexadecimal DER"},
    {"hex-value-sequence", "CN=#3000", "hexadecimal DER"},
    {"hex-value-then-text", "CN=#0C0161 b", "a comma or the end"},
    {"country", "CN=a,C=UK", "\"GB\""},
    {"unknown-oid", "1.2.3=a", "\"1.2.3\" is not known"},
};

static void test_refuse(gconstpointer data)
{
    const RefuseRow *row = data;
    g_autoptr(GError) error = NULL;
    g_assert_null(certd_subject_parse(row->text, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT);
    if (strstr(error->message, row->said) == NULL)
        g_error("\"%s\" does not say \"%s\"", error->message, row->said);
}

/* R7: the common name that is copied is the most specific. */
static void test_common_name(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSubject) two = certd_subject_parse("OU=c,CN=b,CN=a,C=DE", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(certd_subject_common_name(two), ==, "b");
    g_autoptr(CertdSubject) none = certd_subject_parse("C=DE", &error);
    g_assert_no_error(error);
    g_assert_null(certd_subject_common_name(none));
}

static void test_equal(void)
{
    static const char *const others[] = {"", "CN=a", "C=DE,CN=a", "CN=b,C=DE", "OU=a,C=DE"};
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSubject) subject = certd_subject_parse("CN=a,C=DE", &error);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(CertdSubject) other = certd_subject_parse(others[i], &error);
        g_assert_no_error(error);
        g_assert_false(certd_subject_equal(subject, other));
    }
    certd_subject_free(NULL);
}

static void test_variant(void)
{
    static const char *const refused[] = {
        "'CN=a'", "[('CN', 'a', 'b')]", "[('CN', 'a'), ('C', 'UK')]", "[('X', 'a')]", "{'CN': 'a'}",
    };
    g_autoptr(GError) error = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GVariant) variant = g_variant_parse(NULL, refused[i], NULL, NULL, &error);
        g_assert_no_error(error);
        g_assert_null(certd_subject_from_variant(variant, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT);
        g_clear_error(&error);
    }
    g_autoptr(GVariant) pairs =
        g_variant_parse(NULL, "[('C', 'DE'), ('cn', 'a')]", NULL, NULL, &error);
    g_autoptr(CertdSubject) subject = certd_subject_from_variant(pairs, &error);
    g_assert_no_error(error);
    g_autofree char *printed = certd_subject_print(subject);
    g_assert_cmpstr(printed, ==, "CN=a,C=DE");
}

/* One test for each of the @n rows of @size bytes at @rows, which begin with their name. */
static void add_rows(const char *prefix, const void *rows, size_t n, size_t size,
                     GTestDataFunc function)
{
    for (size_t i = 0; i < n; i++) {
        const char *row = (const char *)rows + i * size;
        const char *name;
        memcpy(&name, row, sizeof(name));
        g_autofree char *path = g_strdup_printf("/model/subject/%s/%s", prefix, name);
        g_test_add_data_func(path, row, function);
    }
}

#define ADD_ROWS(prefix, rows, function)                                                           \
    add_rows(prefix, rows, G_N_ELEMENTS(rows), sizeof(rows[0]), function)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/subject/all-fields", test_all_fields);
    g_test_add_func("/model/subject/types", test_types);
    g_test_add_func("/model/subject/bounds", test_bounds);
    g_test_add_func("/model/subject/rdn-limit", test_rdn_limit);
    g_test_add_func("/model/subject/common-name", test_common_name);
    g_test_add_func("/model/subject/equal", test_equal);
    g_test_add_func("/model/subject/variant", test_variant);
    ADD_ROWS("append", append_rows, test_append);
    ADD_ROWS("parse", parse_rows, test_parse);
    ADD_ROWS("refuse", refuse_rows, test_refuse);
    return g_test_run();
}
