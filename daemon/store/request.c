/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of requests, one row at a time. Lists and counts are in request-list.c. */
#include "store/request.h"

#include "model/limits.h"
#include "model/san.h"
#include "store/certificate.h"
#include "store/key.h"
#include "store/request-reader.h"

#include <string.h>

/* A challenge password is a secret: it does not stay in freed memory. */
static void certd_request_wipe(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    g_free(secret);
}

void certd_request_record_free(CertdRequestRecord *record)
{
    if (!record)
        return;
    g_free(record->certificate);
    g_clear_pointer(&record->settings, certd_settings_free);
    g_clear_pointer(&record->subject, certd_subject_free);
    g_clear_pointer(&record->sans, g_ptr_array_unref);
    g_free(record->key_type);
    g_free(record->key_id);
    certd_request_wipe(record->challenge_password);
    g_free(record->unstructured_name);
    g_clear_pointer(&record->request, g_bytes_unref);
    g_clear_pointer(&record->public_hash, g_bytes_unref);
    g_free(record->cause);
    g_free(record->error_name);
    g_free(record->error_message);
    g_free(record);
}

/* What of @failure is not said well by SQLite: which of the references failed. */
static gboolean certd_request_explain(CertdStore *store, const CertdRequestRecord *record,
                                      GError *failure, GError **error)
{
    g_autoptr(GError) owned = failure;

    if (!g_error_matches(owned, CERTD_ERROR, CERTD_ERROR_BUSY) ||
        sqlite3_get_autocommit(store->db)) {
        g_propagate_error(error, g_steal_pointer(&owned));
        return FALSE;
    }
    g_autoptr(CertdCertificateRecord) certificate =
        certd_store_certificate_get(store, record->certificate, error);
    if (!certificate)
        return FALSE;
    g_autoptr(CertdKeyRecord) key =
        record->key_id ? certd_store_key_get(store, record->key_id, error) : NULL;
    if (key || !record->key_id)
        g_propagate_error(error, g_steal_pointer(&owned));
    return FALSE;
}

gboolean certd_store_request_insert(CertdStore *store, const CertdRequestRecord *record, gint64 *id,
                                    GError **error)
{
    static const char INSERT[] =
        "INSERT INTO request (certificate, state, issuer, created, uid, settings, subject, sans,"
        " key_type, key_id, reuse_key, challenge_password, unstructured_name, request,"
        " public_hash, error_name, error_message, cause, trial) VALUES"
        " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
        " ?19)";
    g_autoptr(GBytes) settings = certd_store_serialize(certd_settings_to_variant(record->settings));
    g_autoptr(GBytes) subject = certd_store_serialize(certd_subject_to_variant(record->subject));
    g_autoptr(GBytes) sans = certd_store_serialize(certd_san_list_to_variant(record->sans));
    GError *failure = NULL;

    if (!certd_store_run(
            store, INSERT,
            CERTD_VALUES(
                CERTD_TEXT(record->certificate),
                CERTD_TEXT(certd_request_state_name(record->state)),
                CERTD_TEXT(certd_issuer_name(record->issuer)), CERTD_INTEGER(record->created),
                CERTD_INTEGER(record->uid), CERTD_BYTES(settings), CERTD_BYTES(subject),
                CERTD_BYTES(sans), CERTD_TEXT(record->key_type), CERTD_TEXT(record->key_id),
                CERTD_INTEGER(record->reuse_key ? 1 : 0), CERTD_TEXT(record->challenge_password),
                CERTD_TEXT(record->unstructured_name), CERTD_BYTES(record->request),
                CERTD_BYTES(record->public_hash), CERTD_TEXT(record->error_name),
                CERTD_TEXT(record->error_message), CERTD_TEXT(record->cause),
                CERTD_INTEGER(record->trial)),
            &failure))
        return certd_request_explain(store, record, failure, error);
    *id = sqlite3_last_insert_rowid(store->db);
    return TRUE;
}

static void certd_request_read_names(CertdRequestRecord *record, CertdReader *reader)
{
    record->settings = certd_reader_settings(reader);
    g_autoptr(GVariant) subject = certd_reader_variant(reader, "a(ss)");
    record->subject = subject ? certd_subject_from_variant(subject, NULL) : NULL;
    if (!record->subject)
        certd_reader_reject(reader);
    g_autoptr(GVariant) sans = certd_reader_variant(reader, "a(ss)");
    record->sans = sans ? certd_san_list_from_variant(sans, NULL) : NULL;
    if (!record->sans)
        certd_reader_reject(reader);
}

CertdRequestRecord *certd_request_read(CertdStore *store, CertdStatement *statement, GError **error)
{
    g_autoptr(CertdRequestRecord) record = g_new0(CertdRequestRecord, 1);
    CertdReader reader = {.store = store, .statement = statement};

    record->id = certd_reader_integer(&reader, 1, G_MAXINT64);
    record->certificate = certd_reader_text(&reader);
    g_autofree char *state = certd_reader_text(&reader);
    if (!state || !certd_request_state_parse(state, &record->state))
        certd_reader_reject(&reader);
    g_autofree char *issuer = certd_reader_text(&reader);
    if (!issuer || !certd_issuer_parse(issuer, &record->issuer, NULL))
        certd_reader_reject(&reader);
    record->created = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    record->uid = (guint32)certd_reader_integer(&reader, 0, G_MAXUINT32);
    certd_request_read_names(record, &reader);
    record->key_type = certd_reader_text(&reader);
    record->key_id = certd_reader_text_or_null(&reader);
    record->reuse_key = certd_reader_integer(&reader, 0, 1) == 1;
    record->challenge_password = certd_reader_text_or_null(&reader);
    record->unstructured_name = certd_reader_text_or_null(&reader);
    record->request = certd_reader_bytes_or_null(&reader, 0);
    record->public_hash = certd_reader_bytes_or_null(&reader, 32);
    record->error_name = certd_reader_text_or_null(&reader);
    record->error_message = certd_reader_text_or_null(&reader);
    record->cause = certd_reader_text_or_null(&reader);
    record->trial = (guint)certd_reader_integer(&reader, 0, CERTD_LIMIT_TRIAL_SECONDS_MAX);
    g_autofree char *row = g_strdup_printf("%" G_GINT64_FORMAT, record->id);
    if (!certd_reader_finish(&reader, "request", row, error))
        return NULL;
    return g_steal_pointer(&record);
}

static gboolean certd_request_missing(gint64 id, GError **error)
{
    g_set_error(error, CERTD_ERROR, CERTD_ERROR_NO_SUCH_REQUEST,
                "There is no request %" G_GINT64_FORMAT "; list what there is", id);
    return FALSE;
}

CertdRequestRecord *certd_store_request_get(CertdStore *store, gint64 id, GError **error)
{
    static const char SELECT[] = "SELECT " CERTD_REQUEST_COLUMNS " FROM request WHERE id = ?1";
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, SELECT, CERTD_VALUES(CERTD_INTEGER(id)), error);
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return NULL;
    if (row)
        return certd_request_read(store, statement, error);
    certd_request_missing(id, error);
    return NULL;
}

gboolean certd_store_request_update(CertdStore *store, const CertdRequestRecord *record,
                                    GError **error)
{
    static const char UPDATE[] =
        "UPDATE request SET state = ?2, key_id = ?3, key_type = ?4, challenge_password = ?5,"
        " unstructured_name = ?6, request = ?7, public_hash = ?8, error_name = ?9,"
        " error_message = ?10 WHERE id = ?1";
    GError *failure = NULL;

    if (!certd_store_run(
            store, UPDATE,
            CERTD_VALUES(
                CERTD_INTEGER(record->id), CERTD_TEXT(certd_request_state_name(record->state)),
                CERTD_TEXT(record->key_id), CERTD_TEXT(record->key_type),
                CERTD_TEXT(record->challenge_password), CERTD_TEXT(record->unstructured_name),
                CERTD_BYTES(record->request), CERTD_BYTES(record->public_hash),
                CERTD_TEXT(record->error_name), CERTD_TEXT(record->error_message)),
            &failure))
        return certd_request_explain(store, record, failure, error);
    return sqlite3_changes(store->db) == 1 || certd_request_missing(record->id, error);
}
