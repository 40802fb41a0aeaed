/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The actions of `certctl trust`, a file each; trust.c chooses. */
#pragma once

#include "certctl/verb.h"

G_BEGIN_DECLS

/* Each is run as a verb is; what follows the action's name begins at the second argument. */
gboolean certctl_trust_list(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certctl_trust_add(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certctl_trust_remove(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certctl_trust_verify(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean certctl_trust_export(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All anchors: GVariants (sa{sv}) as TrustStore.List gives them, page by page. */
GPtrArray *certctl_trust_all(const CertctlCall *call, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The one purpose that --purpose gives, "server" without it; borrowed. NULL where it gives several, or
 * one that there is not. */
const char *certctl_trust_purpose(const CertctlCall *call, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
