/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much HTTPS asks of clients (R61). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    CERTD_HTTPS_STANDARD, /* TLS 1.2 and 1.3 */
    CERTD_HTTPS_HIGH,     /* TLS 1.3, and a client certificate that the trust store vouches for */
    CERTD_HTTPS_LEVEL_COUNT_,
} CertdHttpsLevel;

/* "standard", "high"; static. */
const char *certd_https_level_name(CertdHttpsLevel level);
/* The level called @name, into @level; FALSE with CERTD_ERROR_INVALID_OPTION where there is none. */
gboolean certd_https_level_parse(const char *name, CertdHttpsLevel *level, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
