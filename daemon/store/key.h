/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of keys: sealed, found by the hash of their public part. */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
    char *id;            /* 32 hex digits, random, never used again */
    char *key_type;      /* "rsa:2048", or a size of a foreign key */
    GBytes *public_hash; /* SHA-256 of the SubjectPublicKeyInfo, 32 bytes */
    GBytes *sealed;
    gboolean exportable; /* was imported as such */
    gint64 created;      /* seconds since the epoch */
} CertdKeyRecord;

void certd_key_record_free(CertdKeyRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdKeyRecord, certd_key_record_free)

gboolean certd_store_key_insert(CertdStore *store, const CertdKeyRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* NULL with CERTD_ERROR_KEY_UNAVAILABLE where there is none of that id. */
CertdKeyRecord *certd_store_key_get(CertdStore *store, const char *id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The newest key with that public hash: @record is NULL where there is none. FALSE is a fault. */
gboolean certd_store_key_find(CertdStore *store, GBytes *public_hash, CertdKeyRecord **record,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Deletes the key @id, or with NULL each key, where no chain and no request refers to it. */
gboolean certd_store_key_collect(CertdStore *store, const char *id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
