/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How HTTPS is served (R61 to R63). The level, and that HTTPS is forced, go on trial: they need proof that a
 * client has been through HTTPS with the certificate in use, and what was confirmed comes back by itself as
 * with certificates (service/trial.h). The proof is the word of the user certd-tls, and in memory alone.
 */
#pragma once

#include "service/service.h"
#include "store/https.h"

G_BEGIN_DECLS

typedef struct {
    CertdHttpsRecord settings;          /* as they are served now, on trial or not */
    gint64 trial_deadline;              /* by the wall clock as it is now: seconds, 0 without one */
    gboolean proven;                    /* as a trial needs it, where there is one */
    gboolean proven_client_certificate; /* as the level high needs it */
} CertdHttpsState;

/* How HTTPS is served now, into @state. A trial whose time is up is seen as over. */
gboolean certd_https_get(CertdService *service, CertdHttpsState *state, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Serves at @level ("standard", "high"), on trial; @options: "trial", seconds. What is there already is
 * left alone; a level on trial is set back at once. INVALID_OPTION, NOT_PROVEN (high), ON_TRIAL, and
 * ACCESS_DENIED where another's trial would end. */
gboolean certd_https_set_level(CertdService *service, const CertdCaller *caller, const char *level,
                               GVariant *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Closes the plain port, on trial as above; or opens it, at once. */
gboolean certd_https_set_force(CertdService *service, const CertdCaller *caller, gboolean force,
                               GVariant *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Serves on these TCP ports from now on, which are two. */
gboolean certd_https_set_ports(CertdService *service, const CertdCaller *caller, guint16 port,
                               guint16 plain_port, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Ends the trial: what is tried stays. @options: "tested", the user's word in the place of proof. CANCELLED
 * without a trial, NOT_PROVEN, ACCESS_DENIED for who neither began it nor is an administrator. */
gboolean certd_https_confirm(CertdService *service, const CertdCaller *caller, GVariant *options,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends the trial: what was confirmed is back. */
gboolean certd_https_rollback(CertdService *service, const CertdCaller *caller, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A client has been through HTTPS with @generation of the certificate https at @level ("standard", "high";
 * NULL: the one that is served), and has shown a certificate that the trust store vouches for or has not. Another generation or level than the
 * one in use proves nothing. ACCESS_DENIED for anybody but the user certd-tls, INVALID_OPTION. */
gboolean certd_https_report_proof(CertdService *service, const CertdCaller *caller,
                                  guint64 generation, const char *level,
                                  gboolean client_certificate, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* What keeps HTTPS from being served as the settings say becomes the problem https-not-served; "" takes it
 * away. INVALID_OPTION, and ACCESS_DENIED as above. */
gboolean certd_https_report_problem(CertdService *service, const CertdCaller *caller,
                                    const char *message, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The connection @sender has left the bus: its problem goes with it. */
void certd_https_reporter_left(CertdService *service, const char *sender);

G_END_DECLS
