/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The actions of `certctl ca`, a file each; ca.c chooses. */
#pragma once

#include "certctl/verb.h"

G_BEGIN_DECLS

/* Each is run as a verb is; what follows the action's name begins at the second argument. */
gboolean certctl_ca_show(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certctl_ca_export(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certctl_ca_regenerate(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certctl_ca_sign(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All properties of the authority, a{sv}; CERTD_ERROR_KEY_UNAVAILABLE where there is none. */
GVariant *certctl_ca_properties(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
