/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One request with its answer, from the head to the last byte. It lives on the main thread; between certd_exchange_run()
 * and the answer a worker thread has it, and the main thread only notes that the client has gone.
 */
#pragma once

#include <libsoup/soup.h>

#include "web/answer-private.h"
#include "web/connection.h"
#include "web/head.h"
#include "web/route.h"
#include "web/sessions.h"
#include "web/workers.h"

G_BEGIN_DECLS

struct CertdExchange {
    grefcount references;
    CertdConnection *connection;
    CertdHead *head;        /* NULL where it was malformed */
    SoupServerMessage *msg; /* NULL: libsoup has not got it yet, or has done with it */
    gboolean refused;       /* then the rest is not looked at: */
    gboolean close;         /* what comes behind is not known to be a request */
    CertdMessage refusal;
    char *argument; /* the refusal's */
    guint retry_seconds;
    CertdSession *session; /* NULL: nobody has signed in */
    const CertdRoute *route;
    char *storage; /* of the request's parts */
    CertdHandler handler;
    GByteArray *body;
    CertdRequest request;
    CertdAnswer *answer;
    char *etag;
};

/* A head has come on @connection, up to and with the empty line, or too much of one: decides whether its body may come, and
 * tells the screen, perhaps later. */
void certd_exchange_begin(CertdConnection *connection, const char *bytes, gsize length,
                          gboolean whole);
/* No more heads come on @connection. */
void certd_exchange_end(CertdConnection *connection);
/* libsoup has the request as @msg, and its body is there. */
void certd_exchange_run(CertdExchange *exchange, SoupServerMessage *msg);
CertdExchange *certd_exchange_ref(CertdExchange *exchange);
void certd_exchange_unref(CertdExchange *exchange);

/* judge.c: whether the request may be answered by its route's handler; else the answer has why not. Needs no thread. */
gboolean certd_exchange_judge(CertdExchange *exchange) G_GNUC_WARN_UNUSED_RESULT;
/* handle.c: has the handler answer, and holds it against If-Match, If-None-Match and the query. In any thread. */
void certd_exchange_handle(CertdExchange *exchange);
/* respond.c: gives libsoup the answer. */
void certd_exchange_respond(CertdExchange *exchange);
/* stream.c: the answer is a stream of events. */
void certd_stream_open(CertdExchange *exchange);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdExchange, certd_exchange_unref)

G_END_DECLS
