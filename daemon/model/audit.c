/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The actions of the log. One table, audit.def, so that an action can't be without its message id. */
#include "model/audit.h"

#include <syslog.h>

typedef struct {
    const char *name;
    const char *message_id;
    int priority;
    const char *sentence;
} ActionRow;

static const ActionRow action_rows[CERTD_AUDIT_COUNT_] = {
#define CERTD_AUDIT_ROW(action, name, id, priority, sentence)                                      \
    [CERTD_AUDIT_##action] = {name, id, priority, sentence},
#include "model/audit.def"
#undef CERTD_AUDIT_ROW
};

const char *certd_audit_action_name(CertdAuditAction action)
{
    g_return_val_if_fail((unsigned int)action < CERTD_AUDIT_COUNT_, NULL);

    return action_rows[action].name;
}

gboolean certd_audit_action_parse(const char *name, CertdAuditAction *action)
{
    for (unsigned int i = 0; i < CERTD_AUDIT_COUNT_; i++) {
        if (g_str_equal(action_rows[i].name, name)) {
            *action = (CertdAuditAction)i;
            return TRUE;
        }
    }
    return FALSE;
}

const char *certd_audit_action_message_id(CertdAuditAction action)
{
    g_return_val_if_fail((unsigned int)action < CERTD_AUDIT_COUNT_, NULL);

    return action_rows[action].message_id;
}

int certd_audit_action_priority(CertdAuditAction action)
{
    g_return_val_if_fail((unsigned int)action < CERTD_AUDIT_COUNT_, LOG_ERR);

    return action_rows[action].priority;
}

const char *certd_audit_action_sentence(CertdAuditAction action)
{
    g_return_val_if_fail((unsigned int)action < CERTD_AUDIT_COUNT_, NULL);

    return action_rows[action].sentence;
}
