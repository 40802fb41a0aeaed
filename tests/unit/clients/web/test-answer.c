/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of messages, and errors in the standard's form. */
#include <gio/gio.h>
#include <string.h>

#include "model/error.h"
#include "model/names.h"
#include "web/answer-private.h"

static guint places_of(const char *text)
{
    guint highest = 0;
    for (const char *c = strchr(text, '%'); c; c = strchr(c + 1, '%')) {
        g_assert_true(g_ascii_isdigit(c[1]));
        highest = MAX(highest, (guint)(c[1] - '0'));
    }
    return highest;
}

/* R37: each message has as many arguments as its text has places, a status and a remedy. */
static void test_messages(void)
{
    static const char *const severities[] = {"OK", "Warning", "Critical", NULL};
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < CERTD_MESSAGE_COUNT_; i++) {
        g_test_message("%s", certd_message_name(i));
        g_assert_true(g_hash_table_add(names, (char *)certd_message_name(i)));
        g_assert_cmpuint(places_of(certd_message_template(i)), ==, certd_message_args(i));
        g_assert_cmpuint(certd_message_status(i), >=, 200);
        g_assert_cmpuint(certd_message_status(i), <=, 507);
        g_assert_true(g_strv_contains(severities, certd_message_severity(i)));
        g_assert_cmpuint(strlen(certd_message_resolution(i)), >, 0);
    }
    /* Our own registry has certd's errors, too. */
    for (guint i = 0; i < CERTD_ERROR_COUNT_; i++) {
        const char *name = strrchr(certd_error_dbus_name(i), '.') + 1;
        g_test_message("%s", name);
        g_assert_true(!g_hash_table_contains(names, name) || i == CERTD_ERROR_ACCESS_DENIED);
    }
}

static JsonObject *error_of(const CertdAnswer *answer)
{
    g_assert_cmpuint(json_object_get_size(answer->json), ==, 1);
    return json_object_get_object_member(answer->json, "error");
}

static JsonObject *info_of(const CertdAnswer *answer, guint i)
{
    JsonArray *info = json_object_get_array_member(error_of(answer), "@Message.ExtendedInfo");
    return json_array_get_object_element(info, i);
}

static void test_one(void)
{
    g_autoptr(CertdAnswer) answer = certd_answer_new();
    certd_answer_property(answer, "/Name", CERTD_MESSAGE_PROPERTY_UNKNOWN, "%2\"");
    g_assert_true(certd_answer_is_error(answer));
    g_assert_cmpuint(answer->status, ==, 400);
    g_assert_cmpstr(json_object_get_string_member(error_of(answer), "code"), ==,
                    "Base.1.19.PropertyUnknown");
    JsonObject *info = info_of(answer, 0);
    g_assert_cmpstr(json_object_get_string_member(info, "Message"), ==,
                    "The property %2\" is not in the list of valid properties for the resource.");
    JsonArray *related = json_object_get_array_member(info, "RelatedProperties");
    g_assert_cmpstr(json_array_get_string_element(related, 0), ==, "#/Name");
}

static void test_two(void)
{
    g_autoptr(CertdAnswer) answer = certd_answer_new();
    certd_answer_message(answer, CERTD_MESSAGE_PROPERTY_MISSING, "A");
    certd_answer_message(answer, CERTD_MESSAGE_PROPERTY_UNKNOWN, "B");
    g_assert_cmpstr(json_object_get_string_member(error_of(answer), "code"), ==,
                    "Base.1.19.GeneralError");
    g_assert_cmpstr(json_object_get_string_member(info_of(answer, 1), "MessageId"), ==,
                    "Base.1.19.PropertyUnknown");
}

/* R66: what was in a header need not be UTF-8, as JSON is. */
static void test_no_text(void)
{
    g_autoptr(CertdAnswer) answer = certd_answer_new();
    certd_answer_message(answer, CERTD_MESSAGE_OWN_ODATA_VERSION_UNSUPPORTED, "4\xff");
    JsonArray *args = json_object_get_array_member(info_of(answer, 0), "MessageArgs");
    g_assert_cmpstr(json_array_get_string_element(args, 0), ==, "4\uFFFD");
    const char *type = NULL;
    g_autoptr(GBytes) body = certd_answer_body(answer, &type);
    g_assert_true(
        g_utf8_validate(g_bytes_get_data(body, NULL), (gssize)g_bytes_get_size(body), NULL));
}

static const struct {
    const char *name;
    const char *remote;
    guint status;
    const char *id;
} remotes[] = {
    {"certd", CERTD_ERROR_PREFIX "KeyMismatch", 409, "Certd.1.0.KeyMismatch"},
    {"denied", "org.freedesktop.DBus.Error.AccessDenied", 403, "Base.1.19.InsufficientPrivilege"},
    {"interactive", "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", 403,
     "Base.1.19.InsufficientPrivilege"},
    {"again", CERTD_ERROR_SIGN_IN_AGAIN, 403, "Certd.1.0.SignInAgain"},
    {"gone", "org.freedesktop.DBus.Error.ServiceUnknown", 503, "Certd.1.0.ServiceUnavailable"},
    {"other", "org.example.Error", 500, "Base.1.19.InternalError"},
};

static void test_remote(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = g_dbus_error_new_for_dbus_error(remotes[i].remote, "Why \033 not");
    g_autoptr(CertdAnswer) answer = certd_answer_new();
    certd_answer_error(answer, error);
    g_assert_cmpuint(answer->status, ==, remotes[i].status);
    g_assert_cmpstr(json_object_get_string_member(info_of(answer, 0), "MessageId"), ==,
                    remotes[i].id);
    const char *type = NULL;
    g_autoptr(GBytes) body = certd_answer_body(answer, &type);
    g_assert_cmpstr(type, ==, "application/json");
    g_assert_null(memchr(g_bytes_get_data(body, NULL), '\033', g_bytes_get_size(body)));
}

static void test_header(void)
{
    g_autoptr(CertdAnswer) answer = certd_answer_new();
    certd_answer_created(answer, "/a", json_object_new());
    certd_answer_header(answer, "location", "/b");
    g_assert_cmpuint(answer->headers->len, ==, 1);
    g_assert_cmpstr(g_array_index(answer->headers, CertdAnswerHeader, 0).value, ==, "/b");
    g_assert_cmpuint(answer->status, ==, 201);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/web/answer/messages", test_messages);
    g_test_add_func("/web/answer/one", test_one);
    g_test_add_func("/web/answer/two", test_two);
    g_test_add_func("/web/answer/no-text", test_no_text);
    g_test_add_func("/web/answer/header", test_header);
    for (size_t i = 0; i < G_N_ELEMENTS(remotes); i++) {
        g_autofree char *path = g_strdup_printf("/web/answer/remote/%s", remotes[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_remote);
    }
    return g_test_run();
}
