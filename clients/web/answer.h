/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The answer to a request. A handler fills it, in whatever thread; the server sends it with the headers that
 * every answer has.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "web/messages.h"
#include "web/request.h"

G_BEGIN_DECLS

typedef struct CertdAnswer CertdAnswer;

/* @object is taken. */
void certd_answer_json(CertdAnswer *answer, guint status, JsonObject *object);
/* @content_type is static; @bytes is taken. */
void certd_answer_bytes(CertdAnswer *answer, guint status, const char *content_type, GBytes *bytes);
/* Without a body: 204. */
void certd_answer_nothing(CertdAnswer *answer);
/* @name is static, @value copied, and control characters in it are the end of the program. Replaces one of the
 * name that is there. */
void certd_answer_header(CertdAnswer *answer, const char *name, const char *value);
/* 201 with Location: @path, and @object (taken) as the body. */
void certd_answer_created(CertdAnswer *answer, const char *path, JsonObject *object);
/* 202 with Location: the @monitor of a task, and the task (taken) as the body. */
void certd_answer_task(CertdAnswer *answer, const char *monitor, JsonObject *task);

/* The standard's error body (DSP0266 section 8.6) with one message of a registry, and that message's status. The arguments
 * are the message's, strings, as many as it takes. Called again, it adds a message to the error that is there. */
void certd_answer_message(CertdAnswer *answer, CertdMessage message, ...);
/* The same about the property @pointer of the body ("/SubjectAltNames/2", RFC 6901). */
void certd_answer_property(CertdAnswer *answer, const char *pointer, CertdMessage message, ...);
/* What a call on the bus failed with: certd's errors by their own registry and status (model/errors.def), a call that
 * certd-session did not carry, and a bus that has gone. */
void certd_answer_error(CertdAnswer *answer, const GError *error);
/* Adds what certd has found to the error that is there: certd_message_finding(). */
void certd_answer_finding(CertdAnswer *answer, const char *code, const char *severity,
                          const char *sentence, const char *remedy);
/* A stream of events (WHATWG HTML, "Server-sent events"). */
typedef struct CertdStream CertdStream;
/* Answers with text/event-stream: once the headers have gone, @begin is called on the main thread, and @end, with
 * @userdata, when the client, the session or the server has ended it, also where it never began. */
void certd_answer_events(CertdAnswer *answer, void (*begin)(CertdStream *stream, void *userdata),
                         void *userdata, GDestroyNotify end);
/* Sends @text, whole lines, on the main thread, before @end was called. A client that lets more than 256 KiB wait is
 * cut off. */
void certd_stream_send(CertdStream *stream, const char *text);

/* Whether an error was put into it. */
gboolean certd_answer_is_error(const CertdAnswer *answer);

G_END_DECLS
