/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is told of a signal of certd's: an event of a registry about a resource. No bus, no HTTP. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum {
#define CERTD_EVENT_ROW(code, ...) CERTD_EVENT_##code,
#include "web/redfish/events.def"
#undef CERTD_EVENT_ROW
    CERTD_EVENT_COUNT_,
} CertdEventCode;

typedef struct {
    CertdEventCode code;
    char *args[2]; /* as many as the row says */
    char
        *origin; /* the path of the resource; NULL where only @request is known of it, or nothing */
    char *
        request; /* the D-Bus object of the request that it is about, whose certificate the signal does not say */
} CertdEvent;

CertdEvent *certd_event_new(CertdEventCode code, const char *origin);
void certd_event_free(CertdEvent *event);
/* What two events have in common that say the same of the same. Caller frees. */
char *certd_event_key(const CertdEvent *event);

/* The events that the signal @signal of @interface at @path with @parameters is: CertdEvents, none for one that is
 * not told, or not as certd's description has it. The caller unrefs. */
GPtrArray *certd_events_of_signal(const char *path, const char *interface, const char *signal,
                                  GVariant *parameters);
/* The path of the resource for the D-Bus object @request of the certificate whose object is @certificate. Caller frees. */
char *certd_event_request_origin(const char *certificate, const char *request);
/* The Event object (its schema is Event.v1_13_0) with the number @id for @events at @now, seconds since the epoch. The
 * caller unrefs. */
JsonObject *certd_events_object(const GPtrArray *events, guint64 id, gint64 now);
/* It as server-sent event, whole lines. Caller frees. */
char *certd_events_text(const GPtrArray *events, guint64 id, gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdEvent, certd_event_free)

G_END_DECLS
