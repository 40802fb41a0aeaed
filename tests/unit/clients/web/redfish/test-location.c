/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where certificates are in the API, there and back; and what is no such place. */
#include "model/names.h"
#include "web/redfish/location.h"
#include "web/redfish/names.h"

static void test_there_and_back(void)
{
    static const char *const names[] = {"https", "mqtt", "a.b-c_d", "0"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *certificate = certd_location_certificate(names[i]);
        g_autofree char *collection = certd_location_collection(names[i]);
        g_autofree char *one = certd_location_certificate_name(certificate);
        g_autofree char *other = certd_location_collection_name(collection);
        g_assert_cmpstr(one, ==, names[i]);
        g_assert_cmpstr(other, ==, names[i]);
        g_assert_null(certd_location_certificate_name(collection));
        g_assert_null(certd_location_collection_name(certificate));
    }
}

static void test_no_place(void)
{
    static const char *const paths[] = {
        "",
        "/",
        CERTD_REDFISH_HTTPS "/",
        CERTD_REDFISH_HTTPS "/mqtt",
        CERTD_REDFISH_PLACES,
        CERTD_REDFISH_PLACES "/",
        CERTD_REDFISH_PLACES "/Certificate",
        CERTD_REDFISH_PLACES "//Certificate",
        CERTD_REDFISH_PLACES "/https/Certificate",
        CERTD_REDFISH_PLACES "/https/Certificates",
        CERTD_REDFISH_PLACES "/a/b/Certificate",
        CERTD_REDFISH_PLACES "/A/Certificate",
        CERTD_REDFISH_PLACES "/../Certificate",
        CERTD_REDFISH_PLACES "/mqtt/Certificate/",
        "https://other.example" CERTD_REDFISH_PLACES "/mqtt/Certificate",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_assert_null(certd_location_certificate_name(paths[i]));
        g_assert_null(certd_location_collection_name(paths[i]));
    }
}

static void test_requests(void)
{
    static const struct {
        const char *id;
        const char *object;
    } rows[] = {
        {"1", CERTD_PATH_REQUEST "/1"},
        {"18446744073709551615", CERTD_PATH_REQUEST "/18446744073709551615"},
        {"184467440737095516150", NULL},
        {"", NULL},
        {"-1", NULL},
        {"1a", NULL},
        {"../1", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *object = certd_location_request_object(rows[i].id);
        g_assert_cmpstr(object, ==, rows[i].object);
    }
}

/* R5: the type of a name is said, or follows from its form. */
static void test_names(void)
{
    static const struct {
        const char *text;
        const char *typed;
    } rows[] = {
        {"www.example.org", "DNS:www.example.org"},
        {"*.example.org", "DNS:*.example.org"},
        {"192.0.2.1", "IP:192.0.2.1"},
        {"2001:db8::1", "IP:2001:db8::1"},
        {"::1", "IP:::1"},
        {"admin@example.org", "email:admin@example.org"},
        {"https://example.org/a@b", "URI:https://example.org/a@b"},
        {"urn:uuid:1", "URI:urn:uuid:1"},
        {"DNS:a.example", "DNS:a.example"},
        {"dns:a.example", "DNS:a.example"},
        {"IP:192.0.2.1", "IP:192.0.2.1"},
        {"IP:::1", "IP:::1"},
        {"EMAIL:a@b.example", "email:a@b.example"},
        {"URI:urn:x:y", "URI:urn:x:y"},
        {"RID:1.2.3", "RID:1.2.3"},
        {"dirName:CN=x,O=y", "dirName:CN=x,O=y"},
        {"", "DNS:"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *typed = certd_names_type(rows[i].text);
        g_assert_cmpstr(typed, ==, rows[i].typed);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/redfish/location/there-and-back", test_there_and_back);
    g_test_add_func("/web/redfish/location/no-place", test_no_place);
    g_test_add_func("/web/redfish/location/requests", test_requests);
    g_test_add_func("/web/redfish/location/names", test_names);
    return g_test_run();
}
