/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one list of the tables of routes. */
#include "web/tables.h"

const CertdRoute *const certd_route_tables[] = {
    certd_routes_service,
    certd_routes_sessions,
    certd_routes_managers,
    certd_routes_trust,
    certd_routes_authority,
    certd_routes_log,
    certd_routes_events,
    certd_routes_tasks,
    certd_routes_schemas,
    certd_routes_certificates,
    certd_routes_places,
    certd_routes_static,
    NULL,
};
