/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bounding a log that has wrong numbers: rows are counted, and none goes for a number alone. */
#include "fixture.h"

#include "model/error.h"
#include "model/limits.h"

#include <string.h>

#define ROWS 8

static void append_many(Fixture *fixture, guint count)
{
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
    g_autoptr(GError) error = NULL;

    fixture_begin(fixture);
    for (guint i = 0; i < count; i++) {
        g_assert_true(certd_store_audit_append(fixture->store, &ENTRY, &error));
        g_assert_no_error(error);
    }
    fixture_commit(fixture);
}

/* The rows of @action, newest first. */
static GPtrArray *rows(Fixture *fixture, const char *action)
{
    const CertdAuditFilter filter = {.action = action, .newest_first = TRUE};
    g_autoptr(GError) error = NULL;
    gboolean more = TRUE;
    GPtrArray *page =
        certd_store_audit_page(fixture->store, &filter, 2 * CERTD_LIMIT_LOG_ROWS, &more, &error);

    g_assert_no_error(error);
    g_assert_false(more);
    return page;
}

static guint count(Fixture *fixture, const char *action)
{
    g_autoptr(GPtrArray) found = rows(fixture, action);

    return found->len;
}

typedef struct {
    const char *name;
    const char *sql;
    const char *tells; /* in what a verification says */
    guint begun_anew;  /* chains */
} DamageRow;

static const DamageRow DAMAGES[] = {
    {"last number", "UPDATE audit SET id = 1048584 WHERE id = 8", "rows 1 to 1048584 ", 1},
    {"head's last", "UPDATE audit_head SET last = 1048584", "row 9 ", 0},
    {"first number", "UPDATE audit SET id = -1048584 WHERE id = 1", "row 1 ", 0},
    {"highest number", "UPDATE audit SET id = 9223372036854775806 WHERE id = 4", "row 4 ", 0},
};

/* Whatever number is wrong, every row stays, and what is wrong is still found. */
static void test_damage(const void *data)
{
    const DamageRow *row = data;
    Fixture fixture = {0};
    g_autoptr(GError) error = NULL;
    guint64 verified = 0;

    fixture_set_up(&fixture, NULL);
    append_many(&fixture, ROWS);
    fixture_close(&fixture);
    fixture_sql(&fixture, row->sql);
    g_free(fixture_open(&fixture, CERTD_STORE_OPENED));
    append_many(&fixture, 2);
    g_assert_cmpuint(count(&fixture, "create"), ==, ROWS + 2);
    g_assert_cmpuint(count(&fixture, "log-trim"), ==, 0);
    g_assert_cmpuint(count(&fixture, "log-damaged"), ==, row->begun_anew);
    g_assert_false(certd_store_audit_verify(fixture.store, &verified, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_STORAGE_DAMAGED);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, row->tells));
    fixture_tear_down(&fixture, NULL);
}

/* With a gap in the numbers too the limit is one of rows: at it nothing goes, with one more the oldest. */
static void test_gap(Fixture *fixture, const void *data)
{
    append_many(fixture, CERTD_LIMIT_LOG_ROWS - 1);
    fixture_close(fixture);
    fixture_sql(fixture, "UPDATE audit_head SET last = last + 5000");
    g_free(fixture_open(fixture, CERTD_STORE_OPENED));
    append_many(fixture, 1);
    g_assert_cmpuint(count(fixture, NULL), ==, CERTD_LIMIT_LOG_ROWS);
    append_many(fixture, 1);
    g_autoptr(GPtrArray) trims = rows(fixture, "log-trim");
    g_assert_cmpuint(trims->len, ==, 1);
    const CertdAuditRecord *trim = g_ptr_array_index(trims, 0);
    g_assert_cmpstr(trim->detail, ==, "Rows 1 to 1000");
    g_assert_cmpuint(count(fixture, NULL), ==, CERTD_LIMIT_LOG_ROWS - CERTD_LOG_ROWS_TRIMMED + 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fixture_add("/store/audit-trim/gap", test_gap);
    for (size_t i = 0; i < G_N_ELEMENTS(DAMAGES); i++) {
        g_autofree char *path = g_strconcat("/store/audit-trim/damage/", DAMAGES[i].name, NULL);
        g_test_add_data_func(path, &DAMAGES[i], test_damage);
    }
    return g_test_run();
}
