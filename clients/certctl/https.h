/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The actions of `certctl https`; https.c chooses. */
#pragma once

#include "certctl/verb.h"

G_BEGIN_DECLS

/* Each is run as a verb is; what follows the action's name begins at the second argument. */
gboolean certctl_https_show(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certctl_https_level(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certctl_https_force(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certctl_https_ports(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certctl_https_confirm(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certctl_https_rollback(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All properties of org.certd1.Https, a{sv}. */
GVariant *certctl_https_properties(const CertctlCall *call, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* To standard error: what happens where nobody confirms, and how to; nothing where nothing is on trial. */
void certctl_https_say_trial(GVariant *properties);
/* What is unusual in @properties (nullable: they can't be read), as one line for `status`; NULL where nothing
 * is. Caller frees. */
char *certctl_https_unusual(GVariant *properties);

G_END_DECLS
