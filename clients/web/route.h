/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which handler answers what. Each part of the API has a table of routes; route.c has the list of the tables. What
 * methods a path allows, who may ask, and what a wrong method or path is answered follows from the tables alone.
 */
#pragma once

#include "web/answer.h"
#include "web/request.h"

G_BEGIN_DECLS

typedef void (*CertdHandler)(const CertdRequest *request, CertdAnswer *answer);

typedef enum {
    CERTD_ROUTE_PUBLIC = 1 << 0,      /* nobody has to have signed in */
    CERTD_ROUTE_PUBLIC_POST = 1 << 4, /* the same for a POST, and for nothing else */
    CERTD_ROUTE_HERE =
        1 << 1, /* answered on the main thread: it waits for nothing. The others have a thread each,
                                  * in which calls on the bus are made as if nobody else was there */
    CERTD_ROUTE_BYTES = 1 << 2, /* the body of a POST is not JSON */
    CERTD_ROUTE_FRESH =
        1
        << 3, /* a POST, PATCH or DELETE destroys: a session that is not fresh is told so at once */
} CertdRouteFlags;

typedef struct {
    const char *pattern; /* "/redfish/v1/Managers/{}": {} stands for one segment, not empty */
    CertdRouteFlags flags;
    CertdHandler
        get; /* HEAD, too; a GET's JSON gets an ETag, which If-Match and If-None-Match are held
                       * against, before a PATCH, PUT, DELETE, too */
    CertdHandler post;
    CertdHandler patch;
    CertdHandler remove;
    CertdHandler of; /* an action's: the GET of what it acts on, for If-Match */
} CertdRoute;

/* The tables, each ends with a row without a pattern. */
extern const CertdRoute
    certd_routes_service[]; /* redfish/service-root.c: versions, root, odata, $metadata */
extern const CertdRoute certd_routes_sessions[]; /* redfish/session-service.c */
extern const CertdRoute
    certd_routes_managers[]; /* redfish/manager.c, network-protocol.c, security-policy.c */
extern const CertdRoute certd_routes_trust[];     /* redfish/trust-store.c */
extern const CertdRoute certd_routes_authority[]; /* redfish/authority.c */
extern const CertdRoute certd_routes_log[];       /* redfish/log.c */
extern const CertdRoute certd_routes_events[];    /* redfish/event-service.c */
extern const CertdRoute certd_routes_tasks[];     /* redfish/task-service.c */
extern const CertdRoute certd_routes_schemas[];   /* redfish/schemas.c: JsonSchemas, Registries */
extern const CertdRoute
    certd_routes_certificates[]; /* redfish/certificate-service.c and what belongs to it */
extern const CertdRoute
    certd_routes_places[]; /* redfish/place.c: the OEM resources of certificates and requests */
extern const CertdRoute certd_routes_static[]; /* static.c: the page */

/* The route of @path and @parts of it, lent from @path's copy in @storage (the caller frees it); NULL: there is none. */
const CertdRoute *certd_route_find(const char *path, const char *parts[CERTD_ROUTE_PARTS_MAX],
                                   char **storage);
/* Whether @method may be tried on @route (NULL: nothing may) by who has not signed in. */
gboolean certd_route_is_public(const CertdRoute *route, const char *method);
/* "GET, HEAD, POST": for Allow. Caller frees. */
char *certd_route_allow(const CertdRoute *route);

G_END_DECLS
