/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registries that are served: whatever message is sent is in one of them (R37). */
#include <string.h>

#include "model/error.h"
#include "web/answer-private.h"
#include "web/redfish/conditions.h"
#include "web/route.h"

#define BASE "Base.1.19."
#define OWN "Certd.1.0."
#define EVENTS "ResourceEvent.1.3."

/* Those of the events, with their registries. */
static const char *const event_ids[] = {
#define CERTD_EVENT_ROW(code, registry, id, type, severity, n_args, text, resolution)              \
    registry "." id,
#include "web/redfish/events.def"
#undef CERTD_EVENT_ROW
};

static CertdAnswer *get(const char *path)
{
    g_autofree char *storage = NULL;
    CertdRequest request = {.method = "GET", .path = path};
    const CertdRoute *route = certd_route_find(path, request.parts, &storage);
    CertdAnswer *answer = certd_answer_new();
    g_assert_nonnull(route);
    route->get(&request, answer);
    g_assert_cmpuint(answer->status, ==, 200);
    return answer;
}

/* The messages of our own registry, which @answer holds. */
static JsonObject *own_messages(const CertdAnswer *answer)
{
    g_assert_cmpstr(json_object_get_string_member(answer->json, "RegistryVersion"), ==, "1.0.0");
    return json_object_get_object_member(answer->json, "Messages");
}

/* The object of @message with as many arguments as it takes. */
static JsonObject *sent(CertdMessage message)
{
    static const char *const args[] = {"1", "2", "3", "4"};
    g_assert_cmpuint(certd_message_args(message), <=, G_N_ELEMENTS(args));
    return certd_message_object(message, NULL, args);
}

/* A message as it is sent is in the registry that it names, with its number of arguments, and that one is served. */
static void check(JsonObject *messages, JsonObject *message)
{
    const char *id = json_object_get_string_member(message, "MessageId");
    g_test_message("%s", id);
    g_assert_true(g_str_has_prefix(id, OWN));
    g_assert_true(json_object_has_member(messages, id + strlen(OWN)));
    JsonObject *row = json_object_get_object_member(messages, id + strlen(OWN));
    JsonArray *args = json_object_get_array_member(message, "MessageArgs");
    g_assert_cmpint(json_object_get_int_member(row, "NumberOfArgs"), ==,
                    json_array_get_length(args));
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(row, "ParamTypes")), ==,
                     json_array_get_length(args));
}

/* R37: every row of the tables, and what is made from them. */
static void test_messages(void)
{
    g_autoptr(CertdAnswer) answer = get("/redfish/v1/Registries/Certd.1.0.0.json");
    JsonObject *messages = own_messages(answer);
    guint n_own = 0;
    for (guint i = 0; i < CERTD_MESSAGE_COUNT_; i++) {
        g_autoptr(JsonObject) message = sent(i);
        const char *id = json_object_get_string_member(message, "MessageId");
        if (certd_message_is_own(i))
            check(messages, message);
        else
            g_assert_true(g_str_has_prefix(id, BASE));
        n_own += certd_message_is_own(i) ? 1 : 0;
    }
    for (guint i = 0; i < CERTD_ERROR_COUNT_; i++) {
        g_autoptr(JsonObject) message =
            certd_message_own(strrchr(certd_error_dbus_name(i), '.') + 1, "text");
        check(messages, message);
    }
    for (guint i = 0; i < G_N_ELEMENTS(event_ids); i++) {
        gboolean own = g_str_has_prefix(event_ids[i], OWN);
        g_assert_true(own ? json_object_has_member(messages, event_ids[i] + strlen(OWN))
                          : g_str_has_prefix(event_ids[i], EVENTS));
        n_own += own ? 1 : 0;
    }
    /* Nothing is in it that is not sent. */
    g_assert_cmpuint(json_object_get_size(messages), ==, n_own + CERTD_ERROR_COUNT_);
}

static void test_findings(void)
{
    g_autoptr(CertdAnswer) answer = get("/redfish/v1/Registries/Certd.1.0.0.json");
    static const char *const severities[][2] = {
        {"note", "OK"}, {"warning", "Warning"}, {"error", "Critical"}, {"later", "Critical"}};
    for (gsize i = 0; i < G_N_ELEMENTS(severities); i++) {
        g_autoptr(JsonObject) message =
            certd_message_finding("expired", severities[i][0], "It's %1 over.", "Renew it.");
        check(own_messages(answer), message);
        g_assert_cmpstr(json_object_get_string_member(message, "Message"), ==, "It's %1 over.");
        g_assert_cmpstr(json_object_get_string_member(message, "Resolution"), ==, "Renew it.");
        g_assert_cmpstr(json_object_get_string_member(message, "MessageSeverity"), ==,
                        severities[i][1]);
    }
    g_autoptr(GVariant) problems =
        g_variant_ref_sink(g_variant_new_parsed("[('clock-untrusted', 'warning', 'm', 'r')]"));
    g_autoptr(JsonArray) conditions = certd_conditions_new(problems, 1);
    check(own_messages(answer), json_array_get_object_element(conditions, 0));
}

/* The registries that ids are of are those that the collection leads to. */
static void test_registries(void)
{
    static const char *const names[] = {"Base", "ResourceEvent", "Certd"};
    g_autofree char *all = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strconcat("/redfish/v1/Registries/", names[i], NULL);
        g_autoptr(CertdAnswer) answer = get(path);
        const char *registry = json_object_get_string_member(answer->json, "Registry");
        g_autofree char *before = g_steal_pointer(&all);
        all = g_strconcat(before ? before : "", registry, ".", NULL);
    }
    g_assert_cmpstr(all, ==, BASE EVENTS OWN);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/redfish/schemas/messages", test_messages);
    g_test_add_func("/web/redfish/schemas/findings", test_findings);
    g_test_add_func("/web/redfish/schemas/registries", test_registries);
    return g_test_run();
}
