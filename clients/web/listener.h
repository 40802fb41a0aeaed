/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket that certd-tls connects to, and the PROXY header in front of each connection. */
#pragma once

#include "web/server.h"

G_BEGIN_DECLS

typedef struct CertdListener CertdListener;

/* Listens on the socket that the service manager has handed over or, where @path is not NULL, on one of that path, which only
 * the own user and group may connect to. @server has to stay. */
CertdListener *certd_listener_new(const char *path, CertdServer *server,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
void certd_listener_free(CertdListener *listener);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdListener, certd_listener_free)

G_END_DECLS
