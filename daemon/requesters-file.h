/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folder requesters.d: whom the administrator lets ask for certificates of their own. */
#pragma once

#include "service/service.h"

G_BEGIN_DECLS

/* Reads the files *.conf of @directory (NULL: the standard one), which need not exist, in the order of
 * their names, and has @service know these requesters and no others. A file with an error is left out
 * whole, and is the problem requesters-invalid until the next time; so are those beyond
 * CERTD_LIMIT_REQUESTERS. Only regular files count that nobody but root or certd's user may write. */
void certd_requesters_load(CertdService *service, const char *directory);

G_END_DECLS
