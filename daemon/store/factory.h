/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store's part of a factory reset. */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

/* Deletes every certificate, chain, request and key, within the caller's transaction; the audit
 * stays. @lost: the names of the certificates that had something installed or open (NULL-terminated). */
gboolean certd_store_clear(CertdStore *store, char ***lost, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
