/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of chains: what was installed, with what was found in it when it was. */
#pragma once

#include "model/settings.h"
#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
    gint64 id;         /* 0 before it is inserted */
    char *certificate; /* name */
    char *key_id;
    GPtrArray *chain;    /* of GBytes: DER, leaf first */
    GVariant *details;   /* a{sv} of the leaf */
    GPtrArray *findings; /* of CertdFinding, as accepted */
    gint64 not_before;   /* seconds since the epoch */
    gint64 not_after;
    char *fingerprint;    /* SHA-256 of the leaf, lower-case hex */
    char *origin;         /* "default", "self", "internal", "request", "imported", "emergency" */
    gint64 installed;     /* seconds since the epoch */
    gboolean provisional; /* its dates are guesses: the clock was not trusted */
    gboolean matched;     /* it was for one of the device's names when it was installed */
    CertdSettings
        *settings;   /* what certd issued it with, and will issue the next; NULL for others */
    char *authority; /* the key id of the authority that signed it; NULL for others */
} CertdChainRecord;

void certd_chain_record_free(CertdChainRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdChainRecord, certd_chain_record_free)

/* @id is set to the row's. */
gboolean certd_store_chain_insert(CertdStore *store, const CertdChainRecord *record, gint64 *id,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* CERTD_ERROR_STORAGE_DAMAGED where there is none: somebody refers to it. */
CertdChainRecord *certd_store_chain_get(CertdStore *store, gint64 id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The next one is issued with @settings. */
gboolean certd_store_chain_set_settings(CertdStore *store, gint64 id, const CertdSettings *settings,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Deletes the row where there is one, and its key where nothing else refers to that. */
gboolean certd_store_chain_delete(CertdStore *store, gint64 id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
