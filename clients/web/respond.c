/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An answer given to libsoup, with the headers that every answer has. */
#include "web/exchange.h"

#include <string.h>

#define DMTF_SCHEMAS "http://redfish.dmtf.org/schemas/v1/"
#define OWN_SCHEMAS "/redfish/v1/JsonSchemas/"

/* DESIGN 7. No Strict-Transport-Security: on a device it would lock people out. */
static const struct {
    const char *name;
    const char *value;
} always[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
     "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
     "frame-ancestors 'none'"},
    {"Cross-Origin-Embedder-Policy", "require-corp"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
};

static void set_date(SoupMessageHeaders *headers)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *text = soup_date_time_to_string(now, SOUP_DATE_HTTP);
    soup_message_headers_replace(headers, "Date", text);
}

/* Browsers ask for a password in a window of their own where they are told to; so a request that a browser's page has made
 * is not: it has said so, or has a cookie. */
static void ask_for_password(const CertdExchange *exchange, SoupMessageHeaders *headers)
{
    const CertdHead *head = exchange->head;
    if (!head || certd_head_get(head, "Cookie") || certd_head_get(head, "X-Requested-With") ||
        certd_head_get(head, "Sec-Fetch-Site"))
        return;
    soup_message_headers_replace(headers, "WWW-Authenticate", "Basic realm=\"certd\"");
}

/* The resource's JSON schema (DSP0266 section 8.2), from "#Manager.v1_25_0.Manager". */
static void describe(JsonObject *json, SoupMessageHeaders *headers)
{
    const char *type = json_object_get_string_member_with_default(json, "@odata.type", "");
    const char *dot = strrchr(type, '.');
    if (*type != '#' || !dot)
        return;
    g_autofree char *name = g_strndup(type + 1, (gsize)(dot - type - 1));
    gboolean own = g_str_has_prefix(name, "Certd");
    g_autofree char *link =
        g_strdup_printf("<%s%s.json>; rel=describedby", own ? OWN_SCHEMAS : DMTF_SCHEMAS, name);
    soup_message_headers_replace(headers, "Link", link);
}

static void set_headers_of_resource(const CertdExchange *exchange, SoupMessageHeaders *headers)
{
    const CertdAnswer *answer = exchange->answer;
    if (exchange->head && g_str_has_prefix(certd_head_path(exchange->head), "/redfish"))
        soup_message_headers_replace(headers, "OData-Version", "4.0");
    if (exchange->route && (answer->status == 405 || exchange->handler == exchange->route->get)) {
        g_autofree char *allow = certd_route_allow(exchange->route);
        soup_message_headers_replace(headers, "Allow", allow);
    }
    if (exchange->etag)
        soup_message_headers_replace(headers, "ETag", exchange->etag);
    if (answer->json && !answer->messages)
        describe(answer->json, headers);
    if (answer->status == 401)
        ask_for_password(exchange, headers);
}

static void set_headers(const CertdExchange *exchange, SoupMessageHeaders *headers)
{
    const CertdAnswer *answer = exchange->answer;
    for (guint i = 0; i < G_N_ELEMENTS(always); i++)
        soup_message_headers_replace(headers, always[i].name, always[i].value);
    set_date(headers);
    set_headers_of_resource(exchange, headers);
    if (exchange->retry_seconds > 0) {
        g_autofree char *seconds = g_strdup_printf("%u", exchange->retry_seconds);
        soup_message_headers_replace(headers, "Retry-After", seconds);
    }
    for (guint i = 0; i < answer->headers->len; i++) {
        const CertdAnswerHeader *header = &g_array_index(answer->headers, CertdAnswerHeader, i);
        soup_message_headers_replace(headers, header->name, header->value);
    }
    if (exchange->close || (exchange->head && certd_head_is_last(exchange->head)))
        soup_message_headers_replace(headers, "Connection", "close");
}

/* libsoup does not know RFC 6585. */
static const char *reason_of(guint status)
{
    switch (status) {
    case 428:
        return "Precondition Required";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    default:
        return NULL;
    }
}

/* With 204, libsoup takes away a length that is not there, and forgets the encoding with it. */
static void wrote_headers(SoupServerMessage *msg, void *data G_GNUC_UNUSED)
{
    soup_message_headers_set_encoding(soup_server_message_get_response_headers(msg),
                                      SOUP_ENCODING_NONE);
}

/* Said in so many words, or libsoup would mark the end of an answer without a body by closing the connection. */
static void set_length(SoupServerMessage *msg, SoupMessageHeaders *headers, goffset length)
{
    guint status = soup_server_message_get_status(msg);
    /* These two have neither body nor length (RFC 9110 sections 15.3.5 and 15.4.5). */
    if (status != 204 && status != 304) {
        soup_message_headers_set_content_length(headers, length);
        return;
    }
    soup_message_headers_set_encoding(headers, SOUP_ENCODING_NONE);
    if (status == 204)
        g_signal_connect(msg, "wrote-headers", G_CALLBACK(wrote_headers), NULL);
}

void certd_exchange_respond(CertdExchange *exchange)
{
    SoupServerMessage *msg = exchange->msg;
    CertdAnswer *answer = exchange->answer;
    SoupMessageHeaders *headers = soup_server_message_get_response_headers(msg);
    soup_server_message_set_status(msg, answer->status, reason_of(answer->status));
    set_headers(exchange, headers);
    certd_connection_watch(exchange->connection, NULL, NULL);
    if (answer->begin) {
        certd_stream_open(exchange);
        return;
    }

    const char *type = NULL;
    g_autoptr(GBytes) body = certd_answer_body(answer, &type);
    if (body && g_bytes_get_size(body) > 0) {
        soup_message_headers_replace(headers, "Content-Type", type);
        soup_message_body_append_bytes(soup_server_message_get_response_body(msg), body);
    }
    set_length(msg, headers, body ? (goffset)g_bytes_get_size(body) : 0);
    certd_connection_enter(exchange->connection, CERTD_CONNECTION_ANSWER);
    soup_server_message_unpause(msg);
}
