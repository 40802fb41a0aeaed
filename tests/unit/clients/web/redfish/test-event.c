/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told of certd's signals. */
#include "web/redfish/event.h"

#include <string.h>

#define MANAGER "/org/certd1", "org.certd1.Manager"
#define CHANGED "org.freedesktop.DBus.Properties", "PropertiesChanged"
#define PLACES "/redfish/v1/CertificateService/Oem/Certd/Certificates"
#define HTTPS "/redfish/v1/Managers/device/NetworkProtocol/HTTPS/Certificates/https"
#define HOSTILE "'a\\n\\ndata: x\"<b>'"

/* Each event as "CODE origin-or-request args". */
static const struct {
    const char *path;
    const char *interface;
    const char *signal;
    const char *parameters;
    const char *told[5];
} SIGNALS[] = {
    {MANAGER,
     "CertificateAdded",
     "('mqtt', objectpath '/org/certd1/certificate/mqtt')",
     {"0 " PLACES "/mqtt", NULL}},
    {MANAGER,
     "CertificateRemoved",
     "('a.b', objectpath '/org/certd1/certificate/a_2eb')",
     {"1 " PLACES "/a.b", NULL}},
    {MANAGER,
     "CertificateChanged",
     "('https', objectpath '/org/certd1/certificate/https', 'renewal')",
     {"5 " PLACES "/https https renewal", "2 " PLACES "/https", "2 " HTTPS, NULL}},
    {MANAGER,
     "CertificateExpiring",
     "('mqtt', objectpath '/org/certd1/certificate/mqtt', uint64 1000000000)",
     {"6 " PLACES "/mqtt mqtt 2001-09-09T01:46:40Z", NULL}},
    {MANAGER,
     "CertificateExpiring",
     "('mqtt', objectpath '/org/certd1/certificate/mqtt', uint64 18446744073709551615)",
     {"6 " PLACES "/mqtt mqtt 18446744073709551615", NULL}},
    {MANAGER,
     "RequestAdded",
     "(objectpath '/org/certd1/certificate/mqtt', objectpath '/org/certd1/request/12')",
     {"0 " PLACES "/mqtt/Requests/12", NULL}},
    {MANAGER,
     "RequestFinished",
     "(objectpath '/org/certd1/request/12', 'ready')",
     {"7 /org/certd1/request/12 12 ready", NULL}},
    {"/org/certd1/log",
     "org.certd1.Log",
     "EntryAdded",
     "(uint64 5,)",
     {"2 /redfish/v1/Managers/device/LogServices/Audit", NULL}},
    {"/org/certd1",
     CHANGED,
     "('org.certd1.Manager', @a{sv} {}, @as [])",
     {"2 /redfish/v1/Managers/device", NULL}},
    {"/org/certd1/https",
     CHANGED,
     "('org.certd1.Https', @a{sv} {}, @as [])",
     {"2 /redfish/v1/Managers/device/NetworkProtocol",
      "2 /redfish/v1/Managers/device/SecurityPolicy", NULL}},
    {"/org/certd1/truststore",
     CHANGED,
     "('org.certd1.TrustStore', @a{sv} {}, @as [])",
     {"2 /redfish/v1/Managers/device/SecurityPolicy/TrustedCertificates", NULL}},
    {"/org/certd1/authority/internal",
     CHANGED,
     "('org.certd1.Authority', @a{sv} {}, @as [])",
     {"2 /redfish/v1/CertificateService/Oem/Certd/Authority", NULL}},
    {"/org/certd1/certificate/mqtt",
     CHANGED,
     "('org.certd1.Certificate', @a{sv} {}, @as [])",
     {"2 " PLACES "/mqtt", "2 " PLACES "/mqtt/Certificate", NULL}},
    {"/org/certd1/request/12",
     CHANGED,
     "('org.certd1.Request', @a{sv} {}, @as [])",
     {"2 /org/certd1/request/12", NULL}},
    /* What certd doesn't say, or says otherwise. */
    {"/org/certd1/certificate/_2f_2e_2e", CHANGED, "('x', @a{sv} {}, @as [])", {NULL}},
    {"/org/certd1/other", CHANGED, "('x', @a{sv} {}, @as [])", {NULL}},
    {MANAGER, "CertificateAdded", "('mqtt',)", {NULL}},
    {MANAGER, "Unknown", "()", {NULL}},
    {"/org/certd1", "org.example.Manager", "CertificateAdded", "('a', objectpath '/a')", {NULL}},
};

static char *describe(const CertdEvent *event)
{
    g_autofree char *what =
        g_strdup_printf("%d %s", (int)event->code, event->origin ? event->origin : event->request);
    return g_strjoin(" ", what, event->args[0], event->args[1], NULL);
}

static void test_signals(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(SIGNALS); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) parameters =
            g_variant_parse(NULL, SIGNALS[i].parameters, NULL, NULL, &error);
        g_assert_no_error(error);
        g_test_message("%s %s", SIGNALS[i].path, SIGNALS[i].signal);
        g_autoptr(GPtrArray) events = certd_events_of_signal(SIGNALS[i].path, SIGNALS[i].interface,
                                                             SIGNALS[i].signal, parameters);
        g_assert_cmpuint(events->len, ==, g_strv_length((char **)SIGNALS[i].told));
        for (guint j = 0; j < events->len; j++) {
            g_autofree char *told = describe(events->pdata[j]);
            g_assert_cmpstr(told, ==, SIGNALS[i].told[j]);
        }
    }
}

static void test_keys(void)
{
    g_autoptr(CertdEvent) a = certd_event_new(CERTD_EVENT_CHANGED, "/a");
    g_autoptr(CertdEvent) same = certd_event_new(CERTD_EVENT_CHANGED, "/a");
    g_autoptr(CertdEvent) other = certd_event_new(CERTD_EVENT_REMOVED, "/a");
    g_autoptr(CertdEvent) another = certd_event_new(CERTD_EVENT_CHANGED, "/a");
    another->args[0] = g_strdup("x");
    g_autofree char *key = certd_event_key(a), *same_key = certd_event_key(same),
                    *other_key = certd_event_key(other), *another_key = certd_event_key(another);
    g_assert_cmpstr(key, ==, same_key);
    g_assert_cmpstr(key, !=, other_key);
    g_assert_cmpstr(key, !=, another_key);
}

/* One line of data, whatever is in it; and the members that the schema requires. */
static void test_text(void)
{
    g_autoptr(GVariant) parameters = g_variant_ref_sink(
        g_variant_new_parsed("(" HOSTILE ", objectpath '/org/certd1/certificate/a', 'import')"));
    g_autoptr(GPtrArray) events = certd_events_of_signal(MANAGER, "CertificateChanged", parameters);
    g_autofree char *text = certd_events_text(events, 7, 1000000000);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 4);
    g_assert_cmpstr(lines[0], ==, "id: 7");
    g_assert_true(g_str_has_prefix(lines[1], "data: {"));
    g_assert_cmpstr(lines[2], ==, "");
    g_assert_cmpstr(lines[3], ==, "");

    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) node = json_from_string(lines[1] + strlen("data: "), &error);
    g_assert_no_error(error);
    JsonObject *object = json_node_get_object(node);
    g_assert_cmpstr(json_object_get_string_member(object, "Id"), ==, "7");
    JsonArray *records = json_object_get_array_member(object, "Events");
    g_assert_cmpuint(json_array_get_length(records), ==, events->len);
    JsonObject *record = json_array_get_object_element(records, 0);
    g_assert_cmpstr(json_object_get_string_member(record, "MessageId"), ==,
                    "Certd.1.0.CertificateChanged");
    g_assert_cmpstr(json_object_get_string_member(record, "EventId"), ==, "7.0");
    g_assert_cmpstr(json_object_get_string_member(record, "EventTimestamp"), ==,
                    "2001-09-09T01:46:40Z");
    g_assert_cmpstr(
        json_object_get_string_member(record, "Message"), ==,
        "Another chain of the certificate a\n\ndata: x\"<b> is in use, because of: import.");
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/event/signals", test_signals);
    g_test_add_func("/web/event/keys", test_keys);
    g_test_add_func("/web/event/text", test_text);
    return g_test_run();
}
