/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of what this device trusts: a row for each anchor, by its fingerprint. */
#pragma once

#include "model/job.h"
#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
    char *fingerprint;      /* SHA-256 of the certificate, lower-case hex */
    GBytes *certificate;    /* DER */
    GVariant *details;      /* a{sv}, see x509/details.h */
    char *subject_hash;     /* 8 lower-case hex digits */
    CertdPurposes purposes; /* one or more */
    gint64 added;           /* seconds since the epoch */
} CertdAnchorRecord;

void certd_anchor_record_free(CertdAnchorRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdAnchorRecord, certd_anchor_record_free)

/* At most @limit anchors behind the fingerprint @cursor ("" for the first), in their order; @more tells
 * whether there are others behind them. Rows that can't be believed are left out, so that they hide no
 * others; @damaged (nullable, of char*) gets their fingerprints. NULL is a fault. */
GPtrArray *certd_store_anchor_page(CertdStore *store, const char *cursor, guint limit,
                                   gboolean *more, GPtrArray *damaged, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* @purposes of the anchor @fingerprint: 0 where there is none, or none that can be believed. */
gboolean certd_store_anchor_purposes(CertdStore *store, const char *fingerprint,
                                     CertdPurposes *purposes, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Writes @record. One that is there gets the purposes alone; one that can't be believed is kept beside
 * and replaced. */
gboolean certd_store_anchor_set(CertdStore *store, const CertdAnchorRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Takes the anchor @fingerprint away, believable or not; @removed tells whether it was there. One that
 * can't be believed is kept beside, at the time @now. */
gboolean certd_store_anchor_remove(CertdStore *store, const char *fingerprint, gint64 now,
                                   gboolean *removed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many there are that can be believed, and how many bytes their certificates have. */
gboolean certd_store_anchor_count(CertdStore *store, guint *count, guint64 *bytes, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* When the list changed last: seconds since the epoch; 0: never. */
gboolean certd_store_trust_changed(CertdStore *store, gint64 *when, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_store_trust_set_changed(CertdStore *store, gint64 when, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
