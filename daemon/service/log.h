/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log: what was done is written with it, in its transaction; what was refused is written here. Reading
 * it, and checking its chain a part at a time.
 */
#pragma once

#include "model/audit.h"
#include "service/service.h"
#include "store/audit.h"

G_BEGIN_DECLS

/* Writes that @caller was refused @action on @object ("certificate/https"): @outcome is the D-Bus error
 * name, @detail its message. Never fails: where the keystore takes no row, the listener hears of it all
 * the same. Outside of transactions. */
void certd_log_refuse(CertdService *service, const CertdCaller *caller, CertdAuditAction action,
                      const char *object, const char *outcome, const char *detail);

/* What certd_log_refuse() takes. */
typedef struct {
    const CertdCaller *caller;
    CertdAuditAction action;
    const char *object;
    const char *outcome;
    const char *detail;
} CertdLogRefusal;
/* The same of @count refusals, in one transaction. */
void certd_log_refuse_all(CertdService *service, const CertdLogRefusal *refusals, size_t count);

/* @detail as the log has it: clean, and cut to CERTD_LIMIT_LOG_DETAIL_BYTES. Caller frees. */
char *certd_log_detail(const char *detail);

/* As certd_store_audit_page() and certd_store_audit_range(). */
GPtrArray *certd_log_page(CertdService *service, const CertdAuditFilter *filter, guint limit,
                          gboolean *more, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_log_range(CertdService *service, gint64 *first, gint64 *last, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The chain from @first to @last is whole and ends with @hash (hex), or @error says what is wrong with
 * which row. */
typedef void (*CertdLogVerified)(gint64 first, gint64 last, const char *hash, const GError *error,
                                 void *userdata);
/* Checks the chain, between other work. */
void certd_log_verify(CertdService *service, CertdLogVerified done, void *userdata);

G_END_DECLS
