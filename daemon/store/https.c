/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The row of HTTPS' settings and that of their trial. Nothing in them is worth a device that nobody can
 * reach: what can't be read is what a device begins with.
 */
#include "store/https.h"

#include "model/error.h"
#include "store/reader.h"

const CertdHttpsRecord certd_https_defaults = {
    .level = CERTD_HTTPS_STANDARD,
    .port = CERTD_HTTPS_PORT,
    .plain_port = CERTD_HTTPS_PLAIN_PORT,
};

void certd_https_trial_record_free(CertdHttpsTrialRecord *record)
{
    if (!record)
        return;
    g_free(record->boot);
    g_free(record);
}

static CertdHttpsLevel certd_reader_level(CertdReader *reader)
{
    g_autofree char *name = certd_reader_text(reader);
    CertdHttpsLevel level = CERTD_HTTPS_STANDARD;

    if (name && !certd_https_level_parse(name, &level, NULL))
        certd_reader_reject(reader);
    return level;
}

gboolean certd_store_https_get(CertdStore *store, CertdHttpsRecord *record, GError **error)
{
    static const char SELECT[] = "SELECT level, force, port, plain_port FROM https WHERE only = 1";
    g_autoptr(CertdStatement) statement = certd_statement_get(store, SELECT, NULL, 0, error);
    CertdReader reader = {.store = store, .statement = statement};
    CertdHttpsRecord found = certd_https_defaults;
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return FALSE;
    if (row) {
        found.level = certd_reader_level(&reader);
        found.force = certd_reader_integer(&reader, 0, 1) == 1;
        found.port = (guint16)certd_reader_integer(&reader, 1, G_MAXUINT16);
        found.plain_port = (guint16)certd_reader_integer(&reader, 1, G_MAXUINT16);
        if (found.port == found.plain_port)
            certd_reader_reject(&reader);
        if (!certd_reader_finish(&reader, "https", "settings", NULL))
            found = certd_https_defaults;
    }
    *record = found;
    return TRUE;
}

gboolean certd_store_https_set(CertdStore *store, const CertdHttpsRecord *record, GError **error)
{
    static const char REPLACE[] = "INSERT OR REPLACE INTO https (only, level, force, port,"
                                  " plain_port) VALUES (1, ?1, ?2, ?3, ?4)";

    return certd_store_run(store, REPLACE,
                           CERTD_VALUES(CERTD_TEXT(certd_https_level_name(record->level)),
                                        CERTD_INTEGER(record->force ? 1 : 0),
                                        CERTD_INTEGER(record->port),
                                        CERTD_INTEGER(record->plain_port)),
                           error);
}

gboolean certd_store_https_trial_get(CertdStore *store, CertdHttpsTrialRecord **record,
                                     GError **error)
{
    static const char SELECT[] = "SELECT level, force, boot, deadline, uid, started"
                                 " FROM https_trial WHERE only = 1";
    g_autoptr(CertdStatement) statement = certd_statement_get(store, SELECT, NULL, 0, error);
    g_autoptr(CertdHttpsTrialRecord) found = g_new0(CertdHttpsTrialRecord, 1);
    CertdReader reader = {.store = store, .statement = statement};
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return FALSE;
    if (!row) {
        *record = NULL;
        return TRUE;
    }
    found->level = certd_reader_level(&reader);
    found->force = certd_reader_integer(&reader, 0, 1) == 1;
    found->boot = certd_reader_text(&reader);
    found->deadline = certd_reader_integer(&reader, 0, G_MAXINT64);
    found->uid = (guint32)certd_reader_integer(&reader, 0, G_MAXUINT32);
    found->started = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    if (!certd_reader_finish(&reader, "https_trial", "settings", NULL)) {
        g_free(found->boot);
        *found = (CertdHttpsTrialRecord){.boot = g_strdup(""), .uid = G_MAXUINT32};
    }
    *record = g_steal_pointer(&found);
    return TRUE;
}

gboolean certd_store_https_trial_set(CertdStore *store, const CertdHttpsTrialRecord *record,
                                     GError **error)
{
    static const char REPLACE[] =
        "INSERT OR REPLACE INTO https_trial (only, level, force, boot, deadline, uid, started)"
        " VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)";

    return certd_store_run(store, REPLACE,
                           CERTD_VALUES(CERTD_TEXT(certd_https_level_name(record->level)),
                                        CERTD_INTEGER(record->force ? 1 : 0),
                                        CERTD_TEXT(record->boot), CERTD_INTEGER(record->deadline),
                                        CERTD_INTEGER(record->uid), CERTD_INTEGER(record->started)),
                           error);
}

gboolean certd_store_https_trial_delete(CertdStore *store, GError **error)
{
    static const char DELETE[] = "DELETE FROM https_trial";

    return certd_store_run(store, DELETE, NULL, 0, error);
}
