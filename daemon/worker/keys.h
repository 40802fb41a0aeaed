/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the jobs of role keys share: stored keys, opened. */
#pragma once

#include "worker/interface.h"
#include "x509/key.h"

G_BEGIN_DECLS

/* Whether @worker can use stored keys; FALSE with CERTD_ERROR_WORKER_FAILED where it has another role, or
 * CERTD_ERROR_KEY_UNAVAILABLE without a sealing key. */
gboolean certd_worker_expect_unlocked(const CertdWorker *worker, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The stored key @sealed in clear; CERTD_ERROR_KEY_UNAVAILABLE where it does not open. */
gnutls_x509_privkey_t certd_worker_open(const CertdWorker *worker, const char *key_id,
                                        GBytes *sealed, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
