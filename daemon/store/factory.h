/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store's part of a factory reset. */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

/* The names of the certificates that have something installed or open, as far as they can be read
 * (NULL-terminated). Caller frees. */
gboolean certd_store_lost(CertdStore *store, char ***lost, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Deletes every certificate, chain, request and key, within the caller's transaction; the audit
 * stays. @lost: as above, of what was there. */
gboolean certd_store_clear(CertdStore *store, char ***lost, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
