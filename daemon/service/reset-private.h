/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What reset, factory reset and the first start share. */
#pragma once

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
 * @cause is static. */
void certd_reset_begin(CertdService *service, const CertdCaller *caller, const char *name,
                       CertdSettings *settings, const char *cause, CertdDone done, void *userdata);
/* Puts a row with the default's settings in the place of @name's, which can't be read; what was there
 * is kept beside. The new row. */
CertdCertificateRecord *certd_mend_record(CertdService *service, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Inserts https with the default's settings, within the transaction. */
gboolean certd_insert_https(CertdService *service, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
