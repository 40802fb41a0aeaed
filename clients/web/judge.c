/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be said of a request before its handler has it: the path, the method, who asks, the form of the body. */
#include "web/exchange.h"

#include <string.h>

#include "common/file.h"
#include "web/body.h"
#include "web/plain.h"
#include "web/server-private.h"

#define JSON_TYPE "application/json"
#define API "/redfish"

static gboolean say(CertdExchange *exchange, CertdMessage message, const char *argument)
{
    certd_answer_message(exchange->answer, message, argument);
    return FALSE;
}

static CertdHandler handler_of(const CertdRoute *route, const char *method)
{
    if (g_str_equal(method, "GET") || g_str_equal(method, "HEAD"))
        return route->get;
    if (g_str_equal(method, "POST"))
        return route->post;
    if (g_str_equal(method, "PATCH"))
        return route->patch;
    return g_str_equal(method, "DELETE") ? route->remove : NULL;
}

static gboolean is_api(const CertdExchange *exchange)
{
    return g_str_has_prefix(certd_head_path(exchange->head), API);
}

/* What is not there is not told to those who have not signed in. */
static gboolean judge_path(CertdExchange *exchange)
{
    const CertdRoute *route = exchange->route;
    const char *method = certd_head_method(exchange->head);
    gboolean public = route ? certd_route_is_public(route, method) : !is_api(exchange);
    if (!public && !exchange->session)
        return say(exchange, CERTD_MESSAGE_NO_VALID_SESSION, NULL);
    if (!route)
        return say(exchange, CERTD_MESSAGE_INVALID_URI, certd_head_path(exchange->head));
    exchange->handler = handler_of(route, method);
    if (!exchange->handler)
        return say(exchange, CERTD_MESSAGE_OPERATION_NOT_ALLOWED, NULL);
    return TRUE;
}

/* DSP0266 sections 6.6 and 7.3: an unknown parameter with a dollar sign would have changed what the answer means. */
static gboolean judge_query(CertdExchange *exchange)
{
    const char *version = certd_head_get(exchange->head, "OData-Version");
    if (is_api(exchange) && version && !g_str_equal(version, "4.0"))
        return say(exchange, CERTD_MESSAGE_OWN_ODATA_VERSION_UNSUPPORTED, version);
    if (!exchange->request.query || !is_api(exchange))
        return TRUE;

    GHashTableIter iter;
    void *name;
    g_hash_table_iter_init(&iter, exchange->request.query);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (*(const char *)name != '$')
            continue;
        if (!g_str_equal(exchange->request.method, "GET"))
            return say(exchange, CERTD_MESSAGE_QUERY_NOT_SUPPORTED_ON_OPERATION, NULL);
        if (!g_str_equal(name, "$top") && !g_str_equal(name, "$skip"))
            return say(exchange, CERTD_MESSAGE_QUERY_PARAMETER_UNSUPPORTED, name);
    }
    return TRUE;
}

/* "application/json" of "Application/JSON; charset=utf-8"; caller frees. */
static char *type_of(const char *header)
{
    g_autofree char *type = g_ascii_strdown(header, (gssize)strcspn(header, ";"));
    return g_strdup(g_strstrip(type));
}

/* Whether there is no parameter, but for charset=utf-8. */
static gboolean is_utf8(const char *header)
{
    const char *parameter = strchr(header, ';');
    if (!parameter)
        return TRUE;
    g_autofree char *text = g_ascii_strdown(parameter + 1, -1);
    g_strstrip(text);
    return g_str_equal(text, "charset=utf-8") || g_str_equal(text, "charset=\"utf-8\"");
}

static gboolean judge_json(CertdExchange *exchange, const char *header)
{
    CertdRequest *request = &exchange->request;
    if (!request->bytes) {
        request->body = json_object_new();
        return TRUE;
    }
    if (!request->content_type || !g_str_equal(request->content_type, JSON_TYPE) ||
        !is_utf8(header))
        return say(exchange, CERTD_MESSAGE_OWN_MEDIA_TYPE_UNSUPPORTED, JSON_TYPE);
    request->body = certd_body_parse(request->bytes);
    return request->body ? TRUE : say(exchange, CERTD_MESSAGE_MALFORMED_JSON, NULL);
}

static gboolean judge_body(CertdExchange *exchange)
{
    CertdRequest *request = &exchange->request;
    /* DSP0266: what comes with a GET is not looked at. */
    if (g_str_equal(request->method, "GET"))
        return TRUE;
    gboolean takes = g_str_equal(request->method, "POST") || g_str_equal(request->method, "PATCH");
    if (!takes)
        return exchange->body->len == 0
                   ? TRUE
                   : say(exchange, CERTD_MESSAGE_UNRECOGNIZED_REQUEST_BODY, NULL);
    if (exchange->body->len > 0) {
        gsize size = 0;
        guint8 *data = g_byte_array_steal(exchange->body, &size);
        request->bytes = certd_file_wiped_bytes(data, size, size);
    }
    const char *header = certd_head_get(exchange->head, "Content-Type");
    if (header && request->bytes)
        request->content_type = type_of(header);
    if ((exchange->route->flags & CERTD_ROUTE_BYTES) && g_str_equal(request->method, "POST"))
        return TRUE;
    return judge_json(exchange, header);
}

static gboolean is_stale(const CertdExchange *exchange)
{
    return (exchange->route->flags & CERTD_ROUTE_FRESH) &&
           !g_str_equal(exchange->request.method, "GET") && exchange->session &&
           !certd_session_is_fresh(exchange->session);
}

/* Whether Accept-Encoding names it, and not to refuse it (RFC 9110 section 12.5.3). */
static gboolean takes_gzip(const char *header)
{
    GSList *codings = header ? soup_header_parse_quality_list(header, NULL) : NULL;
    gboolean found = g_slist_find_custom(codings, "gzip", (GCompareFunc)g_ascii_strcasecmp) != NULL;
    soup_header_free_list(codings);
    return found;
}

gboolean certd_exchange_judge(CertdExchange *exchange)
{
    if (exchange->refused)
        return say(exchange, exchange->refusal, exchange->argument);

    CertdRequest *request = &exchange->request;
    const char *method = certd_head_method(exchange->head);
    request->method = g_str_equal(method, "HEAD") ? "GET" : method;
    request->path = certd_head_path(exchange->head);
    request->host = certd_head_get(exchange->head, "Host");
    request->query = certd_head_query(exchange->head);
    request->last_event_id = certd_head_get(exchange->head, "Last-Event-ID");
    request->gzip = takes_gzip(certd_head_get(exchange->head, "Accept-Encoding"));
    request->session = exchange->session;
    request->sessions = exchange->connection->server->sessions;
    if (!request->peer->encrypted) {
        certd_plain_answer(request, certd_head_target(exchange->head), exchange->answer);
        return FALSE;
    }
    if (!judge_path(exchange) || !judge_query(exchange) || !judge_body(exchange))
        return FALSE;
    if (is_stale(exchange))
        return say(exchange, CERTD_MESSAGE_OWN_SIGN_IN_AGAIN, NULL);
    return TRUE;
}
