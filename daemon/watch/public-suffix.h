/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names below which strangers register theirs. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether the host name @name (A-labels; in any case, with or without a final dot) is a public
 * suffix such as "com", "co.uk" or "github.io": an authority that may speak for all names below it
 * could speak for strangers. Names that the list does not know ("local", "dev1") are none. */
gboolean certd_is_public_suffix(const char *name);

G_END_DECLS
