/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The audit: a row that was removed, changed or swapped is found. */
#include "fixture.h"

#include "model/error.h"

#include <string.h>

#define ROWS 10

static void append_rows(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    for (guint n = 0; n < ROWS; n++) {
        g_autofree char *object = g_strdup_printf("request/%u", n);
        CertdAuditEntry entry = {
            .time = n,
            .uid = n == 0 ? G_MAXUINT32 : n,
            .sender = n == 0 ? "" : ":1.5",
            .unit = n == 0 ? NULL : "ssh.service",
            .action = "create",
            .object = object,
            .outcome = "ok",
            .detail = "",
        };
        g_assert_true(certd_store_audit_append(fixture->store, &entry, &error));
        g_assert_no_error(error);
    }
    fixture_commit(fixture);
}

static void test_sound(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    guint64 rows = 99;

    g_assert_true(certd_store_audit_verify(fixture->store, &rows, &error));
    g_assert_cmpuint(rows, ==, 0);
    append_rows(fixture);
    fixture_close(fixture);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    append_rows(fixture);
    g_assert_true(certd_store_audit_verify(fixture->store, &rows, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(rows, ==, 2 * ROWS);
}

/* Another log takes the place of the one that is walked along: it is walked from its beginning. */
static void test_another(Fixture *fixture, const void *data)
{
    g_autoptr(GError) error = NULL;
    CertdAuditWalk walk = {0};
    gboolean done = TRUE;

    append_rows(fixture);
    append_rows(fixture);
    g_assert_true(certd_store_audit_walk_begin(fixture->store, &walk, &error));
    g_assert_true(certd_store_audit_walk(fixture->store, &walk, ROWS - 1, &done, &error));
    g_assert_false(done);
    g_assert_true(certd_store_begin_anew(fixture->store, CERTD_STORE_DELETE, NULL, &error));
    append_rows(fixture);
    g_assert_true(certd_store_audit_walk(fixture->store, &walk, G_MAXUINT, &done, &error));
    g_assert_no_error(error);
    g_assert_true(done);
    g_assert_cmpint(walk.last, ==, ROWS);
}

typedef struct {
    const char *name;
    const char *sql;
    const char *tells; /* in the message */
} TamperRow;

#define SWAP                                                                                       \
    "UPDATE audit SET id = 1000 WHERE id = 4; UPDATE audit SET id = 4 WHERE id = 5;"               \
    "UPDATE audit SET id = 5 WHERE id = 1000;"

static const TamperRow TAMPERINGS[] = {
    {"first removed", "DELETE FROM audit WHERE id = 1", "row 1 "},
    {"middle removed", "DELETE FROM audit WHERE id = 5", "row 5 "},
    {"last removed", "DELETE FROM audit WHERE id = 10", "row 10 "},
    {"all removed", "DELETE FROM audit", "row 1 "},
    {"time", "UPDATE audit SET time = 77 WHERE id = 3", "row 3 "},
    {"user", "UPDATE audit SET uid = 0 WHERE id = 3", "row 3 "},
    {"sender", "UPDATE audit SET sender = ':1.6' WHERE id = 3", "row 3 "},
    {"action", "UPDATE audit SET action = 'remove' WHERE id = 10", "row 10 "},
    {"moved between fields",
     "UPDATE audit SET action = 'creat', object = 'e' || object WHERE id = 3", "row 3 "},
    {"outcome", "UPDATE audit SET outcome = 'no' WHERE id = 1", "row 1 "},
    {"detail", "UPDATE audit SET detail = 'x' WHERE id = 2", "row 2 "},
    {"hash", "UPDATE audit SET hash = zeroblob(32) WHERE id = 2", "row 2 "},
    {"swapped", SWAP, "row 4 "},
    {"unit", "UPDATE audit SET unit = '' WHERE id = 4", "row 4 "},
    {"no unit", "UPDATE audit SET unit = NULL WHERE id = 4", "row 4 "},
    {"a unit in a row of before", "UPDATE audit SET unit = '' WHERE id = 1", "row 1 "},
    {"object", "UPDATE audit SET object = 'request/9' WHERE id = 3", "row 3 "},
    {"number", "UPDATE audit SET id = 11 WHERE id = 10", "row 11"},
    {"unreadable", "UPDATE audit SET uid = -1 WHERE id = 6", "row 6 "},
    {"head's hash", "UPDATE audit_head SET hash = zeroblob(32)", "row 10"},
    {"head's last", "UPDATE audit_head SET last = 11", "row 11 "},
    {"head is behind", "UPDATE audit_head SET last = 9", "row 10"},
    {"head's first", "UPDATE audit_head SET first = 3", "row 3 "},
    {"head's base", "UPDATE audit_head SET base = randomblob(32)", "row 1 "},
    {"no head", "DELETE FROM audit_head", "head"},
};

/* Each of the rows, removed, changed, and swapped with the next one: none is forgotten. */
static const char *const EVERY_ROW[] = {
    "DELETE FROM audit WHERE id = ",
    "UPDATE audit SET time = time + 1 WHERE id = ",
    "UPDATE audit SET uid = uid - 1 WHERE id = ",
    "UPDATE audit SET sender = sender || '0' WHERE id = ",
    "UPDATE audit SET unit = coalesce(unit, '') || '0' WHERE id = ",
    "UPDATE audit SET action = 'remove' WHERE id = ",
    "UPDATE audit SET object = 'request/1000' WHERE id = ",
    "UPDATE audit SET outcome = 'OK' WHERE id = ",
    "UPDATE audit SET detail = ' ' WHERE id = ",
    "UPDATE audit SET hash = zeroblob(32) WHERE id = ",
};

/* Does @sql, whose damage names @row, and undoes it. */
static void check_found(Fixture *fixture, const char *sql, guint row)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *tells = g_strdup_printf("row %u ", row);
    g_autofree char *whole =
        g_strconcat("DELETE FROM audit; INSERT INTO audit SELECT * FROM untouched;", sql, NULL);
    guint64 rows = 99;

    fixture_close(fixture);
    fixture_sql(fixture, whole);
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    g_test_message("%s", sql);
    g_assert_false(certd_store_audit_verify(fixture->store, &rows, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, tells));
}

static void test_every_row(Fixture *fixture, const void *data)
{
    append_rows(fixture);
    fixture_close(fixture);
    fixture_sql(fixture, "CREATE TABLE untouched AS SELECT * FROM audit");
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    for (guint row = 1; row <= ROWS; row++) {
        for (size_t i = 0; i < G_N_ELEMENTS(EVERY_ROW); i++) {
            g_autofree char *sql = g_strdup_printf("%s%u", EVERY_ROW[i], row);
            check_found(fixture, sql, row);
        }
    }
    for (guint row = 1; row < ROWS; row++) {
        g_autofree char *sql = g_strdup_printf(
            "UPDATE audit SET id = 1000 WHERE id = %u; UPDATE audit SET id = %u WHERE id = %u;"
            "UPDATE audit SET id = %u WHERE id = 1000;",
            row, row, row + 1, row + 1);
        check_found(fixture, sql, row);
    }
}

static void test_tampering(const void *data)
{
    const TamperRow *row = data;
    Fixture fixture = {0};
    g_autoptr(GError) error = NULL;
    guint64 rows = 99;

    fixture_set_up(&fixture, NULL);
    append_rows(&fixture);
    fixture_close(&fixture);
    fixture_sql(&fixture, row->sql);
    g_free(fixture_open(&fixture, CERTD_STORE_OPENED));
    g_assert_false(certd_store_audit_verify(fixture.store, &rows, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    g_assert_nonnull(strstr(error->message, row->tells));
    g_assert_cmpuint(rows, ==, 99);
    fixture_tear_down(&fixture, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/audit/sound", test_sound);
    fixture_add("/store/audit/another", test_another);
    fixture_add("/store/audit/every-row", test_every_row);
    for (size_t i = 0; i < G_N_ELEMENTS(TAMPERINGS); i++) {
        g_autofree char *path = g_strconcat("/store/audit/tampering/", TAMPERINGS[i].name, NULL);
        g_test_add_data_func(path, &TAMPERINGS[i], test_tampering);
    }
    return g_test_run();
}
