/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the journal says of a row of the log. */

#include "bus/journal.h"

#include "service/caller.h"

#define DENIED "org.freedesktop.DBus.Error.AccessDenied"
#define INTERACTIVE "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"

/* 0 for certd itself: what it fails in nobody has refused. */
static const struct {
    const char *name;
    const char *action;
    guint32 uid;
    const char *unit;
    const char *outcome;
    const char *says;
} rows[] = {
    {"done", "import", 1000, NULL, "ok",
     "A chain was imported and installed: certificate/web, by user 1000. Why"},
    {"done-in-unit", "import", 1000, "web.service", "ok",
     "A chain was imported and installed: certificate/web, by user 1000 in web.service. Why"},
    {"denied", "import", 1000, "", DENIED, "Refused: import of certificate/web, by user 1000. Why"},
    {"interactive", "import", 1000, "", INTERACTIVE,
     "Refused: import of certificate/web, by user 1000. Why"},
    {"gone", "import", CERTD_UID_UNKNOWN, NULL, DENIED,
     "Refused: import of certificate/web, by a user who has gone. Why"},
    {"failed", "create", 1000, NULL, "org.certd1.Error.Exists",
     "Failed: create of certificate/web, by user 1000. Why"},
    {"failed-elsewhere", "create", 1000, NULL, "org.freedesktop.DBus.Error.Failed",
     "Failed: create of certificate/web, by user 1000. Why"},
    {"reload-failed", "deliver", 0, "", "org.certd1.Error.WorkerFailed",
     "Failed: deliver of certificate/web, by certd itself. Why"},
    {"reload-denied", "deliver", 0, "", DENIED,
     "Failed: deliver of certificate/web, by certd itself. Why"},
    {"counted", "refused", 1000, NULL, DENIED,
     "Calls were refused more often than the log notes one by one: certificate/web, by user 1000. "
     "Why"},
};

/* R41 */
static void test_sentence(const void *data)
{
    const size_t i = GPOINTER_TO_SIZE(data);
    const CertdAuditRecord record = {
        .uid = rows[i].uid != 0 ? rows[i].uid : certd_caller_self.uid,
        .unit = (char *)rows[i].unit,
        .action = (char *)rows[i].action,
        .object = (char *)"certificate/web",
        .outcome = (char *)rows[i].outcome,
        .detail = (char *)"Why",
    };
    g_autofree char *said = certd_journal_sentence(&record);
    g_assert_cmpstr(said, ==, rows[i].says);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/journal/sentence/", rows[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_sentence);
    }
    return g_test_run();
}
