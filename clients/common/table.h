/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rows of text: aligned columns under a header on a terminal, and lines of tab-separated fields
 * without one for programs. Cells hold clean text; a cell may have a colour.
 */
#pragma once

#include <glib.h>

#include "common/style.h"

G_BEGIN_DECLS

typedef struct CertdTable CertdTable;

/* A table with the columns @headers (NULL-terminated, copied). */
CertdTable *certd_table_new(const char *const *headers);
void certd_table_free(CertdTable *table);
/* Appends a cell (copied) in the colour @style; rows fill from the left. */
void certd_table_add(CertdTable *table, CertdStyle style, const char *cell);
/* The text, every line ended; "" without rows. @aligned: for a terminal, with the header;
 * @colour: with colours. Caller frees. */
char *certd_table_print(const CertdTable *table, gboolean aligned, gboolean colour);

/* How many columns of a terminal @text takes: wide characters two, combining ones none. */
size_t certd_table_text_width(const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdTable, certd_table_free)

G_END_DECLS
