/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of certificates: named places with settings, and what is installed in them. */
#pragma once

#include "model/settings.h"
#include "model/state.h"
#include "model/validity.h"
#include "store/store.h"

G_BEGIN_DECLS

/* What else than its dates keeps an active chain from being used. */
typedef enum {
    CERTD_USABLE,
    CERTD_UNUSABLE_DAMAGED, /* the chain or the row is not what was stored */
    CERTD_UNUSABLE_KEY,     /* its key can't be opened */
    CERTD_UNUSABLE_COUNT_,
} CertdUnusable;

typedef struct {
    char *name;
    CertdSettings *settings;
    guint64 generation;     /* grows by one with each change of what is active; 0: nothing yet, but
                             * that https goes on across a factory reset */
    gint64 active_chain;    /* id of a chain row, 0 for none */
    gint64 previous_chain;  /* likewise */
    gint64 emergency_chain; /* likewise: in use instead of the active one */
    gint64 created;         /* seconds since the epoch */
    CertdValidity validity; /* of the active chain; read only, zero without one */
    gint64 attempt;         /* when it is to be renewed or the next request made: seconds; 0 for
                             * never (that is under way, or done) */
    guint failures;         /* attempts that failed since the last that didn't */
    guint warnings;         /* how many of the active chain's warnings were given (R41) */
    gint64 due;             /* when to look at it next: seconds, 0 for never */
    CertdUnusable unusable; /* why what is installed can't be used */
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
    char *key_type;    /* of the settings */
    gint64 not_before; /* of the active chain, seconds; 0 without one */
    gint64 not_after;
    char *fingerprint;     /* SHA-256 in hex of the active leaf, or NULL */
    char *origin;          /* or NULL */
    CertdSubject *subject; /* of the settings */
    guint64 generation;
    gboolean unusable; /* damaged, or without its key */
} CertdCertificateRow;

void certd_certificate_row_free(CertdCertificateRow *row);

typedef struct {
    const char *prefix; /* of the name; NULL for all */
    gboolean by_state;  /* only those in @state at @now */
    CertdCertificateState state;
    gint64 now;
    gint64 expires_before; /* not_after below this, seconds; 0: no matter */
} CertdCertificateFilter;

/* Up to @limit rows with names after @cursor ("" from the start), sorted by name, as a GPtrArray of
 * CertdCertificateRow that frees them; @more tells whether there are others. A page takes the same
 * time at 100,000 rows (index, no OFFSET). */
GPtrArray *certd_store_certificate_page(CertdStore *store, const CertdCertificateFilter *filter,
                                        const char *cursor, guint limit, gboolean *more,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes that there is something to do for @name at @due, and no more. */
gboolean certd_store_certificate_set_due(CertdStore *store, const char *name, gint64 due,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* As if nothing had failed: the attempts that wait are to be made at @now, but not before a third of the
 * lifetime is left. Looks at every row. */
gboolean certd_store_certificates_forget_failures(CertdStore *store, gint64 now, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The names of up to @limit certificates that are due at @now, the most urgent first, as a GPtrArray
 * of char* that frees them. */
GPtrArray *certd_store_certificates_due(CertdStore *store, gint64 now, guint limit, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* When the next one is due; 0 for never. Indexed. */
gboolean certd_store_next_due(CertdStore *store, gint64 *when, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Up to @limit names behind @cursor, in order, as above. Reads an index alone, so that a damaged row
 * is named too. */
GPtrArray *certd_store_certificate_names(CertdStore *store, const char *cursor, guint limit,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Copies the row of @name, which can't be read, into the table of what was damaged, and puts one with
 * @settings in its place. What is installed stays so where it is there; so do its chains, requests and
 * keys. */
gboolean certd_store_certificate_mend(CertdStore *store, const char *name,
                                      const CertdSettings *settings, gint64 now, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Takes every emergency chain out of use and away; the certificates that had one are due at once. */
gboolean certd_store_clear_emergencies(CertdStore *store, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The earliest attempt at a renewal of an active chain (indexed); 0 without any. Seconds. */
gboolean certd_store_next_renewal(CertdStore *store, gint64 *when, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
G_END_DECLS
