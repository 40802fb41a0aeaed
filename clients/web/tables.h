/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of routes that the program has. */
#pragma once

#include "web/route.h"

G_BEGIN_DECLS

/* Ends with NULL. */
extern const CertdRoute *const certd_route_tables[];

G_END_DECLS
