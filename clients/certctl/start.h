/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What `request`, `issue` and `self-sign` have in common: starting a request. */
#pragma once

#include "certctl/verb.h"

G_BEGIN_DECLS

#define CERTCTL_ISSUER_EXTERNAL "external"
#define CERTCTL_ISSUER_SELF "self"
#define CERTCTL_ISSUER_INTERNAL "internal"

/* Calls CreateRequest for the certificate that the first argument names, with the settings and
 * options given. The request's path; caller frees. */
char *certctl_start(const CertctlCall *call, const char *issuer, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* For --no-wait: prints the request's id, or with --json all that it is. */
gboolean certctl_start_say(const CertctlCall *call, const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* All of a verb whose @issuer is certd itself: starts, waits, and prints the certificate. */
gboolean certctl_start_own(const CertctlCall *call, const char *issuer, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
