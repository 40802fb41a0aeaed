/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the device's own authority: no row or one. */
#pragma once

#include "model/permitted.h"
#include "model/subject.h"
#include "model/validity.h"
#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
    char *key_id;
    CertdSubject *subject;
    CertdScope scope;
    GPtrArray *permitted; /* of CertdPermitted, as in the certificate; NULL: no constraints */
    GBytes *certificate;  /* DER */
    CertdValidity validity;
    char *fingerprint; /* SHA-256 of the certificate, lower-case hex */
    guint32 days;      /* of validity, for the next one */
    gint64 created;    /* this certificate: seconds since the epoch */
    gint64 replaced;   /* when it took the place of one that clients may have: they must import
                             * it again; 0: it is the first */
    guint more_references;
} CertdAuthorityRecord;

/* One more reference; certd_authority_record_free() gives one back. A record that is shared is not
 * changed. */
CertdAuthorityRecord *certd_authority_record_ref(CertdAuthorityRecord *record);
void certd_authority_record_free(CertdAuthorityRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CertdAuthorityRecord, certd_authority_record_free)

/* @record is NULL where there is none. FALSE is a fault: CERTD_ERROR_STORAGE_DAMAGED for a row that
 * can't be believed. */
gboolean certd_store_authority_get(CertdStore *store, CertdAuthorityRecord **record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Puts @record in the place of what is there. The key of that goes where nothing else refers to it. */
gboolean certd_store_authority_set(CertdStore *store, const CertdAuthorityRecord *record,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
