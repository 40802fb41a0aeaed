/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log: bounded without breaking its chain, mended when its head is damaged, told after the commit
 * alone, and read in pages. */
#include "fixture.h"

#include "model/error.h"
#include "model/limits.h"
#include "shim.h"
#include "store/clock.h"

#include <sqlite3.h>

#include <string.h>

static const CertdAuditEntry ENTRY = {
    .time = 1000,
    .uid = 7,
    .sender = ":1.5",
    .unit = "",
    .action = "create",
    .object = "certificate/web",
    .outcome = CERTD_AUDIT_OK,
    .detail = "",
};

static void append(Fixture *fixture, const CertdAuditEntry *entry)
{
    g_autoptr(GError) error = NULL;
    g_assert_true(certd_store_audit_append(fixture->store, entry, &error));
    g_assert_no_error(error);
}

static void append_many(Fixture *fixture, guint count)
{
    fixture_begin(fixture);
    for (guint i = 0; i < count; i++)
        append(fixture, &ENTRY);
    fixture_commit(fixture);
}

static void check_range(Fixture *fixture, gint64 first, gint64 last)
{
    g_autoptr(GError) error = NULL;
    gint64 oldest = -1, newest = -1;
    guint64 rows = 0;
    g_assert_true(certd_store_audit_range(fixture->store, &oldest, &newest, &error));
    g_assert_cmpint(oldest, ==, first);
    g_assert_cmpint(newest, ==, last);
    g_assert_true(certd_store_audit_verify(fixture->store, &rows, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(rows, ==, (guint64)(last - first + 1));
}

static CertdAuditRecord *last_row(Fixture *fixture)
{
    const CertdAuditFilter filter = {.newest_first = TRUE};
    gboolean more;
    g_autoptr(GPtrArray) page = certd_store_audit_page(fixture->store, &filter, 1, &more, NULL);
    g_assert_cmpuint(page->len, ==, 1);
    return g_ptr_array_steal_index(page, 0);
}

static void change(Fixture *fixture, const char *sql)
{
    fixture_close(fixture);
    fixture_sql(fixture, sql);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
}

/* What was wrong with rows does not go unseen with them. */
static void check_trim_of_changed_rows(Fixture *fixture, gint64 first)
{
    g_autofree char *sql =
        g_strdup_printf("UPDATE audit SET uid = 8 WHERE id = %d", (int)first + 17);
    g_autofree char *tells = g_strdup_printf("row %d ", (int)first + 17);
    change(fixture, sql);
    append_many(fixture, 1);
    g_autoptr(CertdAuditRecord) row = last_row(fixture);
    g_assert_cmpstr(row->action, ==, "log-trim");
    g_assert_nonnull(strstr(row->detail, tells));
    check_range(fixture, first + CERTD_LOG_ROWS_TRIMMED, row->id);
}

/* Rows go while the chain is walked along. */
static void check_trim_below_walk(Fixture *fixture, gint64 first)
{
    g_autoptr(GError) error = NULL;
    CertdAuditWalk walk = {0};
    gboolean done = TRUE;
    g_assert_true(certd_store_audit_walk_begin(fixture->store, &walk, &error));
    g_assert_cmpint(walk.first, ==, first);
    g_assert_true(certd_store_audit_walk(fixture->store, &walk, 10, &done, &error));
    g_assert_false(done);
    append_many(fixture, 1);
    g_assert_true(certd_store_audit_walk(fixture->store, &walk, G_MAXUINT, &done, &error));
    g_assert_no_error(error);
    g_assert_true(done);
    g_assert_cmpint(walk.first, ==, first + CERTD_LOG_ROWS_TRIMMED);
}

/* At the limit nothing goes; with one more the oldest do, in a row of its own, and the rest is whole. */
static void test_trim(Fixture *fixture, const void *data)
{
    const gint64 most = CERTD_LIMIT_LOG_ROWS, step = CERTD_LOG_ROWS_TRIMMED;
    g_autoptr(GError) error = NULL;
    guint64 rows;
    append_many(fixture, CERTD_LIMIT_LOG_ROWS);
    check_range(fixture, 1, most);
    append_many(fixture, 1);
    check_range(fixture, step + 1, most + 2);
    g_autoptr(CertdAuditRecord) row = last_row(fixture);
    g_assert_cmpstr(row->action, ==, "log-trim");
    g_assert_cmpstr(row->detail, ==, "Rows 1 to 1000");

    append_many(fixture, CERTD_LOG_ROWS_TRIMMED - 2);
    check_range(fixture, step + 1, most + step);
    check_trim_of_changed_rows(fixture, step + 1);
    append_many(fixture, CERTD_LOG_ROWS_TRIMMED - 2);
    check_trim_below_walk(fixture, 2 * step + 1);

    /* And the first that is kept is still held to what went. */
    change(fixture, "DELETE FROM audit WHERE id = (SELECT min(id) FROM audit)");
    g_assert_false(certd_store_audit_verify(fixture->store, &rows, &error));
    g_assert_nonnull(strstr(error->message, "row 3001 "));
}

/* Ways to damage the head, and what the row about it says. */
static const struct {
    const char *name;
    const char *sql;
} heads[] = {
    {"missing", "DELETE FROM audit_head"},
    {"behind", "UPDATE audit_head SET last = 2"},
    {"beyond", "UPDATE audit_head SET first = 50"},
};

static gint64 count(Fixture *fixture, const char *table, const char *where)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM %s WHERE %s", table, where);
    g_assert_cmpint(sqlite3_open(fixture->path, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
    gint64 value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return value;
}

static void test_head(const void *data)
{
    const char *sql = data;
    Fixture fixture = {0};
    g_autoptr(GError) error = NULL;
    fixture_set_up(&fixture, NULL);
    append_many(&fixture, 5);
    fixture_close(&fixture);
    fixture_sql(&fixture, sql);
    g_free(fixture_open(&fixture, CERTD_STORE_OPENED));
    /* A change is not stopped by it, and says so. */
    append_many(&fixture, 1);
    g_autoptr(CertdAuditRecord) row = last_row(&fixture);
    g_assert_cmpint(row->id, ==, 7);
    fixture_close(&fixture);
    g_assert_cmpint(count(&fixture, "audit", "action = 'log-damaged' AND id = 6"), ==, 1);
    g_assert_cmpint(count(&fixture, "problem", "code = '" CERTD_AUDIT_PROBLEM "'"), ==, 1);
    g_assert_cmpint(count(&fixture, "damaged", "object = 'audit_head'"), ==,
                    strstr(sql, "DELETE") ? 0 : 1);
    g_free(fixture_open(&fixture, CERTD_STORE_OPENED));
    /* The rows of before are there, and in no chain. */
    guint64 rows = 0;
    g_assert_false(certd_store_audit_verify(fixture.store, &rows, &error));
    g_assert_nonnull(strstr(error->message, "rows 1 to 5 "));
    /* What is wrong with the new chain comes first. */
    g_clear_error(&error);
    fixture_close(&fixture);
    fixture_sql(&fixture, "UPDATE audit SET uid = 9 WHERE id = 7");
    g_free(fixture_open(&fixture, CERTD_STORE_OPENED));
    g_assert_false(certd_store_audit_verify(fixture.store, &rows, &error));
    g_assert_nonnull(strstr(error->message, "row 7 "));
    fixture_tear_down(&fixture, NULL);
}

static void test_mend(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    append_many(fixture, 2);
    for (guint damaged = 0; damaged < 2; damaged++) {
        if (damaged) {
            fixture_close(fixture);
            fixture_sql(fixture, "DELETE FROM audit_head");
            g_free(fixture_open(fixture, CERTD_STORE_OPENED));
        }
        fixture_begin(fixture);
        g_assert_true(certd_store_audit_mend(fixture->store, 1, &error));
        fixture_commit(fixture);
        g_autoptr(CertdAuditRecord) row = last_row(fixture);
        g_assert_cmpint(row->id, ==, damaged ? 3 : 2);
    }
}

/* In parts, with rows appended between them. */
static void test_walk(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    CertdAuditWalk walk = {0};
    gboolean done = FALSE;
    guint parts = 0;
    append_many(fixture, 20);
    g_assert_true(certd_store_audit_walk_begin(fixture->store, &walk, &error));
    for (; !done; parts++) {
        g_assert_true(certd_store_audit_walk(fixture->store, &walk, 7, &done, &error));
        append_many(fixture, 1);
    }
    g_assert_cmpuint(parts, ==, 3);
    g_assert_cmpint(walk.last, ==, 20);
}

static void heard(const CertdAuditRecord *record, void *userdata)
{
    GArray *ids = userdata;
    g_assert_cmpuint(strlen(record->hash), ==, 2 * CERTD_AUDIT_HASH_BYTES);
    g_array_append_val(ids, record->id);
}

/* After the commit alone, and never what was rolled back. */
static void test_told(Fixture *fixture, const void *data)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    certd_store_audit_listen(fixture->store, heard, ids);
    fixture_begin(fixture);
    append(fixture, &ENTRY);
    append(fixture, &ENTRY);
    g_assert_cmpuint(ids->len, ==, 0);
    fixture_commit(fixture);
    g_assert_cmpuint(ids->len, ==, 2);
    fixture_begin(fixture);
    append(fixture, &ENTRY);
    certd_store_rollback(fixture->store);
    fixture_begin(fixture);
    append(fixture, &ENTRY);
    fixture_commit(fixture);
    g_assert_cmpuint(ids->len, ==, 3);
    g_assert_cmpint(g_array_index(ids, gint64, 2), ==, 3);
    certd_store_audit_listen(fixture->store, NULL, NULL);
    append_many(fixture, 1);
    g_assert_cmpuint(ids->len, ==, 3);
}

/* Nothing is told of what a failing disk rolled back, whichever write or sync it is; what comes then is. */
static void test_told_of_a_failing_disk(Fixture *fixture, const void *data)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    gboolean added = FALSE;
    guint failures = 0;
    append_many(fixture, 1);
    certd_store_audit_listen(fixture->store, heard, ids);
    for (; !added; failures += added ? 0 : 1) {
        fixture_begin(fixture);
        append(fixture, &ENTRY);
        shim_fail_once(failures + 1, SQLITE_IOERR_FSYNC);
        added = certd_store_commit(fixture->store, NULL);
        shim_fail(0, SQLITE_OK);
        g_assert_cmpuint(ids->len, ==, added ? 1 : 0);
    }
    g_assert_cmpuint(failures, >=, 3);
    g_assert_cmpint(g_array_index(ids, gint64, 0), ==, 2);
    check_range(fixture, 1, 2);
}

typedef struct {
    const char *name;
    CertdAuditFilter filter;
    const char *ids; /* of the first page of three */
    gboolean more;
} PageRow;

static const PageRow PAGES[] = {
    {"all", {0}, "1 2 3", TRUE},
    {"behind one", {.cursor = 4}, "5 6 7", TRUE},
    {"the end", {.cursor = 5}, "6 7 8", FALSE},
    {"newest", {.newest_first = TRUE}, "8 7 6", TRUE},
    {"newest behind", {.newest_first = TRUE, .cursor = 4}, "3 2 1", FALSE},
    {"object", {.object = "certificate/web"}, "1 5", FALSE},
    {"object back", {.object = "certificate/web", .newest_first = TRUE}, "5 1", FALSE},
    {"object behind", {.object = "certificate/web", .cursor = 1}, "5", FALSE},
    {"kind", {.object = "certificate"}, "1 2 3", TRUE},
    {"other kind", {.object = "request"}, "4 8", FALSE},
    {"no such", {.object = "certificate/we"}, "", FALSE},
    {"action", {.action = "import"}, "2 6", FALSE},
    {"user", {.by_uid = TRUE, .uid = 0}, "3 7", FALSE},
    {"done", {.outcome = "ok", .action = "remove"}, "", FALSE},
    {"failed", {.outcome = "failed"}, "3 7", FALSE},
    {"since", {.since = 600}, "6 7 8", FALSE},
    {"until", {.until = 300}, "1 2", FALSE},
    {"all of it",
     {.object = "certificate",
      .action = "import",
      .since = 300,
      .until = 900,
      .by_uid = TRUE,
      .uid = 7,
      .outcome = "ok"},
     "6",
     FALSE},
};

static void append_kinds(Fixture *fixture)
{
    static const char *const objects[] = {"certificate/web", "certificate/mail", "certificate/old",
                                          "request/1"};
    static const char *const actions[] = {"create", "import", "remove", "cancel"};
    fixture_begin(fixture);
    for (guint i = 0; i < 8; i++) {
        CertdAuditEntry entry = ENTRY;
        entry.time = 100 * (i + 1);
        entry.uid = i % 4 == 2 ? 0 : 7;
        entry.object = objects[i % 4];
        entry.action = actions[i % 4];
        entry.outcome = i % 4 == 2 ? "org.certd1.Error.Busy" : CERTD_AUDIT_OK;
        append(fixture, &entry);
    }
    fixture_commit(fixture);
}

static void test_pages(Fixture *fixture, const void *data)
{
    append_kinds(fixture);
    for (size_t i = 0; i < G_N_ELEMENTS(PAGES); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) ids = g_string_new(NULL);
        gboolean more = -1;
        g_autoptr(GPtrArray) page =
            certd_store_audit_page(fixture->store, &PAGES[i].filter, 3, &more, &error);
        g_assert_no_error(error);
        for (guint j = 0; j < page->len; j++) {
            const CertdAuditRecord *record = g_ptr_array_index(page, j);
            g_string_append_printf(ids, "%s%d", j > 0 ? " " : "", (int)record->id);
        }
        g_test_message("%s", PAGES[i].name);
        g_assert_cmpstr(ids->str, ==, PAGES[i].ids);
        g_assert_cmpint(more, ==, PAGES[i].more);
    }
}

/* A row that can't be read is told by its number, and hides no other. */
static void test_unreadable(Fixture *fixture, const void *data)
{
    const CertdAuditFilter all = {0};
    gboolean more;
    append_kinds(fixture);
    fixture_close(fixture);
    fixture_sql(fixture, "UPDATE audit SET uid = -5 WHERE id = 3");
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_autoptr(GPtrArray) page = certd_store_audit_page(fixture->store, &all, 100, &more, NULL);
    g_assert_cmpuint(page->len, ==, 8);
    for (guint i = 0; i < page->len; i++) {
        const CertdAuditRecord *record = g_ptr_array_index(page, i);
        g_assert_cmpint(record->id, ==, i + 1);
        g_assert_cmpstr(record->damage, ==, i == 2 ? "column uid" : NULL);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    shim_install();
    fixture_add("/store/audit-log/trim", test_trim);
    fixture_add("/store/audit-log/mend", test_mend);
    fixture_add("/store/audit-log/walk", test_walk);
    fixture_add("/store/audit-log/told", test_told);
    fixture_add("/store/audit-log/told-of-a-failing-disk", test_told_of_a_failing_disk);
    fixture_add("/store/audit-log/pages", test_pages);
    fixture_add("/store/audit-log/unreadable", test_unreadable);
    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
        g_autofree char *path = g_strconcat("/store/audit-log/head/", heads[i].name, NULL);
        g_test_add_data_func(path, heads[i].sql, test_head);
    }
    return g_test_run();
}
