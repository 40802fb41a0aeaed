/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Handing a certificate and its private key to those who may have them: its consumers, and nobody else.
 * The key comes from a worker in a sealed memfd, and goes on without being read here.
 */
#pragma once

#include "service/service.h"

G_BEGIN_DECLS

/* @fd is a sealed memfd; dup() to keep it. -1 with @error set on failure. */
typedef void (*CertdCredentialDone)(int fd, gint64 generation, const GError *error, void *userdata);

/* The @part ("key", "crt", "chain", "fullchain", "pem", "ca") of what is in use in certificate @name, for
 * @caller: a consumer by user or group, or by unit; of https also the user certd-tls. FALSE with ACCESS_DENIED, NO_SUCH_CERTIFICATE,
 * INVALID_OPTION, KEY_UNAVAILABLE; else @done is called once, perhaps before this returns. */
gboolean certd_open_credential(CertdService *service, const CertdCaller *caller, const char *name,
                               const char *part, CertdCredentialDone done, void *userdata,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for the service manager, on behalf of @unit, which it has been proven to be: @id is "NAME.PART";
 * "tls.PART" of the certificate tls where @unit is a consumer of that, else of the one that it is a consumer
 * of; or "trust.pem", what the device trusts servers by, which any unit may have. */
gboolean certd_open_unit_credential(CertdService *service, const CertdCaller *caller,
                                    const char *unit, const char *id, CertdCredentialDone done,
                                    void *userdata, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
