/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What reset, factory reset and the first start share. */
#pragma once

#include "service/reset.h"
#include "service/service-private.h"

G_BEGIN_DECLS

/* The settings of the factory default: of the device's own authority. Caller frees. */
CertdSettings *certd_default_settings(void);
/* Whether @record is of https, has nothing installed, and no damage is the reason: then the default is
 * to be made by itself. */
gboolean certd_wants_default(CertdService *service, const CertdCertificateRecord *record);
/* Makes it; @done (nullable) once it is there or couldn't be made. */
void certd_default_begin(CertdService *service, CertdDone done, void *userdata);
/* Issues the default for the certificate @name, which exists, and installs it. @settings is taken;
 * @action says why: it is in the log, and its name is the cause that the listener hears. */
void certd_reset_begin(CertdService *service, const CertdCaller *caller, const char *name,
                       CertdSettings *settings, CertdAuditAction action, CertdDone done,
                       void *userdata);
/* Puts a row with the default's settings in the place of @name's, which can't be read; what was there
 * is kept beside. The new row. */
CertdCertificateRecord *certd_mend_record(CertdService *service, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Makes ready for a reset of @name by @caller, on trial where @trial_seconds is not 0: nobody's trial is in
 * its way, and its row can be read. @anew becomes TRUE where a keystore that can't be worked with was set
 * aside for that, and a new one begun. */
gboolean certd_reset_prepare(CertdService *service, const CertdCaller *caller, const char *name,
                             guint trial_seconds, gboolean *anew, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Whether @error comes of a keystore that SQLite itself can't work with any more. */
gboolean certd_keystore_is_lost(const CertdService *service, const GError *error);
/* The problem that a factory reset was cut off; and finishes it. */
#define CERTD_FACTORY_UNFINISHED "factory-reset-unfinished"
void certd_factory_resume(CertdService *service, CertdFactoryDone done, void *userdata);
/* The names of all certificates, as far as they can be read. Caller frees with g_strfreev(). */
char **certd_keystore_names(CertdService *service);
/* The listener hears that those of @names but https are gone. */
void certd_keystore_tell_removed(CertdService *service, char *const *names);
/* Inserts https with the default's settings, in a transaction of its own. */
gboolean certd_keystore_insert_https(CertdService *service, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Begins a new keystore with https alone in the place of the one that is open; where that is set aside,
 * it is told as at a start. Outside of transactions. */
gboolean certd_keystore_begin_anew(CertdService *service, CertdStoreFate fate, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Inserts https with the default's settings, within the transaction. */
gboolean certd_insert_https(CertdService *service, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
