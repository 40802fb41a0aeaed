/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files about permitted subtrees share. */
#pragma once

#include "model/permitted.h"

G_BEGIN_DECLS

/* A subtree of @value (taken). Free with certd_permitted_free(). */
CertdPermitted *certd_permitted_take(CertdSanType type, char *value);
/* The smallest subtree that has @san; NULL for a kind that is not constrained. */
CertdPermitted *certd_permitted_of_san(const CertdSan *san);
/* Whether @permitted lies within one of @list. */
gboolean certd_permitted_list_has(const GPtrArray *list, const CertdPermitted *permitted);
/* Whether it is the value that nobody has, which closes a kind. */
gboolean certd_permitted_is_nobody(const CertdPermitted *permitted);

G_END_DECLS
