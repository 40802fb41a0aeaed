/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of certificates: named places with settings, and what is installed in them. */
#pragma once

#include "model/settings.h"
#include "model/state.h"
#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
    char *name;
    CertdSettings *settings;
    guint64 generation;    /* grows by one with each change of what is active; 0: nothing yet */
    gint64 active_chain;   /* id of a chain row, 0 for none */
    gint64 previous_chain; /* likewise */
    gint64 created;        /* seconds since the epoch */
} CertdCertificateRecord;

void certd_certificate_record_free(CertdCertificateRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdCertificateRecord, certd_certificate_record_free)

/* CERTD_ERROR_EXISTS for a name that is taken. */
gboolean certd_store_certificate_insert(CertdStore *store, const CertdCertificateRecord *record,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* NULL with CERTD_ERROR_NO_SUCH_CERTIFICATE. */
CertdCertificateRecord *certd_store_certificate_get(CertdStore *store, const char *name,
                                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certd_store_certificate_exists(CertdStore *store, const char *name);
/* Writes all but name and created. */
gboolean certd_store_certificate_update(CertdStore *store, const CertdCertificateRecord *record,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* With its chains and requests, and the keys that nothing else refers to. */
gboolean certd_store_certificate_delete(CertdStore *store, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* How many there are: constant time (kept by triggers or in memory, not by counting rows). */
gboolean certd_store_certificate_count(CertdStore *store, guint64 *count, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* A line of a list: everything it shows, in one query. */
typedef struct {
    char *name;
    CertdIssuer issuer;
    char *key_type;       /* of the settings */
    gint64 not_before;    /* of the active chain, seconds; 0 without one */
    gint64 not_after;
    char *fingerprint;    /* SHA-256 in hex of the active leaf, or NULL */
    char *origin;         /* or NULL */
    CertdSubject *subject; /* of the settings */
    guint64 generation;
} CertdCertificateRow;

void certd_certificate_row_free(CertdCertificateRow *row);

typedef struct {
    const char *prefix;            /* of the name; NULL for all */
    gboolean by_state;             /* only those in @state at @now */
    CertdCertificateState state;
    gint64 now;
    gint64 expires_before;         /* not_after below this, seconds; 0: no matter */
} CertdCertificateFilter;

/* Up to @limit rows with names after @cursor ("" from the start), sorted by name, as a GPtrArray of
 * CertdCertificateRow that frees them; @more tells whether there are others. A page takes the same
 * time at 100,000 rows (index, no OFFSET). */
GPtrArray *certd_store_certificate_page(CertdStore *store, const CertdCertificateFilter *filter,
                                        const char *cursor, guint limit, gboolean *more,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The earliest time at which an active chain has a third of its lifetime left (the column is
 * indexed); 0 without any. Seconds. */
gboolean certd_store_next_renewal(CertdStore *store, gint64 *when, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
G_END_DECLS
