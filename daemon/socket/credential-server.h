/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The credential socket: where the service manager gets what a unit has by LoadCredential=. Whoever may
 * have something gets all of it and the end of the file; whoever may not, not one byte. Nobody is waited
 * for, and root's processes alone take up places.
 */
#pragma once

#include <systemd/sd-event.h>

#include "service/credential.h"

G_BEGIN_DECLS

typedef struct CertdCredentialServer CertdCredentialServer;

/* @unit is NULL or "" where the process is of none, or nobody knows. */
typedef void (*CertdCredentialProven)(const char *unit, void *userdata);

/* What the server works with. The callbacks that it hands on may be called before the function returns. */
typedef struct {
    /* Says of which unit the process @pid is; @done is called once. NULL: nobody can tell, and what root's
     * processes say is believed. */
    void (*prove)(void *userdata, guint32 pid, CertdCredentialProven done, void *done_userdata);
    /* certd_open_unit_credential(), and as that. */
    gboolean (*open)(void *userdata, const CertdCaller *caller, const char *unit, const char *id,
                     CertdCredentialDone done, void *done_userdata, GError **error);
    /* Writes down that @caller, whose unit is set where it is proven, got nothing of @object
     * ("certificate/https") and why. */
    void (*refuse)(void *userdata, const CertdCaller *caller, const char *object,
                   const GError *why);
    void *userdata;
    uid_t manager_uid; /* of the service manager: 0, but for tests */
    uint64_t usec;     /* how long a connection may last: CERTD_LIMIT_CREDENTIAL_SECONDS, but for tests */
} CertdCredentialHooks;

/* Serves the connections of @listener (taken in any case), a socket that listens, once
 * certd_credential_server_start() is called; until then they wait in its backlog. @hooks are copied. SIGPIPE has
 * to be ignored. */
CertdCredentialServer *certd_credential_server_new(sd_event *event, int listener,
                                                   const CertdCredentialHooks *hooks,
                                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* From now on connections are taken. */
void certd_credential_server_start(CertdCredentialServer *server);
/* Ends all connections. What was asked by the hooks must not be answered any more. */
void certd_credential_server_free(CertdCredentialServer *server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdCredentialServer, certd_credential_server_free)

G_END_DECLS
