/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log's rows in the journal. It keeps them where certd can't change them, so that who compares
 * both sees a log that was made anew as a whole; see certctl log --verify.
 */

#define SD_JOURNAL_SUPPRESS_LOCATION

#include "bus/journal.h"

#include <syslog.h>
#include <systemd/sd-journal.h>

#include "model/audit.h"
#include "service/caller.h"

static char *who(const CertdAuditRecord *record)
{
    if (record->uid == certd_caller_self.uid)
        return g_strdup("certd itself");
    if (record->uid == CERTD_UID_UNKNOWN)
        return g_strdup("a user who has gone");
    return g_strdup_printf("user %u", record->uid);
}

static char *sentence(const CertdAuditRecord *record, CertdAuditAction action, gboolean done)
{
    g_autofree char *by = who(record);
    if (done || action == CERTD_AUDIT_REFUSED)
        return g_strdup_printf("%s: %s, by %s%s%s", certd_audit_action_sentence(action),
                               record->object, by, *record->detail != '\0' ? ". " : "",
                               record->detail);
    return g_strdup_printf("Refused: %s of %s, by %s. %s", record->action, record->object, by,
                           record->detail);
}

void certd_journal_write(const CertdAuditRecord *record)
{
    CertdAuditAction action;
    gboolean done = g_str_equal(record->outcome, CERTD_AUDIT_OK);
    if (!certd_audit_action_parse(record->action, &action))
        return;
    g_autofree char *message = sentence(record, action, done);
    (void)sd_journal_send(
        "MESSAGE=%s", message, "MESSAGE_ID=%s", certd_audit_action_message_id(action),
        "PRIORITY=%i", done ? certd_audit_action_priority(action) : LOG_WARNING, "CERTD_ACTION=%s",
        record->action, "CERTD_OBJECT=%s", record->object, "CERTD_UID=%u", record->uid,
        "CERTD_UNIT=%s", record->unit != NULL ? record->unit : "", "CERTD_SENDER=%s",
        record->sender, "CERTD_OUTCOME=%s", record->outcome, "CERTD_DETAIL=%s", record->detail,
        "CERTD_LOG_ROW=%" G_GINT64_FORMAT, record->id, "CERTD_LOG_HASH=%s", record->hash, NULL);
}
