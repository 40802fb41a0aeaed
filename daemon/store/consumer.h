/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of consumers. */
#pragma once

#include "model/consumer.h"
#include "store/store.h"

G_BEGIN_DECLS

/* Those of @certificate in their order: a list of CertdConsumer, which may be empty. */
GPtrArray *certd_store_consumers(CertdStore *store, const char *certificate, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Replaces those of @certificate with @list. Who was there with an action keeps what it was told of last,
 * all others count as told of @generation. Within the transaction. */
gboolean certd_store_consumers_set(CertdStore *store, const char *certificate,
                                   const GPtrArray *list, gint64 generation, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The names of the certificates that @kind @name is a consumer of, at most @limit: of char *, in order. */
GPtrArray *certd_store_consumed(CertdStore *store, CertdConsumerKind kind, const char *name,
                                guint limit, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The names of all certificates with consumers: of char *, in order. */
GPtrArray *certd_store_all_consumed(CertdStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those of @certificate's that have an action and were told of an older generation than @generation. */
GPtrArray *certd_store_consumers_waiting(CertdStore *store, const char *certificate,
                                         gint64 generation, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Takes down that @consumer of @certificate was told of @generation. Within the transaction. */
gboolean certd_store_consumer_delivered(CertdStore *store, const char *certificate,
                                        const CertdConsumer *consumer, gint64 generation,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
