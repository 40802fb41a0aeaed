/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R5, R7, R8: subject alternative names: what each type takes, its canonical form, and lists. */
#include "model/san.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"

#define TEN "abcdefghij"
#define LABEL_63 TEN TEN TEN TEN TEN TEN "abc"
/* Three labels of 63 bytes, and their dots: 192. */
#define LABELS_192 LABEL_63 "." LABEL_63 "." LABEL_63 "."

typedef struct {
    const char *text;
    const char *printed; /* NULL: the same */
} TakenRow;

/* R5, R8 */
static const TakenRow taken_rows[] = {
    {"DNS:www.example.org", NULL},
    {"dns:WWW.Example.ORG.", "DNS:www.example.org"},
    {"DNS:dev1", NULL},
    {"DNS:3com.example", NULL},
    {"DNS:1.2.3.4a", NULL},
    {"DNS:xn--mnchen-3ya.example", NULL},
    {"DNS:" LABEL_63 ".example", NULL},
    {"DNS:" LABELS_192 TEN TEN TEN TEN TEN TEN "a", NULL},
    {"DNS:*." LABEL_63 "." LABEL_63 "." LABEL_63 "." TEN TEN TEN TEN TEN "abcdefghi", NULL},
    {"DNS:*.example.com", NULL},
    {"DNS:*.a.b.example.com", NULL},
    {"IP:192.0.2.1", NULL},
    {"ip:2001:DB8:0:0:0:0:0:1", "IP:2001:db8::1"},
    {"IP:::", NULL},
    {"IP:::ffff:192.0.2.1", NULL},
    {"IP:2001:db8:0:1:1:1:1:1", NULL},
    {"email:Admin@Example.ORG", "email:Admin@example.org"},
    {"email:a.b+c@dev1", NULL},
    {"email:\"a@ \\\"b\"@example.org", NULL},
    {"email:a@[192.0.2.1]", NULL},
    {"email:a@[IPv6:2001:db8::1]", "email:a@[ipv6:2001:db8::1]"},
    {"email:" TEN TEN TEN TEN TEN TEN "abcd@example.org", NULL},
    {"email:a@" LABELS_192 TEN TEN TEN TEN TEN TEN, NULL},
    {"URI:https://www.example.org/a?b#c", NULL},
    {"uri:HTTPS://User@WWW.Example.ORG:443/A%2F", "URI:https://User@www.example.org:443/A%2F"},
    {"URI:urn:uuid:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", NULL},
    {"URI:spiffe://example.org/device/1", NULL},
    {"URI:https://[2001:db8::1]:8443/", NULL},
    {"URI:mailto:a@example.org", NULL},
    {"RID:1.3.6.1.4.1.32473.1", NULL},
    {"RID:0.39", NULL},
    {"RID:1.39.0", NULL},
    {"RID:2.40", NULL},
    {"RID:2.5.4294967295", NULL},
    {"RID:1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20", NULL},
    {"dirName:CN=dev1,OU=Timing,O=Example,C=DE", NULL},
    {"DIRNAME: cn = dev1 , c=DE", "dirName:CN=dev1,C=DE"},
};

static void test_taken(gconstpointer data)
{
    const TakenRow *row = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdSan) san = certd_san_parse(row->text, &error);
    g_assert_no_error(error);
    g_autofree char *printed = certd_san_print(san);
    const char *expected = row->printed != NULL ? row->printed : row->text;
    g_assert_cmpstr(printed, ==, expected);

    g_autoptr(CertdSan) again = certd_san_parse(printed, &error);
    g_assert_no_error(error);
    g_assert_true(certd_san_equal(san, again));
    g_autoptr(CertdSan) copy = certd_san_copy(san);
    g_assert_true(certd_san_equal(san, copy));
}

typedef struct {
    const char *text;
    const char *said;
} RefusedRow;

/* R5, R8 */
static const RefusedRow refused_rows[] = {
    {"www.example.org", "has no type"},
    {"", "has no type"},
    {"X400:a", "\"X400\" is not known; there are DNS, IP, email, URI, RID and dirName"},
    {":a", "\"\" is not known"},
    {"DNS:", "a label is empty"},
    {"DNS:.", "a label is empty"},
    {"DNS:a..b", "a label is empty"},
    {"DNS:.example.org", "a label is empty"},
    {"DNS:example.org..", "a label is empty"},
    {"DNS:" LABEL_63 "d.example", "longer than 63"},
    {"DNS:" LABELS_192 TEN TEN TEN TEN TEN TEN "ab", "longer than 253"},
    {"DNS:*." LABEL_63 "." LABEL_63 "." LABEL_63 "." TEN TEN TEN TEN TEN TEN, "longer than 253"},
    {"DNS:a_b.example", "letters, digits and hyphens"},
    {"DNS:a b.example", "letters, digits and hyphens"},
    {"DNS:https://example.org", "letters, digits and hyphens"},
    {"DNS:a\n.example", "letters, digits and hyphens"},
    {"DNS:-a.example", "hyphen"},
    {"DNS:a-.example", "hyphen"},
    {"DNS:xn--.example", "hyphen"},
    {"DNS:192.0.2.1", "use \"IP:192.0.2.1\""},
    {"DNS:2001:db8::1", "use \"IP:2001:db8::1\""},
    {"DNS:192.0.2.1.", "last label is a number"},
    {"DNS:1.2.3", "last label is a number"},
    {"DNS:*", "\"*\" may only be"},
    {"DNS:*.com", "at least two labels"},
    {"DNS:*.com.", "at least two labels"},
    {"DNS:*.", "\"*\" may only be"},
    {"DNS:*.*.example.com", "\"*\" may only be"},
    {"DNS:www.*.example.com", "\"*\" may only be"},
    {"DNS:w*.example.com", "\"*\" may only be"},
    {"DNS:*w.example.com", "\"*\" may only be"},
    {"DNS:*.192.0.2.1", "last label is a number"},
    {"DNS:münchen.example", "write it in A-labels: \"xn--mnchen-3ya.example\""},
    {"DNS:*.münchen.example", "write it in A-labels: \"*.xn--mnchen-3ya.example\""},
    {"DNS:a\u202Eb.example", "use ASCII"},
    {"DNS:\xFF.example", "use ASCII"},
    {"IP:", "write an IPv4 address"},
    {"IP:192.0.2", "write an IPv4 address"},
    {"IP:192.0.2.256", "write an IPv4 address"},
    {"IP:192.0.2.01", "write an IPv4 address"},
    {"IP:0x7f.0.0.1", "write an IPv4 address"},
    {"IP:192.0.2.0/24", "without brackets, zone or prefix length"},
    {"IP:fe80::1%eth0", "without brackets, zone or prefix length"},
    {"IP:[::1]", "without brackets, zone or prefix length"},
    {"IP:1::2::3", "write an IPv4 address"},
    {"email:example.org", "no \"@\""},
    {"email:@example.org", "before \"@\""},
    {"email:a@", "after \"@\""},
    {"email:.a@example.org", "before \"@\""},
    {"email:a.@example.org", "before \"@\""},
    {"email:a..b@example.org", "before \"@\""},
    {"email:a b@example.org", "before \"@\""},
    {"email:a@b@example.org", "before \"@\""},
    {"email:\"@example.org", "before \"@\""},
    {"email:\"a\"b\"@example.org", "before \"@\""},
    {"email:\"a\\\"@example.org", "before \"@\""},
    {"email:Ada <a@example.org>", "before \"@\""},
    {"email:a@exa_mple.org", "after \"@\""},
    {"email:a@*.example.org", "after \"@\""},
    {"email:a@[192.0.2]", "after \"@\""},
    {"email:a@[192.0.2.1", "after \"@\""},
    {"email:a@[192.0.2.12", "after \"@\""},
    {"email:a@[", "after \"@\""},
    {"email:a@[2001:db8::1]", "after \"@\""},
    {"email:ä@example.org", "outside ASCII"},
    {"email:a\x01@example.org", "outside ASCII"},
    {"email:" TEN TEN TEN TEN TEN TEN "abcde@example.org", "longer than 64"},
    {"email:a@" LABELS_192 TEN TEN TEN TEN TEN TEN "a", "longer than 254"},
    {"URI:", "no absolute URI"},
    {"URI:www.example.org/a", "no absolute URI"},
    {"URI:/a", "no absolute URI"},
    {"URI://example.org/a", "no absolute URI"},
    {"URI:1a:b", "no absolute URI"},
    {"URI:https:", "no host"},
    {"URI:https:www.example.org", "no host"},
    {"URI:https:/www.example.org", "no host"},
    {"URI:https://", "host is empty"},
    {"URI:https:///a", "host is empty"},
    {"URI:https://:443/", "host is empty"},
    {"URI:https://a@/", "host is empty"},
    {"URI:https://example.org:99999/", "no absolute URI"},
    {"URI:https://[2001:db8/", "no absolute URI"},
    {"URI:https://example.org/a b", "percent-encode"},
    {"URI:https://exämple.org/", "percent-encode"},
    {"URI:https://example.org/%", "percent-encode"},
    {"URI:https://example.org/%4", "percent-encode"},
    {"URI:https://example.org/%z4", "percent-encode"},
    {"URI:https://example.org/%zz", "percent-encode"},
    {"URI:https://example.org/\\a", "percent-encode"},
    {"URI:https://example.org/a[1]", "percent-encode"},
    {"URI:https://example.org/#a#b", "percent-encode"},
    {"RID:", "decimal numbers"},
    {"RID:1", "single arc"},
    {"RID:1.", "decimal numbers"},
    {"RID:.1.2", "decimal numbers"},
    {"RID:1..2", "decimal numbers"},
    {"RID:1.2.", "decimal numbers"},
    {"RID:a", "decimal numbers"},
    {"RID:1.2.a", "decimal numbers"},
    {"RID:1.02", "decimal numbers"},
    {"RID:1.-2", "decimal numbers"},
    {"RID:3.1", "first arc"},
    {"RID:0.40", "second arc"},
    {"RID:1.40", "second arc"},
    {"RID:2.5.4294967296", "decimal numbers"},
    {"RID:2.5.18446744073709551617", "decimal numbers"},
    {"RID:1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21", "more than 20"},
    {"dirName:", "it is empty"},
    {"dirName:  ", "it is empty"},
    {"dirName:dev1", "\"TYPE=VALUE\" is expected"},
    {"dirName:CN=a,C=UK", "\"GB\""},
};

static void test_refused(gconstpointer data)
{
    const RefusedRow *row = data;
    g_autoptr(GError) error = NULL;
    g_assert_null(certd_san_parse(row->text, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME);
    if (strstr(error->message, row->said) == NULL)
        g_error("\"%s\" does not say \"%s\"", error->message, row->said);
}

/* A URI of @length bytes is taken, or not. */
static void check_length(size_t length, gboolean taken)
{
    g_autoptr(GString) uri = g_string_new("urn:a:");
    g_autoptr(GError) error = NULL;
    while (uri->len < length)
        g_string_append_c(uri, 'b');
    g_autoptr(CertdSan) san = certd_san_new(CERTD_SAN_URI, uri->str, &error);
    g_assert_cmpint(san != NULL, ==, taken);
    if (!taken)
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME);
}

static void test_value_length(void)
{
    check_length(CERTD_LIMIT_VALUE_BYTES, TRUE);
    check_length(CERTD_LIMIT_VALUE_BYTES + 1, FALSE);

    /* These fit as they are written, but not with the long name of their type: what is kept could
     * not be read back. */
    g_autoptr(GString) name = g_string_new(NULL);
    g_autofree char *domain = g_strdup(TEN TEN TEN TEN "." TEN TEN TEN TEN ".org");
    for (int i = 0; i < 22; i++)
        g_string_append_printf(name, "%sE=a@%s", i > 0 ? "," : "", domain);
    g_assert_cmpuint(name->len, <=, CERTD_LIMIT_VALUE_BYTES);
    g_autoptr(GError) error = NULL;
    g_assert_null(certd_san_new(CERTD_SAN_DIRNAME, name->str, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME);
    g_assert_nonnull(strstr(error->message, "longer than 2048"));
}

/* R5: too many RDNs in a dirName are the SAN's error, whatever the subject's is. */
static void test_dirname_rdns(void)
{
    g_autoptr(GString) name = g_string_new("OU=a");
    g_autoptr(GError) error = NULL;
    for (unsigned int i = 1; i < CERTD_LIMIT_RDNS; i++)
        g_string_append(name, ",OU=a");
    g_autoptr(CertdSan) at_limit = certd_san_new(CERTD_SAN_DIRNAME, name->str, &error);
    g_assert_no_error(error);
    g_assert_nonnull(at_limit);
    g_string_append(name, ",OU=a");
    g_assert_null(certd_san_new(CERTD_SAN_DIRNAME, name->str, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_SUBJECT_ALT_NAME);
}

static void test_types(void)
{
    static const char *const names[] = {"DNS", "IP", "email", "URI", "RID", "dirName"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        CertdSanType type;
        g_autofree char *lower = g_ascii_strdown(names[i], -1);
        g_assert_true(certd_san_type_parse(lower, &type));
        g_assert_cmpint(type, ==, i);
        g_assert_cmpstr(certd_san_type_name(type), ==, names[i]);
    }
    CertdSanType untouched = CERTD_SAN_RID;
    g_assert_false(certd_san_type_parse("other", &untouched));
    g_assert_cmpint(untouched, ==, CERTD_SAN_RID);
}

/* R7 */
static void test_common_name(void)
{
    static const struct {
        const char *common_name;
        const char *printed; /* NULL: nothing to copy */
    } rows[] = {
        {"dev1.Example.org", "DNS:dev1.example.org"},
        {"dev1", "DNS:dev1"},
        {"*.example.org", "DNS:*.example.org"},
        {"192.0.2.1", "IP:192.0.2.1"},
        {"2001:DB8::1", "IP:2001:db8::1"},
        {"192.0.2.256", NULL},
        {"*.org", NULL},
        {"Ada Lovelace", NULL},
        {"admin@example.org", NULL},
        {"münchen.example", NULL},
        {"", NULL},
        {NULL, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(CertdSan) san = certd_san_from_common_name(rows[i].common_name);
        g_autofree char *printed = san != NULL ? certd_san_print(san) : NULL;
        g_assert_cmpstr(printed, ==, rows[i].printed);
    }
}

/* R8: a wildcard answers for one label, the leftmost. */
static void test_matches(void)
{
    static const struct {
        const char *san;
        const char *name;
        gboolean matches;
    } rows[] = {
        {"DNS:a.example.org", "DNS:A.example.org", TRUE},
        {"DNS:a.example.org", "DNS:b.example.org", FALSE},
        {"DNS:example.org", "DNS:a.example.org", FALSE},
        {"DNS:*.example.org", "DNS:a.example.org", TRUE},
        {"DNS:*.example.org", "DNS:xn--mnchen-3ya.example.org", TRUE},
        {"DNS:*.example.org", "DNS:example.org", FALSE},
        {"DNS:*.example.org", "DNS:a.b.example.org", FALSE},
        {"DNS:*.example.org", "DNS:aexample.org", FALSE},
        {"DNS:*.example.org", "DNS:dev1", FALSE},
        {"DNS:*.example.org", "DNS:*.example.org", TRUE},
        {"DNS:a.example.org", "DNS:*.example.org", FALSE},
        {"IP:192.0.2.1", "IP:192.0.2.1", TRUE},
        {"IP:192.0.2.1", "IP:192.0.2.2", FALSE},
        {"IP:2001:db8::1", "IP:2001:db8:0::1", TRUE},
        {"URI:https://a.example.org/", "DNS:a.example.org", FALSE},
        {"email:a@example.org", "DNS:example.org", FALSE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(CertdSan) san = certd_san_parse(rows[i].san, NULL);
        g_autoptr(CertdSan) name = certd_san_parse(rows[i].name, NULL);
        g_assert_cmpint(certd_san_matches(san, name), ==, rows[i].matches);
    }
}

/* A path for a row that is named by its @text; the @index keeps two apart. */
static char *row_path(const char *kind, size_t index, const char *text)
{
    g_autofree char *name = g_strndup(text, 32);
    g_strcanon(name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS ".:@*", '_');
    return g_strdup_printf("/model/san/%s/%zu-%s", kind, index, name);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(taken_rows); i++) {
        g_autofree char *path = row_path("taken", i, taken_rows[i].text);
        g_test_add_data_func(path, &taken_rows[i], test_taken);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(refused_rows); i++) {
        g_autofree char *path = row_path("refused", i, refused_rows[i].text);
        g_test_add_data_func(path, &refused_rows[i], test_refused);
    }
    g_test_add_func("/model/san/value-length", test_value_length);
    g_test_add_func("/model/san/dirname-rdns", test_dirname_rdns);
    g_test_add_func("/model/san/types", test_types);
    g_test_add_func("/model/san/common-name", test_common_name);
    g_test_add_func("/model/san/matches", test_matches);
    return g_test_run();
}
