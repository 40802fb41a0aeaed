/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the query of the log's entries means. */
#include "web/redfish/log.h"

static const struct {
    const char *name;
    const char *text;
    gboolean filter;
    const char *value; /* as GVariant prints it */
} GOOD[] = {
    {"object", "certificate/https", TRUE, "'certificate/https'"},
    {"object", "", TRUE, "''"},
    {"action", "import", TRUE, "'import'"},
    {"uid", "0", TRUE, "uint32 0"},
    {"uid", "4294967295", TRUE, "uint32 4294967295"},
    {"outcome", "failed", TRUE, "'failed'"},
    {"since", "2001-09-09T01:46:40Z", TRUE, "uint64 1000000000"},
    {"until", "2001-09-09T03:46:40+02:00", TRUE, "uint64 1000000000"},
    {"newest-first", "true", TRUE, "true"},
    {"newest-first", "false", TRUE, "false"},
    {"cursor", "12", FALSE, "'12'"},
    {"limit", "1000", FALSE, "uint32 1000"},
};

static const struct {
    const char *name;
    const char *text;
    CertdMessage message;
} BAD[] = {
    {"objects", "x", CERTD_MESSAGE_QUERY_PARAMETER_UNSUPPORTED},
    {"", "", CERTD_MESSAGE_QUERY_PARAMETER_UNSUPPORTED},
    {"$filter", "x", CERTD_MESSAGE_QUERY_PARAMETER_UNSUPPORTED},
    {"uid", "root", CERTD_MESSAGE_QUERY_PARAMETER_VALUE_FORMAT_ERROR},
    {"uid", "4294967296", CERTD_MESSAGE_QUERY_PARAMETER_VALUE_FORMAT_ERROR},
    {"uid", "-1", CERTD_MESSAGE_QUERY_PARAMETER_VALUE_FORMAT_ERROR},
    {"since", "yesterday", CERTD_MESSAGE_QUERY_PARAMETER_VALUE_FORMAT_ERROR},
    {"since", "1969-01-01T00:00:00Z", CERTD_MESSAGE_QUERY_PARAMETER_VALUE_FORMAT_ERROR},
    {"newest-first", "yes", CERTD_MESSAGE_QUERY_PARAMETER_VALUE_FORMAT_ERROR},
    {"limit", "", CERTD_MESSAGE_QUERY_PARAMETER_VALUE_FORMAT_ERROR},
};

static void test_parameters(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(GOOD); i++) {
        g_autoptr(GVariant) value = NULL;
        gboolean filter = !GOOD[i].filter;
        g_test_message("%s=%s", GOOD[i].name, GOOD[i].text);
        g_assert_cmpint(certd_log_read_parameter(GOOD[i].name, GOOD[i].text, &filter, &value), ==,
                        CERTD_MESSAGE_SUCCESS);
        g_assert_cmpint(filter, ==, GOOD[i].filter);
        g_autofree char *printed = g_variant_print(value, TRUE);
        g_assert_cmpstr(printed, ==, GOOD[i].value);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(BAD); i++) {
        GVariant *value = NULL;
        gboolean filter = 77;
        g_test_message("%s=%s", BAD[i].name, BAD[i].text);
        g_assert_cmpint(certd_log_read_parameter(BAD[i].name, BAD[i].text, &filter, &value), ==,
                        BAD[i].message);
        g_assert_null(value);
        g_assert_cmpint(filter, ==, 77);
    }
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/log/parameters", test_parameters);
    return g_test_run();
}
