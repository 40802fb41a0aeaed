/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Subjects and alternative names as clients write them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The RFC 4514 text of a subject, pairs a(ss) in the encoded order, as settings and requests have it; "" where one of
 * them is none of ours. The caller frees. */
char *certd_names_print(GVariant *pairs);

/* @text as "TYPE:VALUE": it says its type ("DNS:www.example.org", in any case), or its form does: an IP address, a mail
 * address, a URI, or else a host name. Whether it is valid, certd says. The caller frees. */
char *certd_names_type(const char *text);

G_END_DECLS
