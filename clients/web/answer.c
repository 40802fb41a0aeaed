/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An answer on its way from a handler to the server; errors in the form of DSP0266 section 8.6. */
#include "web/answer.h"

#include <gio/gio.h>
#include <stdarg.h>
#include <string.h>

#include "common/json.h"
#include "model/error.h"
#include "model/names.h"
#include "web/answer-private.h"

#define JSON_TYPE "application/json"
#define MAX_ARGS 4

static void clear_header(void *data)
{
    CertdAnswerHeader *header = data;
    g_free(header->value);
}

CertdAnswer *certd_answer_new(void)
{
    CertdAnswer *answer = g_new0(CertdAnswer, 1);
    answer->status = 500;
    answer->headers = g_array_new(FALSE, FALSE, sizeof(CertdAnswerHeader));
    g_array_set_clear_func(answer->headers, clear_header);
    return answer;
}

static void clear_body(CertdAnswer *answer)
{
    g_clear_pointer(&answer->json, json_object_unref);
    g_clear_pointer(&answer->bytes, g_bytes_unref);
    answer->messages = NULL;
    answer->content_type = NULL;
}

void certd_answer_free(CertdAnswer *answer)
{
    if (!answer)
        return;
    clear_body(answer);
    g_array_unref(answer->headers);
    if (answer->stream_end)
        answer->stream_end(answer->stream_data);
    g_free(answer);
}

GBytes *certd_answer_body(const CertdAnswer *answer, const char **content_type)
{
    if (answer->bytes) {
        *content_type = answer->content_type;
        return g_bytes_ref(answer->bytes);
    }
    if (!answer->json)
        return NULL;

    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    json_node_set_object(node, answer->json);
    char *text = certd_json_print_node(node, FALSE);
    *content_type = JSON_TYPE;
    return g_bytes_new_take(text, strlen(text));
}

void certd_answer_json(CertdAnswer *answer, guint status, JsonObject *object)
{
    clear_body(answer);
    answer->status = status;
    answer->json = object;
}

void certd_answer_bytes(CertdAnswer *answer, guint status, const char *content_type, GBytes *bytes)
{
    clear_body(answer);
    answer->status = status;
    answer->content_type = content_type;
    answer->bytes = bytes;
}

void certd_answer_nothing(CertdAnswer *answer)
{
    clear_body(answer);
    answer->status = 204;
}

void certd_answer_header(CertdAnswer *answer, const char *name, const char *value)
{
    for (const char *c = value; *c != '\0'; c++)
        g_assert((guchar)*c >= 0x20 && (guchar)*c != 0x7f);

    for (guint i = 0; i < answer->headers->len; i++) {
        CertdAnswerHeader *header = &g_array_index(answer->headers, CertdAnswerHeader, i);
        if (g_ascii_strcasecmp(header->name, name) == 0) {
            g_free(header->value);
            header->value = g_strdup(value);
            return;
        }
    }
    CertdAnswerHeader header = {name, g_strdup(value)};
    g_array_append_val(answer->headers, header);
}

void certd_answer_created(CertdAnswer *answer, const char *path, JsonObject *object)
{
    certd_answer_json(answer, 201, object);
    certd_answer_header(answer, "Location", path);
}

void certd_answer_task(CertdAnswer *answer, const char *monitor, JsonObject *task)
{
    certd_answer_json(answer, 202, task);
    certd_answer_header(answer, "Location", monitor);
}

/* One more of the error's messages; the first decides the status, and the only one the code. */
static void add_message(CertdAnswer *answer, guint status, JsonObject *message)
{
    if (answer->messages) {
        JsonObject *error = json_object_get_object_member(answer->json, "error");
        g_autofree char *code = g_strconcat(certd_message_registry, ".GeneralError", NULL);
        json_object_set_string_member(error, "code", code);
        json_object_set_string_member(error, "message",
                                      certd_message_template(CERTD_MESSAGE_GENERAL_ERROR));
        json_array_add_object_element(answer->messages, message);
        return;
    }

    JsonObject *error = json_object_new();
    json_object_set_string_member(error, "code",
                                  json_object_get_string_member(message, "MessageId"));
    json_object_set_string_member(error, "message",
                                  json_object_get_string_member(message, "Message"));
    JsonArray *messages = json_array_new();
    json_array_add_object_element(messages, message);
    json_object_set_array_member(error, "@Message.ExtendedInfo", messages);
    JsonObject *body = json_object_new();
    json_object_set_object_member(body, "error", error);
    certd_answer_json(answer, status, body);
    answer->messages = messages;
}

static void add_row(CertdAnswer *answer, const char *pointer, CertdMessage message, va_list list)
{
    const char *args[MAX_ARGS];
    g_assert(certd_message_args(message) <= MAX_ARGS);
    for (guint i = 0; i < certd_message_args(message); i++)
        args[i] = va_arg(list, const char *);
    add_message(answer, certd_message_status(message),
                certd_message_object(message, pointer, args));
}

void certd_answer_message(CertdAnswer *answer, CertdMessage message, ...)
{
    va_list list;
    va_start(list, message);
    add_row(answer, NULL, message, list);
    va_end(list);
}

void certd_answer_property(CertdAnswer *answer, const char *pointer, CertdMessage message, ...)
{
    va_list list;
    va_start(list, message);
    add_row(answer, pointer, message, list);
    va_end(list);
}

/* An error of certd's table, by whatever way it came. */
static void add_certd_error(CertdAnswer *answer, CertdError code, const char *text)
{
    /* The user has signed in, and nobody is there whom polkit could ask: to say 401 would be to say
     * that the session is over. */
    if (code == CERTD_ERROR_ACCESS_DENIED || code == CERTD_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED)
        certd_answer_message(answer, CERTD_MESSAGE_INSUFFICIENT_PRIVILEGE);
    const char *name = strrchr(certd_error_dbus_name(code), '.') + 1;
    add_message(answer, (guint)certd_error_http_status(code), certd_message_own(name, text));
}

/* Errors of the bus, and of the connection to it, that say that nobody is there to answer. */
static gboolean nobody_answers(const GError *error, const char *remote)
{
    static const char *const names[] = {
        "org.freedesktop.DBus.Error.ServiceUnknown",
        "org.freedesktop.DBus.Error.NameHasNoOwner",
        "org.freedesktop.DBus.Error.NoReply",
        "org.freedesktop.DBus.Error.Disconnected",
        "org.freedesktop.DBus.Error.Timeout",
        "org.freedesktop.DBus.Error.TimedOut",
        NULL,
    };
    if (remote)
        return g_strv_contains(names, remote);
    return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CLOSED) ||
           g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
           g_error_matches(error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE) ||
           g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
}

void certd_answer_error(CertdAnswer *answer, const GError *error)
{
    g_autoptr(GError) stripped = g_error_copy(error);
    g_autofree char *remote = g_dbus_error_get_remote_error(stripped);
    (void)g_dbus_error_strip_remote_error(stripped);
    CertdError code;
    if (error->domain == CERTD_ERROR)
        add_certd_error(answer, (CertdError)error->code, stripped->message);
    else if (remote && certd_error_from_dbus_name(remote, &code))
        add_certd_error(answer, code, stripped->message);
    else if (g_strcmp0(remote, CERTD_ERROR_SIGN_IN_AGAIN) == 0)
        certd_answer_message(answer, CERTD_MESSAGE_OWN_SIGN_IN_AGAIN);
    else if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED))
        certd_answer_message(answer, CERTD_MESSAGE_OWN_SESSION_OVER);
    else if (nobody_answers(error, remote))
        certd_answer_message(answer, CERTD_MESSAGE_OWN_SERVICE_UNAVAILABLE);
    else
        certd_answer_message(answer, CERTD_MESSAGE_INTERNAL_ERROR);
}

void certd_answer_finding(CertdAnswer *answer, const char *code, const char *severity,
                          const char *sentence, const char *remedy)
{
    add_message(answer, certd_message_status(CERTD_MESSAGE_OWN_FINDING),
                certd_message_finding(code, severity, sentence, remedy));
}

void certd_answer_events(CertdAnswer *answer, void (*begin)(CertdStream *stream, void *userdata),
                         void *userdata, GDestroyNotify end)
{
    clear_body(answer);
    answer->status = 200;
    answer->begin = begin;
    answer->stream_data = userdata;
    answer->stream_end = end;
}

gboolean certd_answer_is_error(const CertdAnswer *answer)
{
    return answer->messages != NULL;
}
