/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One HTTP request as those who answer it see it: whole, within the limits, and of whom it says it is. It does
 * not change while it is answered.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "web/peer.h"
#include "web/session.h"

G_BEGIN_DECLS

#define CERTD_ROUTE_PARTS_MAX 3

typedef struct {
    const char *method; /* GET (for HEAD, too), POST, PATCH, PUT, DELETE */
    const char *path;   /* decoded and without a slash at the end: "/redfish/v1/Managers/device" */
    const char *parts[CERTD_ROUTE_PARTS_MAX]; /* what stands in the places of the route's {} */
    const char *host; /* the Host header, checked; NULL without one (HTTP/1.0) */
    GHashTable
        *query; /* names and values, decoded; NULL without any, the first of several of a name */
    JsonObject
        *body; /* where JSON is what the route takes: an object, an empty one without a body */
    const char *content_type;  /* without parameters, in lower case; NULL without a body */
    GBytes *bytes;             /* the body as it came; NULL without */
    const char *last_event_id; /* what a stream that is resumed had last; NULL: it is none */
    gboolean gzip;             /* whether the client takes an answer that is coded so */
    const CertdPeer *peer;
    CertdSession *session;   /* NULL: nobody has signed in */
    CertdSessions *sessions; /* for the few routes that make and end them, on the main thread */
} CertdRequest;

G_END_DECLS
