/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R22: permitted subtrees as strings, and as the bytes of a name constraint (RFC 5280 4.2.1.10). */
#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/permitted.h"

static GVariant *strings_of(const char *text)
{
    GVariant *strings = g_variant_parse(NULL, text, NULL, NULL, NULL);

    g_assert_nonnull(strings);
    return strings;
}

static const struct {
    const char *name;
    const char *text;
    const char *back; /* NULL: refused */
} rows[] = {
    {"names", "['DNS:example.org', 'DNS:local']", "['DNS:example.org', 'DNS:local']"},
    {"upper case", "['DNS:Example.ORG']", "['DNS:example.org']"},
    {"ranges", "['IP:10.0.0.0/8', 'IP:fe80::/10']", "['IP:10.0.0.0/8', 'IP:fe80::/10']"},
    {"one address", "['IP:192.0.2.1/32', 'IP:::1/128']", "['IP:192.0.2.1/32', 'IP:::1/128']"},
    {"all addresses", "['IP:0.0.0.0/0', 'IP:::/0']", "['IP:0.0.0.0/0', 'IP:::/0']"},
    {"long IPv6", "['IP:2001:DB8:0:0::/32']", "['IP:2001:db8::/32']"},
    {"prefix within a byte", "['IP:172.16.0.0/12']", "['IP:172.16.0.0/12']"},
    {"bits beyond the prefix", "['IP:172.24.0.0/12']", NULL},
    {"bits beyond an IPv6 prefix", "['IP:fec0::/10']", "['IP:fec0::/10']"},
    {"one bit beyond an IPv6 prefix", "['IP:fea0::/10']", NULL},
    {"no prefix", "['IP:10.0.0.0']", NULL},
    {"empty prefix", "['IP:10.0.0.0/']", NULL},
    {"prefix 33", "['IP:10.0.0.0/33']", NULL},
    {"prefix 129", "['IP:::/129']", NULL},
    {"prefix of many digits", "['IP:::/4294967296']", NULL},
    {"prefix with a zero before", "['IP:10.0.0.0/08']", NULL},
    {"prefix with a sign", "['IP:10.0.0.0/+8']", NULL},
    {"prefix with more", "['IP:10.0.0.0/8x']", NULL},
    {"netmask", "['IP:10.0.0.0/255.0.0.0']", NULL},
    {"address of three", "['IP:10.0.0/8']", NULL},
    {"no address", "['IP:/8']", NULL},
    {"empty name", "['DNS:']", NULL},
    {"wildcard", "['DNS:*.example.org']", NULL},
    {"leading dot", "['DNS:.example.org']", NULL},
    {"final dot", "['DNS:example.org.']", NULL},
    {"address as a name", "['DNS:192.0.2.1']", NULL},
    {"control character", "['DNS:a\\u0007b']", NULL},
    {"another kind", "['email:example.org']", NULL},
    {"no kind", "['example.org']", NULL},
    {"kind in lower case", "['dns:example.org']", NULL},
    {"empty", "['']", NULL},
    {"twice", "['DNS:a.test', 'DNS:b.test', 'DNS:a.test']", NULL},
    {"twice in another case", "['DNS:a.test', 'DNS:A.test']", NULL},
    {"one text", "'DNS:example.org'", NULL},
    {"pairs", "[('DNS', 'example.org')]", NULL},
};

static void test_from_variant(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GVariant) strings = strings_of(rows[i].text);
        g_autoptr(GPtrArray) permitted = NULL;
        g_autoptr(GError) error = NULL;

        g_test_message("%s", rows[i].name);
        if (!rows[i].back) {
            g_assert_false(certd_permitted_from_variant(strings, &permitted, &error));
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
            g_assert_true(g_str_is_ascii(error->message));
            g_assert_null(strchr(error->message, '\a'));
            g_assert_null(permitted);
            continue;
        }
        g_assert_true(certd_permitted_from_variant(strings, &permitted, &error));
        g_assert_no_error(error);

        g_autoptr(GVariant) back = g_variant_ref_sink(certd_permitted_to_variant(permitted));
        g_autoptr(GVariant) wanted = strings_of(rows[i].back);
        g_assert_cmpvariant(back, wanted);
    }
}

/* No constraints are an empty list, there and back. */
static void test_none(void)
{
    g_autoptr(GVariant) strings = g_variant_ref_sink(certd_permitted_to_variant(NULL));
    g_autoptr(GPtrArray) kept = g_ptr_array_new();
    GPtrArray *permitted = kept;

    g_assert_cmpstr(g_variant_get_type_string(strings), ==, "as");
    g_assert_cmpuint(g_variant_n_children(strings), ==, 0);
    g_assert_true(certd_permitted_from_variant(strings, &permitted, NULL));
    g_assert_null(permitted);
}

static void test_limit(void)
{
    for (guint beyond = 0; beyond <= 1; beyond++) {
        g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
        g_autoptr(GPtrArray) permitted = NULL;
        g_autoptr(GError) error = NULL;

        for (guint i = 0; i < CERTD_LIMIT_PERMITTED + beyond; i++) {
            g_autofree char *text = g_strdup_printf("DNS:n%u.test", i);

            g_strv_builder_add(builder, text);
        }
        g_auto(GStrv) texts = g_strv_builder_end(builder);
        g_autoptr(GVariant) strings =
            g_variant_ref_sink(g_variant_new_strv((const char *const *)texts, -1));
        g_assert_cmpint(certd_permitted_from_variant(strings, &permitted, &error), ==, !beyond);
        if (beyond) {
            g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
            g_assert_null(permitted);
        } else {
            g_assert_cmpuint(permitted->len, ==, CERTD_LIMIT_PERMITTED);
        }
    }
}

static const struct {
    const char *text;
    size_t size;
    guint8 bytes[32];
} addresses[] = {
    {"['IP:10.0.0.0/8']", 8, {10, 0, 0, 0, 255}},
    {"['IP:172.16.0.0/12']", 8, {172, 16, 0, 0, 255, 240}},
    {"['IP:192.0.2.1/32']", 8, {192, 0, 2, 1, 255, 255, 255, 255}},
    {"['IP:0.0.0.0/0']", 8, {0}},
    {"['IP:fc00::/7']", 32, {[0] = 0xfc, [16] = 0xfe}},
    {"['IP:fe80::/10']", 32, {[0] = 0xfe, [1] = 0x80, [16] = 0xff, [17] = 0xc0}},
    {"['IP:2001:db8::/32']",
     32,
     {[0] = 0x20, [1] = 1, [2] = 0xd, [3] = 0xb8, [16] = 255, [17] = 255, [18] = 255, [19] = 255}},
    {"['DNS:example.org']", 0, {0}},
};

static void test_address(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        g_autoptr(GVariant) strings = strings_of(addresses[i].text);
        g_autoptr(GPtrArray) permitted = NULL;
        guint8 bytes[32] = {0};

        g_test_message("%s", addresses[i].text);
        g_assert_true(certd_permitted_from_variant(strings, &permitted, NULL));
        g_assert_cmpuint(certd_permitted_address(g_ptr_array_index(permitted, 0), bytes), ==,
                         addresses[i].size);
        g_assert_cmpmem(bytes, sizeof bytes, addresses[i].bytes, sizeof addresses[i].bytes);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/permitted-variant/from-variant", test_from_variant);
    g_test_add_func("/model/permitted-variant/none", test_none);
    g_test_add_func("/model/permitted-variant/limit", test_limit);
    g_test_add_func("/model/permitted-variant/address", test_address);
    return g_test_run();
}
