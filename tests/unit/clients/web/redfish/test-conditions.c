/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Problems as conditions: how bad, which id, since when. */
#include "web/redfish/conditions.h"

static const struct {
    const char *problems;
    const char *health;
} HEALTHS[] = {
    {"@a(ssss) []", "OK"},
    {"[('a', 'note', 'm', 'r')]", "OK"},
    {"[('a', 'warning', 'm', 'r'), ('b', 'note', 'm', 'r')]", "Warning"},
    {"[('a', 'error', 'm', 'r'), ('b', 'warning', 'm', 'r')]", "Critical"},
    {"[('a', 'of a later version', 'm', 'r')]", "Critical"},
};

static GVariant *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    GVariant *value = g_variant_parse(G_VARIANT_TYPE("a(ssss)"), text, NULL, NULL, &error);
    g_assert_no_error(error);
    return value;
}

static void test_health(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(HEALTHS); i++) {
        g_autoptr(GVariant) problems = parse(HEALTHS[i].problems);
        g_assert_cmpstr(certd_conditions_health(problems), ==, HEALTHS[i].health);
    }
}

static void check(const char *text, gint64 now, guint at, const char *code, const char *time)
{
    g_autoptr(GVariant) problems = parse(text);
    g_autoptr(JsonArray) conditions = certd_conditions_new(problems, now);
    JsonObject *condition = json_array_get_object_element(conditions, at);
    g_assert_cmpstr(json_object_get_string_member(condition, "MessageId"), ==, "Certd.1.0.Finding");
    JsonArray *args = json_object_get_array_member(condition, "MessageArgs");
    g_assert_cmpstr(json_array_get_string_element(args, 0), ==, code);
    g_assert_cmpstr(json_object_get_string_member(condition, "Message"), ==, "m");
    g_assert_cmpstr(json_object_get_string_member(condition, "Resolution"), ==, "r");
    g_assert_false(json_object_has_member(condition, "@odata.type"));
    g_assert_cmpstr(json_object_get_string_member(condition, "Timestamp"), ==, time);
}

/* One that stays has the time when it was seen first; one that has gone has another when it is back. */
static void test_times(void)
{
    static const char one[] = "[('clock-untrusted', 'warning', 'm', 'r')]";
    static const char two[] =
        "[('new', 'error', 'm', 'r'), ('clock-untrusted', 'warning', 'm', 'r')]";
    check(one, 1000000000, 0, "clock-untrusted", "2001-09-09T01:46:40Z");
    check(two, 1000000060, 1, "clock-untrusted", "2001-09-09T01:46:40Z");
    check(two, 1000000120, 0, "new", "2001-09-09T01:47:40Z");
    g_autoptr(GVariant) none = parse("@a(ssss) []");
    g_autoptr(JsonArray) nothing = certd_conditions_new(none, 1000000120);
    g_assert_cmpuint(json_array_get_length(nothing), ==, 0);
    check(one, 1000000180, 0, "clock-untrusted", "2001-09-09T01:49:40Z");
}

int main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/conditions/health", test_health);
    g_test_add_func("/web/conditions/times", test_times);
    return g_test_run();
}
