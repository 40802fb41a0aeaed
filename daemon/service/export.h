/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handing out what is in use (R42), and the device's words for it. */
#pragma once

#include "service/service.h"
#include "store/chain.h"

G_BEGIN_DECLS

/* The chain as PEM, leaf first (RFC 7468). Caller frees. */
char *certd_chain_to_pem(const GPtrArray *chain);
/* One PEM block of @der under @label. Caller frees. */
char *certd_to_pem(const char *label, GBytes *der);

/* Exports in @format: "pem", "der", "p7b", or "p12", which needs @passphrase_fd (dup()ed; -1 for
 * none). FALSE where it can't begin; else @done is called once, with the bytes or a sealed memfd
 * (fd, when bytes is NULL). */
typedef void (*CertdExportDone)(GBytes *bytes, int fd, const GError *error, void *userdata);
gboolean certd_export(CertdService *service, const CertdCaller *caller, const char *name,
                      const char *format, int passphrase_fd, CertdExportDone done, void *userdata,
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
