/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of consumers. A row that can't be believed is nobody's: it hands out no key, hides no other
 * consumer, and is replaced when they are set again.
 */
#include "store/consumer.h"

#include "model/name.h"
#include "store/reader.h"

/* The next row's consumer, or NULL with what is wrong with it. */
static CertdConsumer *certd_consumer_read(CertdStore *store, CertdStatement *statement,
                                          const char *certificate, GError **error)
{
    CertdReader reader = {.store = store, .statement = statement};
    g_autofree char *kind = certd_reader_text(&reader);
    g_autofree char *name = certd_reader_text(&reader);
    g_autofree char *action = certd_reader_text(&reader);
    g_autoptr(CertdConsumer) consumer = NULL;

    if (kind && name && action) {
        consumer = certd_consumer_new(kind, name, action, NULL);
        if (!consumer)
            certd_reader_reject(&reader);
    }
    if (!certd_reader_finish(&reader, "consumer", certificate, error))
        return NULL;
    return g_steal_pointer(&consumer);
}

/* All that @statement (nullable: its preparation has failed) finds. */
static GPtrArray *certd_consumer_list(CertdStore *store, CertdStatement *statement,
                                      const char *certificate, GError **error)
{
    g_autoptr(GPtrArray) list = certd_consumer_list_new();
    gboolean row = FALSE;

    while (TRUE) {
        if (!statement || !certd_statement_step(store, statement, &row, error))
            return NULL;
        if (!row)
            return g_steal_pointer(&list);
        CertdConsumer *consumer = certd_consumer_read(store, statement, certificate, NULL);
        if (consumer)
            g_ptr_array_add(list, consumer);
    }
}

GPtrArray *certd_store_consumers(CertdStore *store, const char *certificate, GError **error)
{
    static const char SELECT[] = "SELECT kind, name, action FROM consumer WHERE certificate = ?1"
                                 " ORDER BY position, kind, name";
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, SELECT, CERTD_VALUES(CERTD_TEXT(certificate)), error);

    return certd_consumer_list(store, statement, certificate, error);
}

GPtrArray *certd_store_consumers_waiting(CertdStore *store, const char *certificate,
                                         gint64 generation, GError **error)
{
    static const char SELECT[] = "SELECT kind, name, action FROM consumer WHERE certificate = ?1"
                                 " AND action <> 'none' AND delivered < ?2"
                                 " ORDER BY position, kind, name";
    g_autoptr(CertdStatement) statement = certd_statement_get(
        store, SELECT, CERTD_VALUES(CERTD_TEXT(certificate), CERTD_INTEGER(generation)), error);

    return certd_consumer_list(store, statement, certificate, error);
}

/* One of the list, at @position; who was there to be told already keeps what it was told of. */
static gboolean certd_consumer_put(CertdStore *store, const char *certificate,
                                   const CertdConsumer *consumer, guint position, gint64 generation,
                                   GError **error)
{
    static const char PUT[] =
        "INSERT INTO consumer (certificate, kind, name, action, position, delivered)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (certificate, kind, name)"
        " DO UPDATE SET action = excluded.action, position = excluded.position,"
        " delivered = CASE WHEN consumer.action = 'none' THEN excluded.delivered"
        " ELSE consumer.delivered END";

    return certd_store_run(store, PUT,
                           CERTD_VALUES(CERTD_TEXT(certificate),
                                        CERTD_TEXT(certd_consumer_kind_name(consumer->kind)),
                                        CERTD_TEXT(consumer->name),
                                        CERTD_TEXT(certd_consumer_action_name(consumer->action)),
                                        CERTD_INTEGER(position), CERTD_INTEGER(generation)),
                           error);
}

gboolean certd_store_consumers_set(CertdStore *store, const char *certificate,
                                   const GPtrArray *list, gint64 generation, GError **error)
{
    /* Whoever is still behind all others afterwards is not in the list. */
    static const char SET_ASIDE[] =
        "UPDATE consumer SET position = " CERTD_NEVER " WHERE certificate = ?1";
    static const char DELETE[] =
        "DELETE FROM consumer WHERE certificate = ?1 AND position = " CERTD_NEVER;

    if (!certd_store_run(store, SET_ASIDE, CERTD_VALUES(CERTD_TEXT(certificate)), error))
        return FALSE;
    for (guint i = 0; i < list->len; i++) {
        const CertdConsumer *consumer = g_ptr_array_index(list, i);
        if (!certd_consumer_put(store, certificate, consumer, i, generation, error))
            return FALSE;
    }
    return certd_store_run(store, DELETE, CERTD_VALUES(CERTD_TEXT(certificate)), error);
}

/* The names of certificates that @statement (nullable, as above) finds. */
static GPtrArray *certd_consumer_names(CertdStore *store, CertdStatement *statement, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    gboolean row = FALSE;

    while (TRUE) {
        CertdReader reader = {.store = store, .statement = statement};
        if (!statement || !certd_statement_step(store, statement, &row, error))
            return NULL;
        if (!row)
            return g_steal_pointer(&names);
        g_autofree char *name = certd_reader_text(&reader);
        if (name && certd_name_validate(name, NULL))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
}

GPtrArray *certd_store_consumed(CertdStore *store, CertdConsumerKind kind, const char *name,
                                guint limit, GError **error)
{
    static const char SELECT[] = "SELECT certificate FROM consumer WHERE kind = ?1 AND name = ?2"
                                 " ORDER BY certificate LIMIT ?3";
    g_autoptr(CertdStatement) statement =
        certd_statement_get(store, SELECT,
                            CERTD_VALUES(CERTD_TEXT(certd_consumer_kind_name(kind)),
                                         CERTD_TEXT(name), CERTD_INTEGER(limit)),
                            error);

    return certd_consumer_names(store, statement, error);
}

GPtrArray *certd_store_all_consumed(CertdStore *store, GError **error)
{
    static const char SELECT[] = "SELECT DISTINCT certificate FROM consumer ORDER BY certificate";
    g_autoptr(CertdStatement) statement = certd_statement_get(store, SELECT, NULL, 0, error);

    return certd_consumer_names(store, statement, error);
}

gboolean certd_store_consumer_delivered(CertdStore *store, const char *certificate,
                                        const CertdConsumer *consumer, gint64 generation,
                                        GError **error)
{
    static const char UPDATE[] = "UPDATE consumer SET delivered = ?4"
                                 " WHERE certificate = ?1 AND kind = ?2 AND name = ?3";

    return certd_store_run(store, UPDATE,
                           CERTD_VALUES(CERTD_TEXT(certificate),
                                        CERTD_TEXT(certd_consumer_kind_name(consumer->kind)),
                                        CERTD_TEXT(consumer->name), CERTD_INTEGER(generation)),
                           error);
}
