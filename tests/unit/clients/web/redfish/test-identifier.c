/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of foreign certificates as Redfish's Identifier: whatever is in them is told, and nothing else. */
#include "web/redfish/identifier.h"

static const struct {
    const char *name;
    const char *dn;
    const char *json; /* without DisplayString */
} rows[] = {
    {"empty", "", "{}"},
    {"usual", "CN=dev1.example.org,OU=Timing,O=Example,L=Bonn,ST=NRW,C=DE",
     "{\"Country\":\"DE\",\"State\":\"NRW\",\"City\":\"Bonn\",\"Organization\":\"Example\","
     "\"OrganizationalUnit\":\"Timing\",\"CommonName\":\"dev1.example.org\"}"},
    {"email", "emailAddress=a@example.org", "{\"Email\":\"a@example.org\"}"},
    {"several", "CN=b,CN=a,OU=3,OU=2,OU=1",
     "{\"OrganizationalUnit\":\"1\",\"AdditionalOrganizationalUnits\":[\"2\",\"3\"],"
     "\"CommonName\":\"a\",\"AdditionalCommonNames\":[\"b\"]}"},
    {"components", "CN=x,DC=example,DC=org",
     "{\"DomainComponents\":[\"org\",\"example\"],\"CommonName\":\"x\"}"},
    {"escapes", "CN=a\\,b\\+c\\\\d\\20e,O=\\\"q\\\"",
     "{\"Organization\":\"\\\"q\\\"\",\"CommonName\":\"a,b+c\\\\d e\"}"},
    {"plus", "CN=a+O=b", "{\"Organization\":\"b\",\"CommonName\":\"a\"}"},
    {"equals-in-value", "CN=a=b", "{\"CommonName\":\"a=b\"}"},
    {"unknown-type", "1.2.3=#0403414243,CN=a", "{\"CommonName\":\"a\"}"},
    {"markup", "CN=<script>alert(1)</script>", "{\"CommonName\":\"<script>alert(1)</script>\"}"},
    {"not-utf-8", "CN=\\ff\\fe", "{\"CommonName\":\"\xef\xbf\xbd\xef\xbf\xbd\"}"},
    {"no-attribute", "garbage,CN=a", "{\"CommonName\":\"a\"}"},
    {"backslash-at-end", "CN=a\\", "{\"CommonName\":\"a\\\\\"}"},
};

static char *print(JsonObject *object)
{
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    json_node_set_object(node, object);
    return json_to_string(node, FALSE);
}

static void test_row(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autoptr(JsonObject) identifier = certd_identifier_new(rows[i].dn, NULL);
    g_assert_cmpstr(json_object_get_string_member(identifier, "DisplayString"), ==, rows[i].dn);
    json_object_remove_member(identifier, "DisplayString");
    g_autofree char *json = print(identifier);
    g_assert_cmpstr(json, ==, rows[i].json);
}

static void test_names(void)
{
    g_autoptr(GVariant) sans = g_variant_ref_sink(
        g_variant_new_parsed("[('DNS', 'a.example'), ('IP', '::1'), ('dirName', 'CN=x')]"));
    g_autoptr(JsonObject) identifier = certd_identifier_new("CN=a", sans);
    g_autofree char *json = print(identifier);
    g_assert_cmpstr(json, ==,
                    "{\"CommonName\":\"a\",\"DisplayString\":\"CN=a\","
                    "\"AlternativeNames\":[\"DNS:a.example\",\"IP:::1\",\"dirName:CN=x\"]}");
}

static void test_no_names(void)
{
    g_autoptr(GVariant) sans = g_variant_ref_sink(g_variant_new("a(ss)", NULL));
    g_autoptr(JsonObject) identifier = certd_identifier_new("CN=a", sans);
    g_assert_false(json_object_has_member(identifier, "AlternativeNames"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/web/redfish/identifier/", rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_row);
    }
    g_test_add_func("/web/redfish/identifier/names", test_names);
    g_test_add_func("/web/redfish/identifier/no-names", test_no_names);
    return g_test_run();
}
