/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is offered in a handshake at each level (R61), as GnuTLS's priority strings: whatever is not named is off. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    CERTD_LEVEL_STANDARD, /* TLS 1.2 and 1.3 */
    CERTD_LEVEL_HIGH,     /* TLS 1.3, and the client shows a certificate */
    CERTD_LEVEL_COUNT_,
} CertdLevel;

/* The level of that name, standard or high, into @level; FALSE where it is none. */
gboolean certd_level_from_name(const char *name, CertdLevel *level);
/* standard or high; static. */
const char *certd_level_name(CertdLevel level);
/* The priority string of @level; static. */
const char *certd_level_priorities(CertdLevel level);

G_END_DECLS
