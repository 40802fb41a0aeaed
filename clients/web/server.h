/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HTTP server: connections as certd-tls hands them over, and whoever answers what comes on them. */
#pragma once

#include <gio/gio.h>

#include "web/peer.h"

G_BEGIN_DECLS

typedef struct CertdServer CertdServer;

/* @session_socket: where certd-session is reached. */
CertdServer *certd_server_new(const char *session_socket, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void certd_server_free(CertdServer *server);
/* Serves @stream, behind whose PROXY header HTTP begins; @peer is taken. */
void certd_server_accept(CertdServer *server, GSocketConnection *stream, CertdPeer *peer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdServer, certd_server_free)

G_END_DECLS
