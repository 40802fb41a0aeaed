/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of chains. What was installed never changes: what is active is a matter of the
 * certificate that refers to it.
 */
#include "store/chain.h"

#include "model/finding.h"
#include "model/text.h"
#include "store/certificate.h"
#include "store/key.h"
#include "store/reader.h"

void certd_chain_record_free(CertdChainRecord *record)
{
    if (!record)
        return;
    g_free(record->certificate);
    g_free(record->key_id);
    g_clear_pointer(&record->chain, g_ptr_array_unref);
    g_clear_pointer(&record->details, g_variant_unref);
    g_clear_pointer(&record->findings, g_ptr_array_unref);
    g_free(record->fingerprint);
    g_free(record->origin);
    g_free(record->authority);
    g_clear_pointer(&record->settings, certd_settings_free);
    g_free(record);
}

static GVariant *certd_chain_to_variant(const GPtrArray *chain)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aay"));
    for (guint i = 0; i < chain->len; i++)
        g_variant_builder_add_value(
            &builder, g_variant_new_from_bytes(G_VARIANT_TYPE("ay"), chain->pdata[i], TRUE));
    return g_variant_builder_end(&builder);
}

/* NULL for a chain without a leaf or with an empty certificate. */
static GPtrArray *certd_chain_from_variant(GVariant *value)
{
    g_autoptr(GPtrArray) chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);

    for (size_t i = 0; i < g_variant_n_children(value); i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(value, i);
        if (g_variant_get_size(child) == 0)
            return NULL;
        g_ptr_array_add(chain, g_bytes_new(g_variant_get_data(child), g_variant_get_size(child)));
    }
    return chain->len > 0 ? g_steal_pointer(&chain) : NULL;
}

/* SQLite does not tell which of the references failed. */
static gboolean certd_chain_explain(CertdStore *store, const CertdChainRecord *record,
                                    GError **error)
{
    g_autoptr(CertdCertificateRecord) certificate =
        certd_store_certificate_get(store, record->certificate, error);

    if (!certificate)
        return FALSE;
    g_autoptr(CertdKeyRecord) key = certd_store_key_get(store, record->key_id, error);
    if (key)
        g_set_error_literal(error, CERTD_ERROR, CERTD_ERROR_BUSY,
                            "The keystore changed meanwhile; try again");
    return FALSE;
}

gboolean certd_store_chain_insert(CertdStore *store, const CertdChainRecord *record, gint64 *id,
                                  GError **error)
{
    static const char INSERT[] =
        "INSERT INTO chain (certificate, key_id, chain, details, findings, not_before, not_after,"
        " fingerprint, origin, installed, provisional, authority, matched, settings)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    g_autoptr(GBytes) chain = certd_store_serialize(certd_chain_to_variant(record->chain));
    g_autoptr(GBytes) details = certd_store_serialize(record->details);
    g_autoptr(GBytes) findings =
        certd_store_serialize(certd_finding_list_to_variant(record->findings));
    g_autoptr(GBytes) settings =
        record->settings ? certd_store_serialize(certd_settings_to_variant(record->settings))
                         : NULL;
    g_autoptr(GError) failure = NULL;

    if (certd_store_run(
            store, INSERT,
            CERTD_VALUES(CERTD_TEXT(record->certificate), CERTD_TEXT(record->key_id),
                         CERTD_BYTES(chain), CERTD_BYTES(details), CERTD_BYTES(findings),
                         CERTD_INTEGER(record->not_before), CERTD_INTEGER(record->not_after),
                         CERTD_TEXT(record->fingerprint), CERTD_TEXT(record->origin),
                         CERTD_INTEGER(record->installed),
                         CERTD_INTEGER(record->provisional ? 1 : 0), CERTD_TEXT(record->authority),
                         CERTD_INTEGER(record->matched ? 1 : 0), CERTD_BYTES(settings)),
            &failure)) {
        *id = sqlite3_last_insert_rowid(store->db);
        return TRUE;
    }
    if (g_error_matches(failure, CERTD_ERROR, CERTD_ERROR_BUSY) &&
        !sqlite3_get_autocommit(store->db))
        return certd_chain_explain(store, record, error);
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

static CertdChainRecord *certd_chain_read(CertdStore *store, CertdStatement *statement, gint64 id,
                                          GError **error)
{
    g_autoptr(CertdChainRecord) record = g_new0(CertdChainRecord, 1);
    CertdReader reader = {.store = store, .statement = statement};
    g_autofree char *row = g_strdup_printf("%" G_GINT64_FORMAT, id);

    record->id = id;
    record->certificate = certd_reader_text(&reader);
    record->key_id = certd_reader_text(&reader);
    g_autoptr(GVariant) chain = certd_reader_variant(&reader, "aay");
    record->chain = chain ? certd_chain_from_variant(chain) : NULL;
    if (!record->chain)
        certd_reader_reject(&reader);
    record->details = certd_reader_variant(&reader, "a{sv}");
    g_autoptr(GVariant) findings = certd_reader_variant(&reader, "a(ssss)");
    record->findings = findings ? certd_finding_list_from_variant(findings) : NULL;
    if (!record->findings)
        certd_reader_reject(&reader);
    record->not_before = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    record->not_after = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    record->fingerprint = certd_reader_text(&reader);
    record->origin = certd_reader_text(&reader);
    record->installed = certd_reader_integer(&reader, G_MININT64, G_MAXINT64);
    record->provisional = certd_reader_integer(&reader, 0, 1) == 1;
    record->authority = certd_reader_text_or_null(&reader);
    record->matched = certd_reader_integer(&reader, 0, 1) == 1;
    record->settings = certd_reader_settings_or_null(&reader);
    if (!certd_reader_finish(&reader, "chain", row, error))
        return NULL;
    return g_steal_pointer(&record);
}

CertdChainRecord *certd_store_chain_get(CertdStore *store, gint64 id, GError **error)
{
    static const char SELECT[] =
        "SELECT certificate, key_id, chain, details, findings, not_before, not_after, fingerprint,"
        " origin, installed, provisional, authority, matched, settings FROM chain WHERE id = ?1";
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, SELECT, CERTD_VALUES(CERTD_INTEGER(id)), error);
    gboolean row = FALSE;

    if (!statement || !certd_statement_step(store, statement, &row, error))
        return NULL;
    if (row)
        return certd_chain_read(store, statement, id, error);
    certd_store_damaged(store, error, "chain %" G_GINT64_FORMAT " is missing", id);
    return NULL;
}

gboolean certd_store_chain_set_settings(CertdStore *store, gint64 id, const CertdSettings *settings,
                                        GError **error)
{
    static const char UPDATE[] = "UPDATE chain SET settings = ?2 WHERE id = ?1";
    g_autoptr(GBytes) bytes = certd_store_serialize(certd_settings_to_variant(settings));

    return certd_store_run(store, UPDATE, CERTD_VALUES(CERTD_INTEGER(id), CERTD_BYTES(bytes)),
                           error);
}

gboolean certd_store_chain_delete(CertdStore *store, gint64 id, GError **error)
{
    static const char SELECT[] = "SELECT key_id FROM chain WHERE id = ?1";
    static const char DELETE[] = "DELETE FROM chain WHERE id = ?1";
    g_autofree char *key = NULL;

    {
        /* A scope of its own: the statement must be back before the row goes. */
        g_autoptr(CertdStatement) statement =
            certd_statement_get(store, SELECT, CERTD_VALUES(CERTD_INTEGER(id)), error);
        CertdReader reader = {.store = store, .statement = statement};
        gboolean row = FALSE;
        if (!statement || !certd_statement_step(store, statement, &row, error))
            return FALSE;
        if (!row)
            return TRUE;
        key = certd_reader_text(&reader);
    }
    /* A row whose key can't be read goes all the same; the key stays. */
    return certd_store_run(store, DELETE, CERTD_VALUES(CERTD_INTEGER(id)), error) &&
           (!key || certd_store_key_collect(store, key, error));
}
