/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R22, R24, R28: for what names the device's own authority may speak, and for what it may not. */
#include "model/permitted.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"

#define PRIVATE_RANGES                                                                             \
    "IP:10.0.0.0/8 IP:169.254.0.0/16 IP:172.16.0.0/12 IP:192.168.0.0/16 IP:fc00::/7 IP:fe80::/10"

static gboolean is_public_suffix(void *userdata, const char *name)
{
    static const char *const suffixes[] = {"com", "example", "local", "uk", "co.uk", "github.io"};

    g_assert_cmpstr(userdata, ==, "device");
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        if (g_str_equal(name, suffixes[i]))
            return TRUE;
    }
    return FALSE;
}

/* From "DNS:a IP:b". */
static GPtrArray *names_of(const char *text)
{
    GPtrArray *names = certd_san_list_new();
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (size_t i = 0; words[i] && *words[i]; i++) {
        CertdSan *san = certd_san_parse(words[i], NULL);

        g_assert_nonnull(san);
        g_ptr_array_add(names, san);
    }
    return names;
}

static GPtrArray *permitted_of(const char *names, CertdScope scope)
{
    g_autoptr(GPtrArray) sans = names_of(names);

    return certd_permitted_new(sans, scope, is_public_suffix, (void *)"device");
}

static char *print(const GPtrArray *permitted)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < permitted->len; i++) {
        g_autofree char *one = certd_permitted_to_string(g_ptr_array_index(permitted, i));

        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", one);
    }
    return g_string_free(text, FALSE);
}

static const struct {
    const char *name;
    CertdScope scope;
    const char *names;
    const char *permitted;
} lists[] = {
    {"nothing known", CERTD_SCOPE_LOCAL, "", "DNS:local " PRIVATE_RANGES},
    {"host without domain", CERTD_SCOPE_LOCAL, "DNS:dev1 DNS:dev1.local",
     "DNS:dev1 DNS:local " PRIVATE_RANGES},
    {"host with domain", CERTD_SCOPE_LOCAL, "DNS:dev1.corp.example DNS:dev1",
     "DNS:corp.example DNS:dev1 DNS:local " PRIVATE_RANGES},
    {"domain without dot", CERTD_SCOPE_LOCAL, "DNS:dev1.lan", "DNS:lan DNS:local " PRIVATE_RANGES},
    {"domain is a public suffix", CERTD_SCOPE_LOCAL, "DNS:shop.com",
     "DNS:local DNS:shop.com " PRIVATE_RANGES},
    {"domain is a public suffix of two labels", CERTD_SCOPE_LOCAL, "DNS:shop.co.uk",
     "DNS:local DNS:shop.co.uk " PRIVATE_RANGES},
    {"host is a public suffix", CERTD_SCOPE_LOCAL, "DNS:com", "DNS:local " PRIVATE_RANGES},
    {"host is a public suffix of two labels", CERTD_SCOPE_LOCAL, "DNS:co.uk",
     "DNS:local " PRIVATE_RANGES},
    {"two hosts of one domain", CERTD_SCOPE_LOCAL, "DNS:a.corp.example DNS:b.corp.example",
     "DNS:corp.example DNS:local " PRIVATE_RANGES},
    {"domain of a domain", CERTD_SCOPE_LOCAL, "DNS:a.b.corp.example DNS:c.corp.example",
     "DNS:corp.example DNS:local " PRIVATE_RANGES},
    {"private addresses", CERTD_SCOPE_LOCAL,
     "IP:10.1.2.3 IP:172.31.255.255 IP:192.168.1.1 IP:169.254.1.1 IP:fd00::1 IP:fe80::1",
     "DNS:local " PRIVATE_RANGES},
    {"public addresses", CERTD_SCOPE_LOCAL, "IP:2001:db8::1 IP:192.0.2.1 IP:172.32.0.1",
     "DNS:local IP:10.0.0.0/8 IP:169.254.0.0/16 IP:172.16.0.0/12 IP:172.32.0.1/32 "
     "IP:192.0.2.1/32 IP:192.168.0.0/16 IP:2001:db8::1/128 IP:fc00::/7 IP:fe80::/10"},
    {"wildcard", CERTD_SCOPE_LOCAL, "DNS:*.dev1.corp.example",
     "DNS:corp.example DNS:local " PRIVATE_RANGES},
    {"other kinds", CERTD_SCOPE_LOCAL, "email:a@corp.example URI:https://corp.example RID:1.2.3",
     "DNS:local " PRIVATE_RANGES},
    {"device", CERTD_SCOPE_DEVICE, "DNS:dev1.corp.example DNS:dev1 IP:10.1.2.3 IP:fe80::1",
     "DNS:dev1 DNS:dev1.corp.example IP:10.1.2.3/32 IP:fe80::1/128"},
    {"device, each once", CERTD_SCOPE_DEVICE, "DNS:a.b.test DNS:b.test DNS:a.b.test IP:::1 IP:::1",
     "DNS:b.test IP:0.0.0.0/32 IP:::1/128"},
    {"device without names", CERTD_SCOPE_DEVICE, "IP:10.1.2.3",
     "DNS:invalid IP:10.1.2.3/32 IP:::/128"},
    {"device without IPv4", CERTD_SCOPE_DEVICE, "DNS:dev1 IP:fe80::1",
     "DNS:dev1 IP:0.0.0.0/32 IP:fe80::1/128"},
    {"device without anything", CERTD_SCOPE_DEVICE, "", "DNS:invalid IP:0.0.0.0/32 IP:::/128"},
    {"device called as a public suffix", CERTD_SCOPE_DEVICE, "DNS:com IP:10.1.2.3 IP:fe80::1",
     "DNS:invalid IP:10.1.2.3/32 IP:fe80::1/128"},
};

static void test_new(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autoptr(GPtrArray) permitted = permitted_of(lists[i].names, lists[i].scope);
        g_autofree char *text = print(permitted);

        g_test_message("%s", lists[i].name);
        g_assert_cmpstr(text, ==, lists[i].permitted);
    }
    g_assert_null(permitted_of("DNS:dev1", CERTD_SCOPE_ANY));
}

/* The same whatever the order of the device's names. */
static void test_order(void)
{
    g_autoptr(GPtrArray) one =
        permitted_of("DNS:a.b.test DNS:b.test DNS:c IP:192.0.2.1 IP:2001::1", CERTD_SCOPE_LOCAL);
    g_autoptr(GPtrArray) other =
        permitted_of("IP:2001::1 IP:192.0.2.1 DNS:c DNS:b.test DNS:a.b.test", CERTD_SCOPE_LOCAL);
    g_autofree char *text = print(one);
    g_autofree char *other_text = print(other);

    g_assert_cmpstr(text, ==, other_text);
}

static const struct {
    const char *san;
    gboolean allowed;
} names[] = {
    {"DNS:corp.example", TRUE},
    {"DNS:dev1.corp.example", TRUE},
    {"DNS:a.b.c.corp.example", TRUE},
    {"DNS:notcorp.example", FALSE},
    {"DNS:example", FALSE},
    {"DNS:corp.example.com", FALSE},
    {"DNS:local", TRUE},
    {"DNS:other.local", TRUE},
    {"DNS:bank.com", FALSE},
    {"DNS:*.corp.example", TRUE},
    {"DNS:*.dev1.corp.example", TRUE},
    {"DNS:*.other.example", FALSE},
    {"IP:10.255.255.255", TRUE},
    {"IP:11.0.0.0", FALSE},
    {"IP:9.255.255.255", FALSE},
    {"IP:172.15.255.255", FALSE},
    {"IP:172.16.0.0", TRUE},
    {"IP:172.31.255.255", TRUE},
    {"IP:172.32.0.0", FALSE},
    {"IP:192.0.2.1", TRUE},
    {"IP:192.0.2.2", FALSE},
    {"IP:fbff:ffff::1", FALSE},
    {"IP:fc00::1", TRUE},
    {"IP:fdff::1", TRUE},
    {"IP:fe00::1", FALSE},
    {"IP:fe80::1", TRUE},
    {"IP:febf::1", TRUE},
    {"IP:fec0::1", FALSE},
    {"IP:2001:db8::1", TRUE},
    {"IP:2001:db8::2", FALSE},
    {"IP:::ffff:10.0.0.1", FALSE},
    {"email:a@bank.com", FALSE},
    {"email:a@corp.example", TRUE},
    {"email:a@Dev1.Corp.Example", TRUE},
    {"email:a@notcorp.example", FALSE},
    {"email:\"a@corp.example\"@bank.com", FALSE},
    {"email:a@[10.0.0.1]", FALSE},
    {"URI:https://bank.com", FALSE},
    {"URI:https://corp.example", TRUE},
    {"URI:https://dev1.corp.example:8443/x?y#z", TRUE},
    {"URI:coap://other.local/x?y", TRUE},
    {"URI:coap://other.local:5683?y", TRUE},
    {"URI:coap://other.local?y", FALSE},
    {"URI:https://corp.example/x:y", FALSE},
    {"URI:https://bank.com/.corp.example:", FALSE},
    {"URI:https://notcorp.example/", FALSE},
    {"URI:https://bank.com/dev1.corp.example", FALSE},
    {"URI:https://bank.com#dev1.corp.example", FALSE},
    {"URI:https://bank.com?.corp.example", FALSE},
    {"URI:https://dev1.corp.example@bank.com/", FALSE},
    {"URI:https://dev1.corp.example:x@bank.com/", FALSE},
    {"URI:https://someone@dev1.corp.example/", FALSE},
    {"URI:https://%64ev1.corp.example/", FALSE},
    {"URI:https://10.0.0.1/", FALSE},
    {"URI:https://[fd00::1]/", FALSE},
    {"URI:urn:uuid:6a0ad8f4-4c5e-4f5a-9d3c-2f4e8f6d1b7a", FALSE},
    {"URI:urn:x://dev1.corp.example/", FALSE},
    {"URI:mailto:a@corp.example", FALSE},
    {"RID:1.2.3", TRUE},
    {"dirName:CN=bank.com", TRUE},
};

static void test_allows(void)
{
    g_autoptr(GPtrArray) permitted =
        permitted_of("DNS:dev1.corp.example IP:192.0.2.1 IP:2001:db8::1", CERTD_SCOPE_LOCAL);

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(CertdSan) san = certd_san_parse(names[i].san, NULL);

        g_test_message("%s", names[i].san);
        g_assert_nonnull(san);
        g_assert_cmpint(certd_permitted_allows(permitted, san), ==, names[i].allowed);
        g_assert_true(certd_permitted_allows(NULL, san));
    }
}

/* Host names are compared without case, wherever they come from. */
static void test_case(void)
{
    g_autoptr(GPtrArray) permitted = permitted_of("DNS:dev1.corp.example", CERTD_SCOPE_LOCAL);
    char upper[] = "DEV2.Corp.EXAMPLE";
    const CertdSan san = {.type = CERTD_SAN_DNS, .value = upper};

    g_assert_true(certd_permitted_allows(permitted, &san));
}

static const struct {
    const char *name;
    const char *sans;
    const char *common_name;
    const char *refused; /* NULL: nothing */
} checks[] = {
    {"all within", "DNS:dev1.corp.example IP:10.0.0.1", "dev1.corp.example", NULL},
    {"no names", "", NULL, NULL},
    {"a name beyond", "DNS:dev1.corp.example DNS:bank.com DNS:shop.com", NULL, "DNS:bank.com"},
    {"an address beyond", "IP:192.0.2.1", NULL, "IP:192.0.2.1"},
    {"a wildcard beyond", "DNS:*.bank.com", NULL, "DNS:*.bank.com"},
    {"a mail address beyond", "email:a@mail.bank.com", NULL,
     "\"email:a@mail.bank.com\", whose host is mail.bank.com; it may"},
    {"a URI beyond", "URI:https://bank.com/x", NULL,
     "\"URI:https://bank.com/x\", whose host is bank.com; it may"},
    {"mail and URI within", "email:a@corp.example URI:https://dev1.local/x RID:1.2.3", NULL, NULL},
    {"common name beyond", "DNS:dev1.corp.example", "www.bank.com", "DNS:www.bank.com"},
    {"common name is an address beyond", "", "192.0.2.1", "IP:192.0.2.1"},
    {"common name in capitals", "", "DEV1.Corp.Example", NULL},
    {"common name of words", "", "Bank of the World", NULL},
};

static void test_check(void)
{
    g_autoptr(GPtrArray) permitted = permitted_of("DNS:dev1.corp.example", CERTD_SCOPE_LOCAL);

    for (size_t i = 0; i < G_N_ELEMENTS(checks); i++) {
        g_autoptr(GPtrArray) sans = names_of(checks[i].sans);
        g_autoptr(GError) error = NULL;
        gboolean good = certd_permitted_check(permitted, sans, checks[i].common_name, &error);

        g_test_message("%s", checks[i].name);
        g_assert_true(certd_permitted_check(NULL, sans, checks[i].common_name, NULL));
        g_assert_cmpint(good, ==, checks[i].refused == NULL);
        if (good)
            continue;
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS);
        g_assert_nonnull(strstr(error->message, checks[i].refused));
        g_assert_nonnull(strstr(error->message, "DNS:corp.example, DNS:local, IP:10.0.0.0/8"));
        g_assert_nonnull(strstr(error->message, "\"certctl ca regenerate\""));
        g_assert_nonnull(strstr(error->message, "--scope"));
    }
}

/* What verifiers can't judge is told apart: no other scope but the one without constraints helps. */
static void test_hostless(void)
{
    static const char *const rows[] = {"URI:urn:uuid:1", "URI:https://10.0.0.1/",
                                       "email:a@[10.0.0.1]"};
    g_autoptr(GPtrArray) permitted = permitted_of("DNS:dev1.corp.example", CERTD_SCOPE_LOCAL);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) sans = names_of(rows[i]);
        g_autoptr(GError) error = NULL;

        g_assert_true(certd_permitted_check(NULL, sans, NULL, NULL));
        g_assert_false(certd_permitted_check(permitted, sans, NULL, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_POLICY_FORBIDS);
        g_assert_nonnull(strstr(error->message, rows[i]));
        g_assert_nonnull(strstr(error->message, "no host name"));
        g_assert_nonnull(strstr(error->message, "--scope any"));
    }
}

static const struct {
    const char *name;
    CertdScope scope;
    const char *before;
    const char *now;
    gboolean covered;
} covers[] = {
    {"the same", CERTD_SCOPE_LOCAL, "DNS:dev1.lan IP:192.0.2.1", "DNS:dev1.lan IP:192.0.2.1", TRUE},
    {"another private address", CERTD_SCOPE_LOCAL, "IP:10.0.0.1", "IP:192.168.7.7", TRUE},
    {"another public address", CERTD_SCOPE_LOCAL, "IP:192.0.2.1", "IP:192.0.2.2", FALSE},
    {"another host of the domain", CERTD_SCOPE_LOCAL, "DNS:a.lan", "DNS:b.lan", TRUE},
    {"another domain", CERTD_SCOPE_LOCAL, "DNS:a.lan", "DNS:a.office", FALSE},
    {"another short name", CERTD_SCOPE_LOCAL, "DNS:a", "DNS:b", FALSE},
    {"a name less", CERTD_SCOPE_LOCAL, "DNS:a DNS:b.lan IP:192.0.2.1", "DNS:a", TRUE},
    {"a public suffix has no place", CERTD_SCOPE_LOCAL, "DNS:a.lan", "DNS:com", TRUE},
    {"another private address of the device", CERTD_SCOPE_DEVICE, "IP:10.0.0.1", "IP:10.0.0.2",
     FALSE},
    {"another host of the device", CERTD_SCOPE_DEVICE, "DNS:a.lan", "DNS:b.lan", FALSE},
    {"below a host of the device", CERTD_SCOPE_DEVICE, "DNS:a.lan", "DNS:b.a.lan", TRUE},
    {"no constraints", CERTD_SCOPE_ANY, "DNS:a.lan", "DNS:com IP:192.0.2.1", TRUE},
};

static void test_covers(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(covers); i++) {
        g_autoptr(GPtrArray) permitted = permitted_of(covers[i].before, covers[i].scope);
        g_autoptr(GPtrArray) now = names_of(covers[i].now);

        g_test_message("%s", covers[i].name);
        g_assert_cmpint(certd_permitted_covers(permitted, now, covers[i].scope, is_public_suffix,
                                               (void *)"device"),
                        ==, covers[i].covered);
    }
}

static GPtrArray *many_addresses(guint count)
{
    GPtrArray *list = certd_san_list_new();

    for (guint i = 0; i < count; i++) {
        g_autofree char *text = g_strdup_printf("IP:203.0.%u.%u", i / 256, i % 256);

        g_ptr_array_add(list, certd_san_parse(text, NULL));
    }
    return list;
}

/* As many as there is room for, the first ones; the kinds that there are none of keep their place,
 * and who is left out does not ask for a new authority again and again. */
static void test_limit(void)
{
    const guint fit = CERTD_LIMIT_PERMITTED - 2; /* and "invalid", "::/128" */

    for (guint beyond = 0; beyond <= 1; beyond++) {
        g_autoptr(GPtrArray) many = many_addresses(fit + beyond);
        g_autoptr(GPtrArray) permitted =
            certd_permitted_new(many, CERTD_SCOPE_DEVICE, is_public_suffix, (void *)"device");

        g_assert_cmpuint(permitted->len, ==, CERTD_LIMIT_PERMITTED);
        for (guint i = 0; i < many->len; i++)
            g_assert_cmpint(certd_permitted_allows(permitted, g_ptr_array_index(many, i)), ==,
                            i < fit);
        g_assert_true(certd_permitted_covers(permitted, many, CERTD_SCOPE_DEVICE, is_public_suffix,
                                             (void *)"device"));
    }
}

static void test_scopes(void)
{
    static const char *const scopes[CERTD_SCOPE_COUNT_] = {"local", "device", "any"};
    static const char *const unknown[] = {"", "Local", "all", NULL};
    CertdScope scope = CERTD_SCOPE_DEVICE;

    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(certd_scope_parse(unknown[i], &scope, &error));
        g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
        g_assert_nonnull(strstr(error->message, "local, device, any"));
        g_assert_cmpint(scope, ==, CERTD_SCOPE_DEVICE);
    }
    for (unsigned int i = 0; i < CERTD_SCOPE_COUNT_; i++) {
        g_assert_cmpstr(certd_scope_name((CertdScope)i), ==, scopes[i]);
        g_assert_true(certd_scope_parse(scopes[i], &scope, NULL));
        g_assert_cmpuint(scope, ==, i);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/permitted/new", test_new);
    g_test_add_func("/model/permitted/order", test_order);
    g_test_add_func("/model/permitted/allows", test_allows);
    g_test_add_func("/model/permitted/case", test_case);
    g_test_add_func("/model/permitted/check", test_check);
    g_test_add_func("/model/permitted/hostless", test_hostless);
    g_test_add_func("/model/permitted/covers", test_covers);
    g_test_add_func("/model/permitted/limit", test_limit);
    g_test_add_func("/model/permitted/scopes", test_scopes);
    return g_test_run();
}
