/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stream of events: what certd tells the user's own connection, as server-sent events. What happens to the same resource
 * in a short time is told once, so that nothing that happens often floods a client. On the main thread.
 */
#pragma once

#include "web/answer.h"
#include "web/session.h"

G_BEGIN_DECLS

typedef struct CertdEventStream CertdEventStream;

/* A stream for @session, not begun yet. @resumed: the client has had one before, and what happened since is lost. */
CertdEventStream *certd_event_stream_new(CertdSession *session, gboolean resumed);
/* Begins to tell: for certd_answer_events(), as certd_event_stream_free() is. */
void certd_event_stream_begin(CertdStream *stream, void *userdata);
void certd_event_stream_free(void *userdata);

G_END_DECLS
