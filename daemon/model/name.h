/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The name of a certificate, which becomes an object path and a file name of certctl's: a strict
 * alphabet, so that nobody ever has to escape it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether @name matches [a-z0-9][a-z0-9._-]{0,63}. FALSE with CERTD_ERROR_INVALID_NAME, which
 * names the value (escaped, shortened) and the rule. @name may be any bytes. */
gboolean certd_name_validate(const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
