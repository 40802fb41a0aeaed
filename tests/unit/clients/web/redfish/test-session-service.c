/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions as resources: made, seen by their own users, and deleted (R60, R61). */
#include <string.h>

#include "model/web-limits.h"
#include "session-fixture.h"
#include "web/answer-private.h"
#include "web/route.h"

#define SERVICE "/redfish/v1/SessionService"
#define SESSIONS SERVICE "/Sessions"
#define RIGHT "{\"UserName\": \"anna\", \"Password\": \"" STAND_IN_PASSWORD "\"}"

/* The answer to a request, @body as JSON or NULL. */
static CertdAnswer *ask(Fixture *fixture, const char *method, const char *path, const char *body,
                        CertdSession *session)
{
    g_autofree char *storage = NULL;
    g_autoptr(JsonNode) node = json_from_string(body ? body : "{}", NULL);
    CertdRequest request = {
        .method = method,
        .path = path,
        .body = json_node_get_object(node),
        .peer = &fixture->peer,
        .session = session,
        .sessions = fixture->sessions,
    };
    const CertdRoute *route = certd_route_find(path, request.parts, &storage);
    g_assert_nonnull(route);
    const struct {
        const char *name;
        CertdHandler handler;
    } handlers[] = {
        {"GET", route->get},
        {"POST", route->post},
        {"PATCH", route->patch},
        {"DELETE", route->remove},
    };
    CertdAnswer *answer = certd_answer_new();
    for (guint i = 0; i < G_N_ELEMENTS(handlers); i++) {
        if (g_str_equal(handlers[i].name, method)) {
            g_assert_nonnull(handlers[i].handler);
            handlers[i].handler(&request, answer);
        }
    }
    /* A password that was used is not left where it was. */
    if (body && strstr(body, STAND_IN_PASSWORD) && (answer->status == 200 || answer->status == 201))
        g_assert_cmpstr(json_object_get_string_member(request.body, "Password"), ==, "");
    return answer;
}

static const char *header(const CertdAnswer *answer, const char *name)
{
    for (guint i = 0; i < answer->headers->len; i++) {
        const CertdAnswerHeader *row = &g_array_index(answer->headers, CertdAnswerHeader, i);
        if (g_str_equal(row->name, name))
            return row->value;
    }
    return NULL;
}

/* The id of the error's message @at, without its registry. */
static const char *message(const CertdAnswer *answer, guint at)
{
    g_assert_nonnull(answer->messages);
    JsonObject *object = json_array_get_object_element(answer->messages, at);
    return strrchr(json_object_get_string_member(object, "MessageId"), '.') + 1;
}

static JsonObject *own(const CertdAnswer *answer)
{
    return json_object_get_object_member(json_object_get_object_member(answer->json, "Oem"),
                                         "Certd");
}

/* The session that an answer to a sign-in tells of. */
static CertdSession *made(Fixture *fixture, const CertdAnswer *answer)
{
    g_assert_cmpuint(answer->status, ==, 201);
    g_autoptr(GPtrArray) list = certd_sessions_list(fixture->sessions);
    CertdSession *session = list->pdata[list->len - 1];
    g_autofree char *path = g_strconcat(SESSIONS "/", certd_session_id(session), NULL);
    g_assert_cmpstr(header(answer, "Location"), ==, path);
    g_assert_cmpstr(json_object_get_string_member(answer->json, "@odata.id"), ==, path);
    return certd_session_ref(session);
}

static void test_token(Fixture *fixture, const void *data)
{
    const char *path = data;
    g_autoptr(CertdAnswer) answer = ask(fixture, "POST", path, RIGHT, NULL);
    g_autoptr(CertdSession) session = made(fixture, answer);
    g_assert_cmpstr(header(answer, "X-Auth-Token"), ==, certd_session_secret(session));
    g_assert_null(header(answer, "Set-Cookie"));
    g_assert_cmpstr(json_object_get_string_member(answer->json, "UserName"), ==, "anna");
    g_assert_true(json_object_get_null_member(answer->json, "Password"));
    g_assert_cmpstr(json_object_get_string_member(answer->json, "SessionType"), ==, "Redfish");
    g_assert_true(json_object_get_boolean_member(own(answer), "Fresh"));
    g_assert_false(json_object_has_member(own(answer), "CsrfToken"));
}

static void test_cookie(Fixture *fixture, const void *data)
{
    g_autoptr(CertdAnswer) answer =
        ask(fixture, "POST", SESSIONS,
            "{\"UserName\": \"anna\", \"Password\": \"" STAND_IN_PASSWORD
            "\", \"Oem\": {\"Certd\": {\"Cookie\": true}}}",
            NULL);
    g_autoptr(CertdSession) session = made(fixture, answer);
    g_autofree char *cookie = g_strconcat("__Host-certd=", certd_session_secret(session),
                                          "; Path=/; Secure; HttpOnly; SameSite=Strict", NULL);
    g_assert_cmpstr(header(answer, "Set-Cookie"), ==, cookie);
    g_assert_null(header(answer, "X-Auth-Token"));
    g_assert_cmpstr(json_object_get_string_member(answer->json, "SessionType"), ==, "WebUI");
    g_assert_cmpstr(json_object_get_string_member(own(answer), "CsrfToken"), ==,
                    certd_session_csrf(session));
}

static const struct {
    const char *name;
    const char *body;
    guint status;
    const char *message;
} refusals[] = {
    {"wrong-password", "{\"UserName\": \"anna\", \"Password\": \"x\"}", 401, "SignInRefused"},
    {"unknown-user", "{\"UserName\": \"nobody\", \"Password\": \"x\"}", 401, "SignInRefused"},
    {"empty", "{\"UserName\": \"\", \"Password\": \"\"}", 401, "SignInRefused"},
    {"expired", "{\"UserName\": \"expired\", \"Password\": \"" STAND_IN_PASSWORD "\"}", 403,
     "AccountExpired"},
    {"old-password", "{\"UserName\": \"old-password\", \"Password\": \"" STAND_IN_PASSWORD "\"}",
     403, "PasswordExpired"},
    {"out-of-order", "{\"UserName\": \"out-of-order\", \"Password\": \"" STAND_IN_PASSWORD "\"}",
     503, "SignInUnavailable"},
    {"no-password", "{\"UserName\": \"anna\"}", 400, "PropertyMissing"},
    {"no-user", "{\"Password\": \"x\"}", 400, "PropertyMissing"},
    {"password-no-string", "{\"UserName\": \"anna\", \"Password\": 4711}", 400,
     "PropertyValueTypeError"},
    {"unknown-property", "{\"UserName\": \"anna\", \"Password\": \"x\", \"Role\": \"root\"}", 400,
     "PropertyUnknown"},
    {"unknown-oem",
     "{\"UserName\": \"anna\", \"Password\": \"x\", \"Oem\": {\"Certd\": {\"Root\": true}}}", 400,
     "PropertyUnknown"},
    {"cookie-no-boolean",
     "{\"UserName\": \"anna\", \"Password\": \"x\", \"Oem\": {\"Certd\": {\"Cookie\": 1}}}", 400,
     "PropertyValueTypeError"},
};

static void test_refused(Fixture *fixture, const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autoptr(CertdAnswer) answer = ask(fixture, "POST", SESSIONS, refusals[i].body, NULL);
    g_assert_cmpuint(answer->status, ==, refusals[i].status);
    g_assert_cmpstr(message(answer, 0), ==, refusals[i].message);
    g_assert_null(header(answer, "X-Auth-Token"));
    g_assert_null(header(answer, "Set-Cookie"));
    /* No password comes back. */
    const char *type = NULL;
    g_autoptr(GBytes) body = certd_answer_body(answer, &type);
    g_autofree char *shown = g_strndup(g_bytes_get_data(body, NULL), g_bytes_get_size(body));
    g_assert_null(strstr(shown, STAND_IN_PASSWORD));
    g_assert_null(strstr(shown, "4711"));
}

/* Whoever does not exist gets the same answer to the last byte. */
static void test_same(Fixture *fixture, const void *data)
{
    const char *type = NULL;
    g_autoptr(CertdAnswer) wrong = ask(fixture, "POST", SESSIONS, refusals[0].body, NULL);
    g_autoptr(CertdAnswer) unknown = ask(fixture, "POST", SESSIONS, refusals[1].body, NULL);
    g_autoptr(GBytes) wrong_body = certd_answer_body(wrong, &type);
    g_autoptr(GBytes) unknown_body = certd_answer_body(unknown, &type);
    g_assert_true(g_bytes_equal(wrong_body, unknown_body));
    g_assert_cmpuint(wrong->headers->len, ==, unknown->headers->len);
}

static void test_too_many(Fixture *fixture, const void *data)
{
    g_autoptr(CertdAnswer) answer = NULL;
    for (guint i = 0; i < CERTD_LIMIT_SIGN_INS_A_MINUTE + 1; i++) {
        g_clear_pointer(&answer, certd_answer_free);
        answer = ask(fixture, "POST", SESSIONS, refusals[0].body, NULL);
        if (answer->status == 429)
            break;
    }
    g_assert_cmpuint(answer->status, ==, 429);
    g_assert_cmpstr(message(answer, 0), ==, "TooManyTries");
    JsonObject *told = json_array_get_object_element(answer->messages, 0);
    JsonArray *args = json_object_get_array_member(told, "MessageArgs");
    g_assert_cmpstr(header(answer, "Retry-After"), ==, json_array_get_string_element(args, 0));
}

/* Users see, and end, their own sessions alone. */
static void test_own(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSession) anna = fixture_sign_in(fixture, "anna", CERTD_SESSION_TOKEN);
    g_autoptr(CertdSession) page = fixture_sign_in(fixture, "anna", CERTD_SESSION_COOKIE);
    g_autoptr(CertdSession) ben = fixture_sign_in(fixture, "ben", CERTD_SESSION_TOKEN);
    g_autoptr(CertdAnswer) list = ask(fixture, "GET", SESSIONS, NULL, anna);
    g_assert_cmpint(json_object_get_int_member(list->json, "Members@odata.count"), ==, 2);

    g_autofree char *others = g_strconcat(SESSIONS "/", certd_session_id(ben), NULL);
    const char *const methods[] = {"GET", "DELETE"};
    for (guint i = 0; i < G_N_ELEMENTS(methods); i++) {
        g_autoptr(CertdAnswer) answer = ask(fixture, methods[i], others, NULL, anna);
        g_assert_cmpuint(answer->status, ==, 404);
    }
    g_autofree char *again = g_strconcat(others, "/Actions/Oem/CertdSession.SignInAgain", NULL);
    g_autoptr(CertdAnswer) refused = ask(fixture, "POST", again, "{\"Password\": \"wrong\"}", anna);
    g_assert_cmpuint(refused->status, ==, 404);

    /* Not even one's own other session tells its CSRF token. */
    g_autofree char *pages = g_strconcat(SESSIONS "/", certd_session_id(page), NULL);
    g_autoptr(CertdAnswer) from_other = ask(fixture, "GET", pages, NULL, anna);
    g_assert_false(json_object_has_member(own(from_other), "CsrfToken"));
    g_assert_false(json_object_get_boolean_member(own(from_other), "Current"));
    g_autoptr(CertdAnswer) from_itself = ask(fixture, "GET", pages, NULL, page);
    g_assert_true(json_object_has_member(own(from_itself), "CsrfToken"));
    g_assert_true(json_object_get_boolean_member(own(from_itself), "Current"));
}

static void test_sign_out(Fixture *fixture, const void *data)
{
    const CertdSessionKind kinds[] = {CERTD_SESSION_TOKEN, CERTD_SESSION_COOKIE};
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(CertdSession) session = fixture_sign_in(fixture, "anna", kinds[i]);
        g_autofree char *path = g_strconcat(SESSIONS "/", certd_session_id(session), NULL);
        g_autoptr(CertdAnswer) answer = ask(fixture, "DELETE", path, NULL, session);
        g_assert_cmpuint(answer->status, ==, 204);
        g_assert_cmpstr(header(answer, "Set-Cookie"), ==,
                        kinds[i] == CERTD_SESSION_COOKIE
                            ? "__Host-certd=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict"
                            : NULL);
        g_assert_null(certd_session_bus(session));
    }
}

/* R61: the password again, for what destroys. */
static void test_again(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSession) session = fixture_sign_in(fixture, "anna", CERTD_SESSION_COOKIE);
    g_autofree char *path = g_strconcat(SESSIONS "/", certd_session_id(session),
                                        "/Actions/Oem/CertdSession.SignInAgain", NULL);
    fixture_pass(fixture, CERTD_FRESH_SECONDS);
    g_autoptr(CertdAnswer) wrong = ask(fixture, "POST", path, "{\"Password\": \"wrong\"}", session);
    g_assert_cmpstr(message(wrong, 0), ==, "SignInRefused");
    g_assert_false(certd_session_is_fresh(session));
    g_autoptr(CertdAnswer) missing = ask(fixture, "POST", path, "{}", session);
    g_assert_cmpstr(message(missing, 0), ==, "ActionParameterMissing");
    g_autoptr(CertdAnswer) right =
        ask(fixture, "POST", path, "{\"Password\": \"" STAND_IN_PASSWORD "\"}", session);
    g_assert_cmpuint(right->status, ==, 200);
    g_assert_true(json_object_get_boolean_member(own(right), "Fresh"));
    g_assert_true(certd_session_is_fresh(session));
}

static const struct {
    const char *name;
    const char *body;
    const char *message;
} patches[] = {
    {"timeout", "{\"SessionTimeout\": 60}", "PropertyNotWritable"},
    {"enabled", "{\"ServiceEnabled\": false}", "PropertyNotWritable"},
    {"id", "{\"Id\": \"x\"}", "PropertyNotWritable"},
    {"unknown", "{\"Color\": \"red\"}", "PropertyUnknown"},
    {"nothing", "{}", "NoOperation"},
};

static void test_service(Fixture *fixture, const void *data)
{
    g_autoptr(CertdSession) session = fixture_sign_in(fixture, "anna", CERTD_SESSION_TOKEN);
    g_autoptr(CertdAnswer) answer = ask(fixture, "GET", SERVICE, NULL, session);
    g_assert_cmpint(json_object_get_int_member(answer->json, "SessionTimeout"), ==,
                    CERTD_LIMIT_WEB_IDLE_SECONDS);
    g_autofree char *path = g_strconcat(SESSIONS "/", certd_session_id(session), NULL);
    JsonObject *current = json_object_get_object_member(own(answer), "CurrentSession");
    g_assert_cmpstr(json_object_get_string_member(current, "@odata.id"), ==, path);
    for (guint i = 0; i < G_N_ELEMENTS(patches); i++) {
        g_autoptr(CertdAnswer) refused = ask(fixture, "PATCH", SERVICE, patches[i].body, session);
        g_assert_cmpuint(refused->status, ==, 400);
        g_assert_cmpstr(message(refused, 0), ==, patches[i].message);
    }
    g_autoptr(CertdSession) basic = fixture_sign_in(fixture, "anna", CERTD_SESSION_BASIC);
    g_autoptr(CertdAnswer) without = ask(fixture, "GET", SERVICE, NULL, basic);
    g_assert_false(json_object_has_member(own(without), "CurrentSession"));
}

#define ADD(name, data, function)                                                                  \
    g_test_add("/web/session-service/" name, Fixture, data, fixture_set_up, function,              \
               fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("token", SESSIONS, test_token);
    ADD("token-members", SESSIONS "/Members", test_token);
    ADD("cookie", NULL, test_cookie);
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *path =
            g_strconcat("/web/session-service/refused/", refusals[i].name, NULL);
        g_test_add(path, Fixture, GSIZE_TO_POINTER(i), fixture_set_up, test_refused,
                   fixture_tear_down);
    }
    ADD("same", NULL, test_same);
    ADD("too-many", NULL, test_too_many);
    ADD("own", NULL, test_own);
    ADD("sign-out", NULL, test_sign_out);
    ADD("again", NULL, test_again);
    ADD("service", NULL, test_service);
    return g_test_run();
}
