/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Streams of events. libsoup writes what is appended and lets go of it; how much waits is counted here, and a client that
 * does not read is cut off. A stream ends with its session.
 */
#include "web/exchange.h"

#include <string.h>

#include "model/web-limits.h"

#define MAX_WAITING_BYTES (256u * 1024u)
#define LOOK_MSEC 1000
/* A comment, so that neither end takes the other for gone. */
#define BEAT ":\n\n"
#define BEAT_LOOKS 30u

struct CertdStream {
    CertdExchange *exchange;
    SoupServerMessage *msg;
    gsize waiting;
    guint looks;
    guint timer;
    gboolean over;
};

static GHashTable *streams; /* how many of each session */

static guint count_of(CertdSession *session)
{
    return streams ? GPOINTER_TO_UINT(g_hash_table_lookup(streams, session)) : 0;
}

static void set_count(CertdSession *session, guint count)
{
    if (!streams)
        streams = g_hash_table_new(NULL, NULL);
    if (count > 0)
        g_hash_table_insert(streams, session, GUINT_TO_POINTER(count));
    else
        g_hash_table_remove(streams, session);
}

static void finished(SoupServerMessage *msg, void *data)
{
    CertdStream *stream = data;
    CertdAnswer *answer = stream->exchange->answer;
    stream->over = TRUE;
    g_source_remove(stream->timer);
    certd_connection_watch(stream->exchange->connection, NULL, NULL);
    set_count(stream->exchange->session, count_of(stream->exchange->session) - 1);
    GDestroyNotify end = g_steal_pointer(&answer->stream_end);
    if (end)
        end(answer->stream_data);
    certd_exchange_unref(stream->exchange);
    g_free(stream);
}

/* Has libsoup write, and so notice that the socket is closed. */
static void end(CertdStream *stream)
{
    if (stream->over)
        return;
    stream->over = TRUE;
    certd_connection_cut(stream->exchange->connection);
    soup_message_body_complete(soup_server_message_get_response_body(stream->msg));
    soup_server_message_unpause(stream->msg);
}

static void client_gone(void *data)
{
    end(data);
}

static gboolean look(void *data)
{
    CertdStream *stream = data;
    if (certd_session_is_closed(stream->exchange->session))
        end(stream);
    else if (++stream->looks % BEAT_LOOKS == 0)
        certd_stream_send(stream, BEAT);
    return G_SOURCE_CONTINUE;
}

static void wrote(SoupServerMessage *msg, guint bytes, void *data)
{
    CertdStream *stream = data;
    stream->waiting -= MIN(stream->waiting, bytes);
}

static void wrote_headers(SoupServerMessage *msg, void *data)
{
    CertdStream *stream = data;
    CertdAnswer *answer = stream->exchange->answer;
    answer->begin(stream, answer->stream_data);
}

void certd_stream_send(CertdStream *stream, const char *text)
{
    if (stream->over)
        return;
    gsize length = strlen(text);
    stream->waiting += length;
    if (stream->waiting > MAX_WAITING_BYTES) {
        end(stream);
        return;
    }
    soup_message_body_append(soup_server_message_get_response_body(stream->msg), SOUP_MEMORY_COPY,
                             text, length);
    soup_server_message_unpause(stream->msg);
}

static gboolean has_room(CertdExchange *exchange)
{
    if (exchange->session && count_of(exchange->session) < CERTD_LIMIT_WEB_STREAMS)
        return TRUE;
    CertdAnswer *answer = exchange->answer;
    answer->begin = NULL;
    certd_answer_message(answer, exchange->session ? CERTD_MESSAGE_EVENT_SUBSCRIPTION_LIMIT_EXCEEDED
                                                   : CERTD_MESSAGE_NO_VALID_SESSION);
    return FALSE;
}

void certd_stream_open(CertdExchange *exchange)
{
    SoupServerMessage *msg = exchange->msg;
    if (!has_room(exchange) || g_str_equal(certd_head_method(exchange->head), "HEAD")) {
        exchange->answer->begin = NULL;
        certd_exchange_respond(exchange);
        return;
    }

    CertdStream *stream = g_new0(CertdStream, 1);
    stream->exchange = certd_exchange_ref(exchange);
    stream->msg = msg;
    set_count(exchange->session, count_of(exchange->session) + 1);
    SoupMessageHeaders *headers = soup_server_message_get_response_headers(msg);
    soup_message_headers_replace(headers, "Content-Type", "text/event-stream");
    soup_message_headers_set_encoding(headers, SOUP_ENCODING_EOF);
    soup_message_body_set_accumulate(soup_server_message_get_response_body(msg), FALSE);
    g_signal_connect(msg, "wrote-headers", G_CALLBACK(wrote_headers), stream);
    g_signal_connect(msg, "wrote-body-data", G_CALLBACK(wrote), stream);
    g_signal_connect(msg, "finished", G_CALLBACK(finished), stream);
    stream->timer = g_timeout_add(LOOK_MSEC, look, stream);
    certd_connection_enter(exchange->connection, CERTD_CONNECTION_STREAM);
    certd_connection_watch(exchange->connection, client_gone, stream);
    soup_server_message_unpause(msg);
}
