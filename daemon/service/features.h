/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this build of certd supports (R43). */
#pragma once

#include "model/key-type.h"

G_BEGIN_DECLS

/* KIND:VALUE strings under @policy, NULL-terminated: key, digest, san, subject, issuer, import, export,
 * policy. Caller frees. */
char **certd_features(CertdPolicy policy);

G_END_DECLS
