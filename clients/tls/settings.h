/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * certd, over the bus: how HTTPS is to be served, the certificate for it, and what certd is told. Where it is away, it
 * is waited for, and so is the bus.
 */
#pragma once

#include <glib.h>
#include <systemd/sd-event.h>

#include "tls/listeners.h"
#include "tls/priorities.h"

G_BEGIN_DECLS

typedef struct CertdSettings CertdSettings;

/* The properties of org.certd1.Https. */
typedef struct {
    CertdLevel level;
    gboolean force;
    guint16 ports[CERTD_PORT_COUNT_];
    gboolean proven;
    gboolean proven_client;
} CertdHttps;

typedef struct {
    /* There are settings, or others. */
    void (*changed)(const CertdHttps *https, void *userdata);
    /* The certificate in use: @pem is a memfd with key and full chain, and the callee's. */
    void (*credential)(int pem, guint64 generation, void *userdata);
    /* The certificate can't be had, a sentence. */
    void (*no_credential)(const char *sentence, void *userdata);
    /* The trust store may have changed. */
    void (*trust)(void *userdata);
    /* certd was asked for all of it, whether it is there or not. */
    void (*asked)(void *userdata);
} CertdSettingsListener;

/* Connects and asks; everything is told to @listener from the event loop. NULL without memory. */
CertdSettings *certd_settings_new(sd_event *event, const CertdSettingsListener *listener,
                                  void *userdata);
/* Asks certd how HTTPS is to be served, which is told then, whether it is another or not: behind whatever certd has
 * changed before. */
void certd_settings_look(CertdSettings *settings);
/* ReportExchange: a client has been through; nothing waits where certd is away. */
void certd_settings_prove(CertdSettings *settings, guint64 generation, CertdLevel level,
                          gboolean certified);
/* ReportProblem: "" where there is none; told again to a certd that has started again. */
void certd_settings_tell_problem(CertdSettings *settings, const char *sentence);
/* NULL is allowed. */
void certd_settings_free(CertdSettings *settings);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdSettings, certd_settings_free)

G_END_DECLS
