/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For the files of this folder alone: reads the columns of a row one after another and believes
 * none of them. The first that is wrong is remembered, the rest gives harmless values, and
 * certd_reader_finish() turns it into CERTD_ERROR_STORAGE_DAMAGED.
 */
#pragma once

#include "model/settings.h"
#include "store/statement.h"

G_BEGIN_DECLS

typedef struct {
    CertdStore *store;
    CertdStatement *statement;
    int column;          /* the next */
    const char *damaged; /* the column that was wrong first, or NULL */
} CertdReader;

/* Each reads the next column. Text and bytes are the caller's; NULL where they are NULL or wrong,
 * and the plain ones take NULL for wrong. */
char *certd_reader_text(CertdReader *reader);
char *certd_reader_text_or_null(CertdReader *reader);
gint64 certd_reader_integer(CertdReader *reader, gint64 min, gint64 max);
/* NULL in the table is 0. */
gint64 certd_reader_reference(CertdReader *reader);
/* @size 0: any but empty. */
GBytes *certd_reader_bytes(CertdReader *reader, size_t size);
GBytes *certd_reader_bytes_or_null(CertdReader *reader, size_t size);
/* A serialized value of @type in normal form; full reference. */
GVariant *certd_reader_variant(CertdReader *reader, const char *type);
/* A row is read several times while something is made of it, and most rows have the same settings:
 * those that were read last are not taken apart again. */
CertdSettings *certd_reader_settings(CertdReader *reader);
CertdSettings *certd_reader_settings_or_null(CertdReader *reader);
/* The store's cache for that. */
GHashTable *certd_reader_settings_cache(void);

/* The ids that @statement (nullable: its preparation has failed) gives, one in each row of @table; of
 * gint64. Caller unrefs. */
GArray *certd_reader_ids(CertdStore *store, CertdStatement *statement, const char *table,
                         GError **error);

/* Marks the column just read as wrong. */
void certd_reader_reject(CertdReader *reader);
/* FALSE where any column was wrong; @table and @row (printed as it is) go into the message. */
gboolean certd_reader_finish(CertdReader *reader, const char *table, const char *row,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What certd_reader_variant() reads back; takes a floating @value. */
GBytes *certd_store_serialize(GVariant *value);

G_END_DECLS
