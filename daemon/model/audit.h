/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The actions of the log, made from audit.def. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
#define CERTD_AUDIT_ROW(action, name, id, priority, sentence) CERTD_AUDIT_##action,
#include "model/audit.def"
#undef CERTD_AUDIT_ROW
    CERTD_AUDIT_COUNT_,
} CertdAuditAction;

/* What the log calls @action: "import", "trust-add" …; static. */
const char *certd_audit_action_name(CertdAuditAction action);
/* The action that is called @name, into @action; FALSE where there is none. */
gboolean certd_audit_action_parse(const char *name, CertdAuditAction *action);
/* The message id of @action in the journal, 32 hex digits; static. */
const char *certd_audit_action_message_id(CertdAuditAction action);
/* The priority of @action in the journal when it was done, one of syslog.h's. */
int certd_audit_action_priority(CertdAuditAction action);
/* What happened, as a sentence without its full stop; static. */
const char *certd_audit_action_sentence(CertdAuditAction action);

G_END_DECLS
