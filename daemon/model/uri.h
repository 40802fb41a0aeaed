/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* URIs as certificates carry them (RFC 5280 4.2.1.6): absolute, in ASCII, with a host where there
 * is an authority. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* NULL where @uri is one, and otherwise what is wrong with it; static. */
const char *certd_uri_problem(const char *uri);

/* A valid @uri with what doesn't depend on case, scheme and host, in lower case (RFC 3986
 * 6.2.2.1). Caller frees. */
char *certd_uri_canonicalize(const char *uri);

G_END_DECLS
