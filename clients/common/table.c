/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All cells are kept until the end: only then the widths are known. */
#include "common/table.h"

#define GAP 2u

typedef struct {
    char *text;
    CertdStyle style;
} Cell;

struct CertdTable {
    char **headers;
    unsigned int n_columns;
    GPtrArray *cells; /* of Cell, row by row */
};

static void cell_free(void *pointer)
{
    Cell *cell = pointer;
    g_free(cell->text);
    g_free(cell);
}

CertdTable *certd_table_new(const char *const *headers)
{
    CertdTable *table = g_new0(CertdTable, 1);
    table->headers = g_strdupv((char **)headers);
    table->n_columns = g_strv_length(table->headers);
    table->cells = g_ptr_array_new_with_free_func(cell_free);
    return table;
}

void certd_table_free(CertdTable *table)
{
    if (!table)
        return;
    g_strfreev(table->headers);
    g_ptr_array_unref(table->cells);
    g_free(table);
}

void certd_table_add(CertdTable *table, CertdStyle style, const char *text)
{
    Cell *cell = g_new0(Cell, 1);
    cell->text = g_strdup(text);
    cell->style = style;
    g_ptr_array_add(table->cells, cell);
}

size_t certd_table_text_width(const char *text)
{
    size_t width = 0;
    for (const char *c = text; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar character = g_utf8_get_char(c);
        if (!g_unichar_iszerowidth(character))
            width += g_unichar_iswide(character) ? 2 : 1;
    }
    return width;
}

static size_t column_width(const CertdTable *table, unsigned int column)
{
    size_t width = certd_table_text_width(table->headers[column]);
    for (unsigned int i = column; i < table->cells->len; i += table->n_columns) {
        const Cell *cell = table->cells->pdata[i];
        width = MAX(width, certd_table_text_width(cell->text));
    }
    return width;
}

/* Spaces up to where the next column begins; none after the last, so that no line ends in them. */
static void pad(GString *out, const size_t *widths, unsigned int column, unsigned int n_columns,
                const char *text)
{
    if (column + 1 == n_columns)
        return;
    for (size_t n = certd_table_text_width(text); n < widths[column] + GAP; n++)
        g_string_append_c(out, ' ');
}

static void print_aligned(const CertdTable *table, gboolean colour, GString *out)
{
    g_autofree size_t *widths = g_new0(size_t, table->n_columns);
    for (unsigned int column = 0; column < table->n_columns; column++) {
        widths[column] = column_width(table, column);
        g_string_append(out, table->headers[column]);
        pad(out, widths, column, table->n_columns, table->headers[column]);
    }
    g_string_append_c(out, '\n');
    for (unsigned int i = 0; i < table->cells->len; i++) {
        const Cell *cell = table->cells->pdata[i];
        unsigned int column = i % table->n_columns;
        g_string_append(out, certd_style_begin(cell->style, colour));
        g_string_append(out, cell->text);
        g_string_append(out, certd_style_end(cell->style, colour));
        pad(out, widths, column, table->n_columns, cell->text);
        if (column + 1 == table->n_columns)
            g_string_append_c(out, '\n');
    }
}

char *certd_table_print(const CertdTable *table, gboolean aligned, gboolean colour)
{
    GString *out = g_string_new(NULL);
    if (table->cells->len == 0)
        return g_string_free(out, FALSE);
    if (aligned) {
        print_aligned(table, colour, out);
        return g_string_free(out, FALSE);
    }
    for (unsigned int i = 0; i < table->cells->len; i++) {
        const Cell *cell = table->cells->pdata[i];
        g_string_append(out, cell->text);
        g_string_append_c(out, (i + 1) % table->n_columns == 0 ? '\n' : '\t');
    }
    return g_string_free(out, FALSE);
}
