/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages of certificates, by name. A page goes on behind the name it is given, so its cost does not
 * grow with the pages before it; the filters read one narrow index.
 */
#include "model/limits.h"
#include "store/certificate.h"
#include "store/reader.h"

#include <string.h>

void certd_certificate_row_free(CertdCertificateRow *row)
{
    if (!row)
        return;
    g_free(row->name);
    g_free(row->key_type);
    g_free(row->fingerprint);
    g_free(row->origin);
    g_clear_pointer(&row->subject, certd_subject_free);
    g_free(row);
}

/* ?1 the first name, ?2 the name behind the last, ?3 now, ?4 expires_before, ?5 how many. */
#define CERTD_PAGE(index, condition)                                                               \
    "SELECT c.name, c.settings, c.generation, ifnull(c.not_before, 0), ifnull(c.not_after, 0),"    \
    " chain.fingerprint, chain.origin, c.unusable"                                                 \
    " FROM (SELECT name FROM certificate INDEXED BY " index " WHERE name >= ?1 AND name < ?2"      \
    "  AND " condition " AND (?4 = 0 OR not_after < ?4) ORDER BY name LIMIT ?5) AS page"           \
    " CROSS JOIN certificate AS c ON c.name = page.name"                                           \
    " LEFT JOIN chain ON chain.id = c.active_chain"                                                \
    " ORDER BY page.name"

/* Few or none are unusable, so this costs a look into an index that is all but empty. */
#define CERTD_USABLE_AND                                                                           \
    "NOT EXISTS (SELECT 1 FROM certificate AS u INDEXED BY certificate_unusable"                   \
    " WHERE u.name = certificate.name AND u.unusable <> 0) AND "

/* Both dates belong to the validity (RFC 5280 4.1.2.5). Each names ?3, so that all bind alike. */
static const char ALL[] = CERTD_PAGE("certificate_validity", "?3 IS NOT NULL");
static const char *const BY_STATE[CERTD_CERTIFICATE_STATE_COUNT_] = {
    [CERTD_CERTIFICATE_EMPTY] =
        CERTD_PAGE("certificate_empty", "active_chain IS NULL AND ?3 IS NOT NULL"),
    [CERTD_CERTIFICATE_ACTIVE] =
        CERTD_PAGE("certificate_validity", CERTD_USABLE_AND "not_before <= ?3 AND not_after >= ?3"),
    [CERTD_CERTIFICATE_EXPIRED] =
        CERTD_PAGE("certificate_validity", CERTD_USABLE_AND "not_after < ?3"),
    [CERTD_CERTIFICATE_NOT_YET_VALID] =
        CERTD_PAGE("certificate_validity", CERTD_USABLE_AND "not_before > ?3 AND not_after >= ?3"),
    [CERTD_CERTIFICATE_UNUSABLE] =
        CERTD_PAGE("certificate_unusable", "unusable <> 0 AND ?3 IS NOT NULL"),
};

/* The three settings that a line shows; taking all of them apart would cost more than the query. One
 * row that is damaged must not hide all others: FALSE, and the line has what a new one would. */
static gboolean certd_certificate_row_settings(CertdCertificateRow *row, CertdReader *reader)
{
    CertdReader apart = *reader;
    g_autoptr(GVariant) dict = certd_reader_variant(&apart, "a{sv}");
    g_autoptr(GVariant) subject =
        dict ? g_variant_lookup_value(dict, "subject", G_VARIANT_TYPE("a(ss)")) : NULL;
    const char *issuer = NULL;

    reader->column++;
    row->subject = subject ? certd_subject_from_variant(subject, NULL) : NULL;
    if (row->subject && g_variant_lookup(dict, "key-type", "s", &row->key_type) &&
        g_variant_lookup(dict, "issuer", "&s", &issuer) &&
        certd_issuer_parse(issuer, &row->issuer, NULL))
        return TRUE;
    g_autoptr(CertdSettings) defaults = certd_settings_new();
    g_clear_pointer(&row->subject, certd_subject_free);
    g_free(row->key_type);
    row->subject = certd_subject_new();
    row->key_type = g_strdup(certd_key_type_name(defaults->key_type));
    row->issuer = defaults->issuer;
    return FALSE;
}

static CertdCertificateRow *certd_certificate_row_read(CertdStore *store, CertdStatement *statement,
                                                       GError **error)
{
    CertdCertificateRow *row = g_new0(CertdCertificateRow, 1);
    CertdReader reader = {.store = store, .statement = statement};

    row->name = certd_reader_text(&reader);
    gboolean readable = certd_certificate_row_settings(row, &reader);
    row->generation = (guint64)certd_reader_integer(&reader, 0, G_MAXINT64);
    row->not_before = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    row->not_after = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    row->fingerprint = certd_reader_text_or_null(&reader);
    row->origin = certd_reader_text_or_null(&reader);
    row->unusable = certd_reader_integer(&reader, 0, CERTD_UNUSABLE_COUNT_ - 1) != 0 || !readable;
    if (certd_reader_finish(&reader, "certificate", row->name, error))
        return row;
    certd_certificate_row_free(row);
    return NULL;
}

GPtrArray *certd_store_certificate_page(CertdStore *store, const CertdCertificateFilter *filter,
                                        const char *cursor, guint limit, gboolean *more,
                                        GError **error)
{
    const char *prefix = filter->prefix ? filter->prefix : "";
    const char *sql = filter->by_state ? BY_STATE[filter->state] : ALL;
    guint wanted = CLAMP(limit, 1, CERTD_LIMIT_PAGE);
    /* Every character of a name is above \x01 and below "~". */
    g_autofree char *behind_cursor = g_strconcat(cursor, *cursor ? "\x01" : "", NULL);
    g_autofree char *end = g_strconcat(prefix, "~", NULL);
    const char *first = strcmp(behind_cursor, prefix) > 0 ? behind_cursor : prefix;
    /* One more than wanted, to know whether there are more. */
    g_autoptr(CertdStatement) statement = certd_statement_get(
        store, sql,
        CERTD_VALUES(CERTD_TEXT(first), CERTD_TEXT(end), CERTD_INTEGER(filter->now),
                     CERTD_INTEGER(filter->expires_before), CERTD_INTEGER(wanted + 1)),
        error);
    g_autoptr(GPtrArray) rows =
        g_ptr_array_new_with_free_func((GDestroyNotify)certd_certificate_row_free);
    gboolean found = TRUE;

    while (TRUE) {
        if (!statement || !certd_statement_step(store, statement, &found, error))
            return NULL;
        if (!found || rows->len == wanted)
            break;
        CertdCertificateRow *row = certd_certificate_row_read(store, statement, error);
        if (!row)
            return NULL;
        g_ptr_array_add(rows, row);
    }
    *more = found;
    return g_steal_pointer(&rows);
}
