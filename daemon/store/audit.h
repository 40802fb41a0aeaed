/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The audit table: who did what to what. Each row holds the SHA-256 of the row before it and its
 * own content, so that one removed, changed or swapped row is found. */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
    gint64 time;         /* seconds since the epoch */
    guint32 uid;         /* G_MAXUINT32: certd by itself */
    const char *sender;  /* bus name, or "" */
    const char *action;  /* "create", "import" … */
    const char *object;  /* "certificate/https", "request/12" */
    const char *outcome; /* "ok", or the D-Bus error name */
    const char *detail;  /* one line; no secrets */
} CertdAuditEntry;

/* Appends, within the caller's transaction. */
gboolean certd_store_audit_append(CertdStore *store, const CertdAuditEntry *entry, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Recomputes the chain; FALSE with CERTD_ERROR_STORAGE_DAMAGED that names the first bad row. */
gboolean certd_store_audit_verify(CertdStore *store, guint64 *rows, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
