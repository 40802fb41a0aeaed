/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way of a request: its head, who sends it, its body, its handler, its answer. */
#include "web/exchange.h"

#include "model/web-limits.h"
#include "web/body.h"
#include "web/server-private.h"

/* What libsoup gets in the place of a head that is refused: the answer needs some request. */
#define NO_REQUEST "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

static void refuse(CertdExchange *exchange, CertdMessage message, char *argument)
{
    exchange->refused = TRUE;
    exchange->refusal = message;
    g_free(exchange->argument);
    exchange->argument = argument;
}

/* Refuses it, and whatever comes behind. */
static void reject(CertdExchange *exchange, CertdMessage message, char *argument)
{
    refuse(exchange, message, argument);
    exchange->close = TRUE;
    certd_connection_enter(exchange->connection, CERTD_CONNECTION_WORK);
    certd_screen_refuse(exchange->connection->screen, NO_REQUEST);
}

CertdExchange *certd_exchange_ref(CertdExchange *exchange)
{
    g_ref_count_inc(&exchange->references);
    return exchange;
}

void certd_exchange_unref(CertdExchange *exchange)
{
    if (!exchange || !g_ref_count_dec(&exchange->references))
        return;
    certd_answer_free(exchange->answer);
    g_clear_pointer(&exchange->request.body, certd_body_free);
    g_clear_pointer(&exchange->request.bytes, g_bytes_unref);
    g_clear_pointer(&exchange->session, certd_session_unref);
    g_free(exchange->argument);
    g_free(exchange->storage);
    g_free(exchange->etag);
    g_free((char *)exchange->request.content_type);
    /* There may have been a password in it. */
    if (exchange->body->len > 0)
        explicit_bzero(exchange->body->data, exchange->body->len);
    g_byte_array_unref(exchange->body);
    certd_head_unref(exchange->head);
    certd_connection_unref(exchange->connection);
    g_free(exchange);
}

static CertdCredentials credentials_of(const CertdExchange *exchange)
{
    const CertdHead *head = exchange->head;
    return (CertdCredentials){
        .method = certd_head_method(head),
        .host = certd_head_get(head, "Host"),
        .token = certd_head_get(head, "X-Auth-Token"),
        .cookie = certd_head_get(head, "Cookie"),
        .authorization = certd_head_get(head, "Authorization"),
        .csrf = certd_head_get(head, "X-CSRF-Token"),
        .origin = certd_head_get(head, "Origin"),
        .fetch_site = certd_head_get(head, "Sec-Fetch-Site"),
        .peer = exchange->connection->peer,
    };
}

/* Everybody knows now who sends it: the body may come, or not. */
static void admit(CertdExchange *exchange)
{
    CertdConnection *connection = exchange->connection;
    certd_connection_know(connection,
                          exchange->session ? certd_session_user(exchange->session) : NULL);
    guint64 limit =
        exchange->session ? CERTD_LIMIT_WEB_BODY_BYTES : CERTD_LIMIT_WEB_STRANGER_BODY_BYTES;
    guint64 length = certd_head_length(exchange->head);
    if (length > (connection->peer->encrypted ? limit : 0)) {
        reject(exchange, CERTD_MESSAGE_PAYLOAD_TOO_LARGE, NULL);
        return;
    }
    connection->state = CERTD_CONNECTION_BODY;
    /* Of its size at once: what grows leaves copies behind, and there may be a password in them. */
    g_byte_array_unref(exchange->body);
    exchange->body = g_byte_array_sized_new((guint)length);
    g_autofree char *head = certd_head_rewrite(exchange->head, length);
    certd_screen_pass(connection->screen, head, length);
}

static void refuse_sender(CertdExchange *exchange, CertdMessage message, guint retry_seconds)
{
    exchange->retry_seconds = retry_seconds;
    refuse(exchange, message,
           certd_message_args(message) > 0 ? g_strdup_printf("%u", retry_seconds) : NULL);
}

/* Where it comes from, for workers: not one of them is to have all threads. Two may have the same hash; then they share. */
static const void *source_of(const CertdExchange *exchange)
{
    return GUINT_TO_POINTER(g_str_hash(exchange->connection->source) | 1u);
}

static void sign_in(void *data)
{
    CertdExchange *exchange = data;
    CertdCredentials credentials = credentials_of(exchange);
    CertdMessage refusal;
    guint retry_seconds = 0;
    exchange->session = certd_sessions_basic(exchange->connection->server->sessions, &credentials,
                                             &refusal, &retry_seconds);
    if (!exchange->session)
        refuse_sender(exchange, refusal, retry_seconds);
}

static void signed_in(void *data)
{
    g_autoptr(CertdExchange) exchange = data;
    if (exchange->connection->connections)
        admit(exchange);
}

/* Whether a request that says wrong things of its sender may still be anybody's: signing in has to work with a cookie that
 * is over, but not from another site's page. */
static gboolean is_anybodys(const CertdExchange *exchange, CertdMessage refusal)
{
    return certd_route_is_public(exchange->route, certd_head_method(exchange->head)) &&
           refusal != CERTD_MESSAGE_OWN_OTHER_ORIGIN &&
           refusal != CERTD_MESSAGE_OWN_CREDENTIALS_AMBIGUOUS;
}

static void identify(CertdExchange *exchange)
{
    CertdServer *server = exchange->connection->server;
    CertdCredentials credentials = credentials_of(exchange);
    CertdMessage refusal;
    guint retry_seconds = 0;
    switch (certd_sessions_identify(server->sessions, &credentials, &exchange->session, &refusal,
                                    &retry_seconds)) {
    case CERTD_IDENTITY_NOBODY:
    case CERTD_IDENTITY_KNOWN:
        break;
    case CERTD_IDENTITY_REFUSED:
        if (!is_anybodys(exchange, refusal))
            refuse_sender(exchange, refusal, retry_seconds);
        break;
    case CERTD_IDENTITY_SIGN_IN:
        if (certd_route_is_public(exchange->route, credentials.method))
            break;
        certd_connection_enter(exchange->connection, CERTD_CONNECTION_WORK);
        if (certd_workers_do(server->sign_ins, source_of(exchange), sign_in, signed_in,
                             certd_exchange_ref(exchange)))
            return;
        certd_exchange_unref(exchange);
        refuse_sender(exchange, CERTD_MESSAGE_OWN_SIGN_IN_UNAVAILABLE, 0);
        break;
    }
    admit(exchange);
}

static CertdExchange *make(CertdConnection *connection)
{
    g_clear_pointer(&connection->exchange, certd_exchange_unref);
    CertdExchange *exchange = g_new0(CertdExchange, 1);
    g_ref_count_init(&exchange->references);
    connection->exchange = exchange;
    exchange->connection = certd_connection_ref(connection);
    exchange->body = g_byte_array_new();
    exchange->answer = certd_answer_new();
    return exchange;
}

/* libsoup 3.2 lets go of a kept connection that ends between two requests without closing it, for ever. So it gets a last
 * request, whose answer finds the socket closed; what was answered before has been sent. */
void certd_exchange_end(CertdConnection *connection)
{
    reject(make(connection), CERTD_MESSAGE_OWN_REQUEST_INVALID, NULL);
    certd_connection_cut(connection);
}

void certd_exchange_begin(CertdConnection *connection, const char *bytes, gsize length,
                          gboolean whole)
{
    CertdExchange *exchange = make(connection);
    if (!whole) {
        /* The request line alone may be what is too long. */
        gboolean target = memchr(bytes, '\n', length) == NULL;
        guint limit = target ? CERTD_LIMIT_WEB_TARGET_BYTES : CERTD_LIMIT_WEB_HEADER_BYTES;
        reject(exchange,
               target ? CERTD_MESSAGE_OWN_TARGET_TOO_LONG : CERTD_MESSAGE_OWN_HEADERS_TOO_LONG,
               g_strdup_printf("%u", limit));
        return;
    }
    CertdMessage fault;
    char *argument = NULL;
    exchange->head = certd_head_parse(bytes, length, &fault, &argument);
    if (!exchange->head) {
        reject(exchange, fault, argument);
        return;
    }
    CertdRequest *request = &exchange->request;
    request->peer = connection->peer;
    if (connection->peer->encrypted)
        exchange->route =
            certd_route_find(certd_head_path(exchange->head), request->parts, &exchange->storage);
    identify(exchange);
}

static void done(void *data)
{
    g_autoptr(CertdExchange) exchange = data;
    if (exchange->msg)
        certd_exchange_respond(exchange);
}

static void work(void *data)
{
    certd_exchange_handle(data);
}

static void client_gone(void *data)
{
    CertdExchange *exchange = data;
    certd_connection_cut(exchange->connection);
}

/* In a thread; the client waits, or goes. */
static void hand_over(CertdExchange *exchange)
{
    CertdServer *server = exchange->connection->server;
    CertdWorkers *workers = exchange->session ? server->workers : server->sign_ins;
    const void *owner = exchange->session ? exchange->session : source_of(exchange);
    if (!certd_workers_do(workers, owner, work, done, certd_exchange_ref(exchange))) {
        certd_exchange_unref(exchange);
        g_autofree char *number = g_strdup_printf("%u", CERTD_LIMIT_WEB_THREADS);
        certd_answer_message(exchange->answer, CERTD_MESSAGE_OWN_ALL_BUSY, number);
        certd_exchange_respond(exchange);
        return;
    }
    certd_connection_watch(exchange->connection, client_gone, exchange);
}

void certd_exchange_run(CertdExchange *exchange, SoupServerMessage *msg)
{
    exchange->msg = msg;
    certd_connection_enter(exchange->connection, CERTD_CONNECTION_WORK);
    soup_server_message_pause(msg);
    if (!certd_exchange_judge(exchange)) {
        certd_exchange_respond(exchange);
    } else if (exchange->route->flags & CERTD_ROUTE_HERE) {
        certd_exchange_handle(exchange);
        certd_exchange_respond(exchange);
    } else {
        hand_over(exchange);
    }
}
