/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Host names of the DNS as certificates carry them (RFC 1123 2.1, RFC 5280 4.2.1.6). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether @name is a host name of A-labels: at most 253 bytes, labels of 1 to 63 letters, digits
 * and inner hyphens, no final dot. A name whose last label is a number is none: resolvers and
 * browsers read it as an IPv4 address. */
gboolean certd_host_name_is_valid(const char *name);

/* The same, or "*" as the whole leftmost label above at least two more (R8). NULL where it is
 * either, and otherwise what is wrong with it; static. */
const char *certd_host_name_or_wildcard_problem(const char *name);

G_END_DECLS
