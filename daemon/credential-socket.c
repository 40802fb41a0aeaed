/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The credential socket of certd. */

#include "credential-socket.h"

#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "bus/process-unit.h"
#include "model/error.h"
#include "model/limits.h"
#include "service/credential.h"
#include "socket/credential-server.h"
#include "socket/listener.h"

struct CertdCredentialSocket {
    sd_bus *connection;
    CertdBus *bus;
    CertdService *service;
    CertdCredentialServer *server; /* NULL: there is none */
    char *bound;                   /* where certd made it itself, or NULL */
};

G_STATIC_ASSERT(CERTD_LIMIT_CREDENTIAL_PROOF_SECONDS < CERTD_LIMIT_CREDENTIAL_SECONDS);

static void prove(void *userdata, guint32 pid, CertdCredentialProven done, void *done_userdata)
{
    const CertdCredentialSocket *socket = userdata;
    certd_process_unit_ask(socket->connection, NULL, pid,
                           CERTD_LIMIT_CREDENTIAL_PROOF_SECONDS * G_USEC_PER_SEC, done,
                           done_userdata);
}

static gboolean open_credential(void *userdata, const CertdCaller *caller, const char *unit,
                                const char *id, CertdCredentialDone done, void *done_userdata,
                                GError **error)
{
    const CertdCredentialSocket *socket = userdata;
    return certd_open_unit_credential(socket->service, caller, unit, id, done, done_userdata,
                                      error);
}

static void refuse(void *userdata, const CertdCaller *caller, const char *object, const GError *why)
{
    const CertdCredentialSocket *socket = userdata;
    const CertdRefusal refusal = {
        .action = CERTD_AUDIT_OPEN_CREDENTIAL,
        .object = object,
        .error_name = why->domain == CERTD_ERROR ? certd_error_dbus_name((CertdError)why->code)
                                                 : SD_BUS_ERROR_FAILED,
        .message = why->message,
    };
    certd_bus_refuse(socket->bus, caller, &refusal);
}

static gboolean serve(CertdCredentialSocket *socket, const char *directory, GError **error)
{
    const CertdCredentialHooks hooks = {
        /* Without systemd there is nobody to ask, and none but root's own programs connect. */
        .prove = sd_booted() > 0 ? prove : NULL,
        .open = open_credential,
        .refuse = refuse,
        .userdata = socket,
        .manager_uid = 0,
        .usec = CERTD_LIMIT_CREDENTIAL_SECONDS * G_USEC_PER_SEC,
    };
    int listener = certd_listener_open(directory, &socket->bound, error);
    if (listener < 0)
        return FALSE;
    socket->server =
        certd_credential_server_new(sd_bus_get_event(socket->connection), listener, &hooks, error);
    return socket->server != NULL;
}

CertdCredentialSocket *certd_credential_socket_new(sd_bus *connection, CertdBus *bus,
                                                   CertdService *service, const char *directory)
{
    CertdCredentialSocket *socket = g_new0(CertdCredentialSocket, 1);
    g_autoptr(GError) error = NULL;
    socket->connection = connection;
    socket->bus = bus;
    socket->service = service;
    if (!serve(socket, directory, &error))
        certd_service_set_problem(service, "credential-socket", error->message,
                                  "Mend that, and start certd again");
    return socket;
}

void certd_credential_socket_start(CertdCredentialSocket *socket)
{
    if (socket->server != NULL)
        certd_credential_server_start(socket->server);
}

void certd_credential_socket_free(CertdCredentialSocket *socket)
{
    if (socket == NULL)
        return;
    certd_credential_server_free(socket->server);
    if (socket->bound != NULL)
        (void)unlink(socket->bound);
    g_free(socket->bound);
    g_free(socket);
}
