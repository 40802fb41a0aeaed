/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Back to the factory default: for one certificate (R50, R51) or the whole keystore. The default is
 * a certificate of the device's own authority, with a key of its own, for all names and addresses of
 * the device.
 */
#pragma once

#include "service/service.h"

G_BEGIN_DECLS

/* Resets certificate @name; @options: "digest". Where the sealing key cannot be used it is set aside
 * and a new one made: what it sealed could not be opened anyway. */
gboolean certd_reset(CertdService *service, const CertdCaller *caller, const char *name,
                     GVariant *options, CertdDone done, void *userdata, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* @lost: names, NULL-terminated. */
typedef void (*CertdFactoryDone)(char **lost, const GError *error, void *userdata);
/* Destroys the sealing key, forgets everything, and makes https anew. No options are known. */
gboolean certd_factory_reset(CertdService *service, const CertdCaller *caller, GVariant *options,
                             CertdFactoryDone done, void *userdata, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Keeps the problem that the keystore was set aside, as the file @aside, and says so in the log. */
void certd_keystore_tell_set_aside(CertdService *service, const char *aside);

/* At start: sees that https exists and has a certificate, then calls @done. An error is a problem
 * of the service already, and no reason not to go on. */
void certd_start(CertdService *service, CertdDone done, void *userdata);

G_END_DECLS
