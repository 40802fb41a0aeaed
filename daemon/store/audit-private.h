/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the audit share: the head of the chain, the hash, reading a row. */
#pragma once

#include "store/audit.h"
#include "store/reader.h"

G_BEGIN_DECLS

/* The row of audit_head. */
typedef struct {
    gint64 first;                        /* the chain's oldest row */
    guint8 base[CERTD_AUDIT_HASH_BYTES]; /* the hash of the row before that */
    gint64 last;
    guint8 hash[CERTD_AUDIT_HASH_BYTES];
} CertdAuditHead;

/* The columns that certd_audit_read() reads, in its order. */
#define CERTD_AUDIT_COLUMNS "id, time, uid, sender, unit, action, object, outcome, detail, hash"

/* FALSE with STORAGE_DAMAGED where it is missing, can't be read or is behind the last row. */
gboolean certd_audit_read_head(CertdStore *store, CertdAuditHead *head, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Makes @hash, of the row before, the hash of row @id with @entry. */
void certd_audit_hash(guint8 *hash, gint64 id, const CertdAuditEntry *entry);
/* @hash in hexadecimal digits. Caller frees. */
char *certd_audit_hex(const guint8 *hash);
/* The row that @statement is at; where it can't be read it says so. */
CertdAuditRecord *certd_audit_read(CertdStore *store, CertdStatement *statement);
/* @record's content; the strings stay its own. */
CertdAuditEntry certd_audit_entry(const CertdAuditRecord *record);

/* audit-trim.c: takes the oldest rows away where there are too many, and moves @head's first and base.
 * @what (nullable on return) says which went, for a row of its own. */
gboolean certd_audit_trim(CertdStore *store, CertdAuditHead *head, char **what, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* audit-verify.c: checks the rows of the chain up to @until; @walk as certd_store_audit_walk(). */
gboolean certd_audit_check_rows(CertdStore *store, CertdAuditWalk *walk, gint64 until, guint rows,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
