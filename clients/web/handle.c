/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The handler's call, and the entity tags around it (RFC 9110 section 13, DSP0266 section 6.5). */
#include "web/exchange.h"

#include <string.h>

#include "web/etag.h"
#include "web/turns.h"

/* Whether the list @header names @etag; where @weak, also as a weak one. */
static gboolean names(const char *header, const char *etag, gboolean weak)
{
    g_auto(GStrv) tags = g_strsplit(header, ",", -1);
    for (guint i = 0; tags[i]; i++) {
        const char *tag = g_strstrip(tags[i]);
        if (weak && g_str_has_prefix(tag, "W/"))
            tag += strlen("W/");
        if (g_str_equal(tag, "*") || g_str_equal(tag, etag))
            return TRUE;
    }
    return FALSE;
}

/* Whether a change may be made: the resource is still what If-Match says. FALSE with the answer filled, with that of the
 * reading where it could not be read. */
static gboolean is_unchanged(CertdExchange *exchange)
{
    const char *match = certd_head_get(exchange->head, "If-Match");
    const char *none = certd_head_get(exchange->head, "If-None-Match");
    if (!match && !none)
        return TRUE;

    const CertdRoute *route = exchange->route;
    CertdHandler get = route->get ? route->get : route->of;
    g_autofree char *etag = NULL;
    if (get) {
        g_autoptr(CertdAnswer) now = certd_answer_new();
        CertdRequest request = exchange->request;
        request.method = "GET";
        request.body = NULL;
        request.bytes = NULL;
        get(&request, now);
        if (certd_answer_is_error(now) && now->status != 404) {
            certd_answer_free(exchange->answer);
            exchange->answer = g_steal_pointer(&now);
            return FALSE;
        }
        etag = certd_etag_new(now);
    }
    gboolean good = (!match || (etag && names(match, etag, FALSE))) &&
                    (!none || !etag || !names(none, etag, TRUE));
    if (!good)
        certd_answer_message(exchange->answer, CERTD_MESSAGE_PRECONDITION_FAILED);
    return good;
}

static void get_done(CertdExchange *exchange)
{
    CertdAnswer *answer = exchange->answer;
    GHashTable *query = exchange->request.query;
    gboolean paged =
        query && (g_hash_table_contains(query, "$top") || g_hash_table_contains(query, "$skip"));
    if (paged && answer->status == 200 &&
        !(answer->json && json_object_has_member(answer->json, "Members"))) {
        certd_answer_message(answer, CERTD_MESSAGE_QUERY_NOT_SUPPORTED_ON_RESOURCE);
        return;
    }
    exchange->etag = certd_etag_new(answer);
    const char *none = certd_head_get(exchange->head, "If-None-Match");
    if (exchange->etag && none && names(none, exchange->etag, TRUE)) {
        certd_answer_nothing(answer);
        answer->status = 304;
    }
}

/* The resource that is changed, what an action acts on; NULL where that is none that has an entity tag. */
static char *changed_resource(const CertdExchange *exchange)
{
    const CertdRequest *request = &exchange->request;
    const CertdRoute *route = exchange->route;
    const char *action = strstr(request->path, "/Actions/");
    if (route->of && action)
        return g_strndup(request->path, (gsize)(action - request->path));
    /* What is put into a collection is another resource. */
    return route->get && !g_str_equal(request->method, "POST") ? g_strdup(request->path) : NULL;
}

static void change(CertdExchange *exchange)
{
    /* The main thread's changes are one after another anyway. */
    gboolean here = (exchange->route->flags & CERTD_ROUTE_HERE) != 0;
    g_autofree char *path = here ? NULL : changed_resource(exchange);
    if (path && !certd_turn_begin(path)) {
        certd_answer_message(exchange->answer, CERTD_MESSAGE_OWN_SERVICE_UNAVAILABLE);
        return;
    }
    if (is_unchanged(exchange))
        exchange->handler(&exchange->request, exchange->answer);
    if (path)
        certd_turn_end(path);
}

void certd_exchange_handle(CertdExchange *exchange)
{
    if (!g_str_equal(exchange->request.method, "GET")) {
        change(exchange);
        return;
    }
    exchange->handler(&exchange->request, exchange->answer);
    get_done(exchange);
}
