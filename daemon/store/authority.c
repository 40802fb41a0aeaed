/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one row of the device's own authority. */
#include "store/authority.h"

#include "store/key.h"
#include "store/reader.h"

CertdAuthorityRecord *certd_authority_record_ref(CertdAuthorityRecord *record)
{
    record->more_references++;
    return record;
}

void certd_authority_record_free(CertdAuthorityRecord *record)
{
    if (!record)
        return;
    if (record->more_references > 0) {
        record->more_references--;
        return;
    }
    g_free(record->key_id);
    g_clear_pointer(&record->subject, certd_subject_free);
    g_clear_pointer(&record->permitted, g_ptr_array_unref);
    g_clear_pointer(&record->certificate, g_bytes_unref);
    g_free(record->fingerprint);
    g_free(record);
}

static void certd_authority_read_names(CertdAuthorityRecord *record, CertdReader *reader)
{
    g_autoptr(GVariant) subject = certd_reader_variant(reader, "a(ss)");
    record->subject = subject ? certd_subject_from_variant(subject, NULL) : NULL;
    if (!record->subject)
        certd_reader_reject(reader);
    g_autofree char *scope = certd_reader_text(reader);
    if (!scope || !certd_scope_parse(scope, &record->scope, NULL))
        certd_reader_reject(reader);
    g_autoptr(GVariant) permitted = certd_reader_variant(reader, "as");
    if (!permitted || !certd_permitted_from_variant(permitted, &record->permitted, NULL))
        certd_reader_reject(reader);
}

static CertdAuthorityRecord *certd_authority_read(CertdStore *store, CertdStatement *statement,
                                                  GError **error)
{
    g_autoptr(CertdAuthorityRecord) record = g_new0(CertdAuthorityRecord, 1);
    CertdReader reader = {.store = store, .statement = statement};

    record->key_id = certd_reader_text(&reader);
    certd_authority_read_names(record, &reader);
    record->certificate = certd_reader_bytes(&reader, 0);
    record->validity.not_before = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    record->validity.not_after = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    record->fingerprint = certd_reader_text(&reader);
    record->days = (guint32)certd_reader_integer(&reader, 1, G_MAXINT32);
    record->created = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    record->replaced = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    if (!certd_reader_finish(&reader, "authority", "internal", error))
        return NULL;
    g_autofree char *fingerprint =
        g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, record->certificate);
    if (g_str_equal(fingerprint, record->fingerprint))
        return g_steal_pointer(&record);
    certd_store_damaged(store, error, "the authority's certificate is not the one that was stored");
    return NULL;
}

gboolean certd_store_authority_get(CertdStore *store, CertdAuthorityRecord **record, GError **error)
{
    static const char SELECT[] =
        "SELECT key_id, subject, scope, permitted, certificate, not_before, not_after, fingerprint,"
        " days, created, replaced FROM authority WHERE only = 1";
    g_autoptr(CertdStatement) statement = certd_statement_get(store, SELECT, NULL, 0, error);
    CertdAuthorityRecord *found = NULL;
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return FALSE;
    if (row) {
        found = certd_authority_read(store, statement, error);
        if (!found)
            return FALSE;
    }
    *record = found;
    return TRUE;
}

/* What can't be read is kept beside, before it is written over. */
static gboolean certd_authority_keep_damaged(CertdStore *store, gint64 now, GError **error)
{
    static const char KEEP[] =
        "INSERT INTO damaged (time, object, content)"
        " SELECT ?1, 'authority/internal', json_object('key_id', hex(key_id), 'subject',"
        "  hex(subject), 'scope', hex(scope), 'permitted', hex(permitted), 'certificate',"
        "  hex(certificate), 'fingerprint', hex(fingerprint)) FROM authority";

    return certd_store_run(store, KEEP, CERTD_VALUES(CERTD_INTEGER(now)), error);
}

gboolean certd_store_authority_set(CertdStore *store, const CertdAuthorityRecord *record,
                                   GError **error)
{
    static const char REPLACE[] =
        "INSERT OR REPLACE INTO authority (only, key_id, subject, scope, permitted, certificate,"
        " not_before, not_after, fingerprint, days, created, replaced)"
        " VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    g_autoptr(GBytes) subject = certd_store_serialize(certd_subject_to_variant(record->subject));
    g_autoptr(GBytes) permitted =
        certd_store_serialize(certd_permitted_to_variant(record->permitted));
    g_autoptr(CertdAuthorityRecord) old = NULL;

    if (!certd_store_authority_get(store, &old, NULL) &&
        !certd_authority_keep_damaged(store, record->created, error))
        return FALSE;
    if (!certd_store_run(store, REPLACE,
                         CERTD_VALUES(CERTD_TEXT(record->key_id), CERTD_BYTES(subject),
                                      CERTD_TEXT(certd_scope_name(record->scope)),
                                      CERTD_BYTES(permitted), CERTD_BYTES(record->certificate),
                                      CERTD_INTEGER(record->validity.not_before),
                                      CERTD_INTEGER(record->validity.not_after),
                                      CERTD_TEXT(record->fingerprint), CERTD_INTEGER(record->days),
                                      CERTD_INTEGER(record->created),
                                      CERTD_INTEGER(record->replaced)),
                         error))
        return FALSE;
    return !old || g_str_equal(old->key_id, record->key_id) ||
           certd_store_key_collect(store, old->key_id, error);
}
