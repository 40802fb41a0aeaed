/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for a request, which makes its key and goes on by itself. */
#pragma once

#include "certctl/verb.h"

G_BEGIN_DECLS

/* Waits until the request at @path has come to rest, with a spinner on a terminal. An interrupt
 * cancels the request; a second one leaves it. FALSE where it failed, with the error that it has,
 * or was cancelled (CERTD_ERROR_CANCELLED). */
gboolean certctl_wait(const CertctlCall *call, const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
