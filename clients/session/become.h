/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From root to a user, and no way back. */
#pragma once

#include <glib.h>

#include "session/sign-in.h"

G_BEGIN_DECLS

/* What holds from the start: no core dumps, nobody looks into this process, no environment, no inherited directory or
 * umask, and no descriptors but @last and those before. */
gboolean certd_become_nobodys(int last, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Makes this process the user of @account with their groups, for good: without capabilities, new privileges, or
 * processes and files of its own. Makes sure of it. G_IO_ERROR with the step that failed; the process must end then. */
gboolean certd_become(const CertdAccount *account, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
