/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What joins the parts: certd's settings, certificate and trust make credentials and ports; what is accepted there
 * gets a seat, the credentials of that moment and a thread.
 */
#pragma once

#include <glib.h>
#include <systemd/sd-event.h>

G_BEGIN_DECLS

typedef struct CertdServer CertdServer;

/* Begins, with connections to certd-web at @web_socket and the anchors for clients in the file @trust_file; both are
 * the caller's as long as it is there. Says READY=1 once certd was asked. NULL with CERTD_ERROR_WORKER_FAILED. */
CertdServer *certd_server_new(sd_event *event, const char *web_socket, const char *trust_file,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends all connections; NULL is allowed. */
void certd_server_free(CertdServer *server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdServer, certd_server_free)

G_END_DECLS
