/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one server has. */
#pragma once

#include <libsoup/soup.h>

#include "web/connection.h"
#include "web/server.h"
#include "web/sessions.h"
#include "web/workers.h"

G_BEGIN_DECLS

struct CertdServer {
    SoupServer *soup;
    GSocket *quiet; /* the other end of the socket that libsoup listens on, see server.c */
    CertdSessions *sessions;
    CertdConnections *connections;
    CertdWorkers *workers; /* for requests of those who have signed in */
    CertdWorkers *sign_ins;
};

G_END_DECLS
