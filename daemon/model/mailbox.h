/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mail addresses in ASCII: the Mailbox of RFC 5321 4.1.2, which rfc822Name and emailAddress carry
 * (RFC 5280 4.2.1.6). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* NULL where @mailbox is one, and otherwise what is wrong with it; static. */
const char *certd_mailbox_problem(const char *mailbox);

/* The "@" between local part and domain of a valid @mailbox: the last one, for a quoted local part
 * may have others. */
const char *certd_mailbox_at(const char *mailbox);

G_END_DECLS
