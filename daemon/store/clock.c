/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One row for the clock, and one for each problem that lasts. */
#include "store/clock.h"

#include "store/reader.h"

gboolean certd_store_clock_get(CertdStore *store, CertdClockRecord *record, GError **error)
{
    static const char SEEN[] = "SELECT seen FROM clock WHERE only = 1";
    static const char SYNCHRONIZED[] = "SELECT synchronized FROM clock WHERE only = 1";
    CertdClockRecord found = {0};

    if (!certd_store_query_integer(store, SEEN, NULL, 0, 0, &found.seen, error) ||
        !certd_store_query_integer(store, SYNCHRONIZED, NULL, 0, 0, &found.synchronized, error))
        return FALSE;
    *record = found;
    return TRUE;
}

gboolean certd_store_clock_set(CertdStore *store, const CertdClockRecord *record, GError **error)
{
    static const char REPLACE[] = "INSERT OR REPLACE INTO clock (only, seen, synchronized)"
                                  " VALUES (1, max(?1, 0), max(?2, 0))";

    return certd_store_run(
        store, REPLACE,
        CERTD_VALUES(CERTD_INTEGER(record->seen), CERTD_INTEGER(record->synchronized)), error);
}

gboolean certd_store_problem_set(CertdStore *store, const char *code, const char *message,
                                 const char *remedy, GError **error)
{
    static const char REPLACE[] =
        "INSERT OR REPLACE INTO problem (code, message, remedy) VALUES (?1, ?2, ?3)";
    static const char DELETE[] = "DELETE FROM problem WHERE code = ?1";

    if (!message)
        return certd_store_run(store, DELETE, CERTD_VALUES(CERTD_TEXT(code)), error);
    return certd_store_run(store, REPLACE,
                           CERTD_VALUES(CERTD_TEXT(code), CERTD_TEXT(message), CERTD_TEXT(remedy)),
                           error);
}

GPtrArray *certd_store_problems(CertdStore *store, GError **error)
{
    static const char SELECT[] = "SELECT code, message, remedy FROM problem ORDER BY code";
    g_autoptr(CertdStatement) statement = certd_statement_get(store, SELECT, NULL, 0, error);
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    gboolean row = FALSE;

    while (TRUE) {
        CertdReader reader = {.store = store, .statement = statement};
        if (!statement || !certd_statement_step(store, statement, &row, error))
            return NULL;
        if (!row)
            return g_steal_pointer(&problems);
        char **problem = g_new0(char *, 4);
        for (size_t i = 0; i < 3; i++) {
            problem[i] = certd_reader_text(&reader);
            if (!problem[i])
                problem[i] = g_strdup("");
        }
        g_ptr_array_add(problems, problem);
        if (!certd_reader_finish(&reader, "problem", problem[0], error))
            return NULL;
    }
}
