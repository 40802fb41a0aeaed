/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The log's rows in the journal, and problems. It keeps the rows where certd can't change them, so
 * that who compares both sees a log that was made anew as a whole; see certctl log --verify.
 */

#define SD_JOURNAL_SUPPRESS_LOCATION

#include "bus/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "model/audit.h"
#include "model/error.h"
#include "model/problem.h"
#include "service/caller.h"

static gboolean is_certd(const CertdAuditRecord *record)
{
    return record->uid == certd_caller_self.uid;
}

static gboolean is_done(const CertdAuditRecord *record)
{
    return g_str_equal(record->outcome, CERTD_AUDIT_OK);
}

static char *who(const CertdAuditRecord *record)
{
    if (is_certd(record))
        return g_strdup("certd itself");
    g_autofree char *user = record->uid == CERTD_UID_UNKNOWN
                                ? g_strdup("a user who has gone")
                                : g_strdup_printf("user %u", record->uid);
    if (record->unit == NULL || *record->unit == '\0')
        return g_steal_pointer(&user);
    return g_strdup_printf("%s in %s", user, record->unit);
}

/* Whether somebody was not allowed to; certd itself is refused nothing, it fails. */
static gboolean is_refusal(const CertdAuditRecord *record)
{
    CertdError code;
    return !is_certd(record) && certd_error_from_dbus_name(record->outcome, &code) &&
           (code == CERTD_ERROR_ACCESS_DENIED ||
            code == CERTD_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED);
}

char *certd_journal_sentence(const CertdAuditRecord *record)
{
    CertdAuditAction action;
    gboolean known = certd_audit_action_parse(record->action, &action);
    g_autofree char *by = who(record);
    if (known && (is_done(record) || action == CERTD_AUDIT_REFUSED))
        return g_strdup_printf("%s: %s, by %s%s%s", certd_audit_action_sentence(action),
                               record->object, by, *record->detail != '\0' ? ". " : "",
                               record->detail);
    return g_strdup_printf("%s: %s of %s, by %s. %s", is_refusal(record) ? "Refused" : "Failed",
                           record->action, record->object, by, record->detail);
}

void certd_journal_write(const CertdAuditRecord *record)
{
    CertdAuditAction action;
    if (!certd_audit_action_parse(record->action, &action))
        return;
    g_autofree char *by = who(record);
    g_autofree char *message = certd_journal_sentence(record);
    (void)sd_journal_send(
        "MESSAGE=%s", message, "MESSAGE_ID=%s", certd_audit_action_message_id(action),
        "PRIORITY=%i", is_done(record) ? certd_audit_action_priority(action) : LOG_WARNING,
        "CERTD_ACTION=%s", record->action, "CERTD_CALLER=%s", by, "CERTD_OBJECT=%s", record->object,
        "CERTD_UID=%u", record->uid, "CERTD_UNIT=%s", record->unit != NULL ? record->unit : "",
        "CERTD_SENDER=%s", record->sender, "CERTD_OUTCOME=%s", record->outcome, "CERTD_DETAIL=%s",
        record->detail, "CERTD_LOG_ROW=%" G_GINT64_FORMAT, record->id, "CERTD_LOG_HASH=%s",
        record->hash, NULL);
}

/* Whether what is written there is in the journal already, see systemd.exec(5). */
static gboolean stderr_is_journal(void)
{
    const char *stream = g_getenv("JOURNAL_STREAM");
    struct stat status;
    if (stream == NULL || fstat(STDERR_FILENO, &status) < 0)
        return FALSE;
    g_autofree char *own =
        g_strdup_printf("%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    return g_str_equal(own, stream);
}

void certd_journal_problem(const char *code, const char *message, const char *remedy)
{
    CertdProblemCode problem;
    g_return_if_fail(certd_problem_code_parse(code, &problem));

    int priority = certd_problem_code_priority(problem);
    const char *stop = g_str_has_suffix(message, ".") ? "" : ".";
    g_autofree char *text = g_strdup_printf("%s%s %s", message, stop, remedy);
    if (!stderr_is_journal())
        fprintf(stderr, "<%i>certd: %s\n", priority, text);
    (void)sd_journal_send("MESSAGE=%s", text, "MESSAGE_ID=%s",
                          certd_problem_code_message_id(problem), "PRIORITY=%i", priority,
                          "CERTD_PROBLEM=%s", code, "CERTD_REMEDY=%s", remedy, NULL);
}
