/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a log of many rows costs, counted by SQLite instead of a clock: no statement looks at more rows than
 * it gives, and none costs more the longer the log is. */
#include "fixture.h"

#include "model/limits.h"
#include "store/statement.h"

#include <string.h>

#define FEW 10
#define MANY (CERTD_LIMIT_LOG_ROWS - 2) /* two more can be appended without a trim */
#define OBJECT "certificate/c7"
#define OBJECTS 1000
#define PAGE 5

static const CertdAuditEntry ENTRY = {
    .time = 1000,
    .uid = 7,
    .sender = ":1.5",
    .unit = "",
    .action = "create",
    .object = OBJECT,
    .outcome = CERTD_AUDIT_OK,
    .detail = "",
};

/* What the log is asked for; each is one of the statements of audit-page.c. */
static const struct {
    const char *name;
    CertdAuditFilter filter;
} PAGES[] = {
    {"all", {0}},
    {"behind a row", {.cursor = 2}},
    {"newest", {.newest_first = TRUE}},
    {"before a row", {.newest_first = TRUE, .cursor = FEW}},
    {"object", {.object = OBJECT}},
    {"object, newest", {.object = OBJECT, .newest_first = TRUE}},
};

/* A log whose rows 1 to @count are of OBJECTS objects in turn, from the seventh on. */
static void fill(Fixture *fixture, guint count)
{
    g_autofree char *sql = g_strdup_printf(
        "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < %u)"
        " INSERT INTO audit (id, time, uid, sender, unit, action, object, outcome, detail, hash)"
        " SELECT n, 1000, 7, ':1.5', '', 'create', 'certificate/c' || ((n + 6) %% %d), 'ok', '',"
        " zeroblob(32) FROM number;"
        "UPDATE audit_head SET last = %u",
        count, OBJECTS, count);

    fixture_close(fixture);
    fixture_sql(fixture, sql);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
}

/* The sum of a counter over all statements used since it was asked for last. */
static int spent(Fixture *fixture, int counter)
{
    GHashTableIter statements;
    void *statement;
    int sum = 0;

    g_hash_table_iter_init(&statements, fixture->store->statements);
    while (g_hash_table_iter_next(&statements, NULL, &statement))
        sum += sqlite3_stmt_status(statement, counter, TRUE);
    return sum;
}

static void append(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    g_assert_true(certd_store_audit_append(fixture->store, &ENTRY, &error));
    g_assert_no_error(error);
    fixture_commit(fixture);
}

static void read_page(Fixture *fixture, const CertdAuditFilter *filter, guint limit)
{
    g_autoptr(GError) error = NULL;
    gboolean more;
    g_autoptr(GPtrArray) page =
        certd_store_audit_page(fixture->store, filter, limit, &more, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(page->len, >, 0);
}

static void read_range(Fixture *fixture)
{
    gint64 first, last;

    g_assert_true(certd_store_audit_range(fixture->store, &first, &last, NULL));
}

/* It finds its rows by a key, and in their order. */
static void check_plan(CertdStore *store, const char *sql)
{
    g_autofree char *explain = g_strconcat("EXPLAIN QUERY PLAN ", sql, NULL);
    sqlite3_stmt *plan = NULL;

    g_assert_cmpint(sqlite3_prepare_v2(store->db, explain, -1, &plan, NULL), ==, SQLITE_OK);
    while (sqlite3_step(plan) == SQLITE_ROW) {
        const char *detail = (const char *)sqlite3_column_text(plan, 3);
        g_test_message("%s: %s", sql, detail);
        g_assert_null(strstr(detail, "SCAN"));
        g_assert_null(strstr(detail, "TEMP B-TREE"));
    }
    g_assert_cmpint(sqlite3_finalize(plan), ==, SQLITE_OK);
}

/* Of every statement that pages, the range and an append use. */
static void test_plans(Fixture *fixture, const void *data)
{
    GHashTableIter statements;
    void *statement;
    guint checked = 0;

    append(fixture);
    read_range(fixture);
    for (size_t i = 0; i < G_N_ELEMENTS(PAGES); i++) {
        g_autoptr(GPtrArray) page = NULL;
        gboolean more;
        page = certd_store_audit_page(fixture->store, &PAGES[i].filter, PAGE, &more, NULL);
        g_assert_nonnull(page);
    }
    g_hash_table_iter_init(&statements, fixture->store->statements);
    while (g_hash_table_iter_next(&statements, NULL, &statement)) {
        if (strstr(sqlite3_sql(statement), "audit") == NULL)
            continue;
        check_plan(fixture->store, sqlite3_sql(statement));
        checked++;
    }
    /* Two directions of all rows and of one object's, and what appending needs. */
    g_assert_cmpuint(checked, >, 4);
}

/* The steps of SQLite's machine that appending one row, the range and each page take in a log of @count
 * rows; no row was looked at in vain. */
static GArray *costs(Fixture *fixture, guint count)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(int));
    int steps;

    fill(fixture, count);
    append(fixture); /* the statements are there */
    (void)spent(fixture, SQLITE_STMTSTATUS_VM_STEP);
    append(fixture);
    steps = spent(fixture, SQLITE_STMTSTATUS_VM_STEP);
    g_array_append_val(found, steps);
    read_range(fixture);
    steps = spent(fixture, SQLITE_STMTSTATUS_VM_STEP);
    g_array_append_val(found, steps);
    for (size_t i = 0; i < G_N_ELEMENTS(PAGES); i++) {
        read_page(fixture, &PAGES[i].filter, 1);
        steps = spent(fixture, SQLITE_STMTSTATUS_VM_STEP);
        g_array_append_val(found, steps);
    }
    g_assert_cmpint(spent(fixture, SQLITE_STMTSTATUS_FULLSCAN_STEP), ==, 0);
    g_assert_cmpint(spent(fixture, SQLITE_STMTSTATUS_SORT), ==, 0);
    g_assert_cmpint(spent(fixture, SQLITE_STMTSTATUS_AUTOINDEX), ==, 0);
    return found;
}

static GArray *costs_of(guint count)
{
    Fixture fixture = {0};
    fixture_set_up(&fixture, NULL);
    GArray *found = costs(&fixture, count);
    fixture_tear_down(&fixture, NULL);
    return found;
}

/* One row of many costs what one of few does. */
static void test_costs(const void *data)
{
    g_autoptr(GArray) of_few = costs_of(FEW);
    g_autoptr(GArray) of_many = costs_of(MANY);

    g_assert_cmpuint(of_few->len, ==, 2 + G_N_ELEMENTS(PAGES));
    for (guint i = 0; i < of_few->len; i++) {
        int few = g_array_index(of_few, int, i), many = g_array_index(of_many, int, i);
        g_test_message("%s: %d steps, and %d", i < 2 ? "append or range" : PAGES[i - 2].name, few,
                       many);
        g_assert_cmpint(few, >, 0);
        g_assert_cmpint(many, ==, few);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/audit-page/plans", test_plans);
    g_test_add_data_func("/store/audit-page/costs", NULL, test_costs);
    return g_test_run();
}
