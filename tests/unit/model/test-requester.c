/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* R60: what a list of requesters.d permits, and what it does not; and what can't be in one. */
#include "model/requester.h"

#include <string.h>

#include "model/error.h"
#include "model/limits.h"
#include "model/san.h"

#define LAB "DNS:mqtt.example.org;DNS:*.lab.example.org;IP:192.0.2.0/24"

typedef struct {
    const char *row;
    const char *certificates;
    const char *names;
    const char *certificate; /* asked for */
    const char *settings;    /* beside issuer=internal, as g_variant_parse() reads them */
    gboolean permitted;
} Row;

static const Row rows[] = {
    {"exact", "mqtt", LAB, "mqtt", "'subject-alt-names': <['DNS:mqtt.example.org']>", TRUE},
    {"upper-case", "mqtt", LAB, "mqtt", "'subject-alt-names': <['DNS:MQTT.example.org.']>", TRUE},
    {"other-certificate", "mqtt", LAB, "web", "'subject-alt-names': <['DNS:mqtt.example.org']>",
     FALSE},
    {"longer-certificate", "mqtt", LAB, "mqtt2", "'subject-alt-names': <['DNS:mqtt.example.org']>",
     FALSE},
    {"glob", "mqtt-*", LAB, "mqtt-1", "'subject-alt-names': <['DNS:mqtt.example.org']>", TRUE},
    {"glob-nothing", "mqtt-*", LAB, "mqtt-", "'subject-alt-names': <['DNS:mqtt.example.org']>",
     TRUE},
    {"glob-before", "mqtt-*", LAB, "a-mqtt-1", "'subject-alt-names': <['DNS:mqtt.example.org']>",
     FALSE},
    {"glob-inside", "a*z", LAB, "a.b.z", "'subject-alt-names': <['DNS:mqtt.example.org']>", TRUE},
    {"second-certificate", "web; mqtt;", LAB, "mqtt",
     "'subject-alt-names': <['DNS:mqtt.example.org']>", TRUE},
    {"any-character-is-no-glob", "m.tt", LAB, "mqtt",
     "'subject-alt-names': <['DNS:mqtt.example.org']>", FALSE},
    {"label", "mqtt", LAB, "mqtt", "'subject-alt-names': <['DNS:a.lab.example.org']>", TRUE},
    {"two-labels", "mqtt", LAB, "mqtt", "'subject-alt-names': <['DNS:a.b.lab.example.org']>",
     FALSE},
    {"no-label", "mqtt", LAB, "mqtt", "'subject-alt-names': <['DNS:lab.example.org']>", FALSE},
    {"part-of-a-label", "mqtt", LAB, "mqtt", "'subject-alt-names': <['DNS:alab.example.org']>",
     FALSE},
    {"the-wildcard", "mqtt", LAB, "mqtt", "'subject-alt-names': <['DNS:*.lab.example.org']>", TRUE},
    {"deeper-wildcard", "mqtt", LAB, "mqtt", "'subject-alt-names': <['DNS:*.a.lab.example.org']>",
     FALSE},
    {"higher-wildcard", "mqtt", LAB, "mqtt", "'subject-alt-names': <['DNS:*.example.org']>", FALSE},
    {"first-address", "mqtt", LAB, "mqtt", "'subject-alt-names': <['IP:192.0.2.0']>", TRUE},
    {"last-address", "mqtt", LAB, "mqtt", "'subject-alt-names': <['IP:192.0.2.255']>", TRUE},
    {"address-below", "mqtt", LAB, "mqtt", "'subject-alt-names': <['IP:192.0.1.255']>", FALSE},
    {"address-beyond", "mqtt", LAB, "mqtt", "'subject-alt-names': <['IP:192.0.3.0']>", FALSE},
    {"no-ipv6", "mqtt", LAB, "mqtt", "'subject-alt-names': <['IP:2001:db8::1']>", FALSE},
    {"ipv6-last", "mqtt", "IP:2001:db8::/33", "mqtt",
     "'subject-alt-names': <['IP:2001:db8:7fff:ffff:ffff:ffff:ffff:ffff']>", TRUE},
    {"ipv6-beyond", "mqtt", "IP:2001:db8::/33", "mqtt",
     "'subject-alt-names': <['IP:2001:db8:8000::']>", FALSE},
    {"one-address", "mqtt", "IP:192.0.2.7", "mqtt", "'subject-alt-names': <['IP:192.0.2.7']>",
     TRUE},
    {"ranges-are-no-names", "mqtt", "IP:0.0.0.0/0", "mqtt",
     "'subject-alt-names': <['DNS:a.example.org']>", FALSE},
    {"ranges-are-no-directories", "mqtt", "IP:0.0.0.0/0", "mqtt",
     "'subject-alt-names': <['dirName:CN=a', 'RID:1.2.3']>", FALSE},
    {"one-of-two", "mqtt", LAB, "mqtt",
     "'subject-alt-names': <['DNS:mqtt.example.org', 'DNS:www.bank.com']>", FALSE},
    {"both", "mqtt", LAB, "mqtt", "'subject-alt-names': <['DNS:mqtt.example.org', 'IP:192.0.2.1']>",
     TRUE},
    {"mail", "mqtt", "email:a@example.org", "mqtt",
     "'subject-alt-names': <['email:a@example.org']>", TRUE},
    {"other-mail", "mqtt", "email:a@example.org", "mqtt",
     "'subject-alt-names': <['email:b@example.org']>", FALSE},
    {"mail-of-a-host", "mqtt", LAB, "mqtt", "'subject-alt-names': <['email:a@mqtt.example.org']>",
     FALSE},
    {"uri", "mqtt", "URI:urn:a:b", "mqtt", "'subject-alt-names': <['URI:urn:a:b']>", TRUE},
    {"common-name", "mqtt", LAB, "mqtt", "'subject': <'CN=mqtt.example.org'>", TRUE},
    {"other-common-name", "mqtt", LAB, "mqtt", "'subject': <'CN=www.bank.com'>", FALSE},
    {"common-name-beside", "mqtt", LAB, "mqtt",
     "'subject': <'CN=www.bank.com'>, 'subject-alt-names': <['DNS:mqtt.example.org']>", FALSE},
    {"first-of-two-common-names", "mqtt", LAB, "mqtt",
     "'subject': <'CN=mqtt.example.org,CN=www.bank.com'>", FALSE},
    {"common-name-of-nobody", "mqtt", LAB, "mqtt",
     "'subject': <'CN=My Camera'>, 'subject-alt-names': <['DNS:mqtt.example.org']>", FALSE},
    {"common-name-address", "mqtt", LAB, "mqtt", "'subject': <'CN=192.0.2.1'>", TRUE},
    {"organisation", "mqtt", LAB, "mqtt",
     "'subject': <'CN=mqtt.example.org,OU=Timing,O=Example,L=Ulm,ST=BW,C=DE,title=Broker'>", TRUE},
    {"mail-in-subject", "mqtt", LAB, "mqtt",
     "'subject': <'CN=mqtt.example.org,emailAddress=a@example.org'>", FALSE},
    {"permitted-mail-in-subject", "mqtt", LAB ";email:a@example.org", "mqtt",
     "'subject': <'CN=mqtt.example.org,emailAddress=a@example.org'>", TRUE},
    {"serial-number", "mqtt", LAB, "mqtt", "'subject': <'CN=mqtt.example.org,serialNumber=7'>",
     FALSE},
    {"domain-component", "mqtt", LAB, "mqtt", "'subject': <'CN=mqtt.example.org,DC=bank,DC=com'>",
     FALSE},
    {"person", "mqtt", LAB, "mqtt", "'subject': <'CN=mqtt.example.org,surname=Muster'>", FALSE},
    {"nothing", "mqtt", LAB, "mqtt", "", FALSE},
    {"organisation-alone", "mqtt", LAB, "mqtt", "'subject': <'O=Example'>", FALSE},
    {"device-nothing", "mqtt", "device", "mqtt", "", TRUE},
    {"device-organisation", "mqtt", "device", "mqtt", "'subject': <'O=Example'>", TRUE},
    {"device-name", "mqtt", "device", "mqtt", "'subject-alt-names': <['DNS:dev.example.org']>",
     TRUE},
    {"device-address", "mqtt", "device", "mqtt", "'subject-alt-names': <['IP:198.51.100.1']>",
     TRUE},
    {"device-common-name", "mqtt", "device", "mqtt", "'subject': <'CN=dev.example.org'>", TRUE},
    {"not-the-device", "mqtt", "device", "mqtt", "'subject-alt-names': <['DNS:a.example.org']>",
     FALSE},
    {"no-device", "mqtt", LAB, "mqtt", "'subject-alt-names': <['DNS:dev.example.org']>", FALSE},
    {"device-and-lab", "mqtt", LAB ";device", "mqtt",
     "'subject-alt-names': <['DNS:dev.example.org', 'DNS:a.lab.example.org']>", TRUE},
    {"external", "mqtt", LAB, "mqtt",
     "'subject-alt-names': <['DNS:mqtt.example.org']>, 'issuer': <'external'>", FALSE},
    {"self", "mqtt", LAB, "mqtt",
     "'subject-alt-names': <['DNS:mqtt.example.org']>, 'issuer': <'self'>", FALSE},
};

static CertdRequester *requester_of(const char *certificates, const char *names)
{
    g_autoptr(GError) error = NULL;
    CertdRequester *requester = certd_requester_new();
    gboolean set = certd_requester_set(requester, "certificates", certificates, &error) &&
                   certd_requester_set(requester, "names", names, &error);
    g_assert_no_error(error);
    g_assert_true(set);
    return requester;
}

static CertdSettings *settings_of(const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *issued = strstr(text, "issuer") != NULL
                                  ? g_strdup_printf("@a{sv} {%s}", text)
                                  : g_strdup_printf("@a{sv} {'issuer': <'internal'>%s%s}",
                                                    *text != '\0' ? ", " : "", text);
    g_autoptr(GVariant) options = g_variant_parse(NULL, issued, NULL, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(CertdSettings) defaults = certd_settings_new();
    CertdSettings *settings = certd_settings_apply(defaults, options, CERTD_POLICY_DEFAULT, &error);
    g_assert_no_error(error);
    return settings;
}

static void test_row(gconstpointer data)
{
    const Row *row = data;
    g_autoptr(CertdRequester) requester = requester_of(row->certificates, row->names);
    g_autoptr(CertdSettings) settings = settings_of(row->settings);
    g_autoptr(GPtrArray) device = certd_san_list_new();
    g_assert_true(
        certd_san_list_add(device, certd_san_parse("DNS:dev.example.org", NULL), NULL, NULL));
    g_assert_true(certd_san_list_add(device, certd_san_parse("IP:198.51.100.1", NULL), NULL, NULL));
    g_assert_cmpint(certd_requester_permits(requester, row->certificate, settings, device), ==,
                    row->permitted);
}

static const struct {
    const char *key;
    const char *value;
    const char *shown; /* in the message */
} invalid[] = {
    {"unit", "mosquitto", "\"mosquitto\" is no service"},
    {"unit", "mosquitto.socket", "is no service"},
    {"unit", "", "is no service"},
    {"user", "a user", "can't be the name of a user"},
    {"user", "", "can't be the name of a user"},
    {"certificates", "", "\"\" is no list"},
    {"certificates", "mqtt;;web", "has nothing before"},
    {"certificates", "MQTT", "\"MQTT\" can't be the name of a certificate"},
    {"certificates", "mqtt?", "can't be the name of a certificate"},
    {"certificates", "../mqtt", "can't be the name of a certificate"},
    {"certificates", "mqtt,web", "can't be the name of a certificate"},
    {"names", "", "is no list"},
    {"names", "mqtt.example.org", "mqtt.example.org"},
    {"names", "DNS:*", "*"},
    {"names", "DNS:a.*.example.org", "a.*.example.org"},
    {"names", "DNS:a*.example.org", "a*.example.org"},
    {"names", "IP:192.0.2.1/24", "\"IP:192.0.2.1/24\" is no range of addresses"},
    {"names", "IP:192.0.2.0/33", "is no range of addresses"},
    {"names", "IP:/0", "is no range of addresses"},
    {"names", "IP:192.0.2", "192.0.2"},
    {"names", "Device", "Device"},
    {"names", "DNS:a.example.org;;", "has nothing before"},
};

static void test_invalid(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(invalid); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(CertdRequester) requester = certd_requester_new();
        g_test_message("%s=%s", invalid[i].key, invalid[i].value);
        g_assert_false(certd_requester_set(requester, invalid[i].key, invalid[i].value, &error));
        g_assert_nonnull(error);
        g_assert_nonnull(strstr(error->message, invalid[i].shown));
    }
}

/* One unit or one user. */
static void test_whom(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CertdRequester) requester = certd_requester_new();
    g_assert_true(certd_requester_set(requester, "unit", "mosquitto@a.service", &error));
    g_assert_no_error(error);
    g_assert_cmpint(requester->consumer->kind, ==, CERTD_CONSUMER_UNIT);
    g_assert_cmpstr(requester->consumer->name, ==, "mosquitto@a.service");
    g_assert_cmpint(requester->consumer->action, ==, CERTD_CONSUMER_NONE);
    g_assert_false(certd_requester_set(requester, "user", "mosquitto", &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_INVALID_OPTION);
    g_assert_cmpint(requester->consumer->kind, ==, CERTD_CONSUMER_UNIT);
}

/* What is not said is not permitted. */
static void test_nothing(void)
{
    g_autoptr(CertdRequester) requester = certd_requester_new();
    g_autoptr(CertdSettings) settings = settings_of("");
    g_assert_false(certd_requester_permits(requester, "mqtt", settings, NULL));
}

/* CERTD_LIMIT_REQUESTER_PATTERNS: at it, and one beyond. */
static void test_limit(void)
{
    static const struct {
        const char *key;
        const char *part;
    } lists[] = {
        {"certificates", "mqtt;"}, {"names", "DNS:a.example.org;"}, {"names", "IP:192.0.2.0/24;"}};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (guint more = 0; more <= 1; more++) {
            g_autoptr(GError) error = NULL;
            g_autoptr(CertdRequester) requester = certd_requester_new();
            GString *value = g_string_new(NULL);
            for (guint n = 0; n < CERTD_LIMIT_REQUESTER_PATTERNS + more; n++)
                g_string_append(value, lists[i].part);
            gboolean set = certd_requester_set(requester, lists[i].key, value->str, &error);
            g_string_free(value, TRUE);
            g_assert_cmpint(set, ==, more == 0);
            if (more == 1)
                g_assert_error(error, CERTD_ERROR, CERTD_ERROR_LIMIT_EXCEEDED);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/requester/permits/", rows[i].row, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    g_test_add_func("/requester/invalid", test_invalid);
    g_test_add_func("/requester/whom", test_whom);
    g_test_add_func("/requester/nothing", test_nothing);
    g_test_add_func("/requester/limit", test_limit);
    return g_test_run();
}
