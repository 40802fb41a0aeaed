/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The credential socket of certd: joins socket/ to the bus, the log and the use cases. */
#pragma once

#include "bus/bus.h"

G_BEGIN_DECLS

typedef struct CertdCredentialSocket CertdCredentialSocket;

/* Has the socket of the service manager, or makes one in @directory; whoever connects waits. Where there
 * can be none that is the problem credential-socket, and certd works without. All outlive it. */
CertdCredentialSocket *certd_credential_socket_new(sd_bus *connection, CertdBus *bus,
                                                   CertdService *service, const char *directory);
/* From now on who connects is answered. */
void certd_credential_socket_start(CertdCredentialSocket *socket);
/* To be called once the event loop doesn't turn any more. */
void certd_credential_socket_free(CertdCredentialSocket *socket);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdCredentialSocket, certd_credential_socket_free)

G_END_DECLS
