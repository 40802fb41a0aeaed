/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The countries of ISO 3166-1 alpha-2, which X.520 countryName takes its values from. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether @code is an officially assigned element, in capitals. FALSE with
 * CERTD_ERROR_INVALID_SUBJECT and a hint for the common mistakes (UK, EN, lower case, names and
 * alpha-3 codes). */
gboolean certd_country_validate(const char *code, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
