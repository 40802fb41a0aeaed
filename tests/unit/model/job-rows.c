/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The checks of job-rows.h. */
#include "job-rows.h"

#include <string.h>

#include "model/error.h"

typedef struct {
    const JobRow *rows;
    size_t n_rows;
} Table;

GVariant *job_row_dict(const JobRow *row, const char *key, const char *value)
{
    g_autoptr(GString) text = g_string_new("@a{sv} {");
    gboolean replaced = FALSE;

    for (size_t i = 0; row->fields[i].key; i++) {
        const JobField *field = &row->fields[i];
        gboolean here = key && g_str_equal(field->key, key);

        replaced = replaced || here;
        if (!here || value) {
            g_string_append_printf(text, "%s'%s': %s", text->len > 8 ? ", " : "", field->key,
                                   here ? value : field->value);
        }
    }
    if (key && value && !replaced)
        g_string_append_printf(text, ", '%s': %s", key, value);
    g_string_append_c(text, '}');

    g_autoptr(GError) error = NULL;
    GVariant *dict = g_variant_parse(NULL, text->str, NULL, NULL, &error);
    g_assert_no_error(error);
    return dict;
}

static void assert_refused(const JobRow *row, GVariant *dict)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(row->survives(dict, &error));
    g_assert_error(error, CERTD_ERROR, CERTD_ERROR_MALFORMED);
}

static void test_round_trips(const void *data)
{
    const Table *table = data;
    const JobRow *rows = table->rows;

    for (size_t i = 0; i < table->n_rows; i++) {
        g_autoptr(GVariant) dict = job_row_dict(&rows[i], NULL, NULL);
        g_autoptr(GError) error = NULL;

        g_test_message("%s", rows[i].name);
        g_assert_true(rows[i].survives(dict, &error));
        g_assert_no_error(error);
    }
}

static void test_missing(const JobRow *row, const char *key)
{
    g_autofree char *spaced = g_strdup_printf(" %s ", key);
    g_autoptr(GVariant) without = job_row_dict(row, key, NULL);
    g_autoptr(GError) error = NULL;

    g_test_message("%s without %s", row->name, key);
    if (strstr(row->optional, spaced))
        g_assert_true(row->survives(without, &error));
    else
        assert_refused(row, without);
}

static void test_fields(const void *data)
{
    const Table *table = data;
    const JobRow *rows = table->rows;

    for (size_t i = 0; i < table->n_rows; i++) {
        for (size_t j = 0; rows[i].fields[j].key; j++) {
            const char *key = rows[i].fields[j].key;
            g_autoptr(GVariant) mistyped = job_row_dict(&rows[i], key, "<(1, 'x')>");

            test_missing(&rows[i], key);
            g_test_message("%s with another type of %s", rows[i].name, key);
            assert_refused(&rows[i], mistyped);
        }
    }
}

static void test_bad_values(const void *data)
{
    const Table *table = data;
    const JobRow *rows = table->rows;

    for (size_t i = 0; i < table->n_rows; i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(rows[i].bad) && rows[i].bad[j].key; j++) {
            const JobField *bad = &rows[i].bad[j];
            g_autoptr(GVariant) dict = job_row_dict(&rows[i], bad->key, bad->value);

            g_test_message("%s with %s: %s", rows[i].name, bad->key, bad->value);
            assert_refused(&rows[i], dict);
        }
    }
}

static void test_twice(const void *data)
{
    const Table *table = data;
    const JobRow *rows = table->rows;

    for (size_t i = 0; i < table->n_rows; i++) {
        g_autoptr(GVariant) dict = job_row_dict(&rows[i], NULL, NULL);
        GVariantBuilder builder;

        g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
        for (size_t j = 0; j < g_variant_n_children(dict); j++) {
            g_autoptr(GVariant) child = g_variant_get_child_value(dict, j);

            g_variant_builder_add_value(&builder, child);
            if (j == 0)
                g_variant_builder_add_value(&builder, child);
        }
        g_autoptr(GVariant) twice = g_variant_ref_sink(g_variant_builder_end(&builder));
        assert_refused(&rows[i], twice);
    }
}

static void test_no_dictionary(const void *data)
{
    const Table *table = data;
    const JobRow *rows = table->rows;
    g_autoptr(GVariant) text = g_variant_ref_sink(g_variant_new_string("text"));
    g_autoptr(GBytes) bytes = g_bytes_new("\xff\xff\xff\xff\xff", 5);
    g_autoptr(GVariant) crooked =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE_VARDICT, bytes, FALSE));

    for (size_t i = 0; i < table->n_rows; i++) {
        assert_refused(&rows[i], text);
        assert_refused(&rows[i], crooked);
    }
}

void job_rows_add_tests(const char *name, const JobRow *rows, size_t n_rows)
{
    static const struct {
        const char *name;
        GTestDataFunc test;
    } tests[] = {
        {"round-trips", test_round_trips},     {"fields", test_fields},
        {"bad-values", test_bad_values},       {"twice", test_twice},
        {"no-dictionary", test_no_dictionary},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strdup_printf("/model/%s/%s", name, tests[i].name);
        Table *table = g_new0(Table, 1);

        *table = (Table){.rows = rows, .n_rows = n_rows};
        g_test_add_data_func_full(path, table, tests[i].test, g_free);
    }
}
